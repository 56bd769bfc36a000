"""A staged app as the rules of its kind see it, and what they want to be done to it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from actors.builds.transform.packagejson import Package
from actors.processes import directories

MAX_TEXT = 256 << 10
MAX_CODE_FILES = 300
_CODE = re.compile(r".*\.[cm]?[jt]sx?")
_COMMENT = re.compile(r"/\*(?:.*?\*/|.*)|(?<![:\"'])//[^\n]*", re.DOTALL)


@dataclass(frozen=True)
class App:
    """An app's files, read only. A large file reads as empty: nothing that is looked for is in one.

    Attributes:
        directory: A descriptor of where they are.
        paths: Those that are not too deep, relative, with `/`.
        package: Its `package.json`, or one that was made for it.
        port: Where it is to listen.
    """

    directory: int
    paths: frozenset[str]
    package: Package
    port: int

    @cached_property
    def folders(self) -> frozenset[str]:
        """The directories that have a file somewhere in them."""
        parts = (path.split("/") for path in self.paths)
        return frozenset("/".join(part[:depth]) for part in parts for depth in range(1, len(part)))

    def text(self, path: str) -> str:
        """Return a file's text, empty when there is none or it cannot be read."""
        *above, name = path.split("/")
        try:
            with directories.opened_beneath(above, self.directory) as parent:
                return (directories.read_file(name, parent, MAX_TEXT) or b"").decode("utf-8", "replace")
        except OSError:
            return ""

    def code(self, path: str) -> str:
        """Return a file's text without its comments, roughly."""
        return _COMMENT.sub("", self.text(path))

    def first(self, *paths: str) -> str:
        """Return the first of these that is there, or nothing."""
        return next((path for path in paths if path in self.paths), "")

    def matching(self, pattern: str) -> list[str]:
        """Return the paths that match a pattern as a whole, shortest first."""
        found = filter(re.compile(pattern).fullmatch, self.paths)
        return sorted(found, key=lambda path: (path.count("/"), path))

    def sources(self) -> Iterator[str]:
        """Yield the texts of its code, of a bounded number of files, those at the top first."""
        for path in self.matching(_CODE.pattern)[:MAX_CODE_FILES]:
            yield self.code(path)


@dataclass(frozen=True)
class Mending:
    """What makes an app one that an orchestrator can start.

    Attributes:
        kind: What the app is.
        start: Its `start` script.
        build: Its `build` script, where one has to be set.
        needs_build: Whether `npm run build` comes before `npm start`.
        product: A file that is there when a build has ended, from the app's own directory; empty when none is known.
        files: What is added: text by path. `replaces` are the only ones that may be there already.
        replaces: Paths of ours that are written anew.
        notes: What people should know.
    """

    kind: str
    start: str
    build: str = ""
    needs_build: bool = False
    product: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    replaces: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    @property
    def scripts(self) -> dict[str, str]:
        """The scripts to set."""
        return {**({"build": self.build} if self.build else {}), "start": self.start}
