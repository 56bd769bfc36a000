"""The how-to pages for operators: the messages are the server's own, and a proxy is let in or not as it is told."""

import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import trio

from app.main import Server, open_server
from app.settings import Settings
from tests.docs.markdown import blocks, read
from tests.docs.support import ended, upload
from tests.docs.typing_in import typed
from tests.e2e.server import serving
from tests.house.project import ROOT
from tests.waiting import until

pytestmark = pytest.mark.real

TOKEN = "a-token-for-the-proxy"
NAME = "callboard.example"
MESSAGES = [block.text.strip() for block in blocks(read("how-to/recover.md"), "text")]


def start_over(data: Path) -> str:
    """Start a server that cannot; what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "client", "serve", "--data-dir", str(data), "--port", "0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    return done.stderr


async def make_data(folder: Path) -> Path:
    """A data directory with a job in it."""
    async with (
        open_server(Settings(data_dir=folder / "data", port=0, bind=("127.0.0.1",))) as server,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client,
    ):
        await ended(client, (await upload(client, speed="0"))["id"])
    return folder / "data"


async def test_a_damaged_journal_is_told_as_the_page_says(tmp_path: Path) -> None:
    """And moving it and the jobs away lets the server start."""
    data = await make_data(tmp_path)
    journal = data / "journal.sqlite3"
    journal.write_bytes(b"this is no journal" * 1000)
    assert MESSAGES[0] in await trio.to_thread.run_sync(start_over, data)

    journal.unlink()
    assert MESSAGES[1] in await trio.to_thread.run_sync(start_over, data)
    model = next((data / "jobs").glob("*/model.glb"))
    assert model.read_bytes()[:4] == b"glTF"
    assert (model.parent / "images").is_dir()

    (data / "jobs").rename(tmp_path / "old")
    (data / "journal.last-good.sqlite3").unlink()
    async with open_server(Settings(data_dir=data, port=0, bind=("127.0.0.1",))):
        assert MESSAGES[2] in await trio.to_thread.run_sync(start_over, data)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A server as the page starts it."""
    settings = Settings(data_dir=tmp_path, port=0, bind=("127.0.0.1",), token=TOKEN, hosts=(NAME,))
    async with open_server(settings) as server:
        yield server


def configuration() -> str:
    """The files for nginx, without what is said about them."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "deploy" / "nginx").glob("*.conf"))]
    return re.sub("#.*", "", "\n".join(texts))


def passed_on(host: str = NAME) -> dict[str, str]:
    """The headers that the configuration adds."""
    values = {"$http_host": host, "$proxy_add_x_forwarded_for": "192.0.2.7", "$scheme": "https"}
    found = re.findall(r"proxy_set_header (\S+)\s+(\S+);", configuration())
    headers = {name: values[value] for name, value in found if value in values}
    assert len(headers) == len(values)
    return headers


async def test_a_proxy_is_let_in_with_the_token_only(server: Server) -> None:
    """Over one connection that is used again, as nginx does; the page of a job asks for the token by itself."""
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
        for headers, status in (
            (passed_on(), 401),
            ({**passed_on(), **bearer}, 200),
            ({**passed_on("other.example"), **bearer}, 421),
            ({**passed_on(), **bearer, "Origin": f"https://{NAME}"}, 200),
            ({**passed_on(), **bearer, "Origin": "https://other.example"}, 403),
            ({"Host": NAME}, 401),
        ):
            assert (await client.get("/jobs", headers=headers)).status_code == status, headers
        assert (await client.get("/jobs/job-x/view", headers=passed_on())).status_code == 200


async def test_an_upgrade_passes_the_proxy(server: Server) -> None:
    """With the token as a subprotocol, and refused without; on a connection that has carried a request already."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
        path = (await upload(client, speed="0"))["links"]["websocket"]
    given = [*passed_on().items(), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==")]
    upgrade = "".join(
        f"{name}: {value}\r\n" for name, value in (*given, ("Upgrade", "websocket"), ("Connection", "upgrade"))
    )
    token = f"Sec-WebSocket-Protocol: callboard, bearer.{TOKEN}\r\n"
    for first in ("", f"GET /health HTTP/1.1\r\nHost: {NAME}\r\n\r\n"):
        for offered, status in ((token, b"HTTP/1.1 101"), ("", b"HTTP/1.1 401")):
            async with await trio.open_tcp_stream("127.0.0.1", server.port) as stream:
                if first:
                    await stream.send_all(first.encode())
                    assert await said(stream, b'-python"}')
                await stream.send_all(f"GET {path} HTTP/1.1\r\n{upgrade}{offered}\r\n".encode())
                answer = await said(stream, b'"seq":1' if offered else b"\r\n\r\n")
                assert answer.startswith(status)
                assert not offered or b"sec-websocket-protocol: callboard\r\n" in answer.lower()


async def said(stream: trio.SocketStream, until: bytes) -> bytes:
    """What the server says, up to something."""
    answer = b""
    with trio.fail_after(10):
        while until not in answer:
            chunk = await stream.receive_some()
            assert chunk, answer
            answer += chunk
    return answer


def test_the_proxys_times_fit_the_servers_own() -> None:
    """As the page says of them: the server is the one that gives up, and the proxy the one that lets go."""
    from app.contracts.streams.sse import _QUIET_S
    from app.front.limits import FrontLimits
    from client.api import _ACCEPT_S

    page, limits = read("how-to/run-behind-a-proxy.md"), FrontLimits()
    times = {name: int(value) for name, value in re.findall(r"(\w+_timeout) (\d+)s;", configuration())}
    for name in ("keepalive_timeout", "client_body_timeout", "proxy_read_timeout"):
        assert f"{name} {times[name]}s`" in page
    assert f"a ping every {limits.ping_every} seconds" in page
    assert f"a comment every {_QUIET_S:g}" in page
    assert times["keepalive_timeout"] < limits.keep_alive
    assert f"({limits.keep_alive:g} s)" in page
    idle = Settings().upload_idle_seconds
    assert times["client_body_timeout"] > max(90, idle + 30)
    assert times["proxy_read_timeout"] > max(
        _ACCEPT_S, limits.ping_every * limits.pings, Settings().preview_answer_seconds
    )


async def test_a_hangup_is_sent_as_the_page_types_it(tmp_path: Path) -> None:
    """To the process that the lock names, which reads its files again, and goes on."""
    (command,) = blocks(read("how-to/stop-and-reload.md"), "sh")
    async with serving(tmp_path / "data") as server:
        place = {"~/.local/state/callboard": str(server.data)}
        await trio.to_thread.run_sync(typed, command.text, tmp_path, place)
        await until(lambda: "read again: the tokens: 0 in" in server.said, 20, "a reload")
        assert await server.stop() == 0


async def test_the_first_token_of_a_container_lets_it_listen(tmp_path: Path) -> None:
    """One that is made where nothing is yet: beyond loopback there is a server then, for those who have it."""
    first, *_ = blocks(read("how-to/deploy-with-docker.md"), "sh")
    (words,) = re.findall(r"^docker run --rm .* (callboard token .*)$", first.text, re.MULTILINE)
    said = await trio.to_thread.run_sync(typed, words, tmp_path)
    (token,) = re.findall(r"cb_[\w-]+", said)
    settings = Settings(data_dir=tmp_path / "data", port=0, bind=("0.0.0.0",))
    outside = {"X-Forwarded-For": "192.0.2.7"}
    async with (
        open_server(settings) as server,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", headers=outside) as client,
    ):
        assert (await client.get("/jobs")).status_code == 401
        me = await client.get("/api/me", headers={"Authorization": f"Bearer {token}"})
        assert me.json()["scope"] == "admin"


def test_the_service_is_looked_at_with_the_directories_of_its_unit(tmp_path: Path) -> None:
    """What is typed names those of the unit; the rest of it works, but for becoming another user."""
    *_, command = blocks(read("how-to/deploy-with-systemd.md"), "sh")
    unit = (ROOT / "deploy" / "systemd" / "callboard.service").read_text(encoding="utf-8")
    (named,) = re.findall(r"^Environment=(CALLBOARD_DATA_DIR=.*)$", unit, re.MULTILINE)
    assert named.replace("%S", "/var/lib") in command.text
    place = {
        "runuser -u callboard -- ": "",
        "/var/lib/callboard": str(tmp_path),
        "/opt/callboard/bin/callboard": f"{sys.executable} -m client",
    }
    assert f"{tmp_path / 'apps'} is made when it is needed" in typed(command.text, tmp_path, place)


def test_what_replaces_gunicorns_options_is_as_it_is() -> None:
    """Each setting that the page gives a number is there, and has that number when nobody says another."""
    told = re.findall(r"`([a-z_]+)`(?:\]\([^)]*\))? \(([\d,]+)\)", read("how-to/from-gunicorn.md"))
    assert {"jobs_at_once", "connections", "drain_seconds"} <= {name for name, _ in told}
    defaults = Settings().dict()
    assert {name: defaults[name] for name, _ in told} == {name: int(number.replace(",", "")) for name, number in told}
