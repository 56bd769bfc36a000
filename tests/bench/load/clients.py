"""The load, for those who measure."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Optional, cast

from tests.bench.ground import Ground
from tests.bench.sides import Side

_LONGEST_S = 600.0


def ask_many(ground: Ground, side: Side, request: bytes, *, connections: int, count: int, first: int = 0) -> Any:
    """Ask the same so many times, one at a time on each connection.

    Args:
        ground: Where the program is.
        side: Who is asked.
        request: The request, with `HOST` where the server's name goes; see `http.c`.
        connections: How many.
        count: How many answers are awaited.
        first: What its `########` are counted from.

    Returns:
        What `http.c` prints.

    Raises:
        RuntimeError: Not every answer was one of success.
    """
    file = ground.folder / "request"
    file.write_bytes(request.replace(b"HOST", f"127.0.0.1:{side.port}".encode(), 1))
    arguments = [str(ground.binary("http")), str(side.port), str(connections), str(count), str(file), str(first)]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=_LONGEST_S, check=False)
    if done.returncode:
        raise RuntimeError(f"{side.name}: {done.stderr}")
    found = json.loads(done.stdout)
    if found["bad"]:
        raise RuntimeError(f"{side.name}: {found['bad']} of {found['answers']} answers were errors.")
    return found


class Watchers:
    """WebSockets that wait for events.

    Args:
        process: Theirs.
        expected: How many events all of them wait for; None when they wait for the end.
    """

    def __init__(self, process: "subprocess.Popen[str]", expected: Optional[int]) -> None:
        self.process = process
        self._expected = expected

    def finish(self) -> dict[str, float]:
        """Wait until all have all their events, or the end; what `ws.c` prints.

        Raises:
            RuntimeError: An event was lost, or came twice or out of order.
        """
        text, _ = self.process.communicate(timeout=_LONGEST_S)
        found = json.loads(text or "{}")
        if not found or found["wrong"] or self._expected not in (None, found["frames"]):
            raise RuntimeError(f"{self._expected or 'all'} events were sent, and this came: {found}")
        return cast("dict[str, float]", found)


@contextmanager
def watching(ground: Ground, side: Side, actor_id: str, *, count: int, events: Optional[int]) -> Iterator[Watchers]:
    """So many WebSockets that follow an actor, from when all are counted in.

    Args:
        ground: Where the program is.
        side: Whose actor.
        actor_id: Which.
        count: How many WebSockets.
        events: How many events each waits for; 0 for none, None for the end.
    """
    wanted = -1 if events is None else events
    arguments = [str(ground.binary("ws")), str(side.port), f"/ws/{actor_id}", str(count), str(wanted)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None or process.stdout.readline() != "READY\n":
                raise RuntimeError(f"{side.name}: a WebSocket was refused.")
            until_counted(side, actor_id, count)
            yield Watchers(process, None if events is None else count * events)
        finally:
            process.kill()


def until_counted(side: Side, actor_id: str, count: int) -> None:
    """Wait until a server counts so many subscribers."""
    deadline = time.monotonic() + 60
    while side.control("subscribers", actor_id)["subscribers"] < count:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{side.name}: not all of {count} subscribers were counted in.")
        time.sleep(0.02)  # between two looks, by a program without an event loop


def fill(path: Path, head: bytes, size: int) -> None:
    """Write a file that begins with something, and has so many bytes."""
    with path.open("wb") as file:
        file.write(head)
        file.truncate(size)
