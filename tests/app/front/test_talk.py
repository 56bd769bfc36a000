"""What a client says: read with wsproto, once there is more to read than the answers to pings."""

import gc

import pytest
import trio.testing
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong

from app.front.head import Head
from app.front.talk import PING, Talk
from tests.app.front.support import event, open_server


def client() -> Connection:
    """The other side."""
    return Connection(ConnectionType.CLIENT)


def held(kind: type) -> int:
    """How many objects of a type there are."""
    gc.collect()
    return sum(type(one) is kind for one in gc.get_objects())


def test_the_answer_to_a_ping_takes_no_state() -> None:
    """Whatever its mask; anything else does."""
    far, talk, before = client(), Talk(), held(Connection)
    far.receive_data(PING)
    [ping] = far.events()
    assert isinstance(ping, Ping)
    assert ping.payload == b""
    for _ in range(3):
        assert list(talk.hear(far.send(ping.response()))) == []
    assert list(talk.hear(far.send(Pong()) + far.send(Pong()))) == []
    assert held(Connection) == before
    assert list(talk.hear(far.send(Pong(b"x")))) == [Pong(b"x")]
    assert held(Connection) == before + 1
    assert not talk.closed


def test_a_pong_in_pieces_and_one_inside_a_message_are_read() -> None:
    """What follows them is understood."""
    far, talk = client(), Talk()
    pong = far.send(Pong())
    assert list(talk.hear(pong[:3])) == []
    assert list(talk.hear(pong[3:])) == [Pong()]
    assert list(talk.hear(far.send(BytesMessage(b"a", message_finished=False)))) == [
        BytesMessage(b"a", frame_finished=True, message_finished=False)
    ]
    assert list(talk.hear(far.send(Pong()))) == [Pong()]
    assert list(talk.hear(far.send(BytesMessage(b"b")))) == [BytesMessage(b"b")]


@pytest.mark.parametrize("data", [b"\x8a\x00", b"\x8a\x01\x00\x00\x00\x00", b"\xca\x80\x00\x00\x00\x00"])
def test_what_only_looks_like_a_pong_is_an_error(data: bytes) -> None:
    """Without its mask, or with an extension's bit."""
    [error] = Talk().hear(data)
    assert isinstance(error, CloseConnection)
    assert error.code == 1002


def test_a_goodbye_is_said_once() -> None:
    """And answered: then both have closed."""
    far, talk = client(), Talk()
    far.receive_data(talk.goodbye(1012, "later"))
    [goodbye] = far.events()
    assert isinstance(goodbye, CloseConnection)
    assert (goodbye.code, goodbye.reason) == (1012, "later")
    assert talk.goodbye(1012, "later") == b""
    assert not talk.closed
    list(talk.hear(far.send(goodbye.response())))
    assert talk.closed


@pytest.mark.real
async def test_an_idle_stream_keeps_nothing_of_its_handshake() -> None:
    """Neither the request nor the protocol's state, also when it answers pings: with many they would be most of it."""
    async with open_server(limits={"ping_every": 0.02, "pings": 100}) as server:
        heads, states = held(Head), held(Connection)
        clients = [await server.follow() for _ in range(5)]
        await server.wait_subscribers(5)
        for one in clients:
            with trio.fail_after(5):
                while one.pings < 3:
                    await one.step()
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert held(Head) == heads
        assert held(Connection) == states + 5  # the clients' own
        server.streams.publish("job-1", [event(1)])
        for one in clients:
            await one.until(1)
