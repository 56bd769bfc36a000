"""A process that writes to a journal and says what was acknowledged, until it is killed."""

import os
import sys
from pathlib import Path

import trio

from actors.journal.journal import Journal
from tests.actors.journal.support import changed, created, log, opened


async def write(journal: Journal, name: str) -> None:
    """Write events, each acknowledged in a line of its own. It ends by itself where old events would be dropped."""
    await journal.write(created(name))
    for number in range(1, 900):
        await journal.write(changed(name, log("x" * number), n=number))
        os.write(1, b"%d\n" % number)
    sys.stdin.read()


async def main(path: Path, name: str) -> None:
    """Open the journal and write."""
    async with opened(path) as journal:
        await write(journal, name)


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]), sys.argv[2])
