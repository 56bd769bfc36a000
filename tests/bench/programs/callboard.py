"""A whole Callboard that makes events when it is asked to: `python -m tests.bench.programs.callboard FOLDER PORT`.

It is what `callboard serve` runs, in a process of its own, and PORT, on which each line of JSON asks for
something and is answered with another. Events take the way of a job's: into the journal, and once they are on disk to
whoever follows. Settings come from the environment.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

import trio

from actors.journal.base import Change, NewEvent
from app.main import Server, open_server
from app.settings import load_settings
from tests.bench.programs.printing import print_lines

_DATA: Mapping[str, Any] = {"stage": "feature_matching", "percent": 12.5, "remaining_s": 41.5, "attempt": 1}


class Handle:
    """Does what is asked for.

    Args:
        server: The server.
    """

    def __init__(self, server: Server) -> None:
        self._server = server

    async def serve(self, stream: trio.SocketStream) -> None:
        """Answer line by line."""
        rest = b""
        async for data in stream:
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                answer = await self._answer(json.loads(line))
                await stream.send_all(json.dumps(answer).encode() + b"\n")

    async def _answer(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        actor_id, services = str(asked["id"]), self._server.services
        if asked["what"] == "publish":
            return {"seconds": await self._publish(actor_id, asked["count"], asked["gap"], asked["each"])}
        if asked["what"] == "actor":
            services.streams.start(actor_id, {}, 0)
            await services.journal.write(Change(actor_id, "running", 1, {"id": actor_id}, kind="job", create=True))
            return {}
        if asked["what"] == "print":
            folder = services.settings.data_dir
            await print_lines(services.journal, folder, actor_id, asked["command"], kept=asked["kept"])
            return {}
        if asked["what"] == "forget":
            services.streams.remove(actor_id)
            return {}
        return {"subscribers": (await services.streams.open(actor_id)).subscribers}

    async def _publish(self, actor_id: str, count: int, gap: float, each: int) -> float:
        """Tell so many events, some at a time with a pause between; seconds that it took."""
        began = time.monotonic()
        for first in range(0, count, each):
            events = tuple(
                NewEvent("progress", {**_DATA, "done": number, "total": count, "t": time.monotonic_ns()})
                for number in range(first, min(first + each, count))
            )
            await self._server.services.journal.write(
                Change(actor_id, "running", 1, {"id": actor_id, "percent": 12.5}, events=events)
            )
            await trio.sleep(gap)  # paced: what this is about
        return time.monotonic() - began


async def main(folder: str, port: int) -> None:
    """Serve until ended."""
    async with trio.open_nursery() as nursery, open_server(load_settings(os.environ, {"data_dir": folder})) as server:
        nursery.start_soon(partial(trio.serve_tcp, Handle(server).serve, port, host="127.0.0.1"))
        await trio.sleep_forever()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    trio.run(main, sys.argv[1], int(sys.argv[2]))
