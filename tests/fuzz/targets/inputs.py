"""From the bytes of a fuzzer to what a parser takes."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from actors.runtime.errors import CallboardError


@dataclass(frozen=True)
class Target:
    """One parser, and what is known about it.

    Attributes:
        call: Takes bytes; raises `AssertionError` when a property does not hold, or what the parser should not raise.
        seeds: Where to begin from.
    """

    call: Callable[[bytes], Any]
    seeds: tuple[bytes, ...] = field(default=())


def text(data: bytes) -> str:
    """Text from anything: UTF-8 as far as it is, and halves of pairs, which JSON can write; else byte by byte."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def pieces(data: bytes) -> Iterator[bytes]:
    """Cut bytes as a network might: the first one says into how long parts."""
    size = data[0] + 1 if data else 1
    for start in range(1, len(data), size):
        yield data[start : start + size]


def contained(path: Path, root: Path) -> bool:
    """Whether a path is inside a directory, its links followed."""
    real = path.resolve()
    return real == root or root in real.parents


def check_refusal(error: CallboardError) -> None:
    """See that a refusal says what to do next, and can be written as JSON, field by field."""
    assert error.hint
    json.dumps([str(error), error.hint, *((one.field, one.problem) for one in error.errors)])
