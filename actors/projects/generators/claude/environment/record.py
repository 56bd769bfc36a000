"""The file that says which environment counts: written last, and replaced in one step."""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Optional

from actors.processes.workdir import UNFINISHED, write_whole

NAME = "environment.json"
MAX_BYTES = 64 * 1024
FOLDER = re.compile(r"env-[0-9a-f]{12}-[0-9a-f]{8}")
"""How the folders of environments are called: only such ones are ever removed."""

_HALF_WRITTEN = f"{NAME}{UNFINISHED}"


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
    write_whole(directory / NAME, f"{json.dumps(asdict(record), indent=2)}\n".encode(), mode=0o644)


def leftovers(directory: Path, keep: Optional[str]) -> list[Path]:
    """List what earlier runs left in a directory: environments that do not count, records that were not finished.

    Args:
        directory: Where the environments are.
        keep: The folder that counts.
    """
    return [
        path
        for path in directory.iterdir()
        if (FOLDER.fullmatch(path.name) and path.name != keep) or path.name == _HALF_WRITTEN
    ]


def _text(value: object, name: str) -> str:
    """Return one entry of a record."""
    text = value.get(name) if isinstance(value, dict) else None
    if isinstance(text, str):
        return text
    raise ValueError(f"it has no {name}")
