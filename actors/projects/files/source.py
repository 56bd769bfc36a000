"""What a project is made of, and what its tools make again: the table of names that are not source. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase

KEPT = ".callboard-kept"
"""Where a restore puts what is in its way and is in no version."""
MAKING = ".callboard-making"
"""Where an app is made before its files are moved into the project."""
ANYWHERE = frozenset(
    {
        "node_modules",
        ".git",
        ".next",
        ".nuxt",
        ".svelte-kit",
        ".cache",
        ".parcel-cache",
        ".turbo",
        ".vite",
        ".pnpm-store",
        "__pycache__",
        KEPT,
        MAKING,
    }
)
"""Wherever they are, be they a directory, a link to one, or a file: what tools put under names of their own."""
OF_A_PACKAGE = frozenset({"dist", "build", "out", "coverage"})
"""Directories at the root, or beside a package.json: common words, which elsewhere may name source."""
FILES = ("*.log", ".DS_Store", "*.tsbuildinfo", "Thumbs.db")
"""Patterns of files, wherever they are."""


@dataclass(frozen=True)
class Ignore:
    """Which names are left out.

    Attributes:
        anywhere: Names of whatever kind, wherever they are.
        of_a_package: Names of directories, at the root or beside a package.json.
        files: Patterns of files' names, with `*`, case by case.
    """

    anywhere: frozenset[str] = ANYWHERE
    of_a_package: frozenset[str] = OF_A_PACKAGE
    files: tuple[str, ...] = FILES

    def leaves_out(self, name: str, *, is_directory: bool, at_root: bool, siblings: Collection[str]) -> bool:
        """Say whether a name is not source.

        Args:
            name: It, without the directories above.
            is_directory: Whether it is one.
            at_root: Whether it is in the project's own directory.
            siblings: The names beside it.
        """
        if name in self.anywhere:
            return True
        if is_directory:
            return name in self.of_a_package and (at_root or "package.json" in siblings)
        return any(fnmatchcase(name, pattern) for pattern in self.files)


NOT_SOURCE = Ignore()
NOTHING = Ignore(frozenset(), frozenset(), ())
