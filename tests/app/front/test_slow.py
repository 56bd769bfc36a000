"""Subscribers that read slowly, or not at all: what they get is whole, and they cost the others nothing."""

import pytest
import trio
from wsproto.events import Ping

from tests.app.front.support import Server, event, final, open_server

pytestmark = pytest.mark.real

SMALL = {"send_buffer": 4096}


async def test_a_pong_does_not_land_inside_a_half_sent_event() -> None:
    """Events far larger than the socket's buffer, pings all along, and a client that reads little at a time."""
    async with open_server(limits=SMALL) as server:
        client = await server.follow(receive_buffer=4096)
        await server.wait_subscribers(1)
        server.streams.publish("job-1", [event(seq, size=60_000) for seq in range(1, 6)])
        sent = 0
        with trio.fail_after(20):
            while not client.seqs or client.seqs[-1] < 5:
                await client.send(Ping(payload=b"%d" % sent))
                sent += 1
                await client.step(1500)
        server.streams.publish("job-1", [final(6)])
        assert await client.until_closed() == 1000
        assert client.seqs == [1, 2, 3, 4, 5, 6]
        assert client.pongs
        assert client.pongs == sorted(client.pongs, key=int)


async def test_a_pong_during_a_replay_is_not_lost() -> None:
    """While the journal is read, other things may fall due."""
    async with open_server(limits=SMALL) as server:
        server.streams.publish("job-1", [event(seq, size=200) for seq in range(1, 2001)])
        server.streams.forget("job-1")
        client = await server.follow(after=0, receive_buffer=4096)
        for number in range(10):
            await client.send(Ping(payload=b"%d" % number))
            await client.step(3000)
        await client.until(2000)
        with trio.fail_after(5):
            while len(client.pongs) < 10:
                await client.step()
        assert client.seqs == list(range(1, 2001))


async def publish_slowly(server: Server, first: int, last: int) -> None:
    """Publish with a turn for others after each event."""
    for seq in range(first, last + 1):
        server.streams.publish("job-1", [event(seq, size=2000)])
        await trio.sleep(0.001)  # slow enough for whoever reads to keep up


async def test_one_that_does_not_read_slows_nobody_and_is_let_go() -> None:
    """The others get everything, it gets whole frames and 1013 or a reset, and may come back for the rest."""
    async with open_server(limits={**SMALL, "lag_time": 1, "stall": 0.3, "finish": 0.2}) as server:
        stuck = await server.follow(receive_buffer=4096)
        others = [await server.follow() for _ in range(5)]
        await server.wait_subscribers(6)
        server.nursery.start_soon(publish_slowly, server, 1, 300)
        async with trio.open_nursery() as nursery:
            for client in others:
                nursery.start_soon(client.until, 300)
        for client in others:
            assert client.seqs == list(range(1, 301))
        await server.wait_subscribers(5)
        assert await stuck.until_closed() in (1006, 1013)
        assert stuck.seqs == list(range(1, len(stuck.seqs) + 1))
        assert len(stuck.seqs) < 100
        back = await server.follow(after=len(stuck.seqs))
        await back.until(300)
        assert stuck.seqs + back.seqs == list(range(1, 301))


async def test_one_that_lags_too_far_is_told_so() -> None:
    """It reads, but far too little: 1013 arrives after the frame that was begun."""
    async with open_server(limits={**SMALL, "lag": 50_000, "lag_time": 0.05, "stall": 20, "finish": 20}) as server:
        client = await server.follow(receive_buffer=4096)
        await server.wait_subscribers(1)
        server.nursery.start_soon(publish_slowly, server, 1, 400)
        assert await client.until_closed(1000, 0.003) == 1013
        assert "after" in client.reason
        assert client.seqs == list(range(1, len(client.seqs) + 1))
        assert len(client.seqs) < 300


async def test_a_slow_replay_is_not_lag() -> None:
    """Who never was caught up may take its time, as long as it reads."""
    async with open_server(limits={**SMALL, "lag": 1000, "lag_time": 0.01}) as server:
        server.streams.publish("job-1", [*(event(seq, size=5000) for seq in range(1, 100)), final(100)])
        client = await server.follow(after=0, receive_buffer=4096)
        assert await client.until_closed(10_000, 0.001) == 1000
        assert client.seqs == list(range(1, 101))
