"""Has a program's calls to the machine fail, wait, or tell another time: a small library is loaded into it.

The library (`failing.c`) is made with the machine's C compiler. One program runs on while its orders change, so that a
sweep over each call of an operation needs one server and not as many as there are calls.
"""

import ctypes
import errno
import mmap
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntFlag
from pathlib import Path

from tests import needs

_SOURCE = Path(__file__).with_name("failing.c")


class Kind(IntFlag):
    """Kinds of calls."""

    WRITE = 1
    SYNC = 2
    OPEN = 4
    MKDIR = 8
    RENAME = 16
    LINK = 32
    UNLINK = 64
    READ = 128
    FORK = 256
    THREAD = 512


CHANGES = Kind.WRITE | Kind.SYNC | Kind.MKDIR | Kind.RENAME | Kind.LINK
"""The calls that need room on a disk."""

ENDLESS = 1 << 40


class _Orders(ctypes.Structure):
    """The layout of the orders, as in `failing.c`."""

    _fields_ = (
        *((name, ctypes.c_int64) for name in ("kinds", "passed", "fail", "error", "wait", "seen", "failed", "clock")),
        ("prefix", ctypes.c_char * 512),
        ("last", ctypes.c_char * 512),
    )


class Failing:
    """The orders to a program.

    Args:
        orders: Mapped from the file that the program maps too.
        environment: What the program's environment needs.
    """

    def __init__(self, orders: _Orders, environment: dict[str, str]) -> None:
        self._orders = orders
        self.environment = environment

    @contextmanager
    def failing(
        self, kinds: Kind, prefix: Path, *, passed: int = 0, times: int = 1, error: int = errno.ENOSPC
    ) -> Iterator[None]:
        """Have calls fail during the block.

        Args:
            kinds: Which.
            prefix: Beneath which path.
            passed: How many of them go well before.
            times: How many fail.
            error: What with.
        """
        self._order(kinds, prefix, passed, times, error, 0.0)
        try:
            yield
        finally:
            self._orders.kinds = 0

    @contextmanager
    def waiting(self, kinds: Kind, prefix: Path, seconds: float) -> Iterator[None]:
        """Have each call wait during the block."""
        self._order(kinds, prefix, 0, ENDLESS, 0, seconds)
        try:
            yield
        finally:
            self._orders.kinds = 0

    def set_clock(self, seconds: float) -> None:
        """Have the time of day be another one, so many seconds from what it is."""
        self._orders.clock = int(seconds * 1e9)

    @property
    def seen(self) -> int:
        """How many calls there were since the last order."""
        return int(self._orders.seen)

    @property
    def failed(self) -> int:
        """How many of them failed, or waited."""
        return int(self._orders.failed)

    @property
    def last(self) -> str:
        """The last one that failed or waited."""
        return bytes(self._orders.last).decode("utf-8", "replace")

    def _order(self, kinds: Kind, prefix: Path, passed: int, times: int, error: int, wait: float) -> None:
        orders = self._orders
        orders.kinds = 0
        orders.passed, orders.fail, orders.error, orders.wait = passed, times, error, int(wait * 1e6)
        orders.seen, orders.failed, orders.prefix, orders.last = 0, 0, bytes(prefix), b""
        orders.kinds = int(kinds)


@contextmanager
def open_failing(folder: Path) -> Iterator[Failing]:
    """Make the library, which takes a C compiler, and the orders for one program."""
    compiler = needs.program("cc", "gcc")
    library = folder / "failing.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(library), str(_SOURCE), "-ldl"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    path = folder / "orders"
    path.write_bytes(bytes(ctypes.sizeof(_Orders)))
    yield Failing(_map(path), {"LD_PRELOAD": str(library), "FAILING_ORDERS": str(path)})


def my_orders() -> Failing:
    """The orders to this program itself, which was started with the environment of others."""
    return Failing(_map(Path(os.environ["FAILING_ORDERS"])), {})


def _map(path: Path) -> _Orders:
    with path.open("r+b") as file:
        # Not closed by hand, which cannot be while anything still looks at it.
        return _Orders.from_buffer(mmap.mmap(file.fileno(), ctypes.sizeof(_Orders)))
