"""Requests through to an app and back, with all that apps do."""

from pathlib import Path

import pytest
import trio

from actors.projects.tools.outside import ServerState
from tests.app.preview.standin import ONE, World, open_world
from tests.app.preview.standin_app import CHUNK
from tests.waiting import until

pytestmark = pytest.mark.real


async def test_a_page_is_passed_on(world: World) -> None:
    """With what it was asked as: `localhost` at its own port."""
    answer = await world.get("/?a=%20b")
    assert answer.status_code == 200
    assert b"Stand-in" in answer.content
    assert world.app.last.target == "/?a=%20b"
    assert world.app.last.get("host") == "localhost"


async def test_the_target_is_passed_on_to_the_byte(world: World) -> None:
    """Dev servers have odd addresses."""
    for target in ("/@id/__x00__plugin", "//twice", "/a/../b", "/%2e%2e/x", "/a?b?c", "/@fs/a%7Cb", "/.env"):
        data = f"GET {target} HTTP/1.1\r\nhost: {world.host()}\r\nconnection: close\r\n\r\n"
        await world.raw(data.encode())
        assert world.app.last.target == target


async def test_nothing_of_ours_reaches_the_app(world: World) -> None:
    """Neither credentials nor who is asking, nor what belongs to one connection."""
    headers = {
        "cookie": "callboard=1; a=b", "authorization": "Bearer x", "proxy-authorization": "Basic x", "te": "trailers",
        "x-forwarded-for": "1.2.3.4", "forwarded": "for=1", "x-real-ip": "1.2.3.4", "connection": "x-mine, keep-alive",
        "x-mine": "1", "x-theirs": "2", "referer": f"http://{world.host()}/secret", "origin": f"http://{world.host()}",
    }  # fmt: skip
    del headers["x-forwarded-for"], headers["forwarded"], headers["x-real-ip"]
    await world.get("/sink", method="POST", content=b"abc", headers=headers)
    names = {name for name, _ in world.app.last.headers}
    assert not names & {"cookie", "authorization", "proxy-authorization", "te", "x-mine", "referer", "connection"}
    assert world.app.last.get("x-theirs") == "2"
    assert world.app.last.get("origin") == "http://localhost"


async def test_what_an_app_may_not_say_is_taken_out(world: World) -> None:
    """Cookies, what outlives it in the browser, what speaks to the proxy in front; frames are our business."""
    answer = await world.get("/naughty")
    for name in ("set-cookie", "clear-site-data", "x-frame-options", "strict-transport-security", "x-accel-redirect"):
        assert name not in answer.headers
    for name in ("alt-svc", "www-authenticate", "x-mine"):
        assert name not in answer.headers
    assert answer.headers["x-kept"] == "1"
    policies = answer.headers.get_list("content-security-policy")
    ours = f"frame-ancestors 'self' http://127.0.0.1:{world.port} http://localhost:{world.port}"
    assert policies == ["img-src 'self'", ours]


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("http://localhost:5173/x?y=1", "/x?y=1"),
        ("http://127.0.0.1:5173", "/"),
        ("http://localhost:5173//evil.example/x", "/evil.example/x"),
        ("/inside", "/inside"),
        ("https://elsewhere.example/", "https://elsewhere.example/"),
        ("http://localhost.example/", "http://localhost.example/"),
    ],
)
async def test_locations_are_mapped_back(world: World, said: str, heard: str) -> None:
    """An address that only the app knows means nothing outside."""
    answer = await world.get(f"/away?{said}")
    assert answer.headers["location"] == heard


@pytest.mark.parametrize(("path", "status"), [("/same", 304), ("/nothing", 204), ("/part", 206), ("/hints", 200)])
async def test_answers_without_or_with_a_part_of_a_body(world: World, path: str, status: int) -> None:
    """And one that comes after early hints; the connection is good for the next request."""
    for _ in range(2):
        assert (await world.get(path)).status_code == status
    assert world.one.connections == 1


async def test_head_has_the_headers_only(world: World) -> None:
    """With the length of what GET would bring."""
    answer = await world.get("/", method="HEAD")
    assert int(answer.headers["content-length"]) > 100
    assert answer.content == b""


async def test_a_body_is_echoed_while_it_is_sent(world: World) -> None:
    """Both ways at once: the app begins its answer before the request is whole."""
    async with await world.connect() as stream:
        head = f"POST /echo HTTP/1.1\r\nhost: {world.host()}\r\ntransfer-encoding: chunked\r\n\r\n"
        await stream.send_all(head.encode())
        got = b""
        for part in (b"first", b"second"):
            await stream.send_all(b"%x\r\n%s\r\n" % (len(part), part))
            with trio.fail_after(5):
                while part not in got:
                    got += await stream.receive_some(4096)
        await stream.send_all(b"0\r\n\r\n")
        with trio.fail_after(5):
            while b"0\r\n\r\n" not in got:
                got += await stream.receive_some(4096)


class Parts:
    """A body of 64 parts, of which the length is not told."""

    def __init__(self) -> None:
        self._left = 64

    def __aiter__(self) -> "Parts":
        """Return it, once."""
        return self

    async def __anext__(self) -> bytes:
        """Return the next part."""
        if not self._left:
            raise StopAsyncIteration
        self._left -= 1
        return CHUNK


async def test_an_upload_is_streamed(world: World) -> None:
    """Whether its length is told or not."""
    assert (await world.get("/sink", method="POST", content=Parts())).text == str(64 * len(CHUNK))
    assert (await world.get("/sink", method="PUT", content=CHUNK * 64)).text == str(64 * len(CHUNK))


async def test_a_reader_that_stands_still_holds_the_app_back(world: World) -> None:
    """What an app sends is not gathered here."""
    async with await world.connect() as stream:
        await stream.send_all(f"GET /big?4096 HTTP/1.1\r\nhost: {world.host()}\r\n\r\n".encode())
        await stream.receive_some(1000)
        seen = -1
        while seen != world.app.sent or not seen:
            seen = world.app.sent
            await trio.sleep(0.2)  # only time shows that it sends no more
        assert seen < 32 * 1024 * 1024
    await until(lambda: world.one.visitors == 0 and world.app.open == 0)


async def test_curl_may_ask_before_it_sends(world: World) -> None:
    """`Expect: 100-continue` is answered here, and the app does not see it."""
    async with await world.connect() as stream:
        head = f"POST /sink HTTP/1.1\r\nhost: {world.host()}\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n"
        await stream.send_all(head.encode())
        with trio.fail_after(5):
            assert (await stream.receive_some(4096)).startswith(b"HTTP/1.1 100")
            await stream.send_all(b"abc")
            assert (await stream.receive_some(4096)).startswith(b"HTTP/1.1 200")
    assert world.app.last.get("expect") is None


async def test_events_come_one_by_one_and_end_with_the_reader(world: World) -> None:
    """Server-Sent Events: at once, for as long as somebody reads."""
    async with await world.connect() as stream:
        await stream.send_all(f"GET /events HTTP/1.1\r\nhost: {world.host()}\r\n\r\n".encode())
        got = b""
        with trio.fail_after(5):
            while b"data: 1" not in got:
                got += await stream.receive_some(4096)
        assert world.one.visitors == 1
    await until(lambda: world.one.visitors == 0 and world.app.open == 0)


@pytest.mark.parametrize("path", ["/close", "/bad", "/huge", "/switch"])
async def test_an_app_that_does_not_speak_http_is_502(world: World, path: str) -> None:
    """People are told, and so are programs; the server lives on."""
    answer = await world.get(path, headers={"accept": "text/html"})
    assert answer.status_code == 502
    assert "The app" in answer.text
    assert (await world.get(path)).headers["content-type"] == "application/problem+json"
    assert (await world.get("/")).status_code == 200


async def test_an_app_that_hangs_is_504(tmp_path: Path) -> None:
    """After the seconds that it is given."""
    async with open_world(tmp_path, answer_seconds=0.2) as world:
        assert (await world.get("/hang")).status_code == 504
        await until(lambda: world.app.open == 0)


async def test_an_answer_that_breaks_off_is_seen_to(world: World) -> None:
    """It ends without its end, so that nobody takes it for whole."""
    got = await world.raw(f"GET /break HTTP/1.1\r\nhost: {world.host()}\r\n\r\n".encode())
    assert b"content-length: 100" in got
    assert got.endswith(b"only this")


async def test_an_answer_before_the_request_is_whole(world: World) -> None:
    """An app need not read what it refuses."""
    head = f"POST /early HTTP/1.1\r\nhost: {world.host()}\r\ncontent-length: 10000000\r\n\r\n"
    got = await world.raw(head.encode() + b"x" * 100)
    assert got.startswith(b"HTTP/1.1 413")
    assert b"no!" in got


async def test_a_kept_connection_that_the_app_has_closed_is_not_used(world: World) -> None:
    """A GET is asked again on a fresh one; nobody notices."""
    assert (await world.get("/")).status_code == 200
    site = world.previews.site(ONE)
    await until(lambda: site._connections is not None and site._connections._kept)
    assert site._connections is not None
    [(_, kept)] = site._connections._kept
    kept.socket.shutdown(1)
    await until(lambda: world.app.open == 0)
    assert (await world.get("/")).status_code == 200
    assert world.one.connections == 2


async def test_connections_at_rest_are_closed(world: World) -> None:
    """They are not left to the app."""
    await world.get("/")
    assert world.app.open == 1
    await until(lambda: world.app.open == 0, seconds=8)


async def test_requests_of_one_app_are_bounded(tmp_path: Path) -> None:
    """One more than allowed is told to come again, and the other project is not concerned."""
    async with open_world(tmp_path, connections=2) as world, trio.open_nursery() as nursery:
        for _ in range(2):
            nursery.start_soon(world.get, "/hang")
        await until(lambda: world.one.visitors == 2)
        answer = await world.get("/")
        assert answer.status_code == 503
        nursery.cancel_scope.cancel()


async def test_a_server_that_stops_between_is_told_as_down(world: World) -> None:
    """It ran when it was looked at, and does not when it is asked."""
    world.one.wakes = False
    world.one.become(ServerState.STOPPED, "a person stopped it")
    answer = await world.get("/", headers={"accept": "text/html"})
    assert answer.status_code == 503
    assert "a person stopped it" in answer.text
