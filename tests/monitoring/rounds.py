"""What happens to real servers, and the alerts that have to fire then."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from tests.e2e.server import ServerProcess, calling, serving
from tests.monitoring.faults import people, process, storage
from tests.monitoring.faults.base import Fault, Victim
from tests.monitoring.prometheus import Prometheus
from tests.standins.orchestrator import open_orchestrator
from tests.waiting import until

_PATIENCE_S: Final = 60.0
"""For one alert; most take a few seconds."""

Rounds = Sequence[tuple[Fault, Sequence[str]]]

ROUNDS: dict[str, Rounds] = {
    "bounds": (
        (people.many_connections, ["CallboardConnectionsNearLimit"]),
        (process.few_files, ["CallboardFilesNearLimit"]),
        (process.few_processes, ["CallboardProcessesNearLimit"]),
        (process.paused_now_and_then, ["CallboardLoopHeldUp"]),
        (people.refused_uploads, ["CallboardErrors", "CallboardQueueFull", "CallboardQueueSlow"]),
    ),
    "journal": (
        (storage.held_journal, ["CallboardJournalSlow"]),
        (storage.locked_journal, ["CallboardJournalFailing", "CallboardNotReady"]),
        (process.started_again, ["CallboardRestarted"]),
        (process.killed, ["CallboardDown"]),
        (process.crashed_actor, ["CallboardActorsRestarted"]),
    ),
    "outside": (
        (people.absent_orchestrator, ["CallboardOutboxOld"]),
        (people.refusing_orchestrator, ["CallboardOutboxGivesUp"]),
        (people.readers_that_do_not_read, ["CallboardSubscribersLetGo"]),
    ),
}
"""What happens to each server, one after the other, and the alerts that are for it."""

DISK: Rounds = ((storage.little_room, ["CallboardDiskLow"]),)
"""The same, of a server that has a small disk of its own, which takes root."""

SETTINGS: dict[str, dict[str, Any]] = {
    "bounds": {"jobs_at_once": 1, "jobs_queued": 3, "connections": people.CONNECTIONS},
    "journal": {"jobs_at_once": 4},
    "outside": {"events_per_second": 100, "subscriber_stall_seconds": 1, "jobs_at_once": 4},
}


async def go_through(prometheus: Prometheus, victim: Victim, rounds: Rounds) -> None:
    """Have each fault happen, and see that its alerts fire then, and did not before."""
    instance = f"127.0.0.1:{victim.server.port}"
    for fault, names in rounds:
        for name in names:
            # What an earlier fault has left behind has to pass first.
            await until(partial(_quiet, prometheus, name, instance), _PATIENCE_S, f"the end of {name}")
        async with fault(victim):
            for name in names:
                what = f"{name} under {fault.__name__}"
                await until(partial(prometheus.firing, name, instance), _PATIENCE_S, what)


async def _quiet(prometheus: Prometheus, name: str, instance: str) -> bool:
    return not await prometheus.firing(name, instance)


@asynccontextmanager
async def open_victim(data: Path, **settings: Any) -> AsyncIterator[Victim]:
    """A server that can be started again, and its orchestrator."""
    async with AsyncExitStack() as stack:
        outside = await stack.enter_async_context(open_orchestrator())
        await outside.refuse()
        settings = {**settings, "orchestrator_url": outside.url}
        server = await stack.enter_async_context(serving(data, **settings))
        client = await stack.enter_async_context(calling(server))

        async def again() -> ServerProcess:
            return await stack.enter_async_context(serving(data, **{**settings, "port": server.port}))

        yield Victim(server, client, outside, again=again)
