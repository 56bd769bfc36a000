"""Apps at a port of their own, and below a path."""

from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from app.preview.keys import GRANT_SECONDS
from app.preview.naming import address_of
from tests.app.preview.opening import BEARER, GUARDED, opened
from tests.app.preview.standin import ONE, TOKEN, TWO, World, open_world
from tests.waiting import until

pytestmark = pytest.mark.real
HOME = address_of(ONE)


async def port_of(world: World, project: str = ONE) -> int:
    """Have a port opened."""
    answer = (await opened(world, "port", project)).json()
    return int(answer["url"].rsplit(":", 1)[1].rstrip("/"))


async def ask(world: World, port: int, host: str = HOME, at: str = HOME, **headers: str) -> httpx.Response:
    """Ask at a port of an app's own."""
    headers = {"host": f"{host}:{port}", **headers}
    return await world.client.get(f"http://{at}:{port}/", headers=headers)


async def test_an_app_at_a_port(world: World) -> None:
    """By its own address alone; a project keeps its port, another has another."""
    port = await port_of(world)
    assert await port_of(world) == port
    assert await port_of(world, TWO) != port
    assert (await opened(world, "port")).json()["url"] == f"http://{HOME}:{port}/"
    assert (await ask(world, port)).status_code == 200
    for host in ("evil.example", f"{ONE}.localhost", "192.168.1.1", "localhost", "127.0.0.1", address_of(TWO)):
        assert (await ask(world, port, host)).status_code == 421
    assert (await world.client.get(f"http://{HOME}:{port}/", headers={"host": f"{HOME}:1"})).status_code == 421
    for elsewhere in ("127.0.0.1", address_of(TWO)):
        with pytest.raises(httpx.ConnectError):
            await ask(world, port, at=elsewhere)
    headers = {"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script"}
    assert (await ask(world, port, **headers)).status_code == 403
    assert (await ask(world, port, **{"service-worker": "script"})).status_code == 403
    assert (await ask(world, port, origin=f"http://127.0.0.1:{world.port}")).status_code == 403
    assert (await ask(world, port, origin=f"http://127.0.0.1:{port}")).status_code == 403
    assert (await ask(world, port, origin=f"http://{HOME}:{port}")).status_code == 200


async def test_the_page_frames_the_address_of_its_app_alone(world: World) -> None:
    """It may look for it there too; the server's own host is not among them."""
    page = f"http://127.0.0.1:{world.port}/api/projects/{ONE}/preview"
    policy = (await world.client.get(page)).headers["content-security-policy"]
    sources = f"'self' http://{ONE}.localhost:{world.port} http://{HOME}:*"
    assert {f"frame-src {sources}", f"connect-src {sources}"} <= {part.strip() for part in policy.split(";")}


async def test_under_another_name_an_app_shares_it(tmp_path: Path) -> None:
    """At a port beside the one on loopback, for who comes by that name and has a key."""
    async with open_world(tmp_path, {"token": TOKEN, "hosts": ("board.example",)}) as world:
        own = await port_of(world)
        shared = (await opened(world, "port", host="board.example", **BEARER)).json()
        assert shared["url"] == f"http://board.example:{own}/"
        assert len(world.previews.ports) == 2
        assert (await ask(world, own, "board.example", at="127.0.0.1")).status_code == 401
        assert (await ask(world, own, "board.example", at="127.0.0.1", **BEARER)).status_code == 200
        assert (await ask(world, own, "board.example")).status_code == 421
        assert (await ask(world, own)).status_code == 200
        world.previews.ports.close(ONE)
        assert ONE not in world.previews.ports


async def test_a_server_for_others_too_has_its_apps_beside_itself(tmp_path: Path) -> None:
    """Where an address of loopback would not be reached."""
    async with open_world(tmp_path, bind=("0.0.0.0",)) as world:
        answer = (await opened(world, "port")).json()
        assert answer["url"].startswith("http://127.0.0.1:")
        port = await port_of(world)
        assert (await ask(world, port, "127.0.0.1", at="127.0.0.1")).status_code == 200
        assert (await ask(world, port, "localhost", at="127.0.0.1")).status_code == 200
        assert (await ask(world, port, HOME, at="127.0.0.1")).status_code == 421
        page = await world.client.get(f"http://127.0.0.1:{world.port}/api/projects/{ONE}/preview")
        assert "http://127.0.0.1:*" in page.headers["content-security-policy"]


OPENING: dict[str, Any] = {"sec-fetch-dest": "iframe", "sec-fetch-mode": "navigate", "sec-fetch-site": "same-site"}


async def test_a_browser_forgets_what_another_project_left_at_a_port(tmp_path: Path) -> None:
    """Once; then the port is this project's."""
    async with open_world(tmp_path, bind=("0.0.0.0",)) as world:
        port = await port_of(world)

        async def visit(**headers: str) -> httpx.Response:
            return await ask(world, port, "127.0.0.1", at="127.0.0.1", **headers, **OPENING)

        first = await visit()
        assert first.headers["clear-site-data"] == '"cache", "storage"'
        cookie = first.headers["set-cookie"].partition(";")[0]
        assert "clear-site-data" not in (await visit(cookie=cookie)).headers
        assert "clear-site-data" in (await visit(cookie=cookie.replace(ONE, TWO))).headers


async def test_at_an_address_of_its_own_there_is_nothing_to_forget(world: World) -> None:
    """An app keeps what it stored, also where the browser keeps no cookie in a frame."""
    answer = await ask(world, await port_of(world), **OPENING)
    assert answer.status_code == 200
    assert not {"clear-site-data", "set-cookie"} & set(answer.headers)


async def test_ports_are_bounded_and_closed(tmp_path: Path) -> None:
    """The one that nobody uses makes room, and has its number back when it returns."""
    async with open_world(tmp_path, listeners=1, idle_seconds=0.2) as world:
        port = await port_of(world)
        refused = await opened(world, "port", TWO)
        assert refused.status_code == 503
        world.previews.ports._open[ONE, HOME].used -= 5
        second = await port_of(world, TWO)
        assert second != port
        with pytest.raises(httpx.ConnectError):
            await ask(world, port)
        await until(lambda: len(world.previews.ports) == 0, seconds=10)
        assert await port_of(world) == port


async def test_the_port_of_a_project_that_was_removed_is_closed(world: World) -> None:
    """Who asks is told, once."""
    port = await port_of(world)
    del world.projects.servers[ONE]
    assert (await ask(world, port)).status_code == 404
    assert len(world.previews.ports) == 0


async def test_ports_of_a_range(tmp_path: Path) -> None:
    """No others are taken; one that is in use is passed over."""
    [taken] = await trio.open_tcp_listeners(0, host=HOME)
    first = int(taken.socket.getsockname()[1])
    async with taken, open_world(tmp_path, ports=f"{first}-{first + 3}") as world:
        assert first < await port_of(world) <= first + 3


async def below(world: World, path: str = "", **headers: str) -> httpx.Response:
    """Ask for an app below its path."""
    return await world.client.get(
        f"http://127.0.0.1:{world.port}/api/projects/{ONE}/preview/app/{path}", headers=headers
    )


async def test_below_a_path_everything_is_in_a_sandbox(tmp_path: Path) -> None:
    """Whatever the app says, and whatever goes wrong: it has no origin."""
    async with open_world(tmp_path, mode="path") as world:
        for path in ("", "main.js", "naughty", "close", "../app/", ".callboard/here"):
            answer = await below(world, path, accept="text/html")
            policies = answer.headers.get_list("content-security-policy")
            assert any(one.startswith("sandbox allow-scripts") for one in policies), path
            assert "allow-same-origin" not in " ".join(policies)
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "set-cookie" not in answer.headers
        assert world.app.heard[0].target == f"/api/projects/{ONE}/preview/app/"
        world.one.base = "/"
        assert (await below(world, "main.js")).status_code == 200
        assert world.app.last.target == "/main.js"
        assert (await opened(world)).json()["enter"] == f"/api/projects/{ONE}/preview/app/"


async def test_below_a_path_pages_without_an_origin_may_ask(tmp_path: Path) -> None:
    """For modules and for the app's own data; no other page may, and no other path does."""
    async with open_world(tmp_path, mode="path") as world:
        answer = await below(world, "main.js", origin="null", **{"sec-fetch-site": "cross-site"})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "null")
        assert "access-control-allow-origin" not in (await below(world, "main.js")).headers
        assert "access-control-allow-origin" not in (await below(world, "naughty")).headers
        assert (await below(world, "main.js", origin="http://evil.example")).status_code == 403
        assert (await below(world, "sw.js", **{"service-worker": "script"})).status_code == 403
        url = f"http://127.0.0.1:{world.port}/api/projects/{ONE}"
        assert (await world.client.get(url, headers={"origin": "null"})).status_code == 403
        preflight = {"origin": "null", "access-control-request-method": "POST"}
        allowed = await world.client.options(f"{url}/preview/app/x", headers=preflight)
        assert allowed.status_code == 204
        assert allowed.headers["access-control-allow-origin"] == "null"


async def test_below_a_path_the_page_keeps_the_way_open(tmp_path: Path) -> None:
    """For its project, and for its own address."""
    async with open_world(tmp_path, GUARDED, mode="path") as world:
        assert (await below(world)).status_code == 401
        answer = (await opened(world, **BEARER)).json()
        assert answer["renew_s"] == GRANT_SECONDS // 3
        assert (await below(world, origin="null")).status_code == 200
        two = f"http://127.0.0.1:{world.port}/api/projects/{TWO}/preview/app/"
        assert (await world.client.get(two)).status_code == 401


@pytest.mark.parametrize(
    "passed_on", [{"x-forwarded-for": "1.2.3.4"}, {"host": "board.example"}], ids=["told", "named"]
)
async def test_below_a_path_nothing_is_open_through_a_proxy(tmp_path: Path, passed_on: dict[str, str]) -> None:
    """All who come have its address: the page is told what to do, and no way that is open is one for them."""
    async with open_world(tmp_path, {"token": TOKEN, "hosts": ("board.example",)}, mode="path") as world:
        answer = await opened(world, **passed_on, **BEARER)
        assert answer.status_code == 409
        assert "preview_domain" in answer.json()["hint"]
        assert (await below(world, **passed_on)).status_code == 401
        world.previews.keys.grant(ONE, "127.0.0.1")
        assert (await below(world, **passed_on)).status_code == 401
        assert (await below(world, **passed_on, **BEARER)).status_code == 200


async def test_where_paths_are_not_meant_they_are_not_there(world: World) -> None:
    """The way that is not configured leads nowhere."""
    answer = await below(world)
    assert answer.status_code == 404
    assert world.app.heard == []
