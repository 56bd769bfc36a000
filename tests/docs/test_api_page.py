"""The page at `/docs`, in a real browser: it shows all that `/openapi.json` says, and breaks no policy."""

import os

import httpx
import pytest
import trio

from app.main import Server
from tests.app.web.browser import Tab

pytestmark = pytest.mark.real

METHODS = {"get", "post", "put", "patch", "delete"}


async def keep(tab: Tab, name: str) -> None:
    """Save a picture where `PICTURES` says, for who wants to look."""
    folder = os.environ.get("PICTURES")
    if folder:
        await trio.Path(folder, f"{name}.png").write_bytes(await tab.picture())


async def test_every_request_is_shown(tab: Tab, server: Server) -> None:
    """Each method and path has its line, which opens; nothing comes from elsewhere, nothing is refused."""
    url = f"http://127.0.0.1:{server.port}"
    async with httpx.AsyncClient() as client:
        described = (await client.get(f"{url}/openapi.json")).json()
    await tab.goto(f"{url}/docs")
    await tab.until("document.querySelectorAll('.operation').length")

    lines = "[...document.querySelectorAll('.operation > summary')].map(s => s.children[0].textContent + ' ' +"
    shown = await tab.evaluate(lines + " s.children[1].textContent)")

    wanted = {f"{m.upper()} {path}" for path, item in described["paths"].items() for m in item if m in METHODS}
    assert set(shown) == wanted
    assert len(shown) == len(wanted)
    assert tab.problems == []
    assert all(request.startswith(url) for request in tab.requests)


async def test_a_request_opens_down_to_its_schemas(tab: Tab, server: Server) -> None:
    """An address names a request; its answers open to fields, and those to fields in turn."""
    await tab.goto(f"http://127.0.0.1:{server.port}/docs#get-jobs")
    await tab.until("document.querySelector('#get-jobs')?.open")
    await keep(tab, "light")

    await tab.evaluate("document.querySelector('#get-jobs .answer summary').click()")
    await tab.evaluate("document.querySelector('#get-jobs .answer .inner summary').click()")
    await tab.until("document.querySelectorAll('#get-jobs .answer .inner .fields').length")

    text = await tab.evaluate("document.querySelector('#get-jobs').innerText")
    assert all(word in text for word in ("state", "integer, from 1 to 500, default 50", "queue_position", "LinksModel"))
    await keep(tab, "open")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_fits_a_phone(tab: Tab, server: Server, scheme: str) -> None:
    """With all open, nothing is wider than the screen, in either scheme."""
    await tab.size(375, 760, phone=True)
    await tab.prefer(prefers_color_scheme=scheme)
    await tab.goto(f"http://127.0.0.1:{server.port}/docs")
    await tab.until("document.querySelectorAll('.operation').length")
    await keep(tab, f"phone-{scheme}")
    await tab.evaluate("document.getElementById('all').click()")
    await tab.evaluate("document.querySelectorAll('.operation details').forEach(one => one.open = true)")

    assert await tab.evaluate("document.documentElement.scrollWidth") <= 375
    await tab.evaluate("document.getElementById('post-upload').scrollIntoView()")
    await keep(tab, f"phone-{scheme}-open")
    assert tab.problems == []
