"""How a project is served: the table of frameworks, the project's own script, or its files as they are. Pure."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Optional

from actors.projects.devserver.manifest import Found, Manifest
from actors.runtime.errors import Conflict

ROOT = "/"
ADDRESS = "127.0.0.1"
SCRIPTS = ("dev", "start")
_PLAIN = re.compile(r"[\w\s@%+=:,./-]*")


@dataclass(frozen=True)
class Framework:
    """A framework with a dev server of its own, which is called without a package manager between.

    Attributes:
        name: The package, and the word in a script.
        program: The file that Node runs.
        verb: The word of its command line for the dev server; may be left out of a script if `verb_optional`.
        address: Its options for host and port.
        base: Its option for the path it is served under; None when it has none (BASE_PATH is in the environment).
        taken: Its options that are for us to give.
        verb_optional: See `verb`.
    """

    name: str
    program: str
    verb: tuple[str, ...]
    address: tuple[str, ...]
    base: Optional[str]
    taken: frozenset[str]
    verb_optional: bool = False


NEXT = Framework(
    "next",
    "node_modules/next/dist/bin/next",
    ("dev",),
    ("-H", "{host}", "-p", "{port}"),
    None,
    frozenset({"-H", "--hostname", "-p", "--port", "--experimental-https"}),
)
VITE = Framework(
    "vite",
    "node_modules/vite/bin/vite.js",
    (),
    ("--host", "{host}", "--port", "{port}", "--strictPort"),
    "--base",
    frozenset({"--host", "--port", "--strictPort", "--base", "--open"}),
    verb_optional=True,
)
FRAMEWORKS = (NEXT, VITE)
"""Next first: its projects may well have Vite for their tests."""


@dataclass(frozen=True)
class Plan:
    """How a project is served.

    Attributes:
        words: The command, with `{port}` and the like to be filled in; empty when the files are served as they are.
        program: A file of the project that has to be there; None when that is not known.
        base: The option for the path it is served under.
    """

    words: tuple[str, ...] = ()
    program: Optional[str] = None
    base: Optional[str] = None

    @property
    def static(self) -> bool:
        """Whether the files are served as they are, without a process."""
        return not self.words

    def command(self, port: int, base: str) -> tuple[str, ...]:
        """Return the command.

        Args:
            port: Where it has to listen, inside.
            base: The path under which it is served.
        """
        if self.program is None:
            return self.words
        given = {"{host}": ADDRESS, "{port}": str(port)}
        based = (self.base, base) if self.base and base != ROOT else ()
        return (*(given.get(word, word) for word in self.words), *based)


FILES = Plan()
"""The files as they are."""


def make_plan(found: Found) -> Plan:
    """Say how a project is served.

    Raises:
        Conflict: It has nothing that could be.
    """
    manifest = found.manifest
    plan = None if manifest is None else _by_script(manifest) or _by_package(manifest)
    if plan is not None:
        return plan
    if found.index:
        return FILES
    lacking = "neither a package.json nor an index.html"
    if manifest is not None:
        lacking = "a package.json without a dev script, and no index.html"
    raise Conflict(
        f"there is nothing to serve: the project has {lacking}",
        hint="Create an app first, add a dev script to package.json, or write an index.html.",
    )


def environment(port: int, base: str) -> Mapping[str, str]:
    """Return what a dev server is told in its environment."""
    return {
        "PORT": str(port),
        "HOST": ADDRESS,
        "BASE_PATH": base.rstrip("/"),
        "BROWSER": "none",
        "NEXT_TELEMETRY_DISABLED": "1",
        "ASTRO_TELEMETRY_DISABLED": "1",
    }


def _by_script(manifest: Manifest) -> Optional[Plan]:
    """Return what the project's own script for development asks for."""
    text = next((manifest.scripts[name] for name in SCRIPTS if manifest.scripts.get(name, "").strip()), None)
    if text is None:
        return None
    words = _words(text)
    for framework in FRAMEWORKS:
        rest = None if words is None else _asks_for(framework, words)
        if rest is not None:
            return _plan(framework, rest)
    return Plan(("sh", "-c", text))


def _by_package(manifest: Manifest) -> Optional[Plan]:
    """Return the framework that the project depends on."""
    found = next((framework for framework in FRAMEWORKS if framework.name in manifest.packages), None)
    return None if found is None else _plan(found, ())


def _plan(framework: Framework, rest: tuple[str, ...]) -> Plan:
    """Return the plan for a framework, with further options."""
    words = ("node", framework.program, *framework.verb, *rest, *framework.address)
    return Plan(words, framework.program, framework.base)


def _words(text: str) -> Optional[tuple[str, ...]]:
    """Return a script's words; None when it takes a shell to understand it."""
    if not _PLAIN.fullmatch(text):
        return None
    return tuple(shlex.split(text))


def _asks_for(framework: Framework, words: tuple[str, ...]) -> Optional[tuple[str, ...]]:
    """Return a script's options for a framework's dev server, without those that are ours; None if it is not that."""
    if words[:1] != (framework.name,):
        return None
    rest = list(words[1:])
    if rest and not rest[0].startswith("-"):
        if rest.pop(0) not in ("dev", "serve"):
            return None
    elif not framework.verb_optional:
        return None
    return _without(rest, framework.taken)


def _without(words: list[str], taken: frozenset[str]) -> tuple[str, ...]:
    """Return options without some of them, and without their values."""
    kept: list[str] = []
    dropping = False
    for word in words:
        is_option = word.startswith("-")
        if is_option:
            dropping = word.split("=")[0] in taken
        if not dropping:
            kept.append(word)
        elif not is_option:
            dropping = False
    return tuple(kept)
