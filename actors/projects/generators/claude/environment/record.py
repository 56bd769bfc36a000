"""The file that says which environment counts: written last, and replaced in one step."""

import json
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Optional

NAME = "environment.json"
MAX_BYTES = 64 * 1024
FOLDER = re.compile(r"env-[0-9a-f]{12}-[0-9a-f]{8}")
"""How the folders of environments are called: only such ones are ever removed."""

_HALF_WRITTEN = f".{NAME}-"


@dataclass(frozen=True)
class Record:
    """What was installed.

    Attributes:
        folder: The environment's folder, beside this file.
        lock: The digest of the lock that it was made from.
        sdk: The SDK's version.
        cli: The version of the program that comes with it; empty when it does not say.
        python: The version of its Python.
    """

    folder: str
    lock: str
    sdk: str
    cli: str
    python: str


def read_record(directory: Path) -> Optional[Record]:
    """Read what is installed in a directory.

    Args:
        directory: Where the environments are.

    Returns:
        None when nothing is.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not such a file.
    """
    try:
        with (directory / NAME).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if len(content) > MAX_BYTES:
        raise ValueError("it is too long")
    value = json.loads(content)
    record = Record(*(_text(value, name) for name in Record.__dataclass_fields__))
    if FOLDER.fullmatch(record.folder) is None:
        raise ValueError("it names no environment")
    return record


def write_record(directory: Path, record: Record) -> None:
    """Make an environment the one that counts, for good: what was is replaced in one step.

    Args:
        directory: Where the environments are.
        record: Which one.

    Raises:
        OSError: It cannot be written; what was still counts.
    """
    descriptor, name = tempfile.mkstemp(prefix=_HALF_WRITTEN, dir=directory)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(record), file, indent=2)
            file.write("\n")
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        os.replace(name, directory / NAME)  # noqa: PTH105 - of a name, as tempfile has it
    except BaseException:
        with suppress(OSError):
            os.unlink(name)  # noqa: PTH108 - as above
        raise
    opened = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def leftovers(directory: Path, keep: Optional[str]) -> list[Path]:
    """List what earlier runs left in a directory: environments that do not count, records that were not finished.

    Args:
        directory: Where the environments are.
        keep: The folder that counts.
    """
    return [
        path
        for path in directory.iterdir()
        if (FOLDER.fullmatch(path.name) and path.name != keep) or path.name.startswith(_HALF_WRITTEN)
    ]


def _text(value: Any, name: str) -> str:  # noqa: ANN401 - any JSON
    """Return one entry of a record."""
    text = value.get(name) if isinstance(value, dict) else None
    if not isinstance(text, str):
        raise ValueError(f"it has no {name}")  # noqa: TRY004 - one error for whatever is wrong with the file
    return text
