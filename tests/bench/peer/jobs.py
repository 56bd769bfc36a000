"""The peer's jobs: a dict of their states, each with its events and a queue for each subscriber."""

import asyncio
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Union

ENCODE_ONCE = os.environ.get("PEER_ENCODE_ONCE") == "1"
"""Encode each event once rather than once for each subscriber."""

Event = Union[str, dict[str, Any]]


@dataclass
class Job:
    """One job.

    Attributes:
        id: Its id.
        state: Where it is.
        events: What has happened, as it is sent.
        queues: One for each subscriber.
    """

    id: str
    state: str = "queued"
    events: list[Event] = field(default_factory=list)
    queues: set["asyncio.Queue[Event]"] = field(default_factory=set)

    def publish(self, kind: str, data: dict[str, Any]) -> None:
        """Tell an event to every subscriber."""
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        event: Event = {"seq": len(self.events) + 1, "id": self.id, "time": now, "type": kind, "data": data}
        if ENCODE_ONCE:
            event = json.dumps(event, separators=(",", ":"))
        self.events.append(event)
        for queue in self.queues:
            queue.put_nowait(event)


JOBS: dict[str, Job] = {}


async def run(job: Job) -> None:
    """Do a job in the background: what `simulated` says of its shortest, without a model."""
    job.state = "running"
    job.publish("state", {"state": "running", "attempt": 1, "reason": ""})
    for step in range(1, 6):
        await asyncio.sleep(0)
        job.publish("progress", {"stage": "feature_matching", "percent": 20.0 * step, "done": step, "total": 5})
    job.state = "succeeded"
    job.publish("state", {"state": "succeeded", "attempt": 1, "reason": ""})
    job.publish("end", {"state": "succeeded", "reason": "", "result": {}})


async def print_lines(job: Job, command: Sequence[str]) -> None:
    """Run a program, and tell each line that it prints, and its end."""
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    if process.stdout is None:
        raise RuntimeError("There is no pipe.")
    async for line in process.stdout:
        job.publish("log", {"level": "info", "message": line.decode(errors="replace").rstrip("\n")})
    state = "failed" if await process.wait() else "succeeded"
    job.publish("end", {"state": state, "reason": "", "result": {}})


async def publish_many(job: Job, count: int, gap: float, each: int) -> float:
    """Tell so many events, some at a time with a pause between; seconds that it took."""
    began = time.monotonic()
    for first in range(0, count, each):
        for number in range(first, min(first + each, count)):
            data = {"stage": "feature_matching", "percent": 12.5, "done": number, "total": count, "remaining_s": 41.5}
            job.publish("progress", {**data, "attempt": 1, "t": time.monotonic_ns()})
        await asyncio.sleep(gap)
    return time.monotonic() - began
