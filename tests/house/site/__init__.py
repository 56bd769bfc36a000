"""The documentation as a site: the pages that people read in the repository, with a search, and no other's server.

Sphinx lives in an environment of its own, `tests/house/site.lock`; it needs Python 3.11 or later.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from tests.environments import environment
from tests.house.project import ROOT
from tests.house.site.sources import write_sources

LEAST: Final = (3, 11)
"""The oldest Python that the lock is for."""

_BUILD_S: Final = 300
_HERE: Final = Path(__file__).parent
_LOCK: Final = _HERE.parent / "site.lock"


class BuildFailed(Exception):
    """Sphinx found something wrong with a page; says what."""


def build(target: Path, *, builder: str = "html", repository: str = "") -> None:
    """Build the site. Blocks.

    Args:
        target: The directory; what was built there before is replaced when all is well.
        builder: `html`, or `linkcheck`, which asks the addresses of others.
        repository: Where the sources can be seen, such as `https://example.org/callboard`; files of the repository
            that are no pages are links then.

    Raises:
        NotHere: This machine has no Python for it, or the packages cannot be installed.
        BuildFailed: A warning is an error too.
    """
    python = environment("site", (_LOCK,), LEAST)
    with tempfile.TemporaryDirectory(prefix="callboard-site-") as scratch:
        sources, made = Path(scratch, "sources"), Path(scratch, "made")
        write_sources(ROOT, sources, repository)
        _sphinx(python, builder, sources, made)
        if builder == "html":
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(made, target, ignore=shutil.ignore_patterns(".doctrees", ".buildinfo*", "objects.inv"))


def _sphinx(python: Path, builder: str, sources: Path, made: Path) -> None:
    command = [str(python), "-I", "-m", "sphinx", "--builder", builder, "--conf-dir", str(_HERE)]
    command += ["--fail-on-warning", "--keep-going", "--quiet", "--nitpicky", "--doctree-dir", f"{made}.doctrees"]
    # What is built is the same wherever it is built: neither the date nor the language of this machine is in it.
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [*command, str(sources), str(made)],
        env={**kept, "LC_ALL": "C.UTF-8", "SOURCE_DATE_EPOCH": "0", "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        timeout=_BUILD_S if builder == "html" else None,
        check=False,
    )
    said = (done.stdout + done.stderr).replace(f"{sources}{os.sep}", "")
    if done.returncode:
        raise BuildFailed(said.strip())
