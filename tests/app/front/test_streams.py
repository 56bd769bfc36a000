"""Streams on real sockets: every event once and in order, the client's frames, and every end."""

from collections.abc import Sequence
from typing import Any, Optional

import pytest
import trio
import trio.lowlevel
import trio.testing
from wsproto.connection import ConnectionState
from wsproto.events import BytesMessage, CloseConnection, Ping
from wsproto.frame_protocol import CloseReason

from actors.runtime.errors import StorageFailed
from tests.app.front.client import WsClient
from tests.app.front.support import MemoryStreams, Server, event, final, open_server
from tests.waiting import until

pytestmark = pytest.mark.real


async def test_every_subscriber_sees_every_event_once_and_in_order() -> None:
    """Fifty of them, who come at any time, while three hundred events are published."""
    seen: list[tuple[list[int], Optional[int]]] = []

    async def follow(server: Server, start: int) -> None:
        await until(lambda: server.streams.topics["job-1"].last_seq >= start)
        client = await server.follow(after=start)
        code = await client.until_closed()
        seen.append(([seq - start for seq in client.seqs], code))

    async with open_server() as server:
        async with trio.open_nursery() as nursery:
            for number in range(50):
                nursery.start_soon(follow, server, number * 4)
            await server.wait_subscribers(1)
            for seq in range(1, 300):
                server.streams.publish("job-1", [event(seq, size=seq)])
                if seq % 3 == 0:
                    await trio.lowlevel.checkpoint()
            server.streams.publish("job-1", [final(300)])
        assert len(seen) == 50
        for seqs, code in seen:
            assert seqs == list(range(1, len(seqs) + 1))
            assert code == 1000
        assert sorted(len(seqs) for seqs, _ in seen) == sorted(300 - number * 4 for number in range(50))


async def test_replay_goes_over_into_live_without_gap_or_repeat() -> None:
    """The journal, the tail and the pump, while events keep coming."""
    async with open_server() as server:
        server.streams.publish("job-1", [event(seq, size=50) for seq in range(1, 2001)])
        server.streams.forget("job-1")

        async def publish() -> None:
            for seq in range(2001, 2400):
                server.streams.publish("job-1", [event(seq)])
                await trio.lowlevel.checkpoint()
            server.streams.publish("job-1", [final(2400)])

        server.nursery.start_soon(publish)
        client = await server.follow(after=7)
        assert await client.until_closed() == 1000
        assert client.seqs == list(range(8, 2401))
        assert server.streams.reads > 0


async def test_an_end_that_comes_while_the_pump_gives_others_a_turn_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """To each of them, with all that came before."""
    monkeypatch.setattr("app.front.channel._FAIR", 1)
    async with open_server() as server:
        clients = [await server.follow() for _ in range(6)]
        await server.wait_subscribers(6)
        for seq in range(1, 40):
            server.streams.publish("job-1", [event(seq)])
            await trio.lowlevel.checkpoint()
        server.streams.publish("job-1", [final(40)])
        for client in clients:
            assert await client.until_closed() == 1000
            assert client.seqs == list(range(1, 41))


async def test_more_than_a_topic_keeps_in_one_go_is_read_from_the_journal() -> None:
    """Those who were caught up miss nothing; on a busy machine it takes a while."""
    async with open_server(limits={"lag_time": 20}) as server:
        client = await server.follow()
        await server.wait_subscribers(1)
        await trio.testing.wait_all_tasks_blocked(0.01)
        server.streams.publish("job-1", [event(seq, size=900) for seq in range(1, 1501)])
        await client.until(1500)
        server.streams.publish("job-1", [final(1501)])
        assert await client.until_closed() == 1000
        assert client.seqs == list(range(1, 1502))


@pytest.mark.parametrize("bursts", [((57, 94), (201, 1952)), ((80, 623), (171, 2001)), ((24, 1661), (238, 1922))])
async def test_a_burst_after_another_arrives_whole(bursts: Sequence[tuple[int, int]]) -> None:
    """Both are more than frames are kept of; the heads of the frames alone put the second one beyond that."""
    async with open_server() as server:
        client = await server.follow()
        last = 0
        for count, size in bursts:
            server.streams.publish("job-1", [event(seq, size=size) for seq in range(last + 1, last + count + 1)])
            last += count
            await client.until(last)
        assert client.seqs == list(range(1, last + 1))


async def test_a_stream_that_ended_is_replayed_and_closed() -> None:
    """Also for who has it all."""
    async with open_server() as server:
        server.streams.publish("job-1", [event(1), final(2)])
        server.streams.forget("job-1")
        for after, expected in ((0, [1, 2]), (1, [2]), (2, [])):
            client = await server.follow(after=after)
            assert await client.until_closed() == 1000
            assert client.seqs == expected
        await server.wait_subscribers(0)


async def test_bytes_sent_with_the_request_are_frames() -> None:
    """A masked ping, in the same packet as the head."""
    async with open_server() as server:
        client = await server.follow(extra=b"\x89\x82\x00\x00\x00\x00hi")
        with trio.fail_after(5):
            while not client.pongs:
                await client.step()
        assert client.pongs == [b"hi"]


async def test_messages_are_dropped_and_pings_answered() -> None:
    """A client has nothing to say, and may say it."""
    async with open_server() as server:
        client = await server.follow()
        for _ in range(50):
            await client.send(BytesMessage(data=b"x" * 1000))
        await client.send(Ping(payload=b"there?"))
        server.streams.publish("job-1", [event(1)])
        await client.until(1)
        with trio.fail_after(5):
            while not client.pongs:
                await client.step()


async def test_a_flood_of_pings_is_answered_in_part() -> None:
    """The answers that wait are bounded."""
    async with open_server(limits={"send_buffer": 4096}) as server:
        client = await server.follow(receive_buffer=4096)
        with trio.move_on_after(1):
            for _ in range(2000):
                await client.send(Ping(payload=b"x" * 100))
        server.streams.publish("job-1", [event(1)])
        await client.until(1)


async def test_a_message_that_is_too_big_ends_the_stream() -> None:
    """With 1009."""
    async with open_server() as server:
        client = await server.follow()
        await client.send(BytesMessage(data=b"x" * 20_000))
        assert await client.until_closed() == 1009


@pytest.mark.parametrize("data", [b"\x81\x02hi", b"\xf1\x80\x00\x00\x00\x00", b"\x83\x80\x00\x00\x00\x00", b"GET / H"])
async def test_what_is_no_frame_ends_the_stream(data: bytes) -> None:
    """With 1002."""
    async with open_server() as server:
        client = await server.follow()
        await client.stream.send_all(data)
        assert await client.until_closed() == 1002
        client.reset()
        await server.wait_subscribers(0)


async def test_text_that_is_not_utf8_ends_the_stream() -> None:
    """With 1007."""
    async with open_server() as server:
        client = await server.follow()
        await client.stream.send_all(b"\x81\x81\x00\x00\x00\x00\xff")
        assert await client.until_closed() == 1007


@pytest.mark.parametrize("code", [1000, 1001, 4000, CloseReason.NO_STATUS_RCVD])
async def test_a_goodbye_is_answered_in_kind(code: int) -> None:
    """And the server closes first."""
    async with open_server() as server:
        client = await server.follow()
        await client.send(CloseConnection(code=code))
        assert await client.until_closed() == code
        assert client.ws.state is ConnectionState.CLOSED
        await server.wait_subscribers(0)


async def test_an_internal_error_closes_with_1011() -> None:
    """After the upgrade there is no other way to say it."""
    async with open_server() as server:
        server.streams.publish("job-1", [event(1)])
        server.streams.forget("job-1")
        server.streams.fails = StorageFailed("The disk is gone.")
        client = await server.follow(after=0)
        assert await client.until_closed() == 1011


async def test_an_error_of_the_pump_closes_with_1011(monkeypatch: pytest.MonkeyPatch) -> None:
    """For those who follow, and those who come then; the server goes on."""
    async with open_server(MemoryStreams("job-1", "job-2")) as server:
        first = await server.follow()
        await server.wait_subscribers(1)

        def broken(seq: int) -> Any:
            raise ValueError(seq)

        with monkeypatch.context() as patch:
            patch.setattr(server.streams.topics["job-1"], "tail_after", broken)
            server.streams.publish("job-1", [event(1)])
            assert await first.until_closed() == 1011
        other = await server.follow("job-2")
        server.streams.publish("job-2", [final(1)])
        assert await other.until_closed() == 1000


async def test_a_topic_that_closes_says_come_back() -> None:
    """1012, after what was published."""
    async with open_server() as server:
        client = await server.follow()
        await server.wait_subscribers(1)
        server.streams.publish("job-1", [event(1)])
        server.streams.topics["job-1"].close()
        assert await client.until_closed() == 1012
        assert client.seqs == [1]


async def test_streams_are_bounded() -> None:
    """One more is told to come later, while HTTP goes on; when one leaves there is room."""
    async with open_server(limits={"streams": 1}) as server:
        first = await server.follow()
        await server.wait_subscribers(1)
        assert (await server.follow()).status == 503
        first.reset()
        await server.wait_subscribers(0)
        assert (await server.follow()).status == 101


async def test_clients_that_vanish_leave_nothing() -> None:
    """At each moment of the handshake, of a replay and of the live stream."""
    head = b"GET /ws/job-1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    head += b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    async with open_server() as server:
        server.streams.publish("job-1", [event(seq, size=1000) for seq in range(1, 1000)])
        for cut in [*range(0, len(head), 20), len(head)]:
            client = WsClient(await server.connect())
            await client.stream.send_all(head[:cut])
            client.reset()
        for after in (0, 990):
            for reads in range(5):
                client = await server.follow(after=after, receive_buffer=4096)
                for _ in range(reads if after == 0 else 1):
                    await client.step(512)
                client.reset()
        await server.wait_subscribers(0)
        client = await server.follow(after=998)
        await client.until(999)


async def test_idle_clients_are_pinged_and_the_silent_given_up() -> None:
    """Three unanswered pings are the end."""
    async with open_server(limits={"ping_every": 0.05}) as server:
        client = await server.follow()
        silent = await server.follow()
        silent.answers = False
        await server.wait_subscribers(2)
        with trio.fail_after(10):
            while server.streams.topics["job-1"].subscribers == 2:
                with trio.move_on_after(0.02):
                    await client.step()
        assert client.pings >= 3
        server.streams.publish("job-1", [event(1)])
        await client.until(1)


async def test_a_stop_says_1012_and_leaves_nothing() -> None:
    """Asked to stop, the front ends by itself; `serve_front` returns."""
    async with open_server() as server:
        client = await server.follow()
        idle = await server.connect()
        await server.wait_subscribers(1)
        server.front.stop()
        assert await client.until_closed() == 1012
        with trio.fail_after(5):
            assert await idle.receive_some(10) == b""
            await server.done.wait()


async def test_a_cancel_says_1012_too() -> None:
    """Without waiting."""
    async with open_server() as server:
        client = await server.follow()
        await server.wait_subscribers(1)
        server.nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True), trio.fail_after(5):
            assert await client.until_closed() == 1012
