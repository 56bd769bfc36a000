"""A project through nginx: its events as they happen, and its app under a name of the wildcard domain."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest
import trio
from trio_websocket import WebSocketConnection, wrap_client_stream

from tests import needs
from tests.e2e.nginx.ground import TOKEN, Listener, behind
from tests.e2e.nginx.proxy import APPS, Proxy
from tests.e2e.projects.grounds import CHANGED, TITLE, Ground, Project
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.slow]


async def test_a_project_and_its_app(tmp_path: Path) -> None:
    """From the prompt to a change that is shown without loading the page again."""
    needs.node()
    projects = tmp_path / "projects"
    async with behind(tmp_path, projects_root=projects) as (server, proxy), proxy.calling(TOKEN) as client:
        project = await Ground(server, TOKEN).generate(client)
        await project.done()
        await _events_at_once(client, project)
        host = f"{project.id}.{APPS}"
        async with proxy.calling(host=host) as visitor:
            cookie = await _enter(client, visitor, project, host)
            visitor.headers["Cookie"] = cookie
            assert "/@vite/client" in (await visitor.get("/")).text
            # As a page does, which loads one after the other: of what nobody has loaded nobody is told.
            for module in ("main.js", "app.js", "idea.js"):
                source = (await visitor.get(f"/src/{module}")).text
            assert TITLE in source
            token = re.search(r'wsToken = "([^"]+)"', (await visitor.get("/@vite/client")).text)
            assert token is not None
            async with _hot(proxy, host, f"/?token={token[1]}", cookie) as socket:
                await project.tool("edit_file", path="src/idea.js", old=f'"{TITLE}"', new=f'"{CHANGED}"')
                told = ""
                with trio.fail_after(60):
                    while told not in ("update", "full-reload"):
                        told = json.loads(await socket.get_message())["type"]
            assert CHANGED in (await visitor.get("/src/idea.js")).text
        assert "Traceback" not in server.said
        # The key that opens the way in is in no log.
        # nginx writes the line once the answer is sent.
        await until(lambda: f"{host}/.callboard/-" in proxy.requests, what="a line of nginx's log with the way in")
        assert "key=" not in proxy.requests


def _has_told(listener: Listener, number: int) -> bool:
    """Whether so many events of tools have come."""
    return listener.types.count("tool_executed") == number


async def _events_at_once(client: httpx.AsyncClient, project: Project) -> None:
    """Each event is here before the next thing is asked for: held back, it would never come."""
    last = (await client.get(f"/events/{project.id}", params={"limit": 1000})).json()["last"]
    listener = Listener(project.id, seqs=[last])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(listener.follow, client)
        for number in range(1, 11):
            await project.tool("write_file", path="note.txt", content=f"{number}")
            await until(partial(_has_told, listener, number), 60, "the event")
        nursery.cancel_scope.cancel()
    assert listener.seqs == list(range(last, last + len(listener.seqs)))


async def _enter(client: httpx.AsyncClient, visitor: httpx.AsyncClient, project: Project, host: str) -> str:
    """Open the way in as the preview page does; the cookie for the app's name."""
    assert (await visitor.get("/")).status_code == 401
    assert (await client.get(f"{project.path}/preview", headers={"Authorization": ""})).status_code == 200
    opened = await project.post("preview/open")
    assert (opened["mode"], opened["url"], opened["others"]) == ("host", f"https://{host}/", [])
    entered = await visitor.get(opened["enter"].partition(host)[2])
    assert entered.status_code == 303
    assert entered.headers["set-cookie"].endswith("; Secure")
    return str(entered.headers["set-cookie"].partition(";")[0])


@asynccontextmanager
async def _hot(proxy: Proxy, host: str, path: str, cookie: str) -> AsyncIterator[WebSocketConnection]:
    """The WebSocket of the app's dev server, as its page opens it."""
    headers = [(b"Cookie", cookie.encode()), (b"Origin", f"https://{host}".encode())]
    stream = await proxy.dial()
    try:
        async with trio.open_nursery() as nursery:
            socket = await wrap_client_stream(
                nursery, stream, host, path, subprotocols=["vite-hmr"], extra_headers=headers
            )
            assert socket.subprotocol == "vite-hmr"
            assert json.loads(await socket.get_message())["type"] == "connected"
            yield socket
            nursery.cancel_scope.cancel()
    finally:
        with trio.move_on_after(2, shield=True):
            await trio.aclose_forcefully(stream)
