"""The API key: where it is found, and how it stays unseen."""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Optional

from actors.runtime.errors import CallboardError

VARIABLE = "ANTHROPIC_API_KEY"
MAX_FILE = 4 * 1024
HIDDEN = "[key]"

_VALUE = re.compile(r"[\x21-\x7e]{8,}")
_SHAPE = re.compile(r"sk-ant-[A-Za-z0-9_-]{4,}")
"""What looks like a key, whosever it is."""


class KeyUnusable(CallboardError):
    """There is no key, or none that may be used."""


class Key:
    """A key. Nothing that prints it shows what it is.

    Args:
        value: The key itself.
        source: Where it is from, for people: it is named when the API refuses the key.
    """

    __slots__ = ("_value", "source")

    def __init__(self, value: str, source: str) -> None:
        self._value = value
        self.source = source

    def __repr__(self) -> str:
        """Say where it is from, and nothing else."""
        return f"Key({HIDDEN}, source={self.source!r})"

    __str__ = __repr__

    def reveal(self) -> str:
        """Return the key itself, for the one who has to send it."""
        return self._value


def find_key(file: Optional[Path], environment: Mapping[str, str]) -> Key:
    """Return the key that the server was given. Blocks for as long as it takes to read a small file.

    Args:
        file: The file that has it. When one is named it is the only place that is looked at.
        environment: The server's own, for `ANTHROPIC_API_KEY`.

    Raises:
        KeyUnusable: There is none, or the file is one that others may read or could have written.
    """
    if file is not None:
        return Key(_checked(_read(file), f"The file {file}"), f"the file {file}")
    value = environment.get(VARIABLE, "").strip()
    if not value:
        raise KeyUnusable(
            "There is no API key: no file is named for it, and the server's environment has none.",
            hint=f"Put the key into a file that only you can read (chmod 600) and name it in the server's settings, or "
            f"set {VARIABLE} for the server, and start the server again.",
        )
    return Key(_checked(value, f"{VARIABLE} in the server's environment"), f"{VARIABLE} in the server's environment")


def redact(text: str, key: Optional[Key]) -> str:
    """Return a text without the key, and without what looks like one."""
    if key is not None:
        text = text.replace(key.reveal(), HIDDEN)
    return _SHAPE.sub(HIDDEN, text)


def _read(file: Path) -> str:
    """Return what a key's file has."""
    try:
        # A pipe in the file's place must not make the server wait.
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as opened:
            _check_file(file, os.fstat(descriptor))
            data = opened.read(MAX_FILE + 1)
    except OSError as error:
        hint = "Name a file that this user can read, with the API key in it and nothing else."
        raise KeyUnusable(f"The key's file {file} cannot be read: {error.strerror or error}.", hint=hint) from None
    if len(data) > MAX_FILE:
        raise KeyUnusable(f"The file {file} is too large for a key.", hint="It has to have the key, and nothing else.")
    return data.decode("utf-8", "replace").strip()


def _check_file(file: Path, status: os.stat_result) -> None:
    """See that a file is one, and that it is this user's alone."""
    if not stat.S_ISREG(status.st_mode):
        raise KeyUnusable(f"The key's file {file} is not a file.", hint="Name a file with the API key in it.")
    if status.st_uid != os.geteuid():
        hint = f"Make it yours: chown {os.geteuid()} {file}"
        raise KeyUnusable(f"The key's file {file} belongs to another user (number {status.st_uid}).", hint=hint)
    if status.st_mode & 0o077:
        mode = stat.S_IMODE(status.st_mode)
        raise KeyUnusable(f"Others may use the key's file {file} (mode {mode:04o}).", hint=f"chmod 600 {file}")


def _checked(value: str, what: str) -> str:
    """Return a key if it can be one. What it is appears in no error."""
    if not value:
        raise KeyUnusable(f"{what} has no API key in it.", hint="It has to have the key, and nothing else.")
    if len(value.split()) > 1 or _VALUE.fullmatch(value) is None:
        raise KeyUnusable(
            f"{what} has something that cannot be an API key: a key is one line of letters, digits and signs.",
            hint="It has to have the key, and nothing else: no name before it, no quotes, no second line.",
        )
    return value
