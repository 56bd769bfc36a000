"""What a token opened of an app: its keys, its cookies and what is under way end with it."""

from contextlib import suppress
from pathlib import Path

import pytest
import trio

from app.security import Scope
from app.security.issuing import issued
from app.security.tokens import TokenSet
from tests.app.preview.opening import opened
from tests.app.preview.standin import ONE, open_world
from tests.waiting import until

pytestmark = pytest.mark.real

SECRET = "cb_made-up-for-this-test"
TOKENS = TokenSet((issued("eye", Scope.READ, SECRET, 0.0, None),))
BEARER = {"authorization": f"Bearer {SECRET}"}
STRICT = {"require_token": True, "tokens": TOKENS}


async def test_a_reader_may_look_at_an_app_until_the_token_ends(tmp_path: Path) -> None:
    """By the header, by the key and by the cookie; neither key nor cookie outlives it."""
    async with open_world(tmp_path, STRICT) as world:
        enter = (await opened(world, **BEARER)).json()["enter"].partition(str(world.port))[2]
        way_in = await world.get(enter)
        assert way_in.status_code == 303
        shown = {"cookie": way_in.headers["set-cookie"].partition(";")[0]}
        assert (await world.get("/", headers=shown)).status_code == 200
        assert (await world.get("/", headers=BEARER, method="POST")).status_code == 200
        world.previews.gate.use(TokenSet())
        assert (await world.get("/", headers=shown)).status_code == 401
        assert (await world.get("/", headers=BEARER)).status_code == 401
        again = await world.get(enter)
        late = {"cookie": again.headers["set-cookie"].partition(";")[0]}
        assert (await world.get("/", headers=late)).status_code == 401


async def test_a_path_is_shut_when_the_token_ends(tmp_path: Path) -> None:
    """There the page's own requests keep it open."""
    async with open_world(tmp_path, STRICT, mode="path") as world:
        answer = (await opened(world, **BEARER)).json()
        assert answer["mode"] == "path"
        url = f"http://127.0.0.1:{world.port}{answer['url']}"
        assert (await world.client.get(url)).status_code == 200
        world.previews.gate.use(TokenSet())
        assert (await world.client.get(url)).status_code == 401


async def test_a_socket_of_an_app_ends_with_the_token(tmp_path: Path) -> None:
    """It is spliced, and the server does not know what is said on it: the connection ends."""
    async with open_world(tmp_path, STRICT) as world:
        stream = await trio.open_tcp_stream("127.0.0.1", world.port)
        head = (
            f"GET /socket HTTP/1.1\r\nHost: {ONE}.localhost:{world.port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            f"Authorization: {BEARER['authorization']}\r\n\r\n"
        )
        got = bytearray()

        async def read() -> None:
            with suppress(trio.BrokenResourceError):
                async for part in stream:
                    got.extend(part)

        async with stream, trio.open_nursery() as nursery:
            await stream.send_all(head.encode())
            nursery.start_soon(read)
            await until(lambda: b"\r\n\r\n" in got, what="the answer")
            assert b" 101 " in got
            world.previews.gate.use(TokenSet())
    assert world.previews.gate._leases == set()
