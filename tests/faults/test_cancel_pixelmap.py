"""A cancel of a real reconstruction, through the whole server: the whole tree of processes is gone in two seconds."""

from pathlib import Path

import httpx
import pytest
import trio

from client.api import CallboardClient, open_client
from tests.e2e.figures import note
from tests.e2e.jobs import SAMPLES, upload
from tests.e2e.processes import Known, alive, below, marked, parent
from tests.e2e.server import ServerProcess, calling, serving
from tests.waiting import until

pytest.importorskip("pixelmap_multiview")

STAGES = ("loading", "pairs", "two_view", "bundle_adjustment", "depth", "texture")
"""Early, in the middle and late; the engine's own tests have each of them."""

PROMISE = 2.0
"""Seconds from the request to the end of the last process."""


async def _until_stage(library: CallboardClient, job: str, stage: str) -> None:
    async with library.events(job) as events:
        async for event in events:
            if event.type == "progress" and event.data["stage"] == stage:
                return
    raise AssertionError(f"{job} ended before {stage}")


def _tree(server: ServerProcess, job: str) -> set[Known]:
    """The processes of a job: those that carry its mark, and who reaps them."""
    mine = marked(server.data_id, job)
    reapers = {parent(pid) for pid, _ in mine}
    return mine | {process for process in below(server.pid) if process[0] in reapers}


async def _cancel(server: ServerProcess, client: httpx.AsyncClient, job: str, mine: set[Known]) -> float:
    """Cancel a job; the seconds until the last process of its tree has gone."""
    begun, gone = trio.current_time(), []

    async def watch() -> None:
        await until(lambda: not alive(mine) and not marked(server.data_id, job), 20, "the end of the tree")
        gone.append(trio.current_time() - begun)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(watch)
        answer = await client.delete(f"/jobs/{job}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "cancelled"
    return gone[0]


@pytest.mark.real
@pytest.mark.slow
async def test_a_cancel_ends_the_whole_tree(tmp_path: Path) -> None:
    """In each of these stages; what the attempt has written is gone too."""
    photos = [path.read_bytes() for path in sorted(SAMPLES.glob("*.jpg"))[:3]]
    took: dict[str, float] = {}
    async with serving(tmp_path / "data", events_per_second=100) as server, calling(server) as client:
        async with open_client(server.url) as library:
            for stage in STAGES:
                job = await upload(client, engine="pixelmap", photos=photos)
                with trio.fail_after(90):
                    await _until_stage(library, job, stage)
                mine = _tree(server, job)
                assert len(mine) >= 2, "the reaper and the engine"
                took[stage] = await _cancel(server, client, job, mine)
                assert not list((server.data / "jobs" / job).glob("attempt-*"))
                assert sorted(path.name for path in (server.data / "jobs" / job).iterdir()) == ["images"]
        server.assert_tidy()
        assert "Traceback" not in server.said
    note({"cancelled after": {stage: round(seconds, 2) for stage, seconds in took.items()}})
    assert max(took.values()) <= PROMISE, took
