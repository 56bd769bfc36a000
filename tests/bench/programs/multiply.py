"""Makes many jobs of two: `... FOLDER FINISHED UNFINISHED` copies each in a data directory that no server uses."""

import os
import shutil
import sys
from pathlib import Path

import trio

from actors.journal.base import Change, NewEvent, Record
from actors.journal.journal import Journal

_AT_ONCE = 200


async def main(folder: Path, finished: int, unfinished: int) -> None:
    """Copy the finished job and the unfinished one."""
    journal = Journal(folder / "journal.sqlite3")
    async with trio.open_nursery() as nursery:
        await nursery.start(journal.run)
        for states, count in ((("succeeded",), finished), (("queued", "running"), unfinished)):
            [record, *_] = await journal.records("job", states=states)
            page = await journal.read_events(record.id, 0, 1000)
            events = tuple(NewEvent(entry.type, entry.decoded()["data"]) for entry in page.entries)
            for first in range(0, count - 1, _AT_ONCE):
                async with trio.open_nursery() as some:
                    for number in range(first, min(first + _AT_ONCE, count - 1)):
                        some.start_soon(_copy, journal, folder, record, events, number)
        nursery.cancel_scope.cancel()


async def _copy(journal: Journal, folder: Path, record: Record, events: tuple[NewEvent, ...], number: int) -> None:
    name = f"{record.id[:-6]}{number:06d}"
    await trio.to_thread.run_sync(_copy_directory, folder / "jobs" / record.id, folder / "jobs" / name)
    snapshot = {**record.snapshot, "id": name}
    change = Change(name, record.state, record.attempt, snapshot, events, record.kind, record.request, create=True)
    await journal.write(change)


def _copy_directory(source: Path, target: Path) -> None:
    shutil.copytree(source, target, copy_function=os.link)


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
