"""The way out of installs, cancelled at every step: no connection, no descriptor and no socket's file is left."""

import logging
from pathlib import Path

import pytest
import trio

from tests.actors.projects.egress.conftest import HOST, OpenSetting, read_all, read_head
from tests.actors.sweeping import stride, sweep

logger = logging.getLogger(__name__)


async def _ask(stream: trio.SocketStream, where: str, early: bytes = b"") -> bytes:
    """Ask for a tunnel on a connection that the caller closes."""
    await stream.send_all(f"CONNECT {where} HTTP/1.1\r\n\r\n".encode() + early)
    return await read_head(stream)


@pytest.mark.real
async def test_a_tunnel(setting: OpenSetting, tmp_path: Path) -> None:
    """Opened, used both ways, half-closed and ended; one to a host that may not be reached besides."""

    async def scenario(_at: int) -> None:
        async with setting() as proxy:
            async with await proxy.connect() as stream:
                assert (await _ask(stream, f"{HOST}:{proxy.port}", b"early ")).startswith(b"HTTP/1.1 200 ")
                await stream.send_all(b"late")
                await stream.send_eof()
                assert await read_all(stream) == b"EARLY LATEBYE"
            async with await proxy.connect() as stream:
                assert (await _ask(stream, f"elsewhere.example.test:{proxy.port}")).startswith(b"HTTP/1.1 403 ")
            await proxy.settled()

    async def after(at: int) -> None:
        assert not (tmp_path / "s").exists(), at

    points = await sweep(scenario, after, stride=stride(1))
    logger.info("a tunnel: %d points", points)
    assert points > 20
