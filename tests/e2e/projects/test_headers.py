"""What a browser sends of a person, which no app ever gets."""

import json
from typing import Any

import pytest

from tests.app.web.browser import Document, Tab
from tests.e2e.projects.echo import FILES
from tests.e2e.projects.grounds import Ground, Project, shown

pytestmark = [pytest.mark.real, pytest.mark.slow]

SECRET = "the-persons-own"
LISTEN = """new Promise((resolve, reject) => {
  const socket = new WebSocket(location.href.replace('http', 'ws') + 'socket');
  socket.onmessage = (event) => { socket.close(); resolve(JSON.parse(event.data)); };
  socket.onerror = () => reject(new Error('no socket'));
})"""
SENT = {"Authorization": f"Bearer {SECRET}", "Proxy-Authorization": f"Basic {SECRET}", "X-Marker": "passes"}


def names(raw: list[str]) -> dict[str, str]:
    """Headers by name, from a list of names and values in turn."""
    return {name.lower(): value for name, value in zip(raw[::2], raw[1::2])}


def assert_clean(raw: list[str]) -> dict[str, str]:
    """Nothing of the person is among an app's headers."""
    found = names(raw)
    assert not {"cookie", "authorization", "proxy-authorization", "referer"} & set(found), found
    assert SECRET not in json.dumps(raw)
    return found


async def set_cookies(tab: Tab, *urls: str) -> None:
    """Let the browser have cookies for these addresses, as some other service on the host would have set them."""
    for number, url in enumerate(urls):
        for name, more in (("plain", {}), ("hidden", {"httpOnly": True}), ("lax", {"sameSite": "Lax"})):
            cookie: dict[str, Any] = {"name": f"{name}-{number}", "value": SECRET, "url": url, **more}
            assert (await tab.call("Network.setCookie", **cookie))["success"]


async def assert_hidden(document: Document, *, with_origin: bool) -> None:
    """What a page of the app sends, whatever it sends, comes without the person's."""
    # Without an origin a page may send no such headers, and no cookies with what it asks for.
    more = f"{{credentials: 'include', headers: {json.dumps(SENT)}}}" if with_origin else "{}"
    found = assert_clean(await document.evaluate(f"fetch('headers', {more}).then((answer) => answer.json())"))
    assert found.get("x-marker") == (SENT["X-Marker"] if with_origin else None)
    assert found["host"].startswith("localhost")
    assert_clean(await document.evaluate(LISTEN))


async def assert_stripped(project: Project, url: str, base: str) -> None:
    """A client that sends everything by hand: the app gets what is not of a person, and nothing else."""
    headers = {**SENT, "cookie": f"a={SECRET}; callboard-{project.id}={SECRET}", "host": url.split("/")[2]}
    host, _, port = url.split("/")[2].rpartition(":")
    there = f"http://{host if host.startswith('127.') else '127.0.0.1'}:{port}{base}headers"
    answer = await project.client.get(there, headers=headers)
    assert answer.status_code == 200, answer.text
    assert assert_clean(answer.json())["x-marker"] == "passes"
    assert "from-the-app" not in str(answer.headers)


@pytest.mark.parametrize("mode", ["host", "port", "path"])
async def test_nothing_of_a_person_reaches_an_app(
    ground: Ground, below: Ground, tab: Tab, other_tab: Tab, mode: str
) -> None:
    """Neither with its page, nor with a request or a socket of it, nor by a client's hand."""
    place = below if mode == "path" else ground
    tab = other_tab if mode == "port" else tab
    async with place.calling() as client:
        project = await place.project(client, FILES)
        base = f"{project.path}/preview/app/" if mode == "path" else "/"
        await set_cookies(tab, place.server.url, f"{project.host}/")
        await tab.goto(project.page())
        frame = await shown(tab, mode)
        url = await frame.evaluate("location.href")
        await set_cookies(tab, url)
        await assert_hidden(frame, with_origin=mode != "path")
        # In a tab of its own, where the browser sends more.
        await tab.goto(url)
        await tab.until("document.querySelector('h1')?.textContent === 'Echo'")
        if mode != "path":
            # There is something to send, and nothing of the app beside it.
            assert SECRET in await tab.evaluate("document.cookie")
            assert "from-the-app" not in await tab.evaluate("document.cookie")
        await assert_hidden(tab, with_origin=mode != "path")
        await assert_stripped(project, url, base)
