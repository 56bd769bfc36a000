"""Rules for names and paths that come from outside: pure, nothing is looked up on disk."""

import re
from pathlib import PurePosixPath

from actors.runtime.errors import InvalidInput

MAX_NAME = 128
MAX_COMPONENT = 255
MAX_PATH = 1024
_NAME = re.compile(rf"[A-Za-z0-9._-]{{1,{MAX_NAME}}}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check_name(text: str, what: str = "name") -> str:
    """Return `text` if it can name a directory or a file of ours, such as an id.

    Args:
        text: What was given.
        what: What it names, for the message.

    Returns:
        The same text: 1 to 128 letters, digits, `.`, `_` and `-`, and neither `.` nor `..`.

    Raises:
        InvalidInput: It is anything else.
    """
    if text in {".", ".."} or _NAME.fullmatch(text) is None:
        raise InvalidInput(
            f"{_shown(text)} cannot be used as {what}",
            hint=f"Use 1 to {MAX_NAME} letters, digits, '.', '_' and '-'.",
        )
    return text


def check_relative(text: str) -> PurePosixPath:
    """Return `text` as a path that stays below its root as far as its words go.

    Links on disk are another matter: open what comes out of this with `Workdir.open_beneath`.

    Args:
        text: What was given: `/` between the parts.

    Returns:
        The path, relative, without `.`, `..`, empty parts or control characters.

    Raises:
        InvalidInput: It is empty, absolute, too long, not text that can be a file's name, or climbs.
    """
    parts = text.split("/")
    problem = _problem_of_text(text) or next(filter(None, map(_problem_of_part, parts)), "")
    if problem:
        raise InvalidInput(
            f"the path {_shown(text)} {problem}", hint="Use a relative path inside the directory, such as src/App.tsx."
        )
    return PurePosixPath(*parts)


def _problem_of_text(text: str) -> str:
    """Return what is wrong with a whole path, or nothing."""
    if not text:
        return "is empty"
    if text.startswith("/"):
        return "is absolute"
    if _CONTROL.search(text):
        return "has control characters"
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        return "is not valid Unicode"
    return f"is longer than {MAX_PATH} bytes" if size > MAX_PATH else ""


def _problem_of_part(part: str) -> str:
    """Return what is wrong with one part of a path, or nothing."""
    if part == "..":
        return "climbs out of its directory"
    if part in {"", "."}:
        return "has an empty part"
    return f"has a part longer than {MAX_COMPONENT} bytes" if len(part.encode()) > MAX_COMPONENT else ""


def _shown(text: str) -> str:
    """Return `text` as it can be put into a message: escaped and short."""
    return ascii(text if len(text) <= 80 else f"{text[:77]}...")
