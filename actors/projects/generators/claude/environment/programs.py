"""Runs what the set-up needs: Python and pip, in trees of their own that end with us, however we end."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import trio

from actors.processes.exits import Exit
from actors.processes.lines import Lines, relay_lines
from actors.processes.tree import open_tree
from actors.runtime.errors import CallboardError

KEPT_LINES = 200
MAX_LINE = 4096


class SetupFailed(CallboardError):
    """The environment could not be made; nothing of it is left."""


@dataclass(frozen=True)
class Outcome:
    """How a program ended.

    Attributes:
        end: The same.
        tail: The last lines of what it printed.
    """

    end: Exit
    tail: tuple[str, ...]


async def run_program(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    seconds: float,
    on_lines: Callable[[Lines], None] = lambda lines: None,
) -> Outcome:
    """Run a program to its end.

    Args:
        argv: Its whole path, and its arguments.
        env: Its complete environment.
        seconds: After which it is ended.
        on_lines: Called with what it prints, line by line.

    Raises:
        StartFailed: It cannot be started.
        SetupFailed: It took too long.
    """
    tail: deque[str] = deque(maxlen=KEPT_LINES)

    def keep(lines: Lines) -> None:
        """Keep the last lines, and hand all of them on."""
        tail.extend(lines)
        on_lines(lines)

    with trio.move_on_after(seconds):
        # A directory that nobody can put a module into, and that stays.
        async with open_tree(
            argv, owner="claude", data_id="setup", cwd=Path("/"), env=env, merge_stderr=True, grace=2.0
        ) as tree:
            await relay_lines(tree.stdout, keep, max_line=MAX_LINE)
            return Outcome(await tree.wait(), tuple(tail))
    raise SetupFailed(
        f"{Path(argv[0]).name} took longer than {seconds:g} s.", hint="Look at the network and at the disk; try again."
    )
