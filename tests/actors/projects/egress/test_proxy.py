"""The proxy with real sockets."""

import logging
import os
import socket
import stat
from pathlib import Path

import pytest
import trio

from actors.projects.egress.limits import EgressLimits
from actors.projects.egress.names import Allowed
from actors.projects.egress.proxy import Decision, open_egress
from actors.runtime.errors import Conflict
from tests.actors.processes.programs import until
from tests.actors.projects.egress.conftest import HOST, OpenSetting, read_all, read_head
from tests.actors.projects.egress.test_requests import HOSTILE

pytestmark = pytest.mark.real


async def test_a_tunnel_carries_both_ways_and_half_closes(setting: OpenSetting) -> None:
    """What a client sends behind its request is not lost, and the answer to its end still arrives."""
    async with setting() as proxy:
        stream, head = await proxy.tunnel(early=b"early ")
        assert head.startswith(b"HTTP/1.1 200 ")
        await stream.send_all(b"late")
        await stream.send_eof()
        assert await read_all(stream) == b"EARLY LATEBYE"
        await stream.aclose()
        await proxy.settled()
        assert proxy.decisions == [Decision(HOST, proxy.port, allowed=True, address="127.0.0.1")]
        assert (proxy.egress.sent, proxy.egress.received) == (10, 13)


async def test_a_host_that_ends_first_still_gets_the_rest(setting: OpenSetting) -> None:
    """Half-closing works from the other side too."""
    got: list[bytes] = []

    async def end_first(stream: trio.SocketStream) -> None:
        await stream.send_all(b"x" * 300_000)
        await stream.send_eof()
        got.append(await read_all(stream))

    async with setting(serve=end_first) as proxy:
        stream, _ = await proxy.tunnel()
        assert await read_all(stream) == b"x" * 300_000
        await stream.send_all(b"still here")
        await stream.aclose()
        await proxy.settled()
        assert got == [b"still here"]


async def test_hostile_requests_get_an_answer_and_nothing_else(setting: OpenSetting) -> None:
    """The whole table, over the socket, and then an honest client."""
    async with setting() as proxy:
        for head, status in HOSTILE.values():
            stream = await proxy.connect()
            await stream.send_all(head + b"\r\n\r\n")
            answer = await read_all(stream)
            assert answer.startswith(f"HTTP/1.1 {status} ".encode()), head
            assert 0 < len(answer.partition(b"\r\n\r\n")[2]) < 200
            await stream.aclose()
        assert proxy.names.asked == []
        assert len(proxy.decisions) == len(HOSTILE)
        assert not any(decision.allowed for decision in proxy.decisions)
        stream, head = await proxy.tunnel()
        assert head.startswith(b"HTTP/1.1 200 ")
        await stream.aclose()


async def test_a_name_is_resolved_once(setting: OpenSetting) -> None:
    """A name that leads elsewhere the second time gets no second time."""
    async with setting(table={HOST: [["127.0.0.1"], ["169.254.169.254"]]}) as proxy:
        stream, head = await proxy.tunnel()
        assert head.startswith(b"HTTP/1.1 200 ")
        assert proxy.names.asked == [HOST]
        await stream.aclose()
        stream, head = await proxy.tunnel()
        assert head.startswith(b"HTTP/1.1 403 ")
        assert b"not public" in await read_all(stream)
        await stream.aclose()


async def test_only_addresses_that_may_be_reached_are_tried(setting: OpenSetting) -> None:
    """Of several addresses the others are left out; one that does not answer is followed by the next."""
    async with setting(table={HOST: [["10.0.0.1", "169.254.169.254", "127.0.0.2", "127.0.0.1"]]}) as proxy:
        stream, head = await proxy.tunnel()
        assert head.startswith(b"HTTP/1.1 200 ")
        await stream.aclose()
        assert proxy.decisions[0].address == "127.0.0.1"


async def test_a_host_that_cannot_be_found_or_reached_is_502(setting: OpenSetting) -> None:
    """The answer says which."""
    async with setting(table={HOST: [["127.0.0.3"]]}) as proxy:
        for host, why in (("gone.example.test", b"resolved"), (HOST, b"reached")):
            stream, head = await proxy.tunnel(host)
            assert head.startswith(b"HTTP/1.1 502 ")
            assert why in await read_all(stream)
            await stream.aclose()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", 408),
        (b"CONNECT registry.exam", 408),
        (b"CONNECT a:1 HTTP/1.1\r\nX: " + b"y" * 600, 431),
        (b"z" * 512, 431),
    ],
)
async def test_a_head_has_its_bounds(setting: OpenSetting, sent: bytes, status: int) -> None:
    """Neither slowly nor at length does a client get to hold anything."""
    limits = EgressLimits(head_bytes=512, head_seconds=0.1 if status == 408 else 10)
    async with setting(limits=limits) as proxy:
        stream = await proxy.connect()
        if sent:
            await stream.send_all(sent)
        assert (await read_head(stream)).startswith(f"HTTP/1.1 {status} ".encode())
        await stream.aclose()
        await proxy.settled()


async def test_a_client_that_ends_early_is_no_trouble(setting: OpenSetting, caplog: pytest.LogCaptureFixture) -> None:
    """With or without a word, before or after the answer."""
    async with setting() as proxy:
        for _ in range(3):
            for sent in (b"", b"CONNECT", f"CONNECT {HOST}:{proxy.port} HTTP/1.1\r\n\r\n".encode(), b"GET / \r\n\r\n"):
                stream = await proxy.connect()
                if sent:
                    await stream.send_all(sent)
                await stream.aclose()
        await proxy.settled()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_connections_have_a_bound(setting: OpenSetting) -> None:
    """One more is told so, and there is room again when one has gone."""
    async with setting(limits=EgressLimits(connections=2)) as proxy:
        first, _ = await proxy.tunnel()
        second, _ = await proxy.tunnel()
        third = await proxy.connect()
        assert (await read_head(third)).startswith(b"HTTP/1.1 503 ")
        for stream in (third, second):
            await stream.aclose()
        await until(lambda: proxy.egress.connections == 1)
        fourth, head = await proxy.tunnel()
        assert head.startswith(b"HTTP/1.1 200 ")
        for stream in (first, fourth):
            await stream.aclose()


@pytest.mark.parametrize(
    "limits",
    [
        EgressLimits(sent=1000),
        EgressLimits(received=1000),
        EgressLimits(idle_seconds=0.2),
        EgressLimits(tunnel_seconds=0.2),
    ],
    ids=["sent", "received", "idle", "tunnel"],
)
async def test_a_tunnel_has_its_bounds(setting: OpenSetting, limits: EgressLimits) -> None:
    """Bytes each way, idleness and time: at each it is closed, on both sides."""
    async with setting(limits=limits) as proxy:
        stream, _ = await proxy.tunnel()
        if limits.idle_seconds > 1 and limits.tunnel_seconds > 1:
            await stream.send_all(b"x" * 600)
            assert await stream.receive_some(1)
            await stream.send_all(b"x" * 600)
        assert len(await read_all(stream)) < 1000
        assert proxy.egress.sent <= 1200
        await stream.aclose()
        await proxy.settled()


async def test_the_bound_of_bytes_is_of_all_tunnels_together(setting: OpenSetting) -> None:
    """A new connection does not bring a new budget."""
    async with setting(limits=EgressLimits(sent=1000)) as proxy:
        stream, _ = await proxy.tunnel(early=b"x" * 900)
        assert len(await stream.receive_some(900)) > 0
        await stream.aclose()
        stream, _ = await proxy.tunnel(early=b"x" * 200)
        assert await read_all(stream) == b""
        await stream.aclose()


async def test_a_client_that_does_not_read_is_let_go(setting: OpenSetting) -> None:
    """The host's bytes are not collected for it."""

    async def pour(stream: trio.SocketStream) -> None:
        try:
            while True:
                await stream.send_all(b"x" * 65536)
        except trio.BrokenResourceError:
            await stream.aclose()

    async with setting(serve=pour, limits=EgressLimits(idle_seconds=0.2)) as proxy:
        stream, _ = await proxy.tunnel()
        await proxy.settled()
        assert proxy.egress.received < 16 * 2**20
        await stream.aclose()


async def test_reports_have_a_bound(setting: OpenSetting) -> None:
    """A client cannot fill the project's journal."""
    async with setting(limits=EgressLimits(reports=3)) as proxy:
        for _ in range(5):
            stream, _ = await proxy.tunnel("evil.example.test")
            await stream.aclose()
        assert [decision.host for decision in proxy.decisions] == ["evil.example.test", "evil.example.test", ""]
        assert "too many" in proxy.decisions[-1].why


async def test_an_error_of_our_own_ends_one_connection(setting: OpenSetting, caplog: pytest.LogCaptureFixture) -> None:
    """A report that fails is logged; the next client is served."""
    async with setting() as proxy:
        proxy.egress._on_decision = None
        stream = await proxy.connect()
        await stream.send_all(b"GET / HTTP/1.1\r\n\r\n")
        assert await read_all(stream) == b""
        await stream.aclose()
        proxy.egress._on_decision = proxy.decisions.append
        stream, head = await proxy.tunnel()
        assert head.startswith(b"HTTP/1.1 200 ")
        await stream.aclose()
    assert "A connection of the egress proxy failed" in caplog.text


async def test_leaving_ends_tunnels_and_takes_the_socket_away(setting: OpenSetting) -> None:
    """Nothing is left of it."""
    async with setting() as proxy:
        assert stat.S_IMODE(proxy.path.stat().st_mode) == 0o600
        stream, _ = await proxy.tunnel()
    assert not proxy.path.exists()
    assert await read_all(stream) == b""
    await stream.aclose()


async def test_the_errors_of_whoever_opened_it_come_out_as_they_are(tmp_path: Path) -> None:
    """Not in a group."""
    path = tmp_path / "s"
    with pytest.raises(KeyError):
        async with open_egress(path, Allowed(), on_decision=list[Decision]().append):
            raise KeyError
    assert not path.exists()


async def test_what_is_at_its_path_is_replaced_only_when_it_is_dead(tmp_path: Path) -> None:
    """A socket that a dead server left is; a running proxy, a file and a link are not."""
    path = tmp_path / "s"
    report = list[Decision]().append
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    async with open_egress(path, Allowed(), on_decision=report):
        with pytest.raises(Conflict, match="another proxy"):
            async with open_egress(path, Allowed(), on_decision=report):
                pass
        assert path.exists()
    path.symlink_to("elsewhere")
    with pytest.raises(Conflict, match="no socket"):
        async with open_egress(path, Allowed(), on_decision=report):
            pass
    assert path.is_symlink()


async def test_a_path_may_be_long(tmp_path: Path) -> None:
    """The sandbox shows the socket elsewhere; here it is reached by a descriptor of its directory."""
    path = tmp_path / ("x" * 120) / "way.sock"
    path.parent.mkdir()
    report = list[Decision]().append
    async with open_egress(path, Allowed(), on_decision=report):
        with pytest.raises(Conflict, match="another proxy"):
            async with open_egress(path, Allowed(), on_decision=report):
                pass
        directory = os.open(path.parent, os.O_PATH)
        try:
            async with await trio.open_unix_socket(f"/proc/self/fd/{directory}/{path.name}") as stream:
                await stream.send_all(b"GET / HTTP/1.1\r\n\r\n")
                assert (await stream.receive_some(100)).startswith(b"HTTP/1.1 405 ")
        finally:
            os.close(directory)
    assert not path.exists()
