"""Two apps that are open at once: neither reads the other, the page around it, or the interface of the server."""

import pytest
import trio

from tests.app.web.browser import Browser, Tab
from tests.e2e.projects import echo
from tests.e2e.projects.frames import Frame
from tests.e2e.projects.grounds import TOKEN, Ground, Project, shown

pytestmark = [pytest.mark.real, pytest.mark.slow]

GONE = "about:blank#taken"


async def opened(tab: Tab, project: Project, mode: str, host: str) -> tuple[Frame, str]:
    """Open the page of a project; gives its app's page, and the app's address."""
    await tab.goto(project.page(host))
    frame = await shown(tab, mode)
    await frame.until("document.querySelector('h1')?.textContent === 'Echo'")
    return frame, await frame.evaluate("location.origin + '/'")


@pytest.mark.parametrize("token", [True, False], ids=["token", "open"])
@pytest.mark.parametrize("mode", ["host", "port"])
async def test_two_apps_at_once(
    guarded: Ground, ground: Ground, browser: Browser, tab: Tab, other_tab: Tab, mode: str, token: bool
) -> None:
    """In the same browser, with a person's token in the pages, and cookies for the host."""
    place = guarded if token else ground
    tab = other_tab if mode == "port" else tab
    host = "127.0.0.1" if mode == "port" else "localhost"
    async with place.calling() as client, browser.open_tab(beside=tab) as second:
        if mode == "port":
            await second.call("Network.setBlockedURLs", urls=["*://*.localhost*"])
        one, two = [await place.project(client, echo.FILES, name=name) for name in ("One", "Two")]
        for url in (f"http://localhost:{place.server.port}/", place.server.url):
            await tab.call("Network.setCookie", name="session", value="the-persons-own", url=url, httpOnly=True)
        one_frame, one_url = await opened(tab, one, mode, host)
        two_frame, two_url = await opened(second, two, mode, host)
        assert one_url != two_url
        await two_frame.evaluate("localStorage.setItem('kept', 'of two')")
        await each_other(one_frame, two_frame, two_url)
        await the_page(tab, one_frame)
        await the_api(tab, one_frame, two, f"http://{host}:{place.server.port}", TOKEN if token else "")


async def each_other(one: Frame, two: Frame, url: str) -> None:
    """The first app gets nothing of the second, which itself gets all of it."""
    attempts = echo.attempts_on_app(url)
    assert echo.refused(await one.evaluate(attempts)) == {}
    own = await two.evaluate(attempts)
    assert "x-marker" not in own
    assert set(echo.refused(own)) == {"fetch", "socket", "frame", "storage"}, own
    assert (own["frame"], own["storage"]) == ("Echo", "of two")
    assert await one.evaluate("localStorage.getItem('kept')") is None
    # What would show that a person was let in is not for scripts.
    assert await one.evaluate("document.cookie.includes('callboard-project')") is False
    assert await one.evaluate("window.opener") is None


async def the_page(tab: Tab, app: Frame) -> None:
    """The app gets nothing of the page around it, and cannot put another in its place."""
    assert echo.refused(await app.evaluate(echo.ATTEMPTS_ON_PAGE)) == {}
    await trio.sleep(0.1)  # in which a page that was replaced after all would be gone
    assert await tab.evaluate("location.pathname.endsWith('/preview')")
    # Nor has it a hold on the page when it has a tab of its own.
    assert await tab.evaluate("document.getElementById('open').rel") == "noopener"


async def the_api(tab: Tab, app: Frame, other: Project, url: str, token: str) -> None:
    """The app cannot call the server as a person, whose page can."""
    for attempts in {echo.attempts_on_api(url, other.id), echo.attempts_on_api(url, other.id, token)}:
        assert echo.refused(await app.evaluate(attempts)) == {}
    own = await tab.evaluate(echo.attempts_on_api(url, other.id, token))
    assert set(echo.refused(own)) == {"status", "files", "write", "events"}, own
    await app.evaluate(echo.BLIND_WRITE % f"{url}{other.path}/tools/write_file")
    assert (await other.client.get(f"{other.path}/files/taken.txt")).status_code == 404
