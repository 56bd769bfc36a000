"""The page of a shared model, in a real browser at a real server that asks everybody else for a token."""

import io
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from app.contracts.shared.key import FILE, read_key
from app.security.signing import Grant, sign
from tests.app.served import ended, serving, upload
from tests.app.web.browser import Tab
from tests.app.web.test_view import COUNT_FRAMES, SHOWN, differs, settle

pytestmark = pytest.mark.real

TOKEN = "a-token-of-24-characters"


@asynccontextmanager
async def sharing(root: Path, **settings: Any) -> AsyncIterator[tuple[httpx.AsyncClient, str, str]]:
    """A client with the token, the address of a link, and the job that it shows."""
    async with serving(root, token=TOKEN, require_token=True, **settings) as (_, client):
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        job_id = await upload(client)
        await ended(client, job_id)
        answer = await client.post(f"/jobs/{job_id}/share")
        yield client, f"{client.base_url}".rstrip("/") + answer.json()["path"], job_id


async def show(tab: Tab, url: str) -> None:
    """Open a link, and wait for the model."""
    await tab.call("Page.addScriptToEvaluateOnNewDocument", source=COUNT_FRAMES)
    await tab.prefer(prefers_reduced_motion="reduce")
    await tab.goto(url)
    await tab.until(SHOWN)


async def test_the_model_turns_and_can_be_saved(tab: Tab, tmp_path: Path) -> None:
    """Nothing else is asked for, and nothing of the job is said."""
    async with sharing(tmp_path) as (_, url, job_id):
        await show(tab, url)
        first = await settle(tab)
        assert len(first.getcolors(2**20) or []) > 50
        await tab.drag((640.0, 380.0), (760.0, 410.0))
        assert differs(first, await settle(tab))
        assert (await tab.text("triangles")).replace(",", "").isdigit()
        assert await tab.evaluate("document.getElementById('simulated').checkVisibility()")
        link = "document.getElementById('download')"
        assert await tab.evaluate(f"[{link}.download, {link}.href.startsWith('blob:')]") == ["model.glb", True]
        assert job_id not in await tab.evaluate("document.documentElement.outerHTML")
        own, origin = url.partition("/shared/")[2], url.partition("/shared/")[0]
        allowed = (f"{origin}/assets/", f"blob:{origin}/")
        rest = [asked for asked in tab.requests if not asked.startswith(allowed)]
        assert rest == [f"{origin}/shared/{own}", f"{origin}/shared/{own}/model"]
        assert tab.problems == []


async def test_a_link_on_a_page_elsewhere_opens_it(tab: Tab, tmp_path: Path) -> None:
    """As from a mail or a chat; where it came from is not told on."""
    async with sharing(tmp_path) as (_, url, _):
        await tab.goto(f"data:text/html,<a id=a href='{url}'>a model</a>")
        await tab.until("document.getElementById('a') !== null")
        await tab.evaluate("document.getElementById('a').click()")
        await tab.until(SHOWN)
        assert await tab.evaluate("document.referrer") == ""


async def test_a_link_that_leads_nowhere_says_why(tab: Tab, tmp_path: Path) -> None:
    """In words, with what to do, and with nothing to save."""
    async with sharing(tmp_path) as (client, url, job_id):
        key = read_key(tmp_path / FILE)
        assert key is not None
        start = url.rpartition("/")[0]
        expired = f"{start}/{sign(key, Grant(job_id, int(time.time()) - 1))}"
        await client.delete(f"/jobs/{job_id}")
        for address, title, word in (
            (expired, "This link has expired", "Ask whoever sent it"),
            (url, "This link leads nowhere", "not on this server any more"),
            (url[:-3], "This link leads nowhere", "not complete"),
        ):
            await tab.goto(address)
            await tab.until(f"document.getElementById('notice-title').textContent === {title!r}")
            assert word in await tab.evaluate("document.body.innerText")
            assert not await tab.evaluate(
                "document.getElementById('download').checkVisibility({visibilityProperty: true})"
            )


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_fits_a_phone(tab: Tab, tmp_path: Path, scheme: str) -> None:
    """In both schemes."""
    async with sharing(tmp_path) as (_, url, _):
        await tab.size(390, 844, phone=True)
        await tab.prefer(prefers_color_scheme=scheme)
        await tab.goto(url)
        await tab.until(SHOWN)
        assert await tab.evaluate("document.documentElement.scrollWidth") <= 390
        (tmp_path / "phone.png").write_bytes(await tab.picture())
        assert Image.open(io.BytesIO((tmp_path / "phone.png").read_bytes())).size == (390, 844)
