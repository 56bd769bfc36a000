"""Cancels a run at its steps, one after the other, and looks whether anything is left.

At each step where a run is short; else in strides, which begin elsewhere each time: see `first`.
"""

import os
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

import trio

from tests.waiting import until

Scenario = Callable[[int], Awaitable[None]]
"""What is run and cancelled; it is given the number of the step at which it will be."""

_BOUND_S = 30.0
"""How long one run may take after its cancel, in seconds; each actor's own bounds are far below."""


class Steps(trio.abc.Instrument):
    """Acts before a step of any task.

    Args:
        at: Which, counted from 1.
        act: What to do then.
    """

    def __init__(self, at: int, act: Callable[[], object]) -> None:
        self.count = 0
        self._at = at
        self._act = act

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """Count."""
        del task
        self.count += 1
        if self.count == self._at:
            self._act()

    @property
    def reached(self) -> bool:
        """Whether it came to act."""
        return self.count >= self._at


@contextmanager
def acting(at: int, act: Callable[[], object]) -> Iterator[Steps]:
    """Act at a step that is taken in the block."""
    steps = Steps(at, act)
    trio.lowlevel.add_instrument(steps)
    try:
        yield steps
    finally:
        trio.lowlevel.remove_instrument(steps)


def stride(usual: int) -> int:
    """How many steps later each run is cancelled: as usual, or as `TEST_STRIDE` says, which is 1 for each step."""
    return int(os.environ.get("TEST_STRIDE", usual))


def first(stride: int) -> int:
    """Where a sweep in strides begins, counted from 1, so that each step has its turn.

    It goes by the Python, and by the number in `TEST_TURN`, which is another in each run of CI: in one run each Python
    begins elsewhere, and in as many runs as a stride is long each of them has begun everywhere. Nothing else goes into
    it, so that a run can be repeated.
    """
    return (sys.version_info.minor + int(os.environ.get("TEST_TURN", "0"))) % stride + 1


def each(usual: int, most: int) -> range:
    """The steps at which a run is cancelled, in strides as `stride` has them, from `first` on and before `most`."""
    by = stride(usual)
    return range(first(by), most, by)


@dataclass(frozen=True)
class Left:
    """What this process has: the tasks of its run, its descriptors and the processes that it has started."""

    tasks: tuple[str, ...]
    descriptors: int
    children: frozenset[str]


def look() -> Left:
    """What there is now. Trio keeps a descriptor for each thread that waits, and none for those that end."""
    return Left(tuple(sorted(_tasks())), len(list(Path("/proc/self/fd").iterdir())), frozenset(_children()))


def _tasks() -> Iterator[str]:
    root = trio.lowlevel.current_root_task()
    queue = [root] if root is not None else []
    while queue:
        task = queue.pop()
        yield task.name
        queue.extend(child for nursery in task.child_nurseries for child in nursery.child_tasks)


def _children() -> Iterator[str]:
    for thread in threading.enumerate():
        path = Path(f"/proc/self/task/{thread.native_id}/children")
        if path.exists():
            yield from path.read_text(encoding="ascii").split()


async def sweep(
    scenario: Scenario,
    after: Optional[Scenario] = None,
    *,
    stride: int = 1,
    most: int = 5000,
) -> int:
    """Run it again and again, each time cancelled a stride later, until a run comes to its own end.

    Args:
        scenario: What is cancelled.
        after: What has to be so afterwards; looked at when nothing is left of the run.
        stride: How many steps later each time.
        most: A run that has more steps than this is an error.

    Returns:
        How many points were swept.
    """
    for swept, at in enumerate(range(first(stride), most, stride)):
        before = look()
        with trio.fail_after(_BOUND_S):
            with trio.CancelScope() as scope, acting(at, scope.cancel) as steps:
                await scenario(at)
            await _gone(before, at)
            if after is not None:
                await after(at)
        if not steps.reached:
            return swept
    raise AssertionError(f"it never came to its end, in {most} steps")


async def _gone(before: Left, at: int) -> None:
    """Wait until nothing is left but what there was before; what is being closed takes a moment."""
    try:
        await until(lambda: _no_more(before), 5)
    except AssertionError:
        found = look()
        names = {name: path for name, path in _descriptors() if name >= before.descriptors}
        raise AssertionError(f"cancelled at step {at}, this is left: {found}, of {before}; {names}") from None


def _no_more(before: Left) -> bool:
    now = look()
    return now.tasks == before.tasks and now.descriptors <= before.descriptors and now.children <= before.children


def _descriptors() -> Iterator[tuple[int, str]]:
    for path in Path("/proc/self/fd").iterdir():
        try:
            yield int(path.name), str(path.readlink())
        except OSError:
            continue
