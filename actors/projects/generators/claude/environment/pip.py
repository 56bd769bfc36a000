"""How pip is called, what its words mean while it works, and what to do when it fails."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Union

from actors.processes.environment import base_environment
from actors.processes.lines import Lines
from actors.projects.generators.claude.environment.programs import SetupFailed
from actors.projects.packages.running import shown
from actors.runtime.errors import StorageFull

_PROXIES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")
_TRUST = ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE")
_PLACES = ("NETRC", "XDG_CACHE_HOME", "XDG_CONFIG_DIRS", "XDG_CONFIG_HOME")
_PIP = (
    *("CACHE_DIR", "NO_CACHE_DIR", "CONFIG_FILE", "DEFAULT_TIMEOUT", "TIMEOUT", "RETRIES", "KEYRING_PROVIDER"),
    *("CERT", "CLIENT_CERT", "PROXY", "TRUSTED_HOST", "INDEX_URL", "EXTRA_INDEX_URL", "NO_INDEX", "FIND_LINKS"),
)
PASSED_ON = frozenset((*_PROXIES, *map(str.lower, _PROXIES), *_TRUST, *_PLACES, *(f"PIP_{name}" for name in _PIP)))
"""Where packages come from, and the way there. All else of the environment stays here: it may hold keys."""

SHOWN_FROM = 5 * 10**6
"""Bytes of a file from which its download is worth to be shown."""

RAW_FROM = (24, 1)
"""The first pip that tells its progress to programs."""

_NAME_AND_SIZE = r"\s*{} ([\w.]+)-([\w.!+]+)-\S+ \(([\d.]+) ([kMG]?B)\)"
_DOWNLOADING = re.compile(_NAME_AND_SIZE.format("Downloading"))
_CACHED = re.compile(_NAME_AND_SIZE.format("Using cached"))
_PROGRESS = re.compile(r"Progress (\d{1,18}) of (\d{1,18})")
_INSTALLING = re.compile(r"Installing collected packages: (.*)")
_VERSION = re.compile(r"pip-(\d{1,4})\.(\d{1,4})[\d.]*\.dist-info")
_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9}


@dataclass(frozen=True)
class Stage:
    """Something begins.

    Attributes:
        text: What, for people.
    """

    text: str


@dataclass(frozen=True)
class Download:
    """A large file is on its way.

    Attributes:
        name: Of the package, with its version.
        done: Bytes that are here.
        total: Bytes in all.
    """

    name: str
    done: int
    total: int


Tell = Callable[[Union[Stage, Download]], None]
"""How progress is reported: synchronous, and never blocks."""


def pip_environment(scratch: Path, source: Optional[Mapping[str, str]] = None) -> dict[str, str]:
    """Return pip's complete environment.

    Args:
        scratch: Where it puts files while it works.
        source: As `os.environ`, which it is when it is not given.
    """
    source = os.environ if source is None else source
    passed = {name: value for name, value in source.items() if name in PASSED_ON}
    # Of a person's configuration, what would install elsewhere does not count.
    ours = {"TMPDIR": str(scratch), "PIP_USER": "0", "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return base_environment({**passed, **ours}, source=source)


def install_command(root: Path, lock: Path) -> list[str]:
    """Return the command that installs a lock: nothing but wheels, none that the lock does not have by its hash.

    Args:
        root: The environment's folder.
        lock: The file.
    """
    progress = "raw" if _pip_version(root) >= RAW_FROM else "off"
    install = ["-I", "-m", "pip", "install", "--progress-bar", progress, "--no-warn-script-location"]
    exactly = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirement", str(lock)]
    return [str(root / "bin" / "python"), *install, *exactly]


def _pip_version(root: Path) -> tuple[int, int]:
    """Return which pip an environment has, without asking it."""
    for folder in root.glob("lib/python*/site-packages/pip-*.dist-info"):
        found = _VERSION.fullmatch(folder.name)
        if found is not None:
            return int(found[1]), int(found[2])
    return 0, 0


class PipReader:
    """Makes progress of what pip prints.

    Args:
        tell: Gets it.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._name = ""

    def take(self, lines: Lines) -> None:
        """Take in what was printed."""
        for line in lines:
            self._take(line)

    def _take(self, line: str) -> None:
        """Take in one line."""
        progress = _PROGRESS.match(line)
        if progress is not None:
            done, total = int(progress[1]), int(progress[2])
            if total >= SHOWN_FROM and self._name:
                self._tell(Download(self._name, min(done, total), total))
            return
        self._file(_DOWNLOADING.match(line), "downloading {} ({})")
        self._file(_CACHED.match(line), "taking {} ({}) from pip's cache")
        installing = _INSTALLING.match(line)
        if installing is not None:
            self._tell(Stage(f"installing {len(installing[1].split(','))} packages"))

    def _file(self, match: "Optional[re.Match[str]]", words: str) -> None:
        """Tell of a file, when it is a large one."""
        if match is None:
            return
        self._name = f"{match[1].replace('_', '-')} {match[2]}"
        if float(match[3]) * _UNITS[match[4]] >= SHOWN_FROM:
            self._tell(Stage(words.format(self._name, f"{match[3]} {match[4]}")))


def failure(tail: Sequence[str]) -> Union[SetupFailed, StorageFull]:
    """Make an error of the last lines that pip printed.

    Args:
        tail: The lines.
    """
    text = "\n".join(tail)
    if re.search(r"No space left on device|Disk quota exceeded", text):
        return StorageFull("The disk became full.", hint="Make room, and run the same command again.")
    for pattern, problem, hint in _REASONS:
        if re.search(pattern, text, re.IGNORECASE):
            return SetupFailed(problem, hint=hint)
    errors = [line for line in tail if line.startswith("ERROR:")] or list(tail[-5:])
    return SetupFailed(f"pip could not install it: {shown(' '.join(errors).encode())}", hint=_AGAIN)


_AGAIN = "Mend that, and run the same command again: what was downloaded is kept in pip's cache."
_REASONS = (
    (
        r"do not match the hashes",
        "A package that came is not the one that was tested with this Callboard, so nothing was installed.",
        "Run the same command again; if it comes again, the package index that pip is set up with has other files.",
    ),
    (
        r"ConnectionError|NewConnectionError|Connection broken|ConnectTimeout|ReadTimeout|Read timed out|ProxyError"
        r"|SSLError|Retrying \(Retry|IncompleteRead|Network is unreachable|Connection (?:refused|reset)",
        "The package index could not be reached, or the connection broke.",
        "Look at the network and at the proxy (HTTPS_PROXY), and run the same command again.",
    ),
    (
        r"No matching distribution found|Could not find a version",
        "The package index that pip is set up with has no package for this Python and this machine.",
        "Look at `python3 -m pip config list`, or name another Python with --python.",
    ),
)
