"""Every event comes once and in order, whatever happens to the connection."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio

from client.address import parse_address
from client.backoff import Backoff
from client.connection import Endpoint
from client.errors import BadAnswer, ClientError, Unreachable
from client.events import Event, parse_event
from client.exits import Exit
from client.stream import open_events
from tests.client.standin import JOB, Standin, event, open_standin

pytestmark = pytest.mark.real

QUICK = Backoff(first_s=0.01, most_s=0.02, patience_s=20.0)
IMPATIENT = Backoff(first_s=0.01, most_s=0.02, patience_s=0.2)


@asynccontextmanager
async def served() -> AsyncIterator[Standin]:
    """Run a stand-in, and give up on a test that hangs."""
    with trio.fail_after(30):
        async with open_standin() as standin:
            yield standin


async def received(standin: Standin, after: int = 0, backoff: Backoff = QUICK, job: str = JOB) -> list[Event]:
    """Receive all events."""
    endpoint = Endpoint(parse_address(standin.url), "secret", silence_s=0.1, pong_s=0.2)
    async with open_events(endpoint, job, after, backoff=backoff) as events:
        return [item async for item in events]


@pytest.mark.parametrize(
    "plans",
    [
        [],
        [("drop", 0, 3)],
        [("drop", 0, 0), ("drop", 0, 2), ("drop", 0, 4)],
        [("close", 1013, 3)],
        [("close", 1001, 2), ("close", 1012, 1)],
        [("close", 1000, 5)],
        [("close", 1011, 1)],
        [("reject", 503, 0), ("reject", 429, 0)],
        [("garbage", 0, 0)],
        [("drop", 0, 3), ("repeat", 0, 0)],
        [("skip", 4, 0)],
        [("mute", 0, 2)],
    ],
    ids=str,
)
async def test_every_event_once_and_in_order(plans: list[tuple[str, int, int]]) -> None:
    """The client comes back with the last seq, drops repeats, and asks again for what is missing."""
    async with served() as standin:
        standin.sockets.extend(plans)
        assert [item.as_dict() for item in await received(standin)] == standin.events
        assert not standin.sockets
        assert all(seen.headers["authorization"] == "Bearer secret" for seen in standin.seen)


async def test_it_begins_after_a_given_event() -> None:
    """What is known is not asked for."""
    async with served() as standin:
        assert [item.seq for item in await received(standin, after=6)] == [7, 8]


async def test_a_hole_that_stays_becomes_a_gap_event() -> None:
    """The second time, the client says itself what is missing, and goes on."""
    async with served() as standin:
        standin.events = [item for item in standin.events if item["seq"] not in {4, 5}]
        items = await received(standin)
        assert [(item.seq, item.type) for item in items][3:5] == [(5, "gap"), (6, "progress")]
        assert items[3].data == {"missed_from": 4, "missed_to": 5, "snapshot": None}
        assert len(standin.seen) == 2


async def test_the_servers_own_gap_is_no_hole() -> None:
    """A gap event's seq is the last that is missing."""
    async with served() as standin:
        standin.events = [event(5, "gap", missed_from=1, missed_to=5, snapshot={}), event(6, "end", state="succeeded")]
        assert [item.type for item in await received(standin)] == ["gap", "end"]
        assert len(standin.seen) == 1


async def test_an_unknown_id_is_said_at_once() -> None:
    """A 404 before the upgrade is final."""
    async with served() as standin:
        with pytest.raises(ClientError) as caught:
            await received(standin, job="job-2")
        assert caught.value.exit_code is Exit.REFUSED
        assert len(standin.seen) == 1


@pytest.mark.parametrize("plan", [("reject", 503, 0), ("garbage", 0, 0), ("drop", 0, 0)])
async def test_patience_ends(plan: tuple[str, int, int]) -> None:
    """A server that never comes back is given up, with the way to come back."""
    async with served() as standin:
        standin.sockets.extend([plan] * 1000)
        with pytest.raises(Unreachable) as caught:
            await received(standin, after=2, backoff=IMPATIENT)
        assert f"callboard watch {JOB} --after 2" in caught.value.hint


async def test_no_server_at_all() -> None:
    """Nobody listens: given up after the patience."""
    async with served() as standin:
        gone = Standin(port=standin.port)
    with pytest.raises(Unreachable):
        await received(gone, backoff=IMPATIENT)


async def test_an_event_that_is_none_ends_the_stream() -> None:
    """A server of another kind is not asked again and again."""
    async with served() as standin:
        standin.events = [{"hello": "world"}]
        standin.events[0]["seq"] = 1
        with pytest.raises(BadAnswer):
            await received(standin)


async def test_leaving_early_leaves_nothing() -> None:
    """The connection ends with the context, also while events wait."""
    async with served() as standin:
        standin.events = [event(seq, "log", level="info", message="x") for seq in range(1, 500)]
        endpoint = Endpoint(parse_address(standin.url))
        async with open_events(endpoint, JOB) as events:
            async for item in events:
                if item.seq == 3:
                    break
        assert events.last == 3


@pytest.mark.parametrize(
    "message",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"seq": "1", "id": "a", "time": "t", "type": "log", "data": {}}',
        '{"seq": true, "id": "a", "time": "t", "type": "log", "data": {}}',
        '{"seq": 1, "id": "a", "time": "t", "type": "log", "data": []}',
        "[" * 100_000,
    ],
)
def test_garbage_is_no_event(message: str) -> None:
    """The parser refuses what has another shape."""
    with pytest.raises(BadAnswer):
        parse_event(message)
