"""The table of starters, and their files with an app's name in them."""

import html
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from types import MappingProxyType

DEFAULT_NAME = "New app"
MAX_NAME = 80
MAX_PACKAGE = 60
DEFAULT_PACKAGE = "app"
_FOLDER = Path(__file__).parent
_MARK = "__NAME__"
_RENAMED = {"gitignore": ".gitignore"}
"""What would act on this repository too, if it had its own name here."""


@dataclass(frozen=True)
class Starter:
    """One way to begin an app.

    Attributes:
        name: The word that it is known by, and its folder.
        title: What it is, for people.
        entry: The file that shows the first page: the first one to change.
        output: The directory that a build leaves its files in.
    """

    name: str
    title: str
    entry: str
    output: str


STARTERS: Mapping[str, Starter] = MappingProxyType(
    {
        starter.name: starter
        for starter in (
            Starter("vite", "JavaScript with Vite", "src/app.js", "dist"),
            Starter("react", "React with Vite", "src/App.jsx", "dist"),
            Starter("next", "Next.js with the app router", "app/page.jsx", "out"),
        )
    }
)
"""All starters by their names. A new one is one folder, and one line here."""


def files(name: str, app_name: str = DEFAULT_NAME) -> Mapping[str, bytes]:
    """Return the files of a starter.

    Args:
        name: Which one, a key of `STARTERS`.
        app_name: What the app is called; any text.

    Returns:
        By their paths, relative to the app's directory.
    """
    shown = displayed(app_name)
    return {path: _named(path, content, shown) for path, content in _shipped(STARTERS[name].name).items()}


def displayed(name: str) -> str:
    """Return a name as it can be shown: one line, printable, of bounded length."""
    bounded = name[: 10 * MAX_NAME].encode("utf-8", "ignore").decode()
    text = " ".join("".join(char if char.isprintable() else " " for char in bounded).split())
    return text[:MAX_NAME].rstrip() or DEFAULT_NAME


def package_name(name: str) -> str:
    """Return a name as the name of a package: lower case letters, digits and dashes."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:MAX_PACKAGE].strip("-") or DEFAULT_PACKAGE


def _literal(text: str, name: str) -> str:
    """Put the name into a program, in which it is a literal of its own."""
    return text.replace(f'"{_MARK}"', json.dumps(name, ensure_ascii=False))


_WAYS: Mapping[str, Callable[[str, str], str]] = {
    ".html": lambda text, name: text.replace(_MARK, html.escape(name)),
    ".js": _literal,
    ".json": lambda text, name: text.replace('"starter"', json.dumps(package_name(name))),
    ".jsx": _literal,
}
"""How the name is put into a file, by the file's suffix; it is in no other."""


def _named(path: str, content: bytes, name: str) -> bytes:
    """Return a file's content with the app's name in it."""
    way = _WAYS.get(PurePosixPath(path).suffix)
    return content if way is None else way(content.decode(), name).encode()


@cache
def _shipped(name: str) -> Mapping[str, bytes]:
    """Return the files as they are in the folder. They are few and small, and read once."""
    folder = _FOLDER / name
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        (path.relative_to(folder).with_name(_RENAMED.get(path.name, path.name))).as_posix(): path.read_bytes()
        for path in found
    }
