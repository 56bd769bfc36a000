"""The file of the tokens' hashes: written whole, read with care, changed by one program at a time. Blocking.

A server only reads it. Whoever changes it holds the lock beside it from reading to writing, so that two who add a token
at once have both added one.
"""

import errno
import fcntl
import json
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final, Literal, Optional

from pydantic import BaseModel, ConstrainedStr, Extra, Field, ValidationError, validator

from actors.processes.workdir import write_whole
from actors.runtime.errors import Conflict, StorageFailed, StorageFull
from app.security.issuing import Tokens
from app.security.scopes import Scope
from app.security.tokens import DEFAULT, MAX_SECRETS, MAX_TOKENS, NAME, Secret, Token

FILE: Final = "tokens.json"
"""Its name, in the data directory."""

MAX_BYTES: Final = 256 * 1024
"""Of the file; all tokens with all their secrets take a fifth of that."""

LOCK_SECONDS: Final = 10.0
"""That one change waits for another."""

_VERSION: Final = 1
"""Of the file's form, as in the model of it."""

_LOCK: Final = "tokens.lock"
_TRY_EVERY_S: Final = 0.05
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})

Version = tuple[int, int, int]
"""What tells one content of the file from another: its number, its size and when it was written."""


class _Digest(ConstrainedStr):
    regex = r"^[0-9a-f]{64}\Z"


class _Name(ConstrainedStr):
    regex = rf"^{NAME.pattern}\Z"


class _SecretModel(BaseModel):
    """A secret as it is written."""

    sha256: _Digest
    ends: Optional[datetime] = None

    class Config:
        """What is not known is damage."""

        extra = Extra.forbid


class _TokenModel(BaseModel):
    """A token as it is written."""

    name: _Name
    scope: Scope
    created: datetime
    expires: Optional[datetime] = None
    secrets: list[_SecretModel] = Field(..., min_items=1, max_items=MAX_SECRETS)

    class Config:
        """What is not known is damage."""

        extra = Extra.forbid


class _FileModel(BaseModel):
    """The file."""

    version: Literal[1]
    tokens: list[_TokenModel] = Field(..., max_items=MAX_TOKENS)

    class Config:
        """What is not known is damage."""

        extra = Extra.forbid

    @validator("tokens")
    def _named_once(cls, value: list[_TokenModel]) -> list[_TokenModel]:
        """Refuse what would leave open which of two is meant."""
        names = [one.name for one in value]
        if len({*names, DEFAULT}) <= len(names):
            raise ValueError("two tokens have the same name, or one that is not theirs")
        return value


def read_tokens(path: Path) -> Tokens:
    """Read the tokens; none where there is no file.

    Raises:
        StorageFailed: It cannot be read, is damaged, or others than its owner may read it.
    """
    content = _content(path)
    if content is None:
        return ()
    try:
        found = _FileModel.parse_raw(content)
    except ValidationError as error:
        _refuse_later(path, content)
        first = error.errors()[0]
        raise _unusable(path, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except (ValueError, RecursionError):
        raise _unusable(path, "it is not JSON") from None
    try:
        return tuple(_token(one) for one in found.tokens)
    except (ValueError, OverflowError):
        raise _unusable(path, "it has a moment in it that is beyond the calendar") from None


def version_of(path: Path) -> Optional[Version]:
    """Tell one content of the file from another, without reading it; None where there is none.

    Raises:
        OSError: It cannot be looked at.
    """
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def change_tokens(path: Path, change: Callable[[Tokens], Tokens]) -> Tokens:
    """Change the tokens, and wait until that is on the disk. Its directory is made where it is missing.

    Args:
        path: The file.
        change: Makes of all tokens there are all that there will be; what it raises leaves them as they were.

    Raises:
        StorageFull: The disk is full.
        StorageFailed: The file cannot be used; see `read_tokens`.
        Conflict: Somebody else changes it, and does not end.
    """
    with _named(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(path.with_name(_LOCK)):
            tokens = change(read_tokens(path))
            write_whole(path, _encoded(tokens))
            return tokens


def _content(path: Path) -> Optional[bytes]:
    with _named(path):
        try:
            descriptor = os.open(path, _READ)
        except (FileNotFoundError, NotADirectoryError):  # of the latter the data directory itself tells
            return None
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise _unusable(path, "it is not a file")
            if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
                raise _unusable(path, "others than the server's user may read it, or own it")
            content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise _unusable(path, f"it has more than {MAX_BYTES} bytes")
    return content


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        deadline = time.monotonic() + LOCK_SECONDS
        while not _lock(descriptor):
            if time.monotonic() > deadline:
                raise Conflict("Somebody else is changing the tokens.", hint="Try again when that has ended.")
            time.sleep(_TRY_EVERY_S)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _token(model: _TokenModel) -> Token:
    return Token(
        model.name,
        model.scope,
        tuple(Secret(bytes.fromhex(one.sha256), _seconds(one.ends)) for one in model.secrets),
        _seconds(model.created) or 0.0,
        _seconds(model.expires),
    )


def _seconds(moment: Optional[datetime]) -> Optional[float]:
    if moment is None:
        return None
    # A moment without a zone is one of UTC: all that are written here are.
    seconds = (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    written(seconds)  # one that cannot be written again is refused now, and not when the tokens are changed
    return seconds


def _encoded(tokens: Tokens) -> bytes:
    listed: list[dict[str, Any]] = [
        {
            "name": token.name,
            "scope": token.scope.value,
            "created": written(token.created),
            "expires": written(token.expires),
            "secrets": [{"sha256": one.digest.hex(), "ends": written(one.ends)} for one in token.secrets],
        }
        for token in tokens
    ]
    return (json.dumps({"version": _VERSION, "tokens": listed}, indent=1) + "\n").encode("ascii")


def written(moment: Optional[float]) -> Optional[str]:
    """A moment as RFC 3339 has it, in UTC."""
    if moment is None:
        return None
    return datetime.fromtimestamp(moment, timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull(f"The disk that {path} is on is full.", hint="Make room, and try again.") from error
        raise _unusable(path, error.strerror or "the disk failed") from error


def _refuse_later(path: Path, content: bytes) -> None:
    """Say of a file of a later version what it is, and not that it is damaged.

    Raises:
        StorageFailed: It is one.
    """
    try:
        version = json.loads(content)["version"]
    except (ValueError, RecursionError, TypeError, KeyError):
        return
    if isinstance(version, int) and version > _VERSION:
        raise StorageFailed(
            f"The file of tokens, {path}, is of version {version}; this program knows version {_VERSION}.",
            hint="Start the Callboard that wrote it, or a later one; docs/how-to/upgrade.md says how to go back.",
        )


def _unusable(path: Path, why: str) -> StorageFailed:
    return StorageFailed(
        f"The file of tokens, {path}, cannot be used: {why}.",
        hint="Put a good copy back, or remove it, which ends all tokens in it, and add them anew.",
    )
