"""The page of an app in a browser: each way of showing it, what the app can do there, and what it cannot."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from actors.projects.tools.outside import ServerState
from app.preview.naming import address_of
from tests.app.preview.opening import opened
from tests.app.preview.standin import NONE, ONE, TOKEN, TWO, World, open_world
from tests.app.web.browser import Tab
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.slow]
GUARDED = {"token": TOKEN, "require_token": True}


def page(world: World, project: str = ONE, token: str = "") -> str:
    """The address of a page."""
    return f"http://127.0.0.1:{world.port}/api/projects/{project}/preview" + (f"#token={token}" if token else "")


async def shown(world: World, tab: Tab, mode: str, project: str = ONE) -> dict[str, str]:
    """Wait for the app, and return what its page found."""
    app = world.projects.servers[project].app
    await until(lambda: app.reports, seconds=20, what="the app's report")
    await tab.until(f"document.getElementById('frame').dataset.mode === '{mode}'")
    await tab.until("document.getElementById('state').dataset.state === 'running'")
    assert await tab.evaluate("document.getElementById('card').hidden") is True
    assert all(heard.get("cookie") is None and heard.get("authorization") is None for heard in app.heard)
    return app.reports[-1]


def mischief(world: World) -> None:
    """Let each app try to call the API, and to read the other."""
    for project, other in ((ONE, TWO), (TWO, ONE)):
        app = world.projects.servers[project].app
        app.api = f"http://127.0.0.1:{world.port}/api/projects/{other}"
        app.other = f"http://{other}.localhost:{world.port}/"
        app.protocol = f"callboard,bearer.{TOKEN}"


def assert_kept_apart(world: World, report: dict[str, str]) -> None:
    """Nothing that the app tried was let through."""
    assert report["page"].startswith("refused"), report
    assert report["api"].startswith("refused"), report
    assert report["stream"].startswith("refused"), report
    assert report["other"].startswith("refused"), report
    assert world.calls.count(TWO) == 0
    assert world.front.subscribers == 0


@pytest.mark.parametrize("guarded", [False, True], ids=["open", "token"])
async def test_on_a_host_of_its_own(tmp_path: Path, tab: Tab, guarded: bool) -> None:
    """Everything that apps need works there; with a token too, although the page is of another site."""
    async with open_world(tmp_path, GUARDED if guarded else None) as world:
        mischief(world)
        await tab.goto(page(world, token=TOKEN if guarded else ""))
        report = await shown(world, tab, "host")
        assert report["origin"] == f"http://{ONE}.localhost:{world.port}"
        assert (report["word"], report["color"]) == ("it works", "rgb(1, 2, 3)")
        assert (report["stored"], report["socket"]) == ("kept", "vite-hmr hello")
        assert report["worker"] == "registered"
        assert report["cookie"] == ""
        assert_kept_apart(world, report)
        await tab.until("document.getElementById('title').textContent === 'A shopping list'")


@pytest.mark.parametrize("guarded", [False, True], ids=["open", "token"])
async def test_on_a_port_of_its_own(tmp_path: Path, other_tab: Tab, guarded: bool) -> None:
    """Where the browser does not know the host, the page finds the other way by itself."""
    async with open_world(tmp_path, GUARDED if guarded else None) as world:
        mischief(world)
        await other_tab.goto(page(world, token=TOKEN if guarded else ""))
        report = await shown(world, other_tab, "port")
        assert report["origin"].startswith(f"http://{address_of(ONE)}:")
        assert (report["word"], report["stored"], report["socket"]) == ("it works", "kept", "vite-hmr hello")
        assert report["worker"].startswith("refused")
        assert report["cookie"] == ""
        assert_kept_apart(world, report)
        world.app.reports.clear()
        await other_tab.evaluate("document.getElementById('reload').click()")
        assert (await shown(world, other_tab, "port"))["before"] == "kept"


async def test_cookies_at_a_port_go_nowhere_else(tmp_path: Path, other_tab: Tab) -> None:
    """However many an app sets, the server still answers that browser, and no other app sees one of them."""
    async with open_world(tmp_path, mode="port") as world:
        one, two = [(await opened(world, project=project)).json()["url"] for project in (ONE, TWO)]
        await other_tab.goto(one)
        set_many = "for (let n = 0; n < 40; n++) document.cookie = `c${n}=${'x'.repeat(4000)}; path=/`; document.cookie"
        assert len(await other_tab.evaluate(set_many)) > 150_000
        await other_tab.goto(two)
        assert await other_tab.evaluate("document.cookie") == ""
        await other_tab.goto(page(world))
        assert await other_tab.evaluate(f"fetch('/api/projects/{ONE}').then((one) => one.status)") == 200
        assert await other_tab.evaluate("document.cookie") == ""


@pytest.mark.parametrize("guarded", [False, True], ids=["open", "token"])
async def test_below_a_path(tmp_path: Path, other_tab: Tab, guarded: bool) -> None:
    """Without an origin: modules, styles and sockets work, storage does not."""
    async with open_world(tmp_path, GUARDED if guarded else None, mode="path") as world:
        mischief(world)
        await other_tab.goto(page(world, token=TOKEN if guarded else ""))
        report = await shown(world, other_tab, "path")
        assert report["origin"] == "null"
        assert (report["word"], report["color"]) == ("it works", "rgb(1, 2, 3)")
        assert report["socket"] == "vite-hmr hello"
        assert report["stored"].startswith("refused")
        assert report["worker"].startswith("refused")
        assert_kept_apart(world, report)


async def test_below_a_path_in_a_tab_of_its_own(tmp_path: Path, other_tab: Tab) -> None:
    """The sandbox is the answer's, not only the frame's."""
    async with open_world(tmp_path, mode="path") as world:
        await other_tab.goto(f"http://127.0.0.1:{world.port}/api/projects/{ONE}/preview/app/")
        await until(lambda: world.app.reports)
        assert world.app.reports[0]["origin"] == "null"
        assert world.app.reports[0]["page"] == "alone"


async def test_two_projects_at_once(tmp_path: Path, tab: Tab) -> None:
    """Neither reads the other, or calls the API with the rights of the person."""
    async with open_world(tmp_path, GUARDED) as world:
        mischief(world)
        await tab.goto(page(world, token=TOKEN))
        await shown(world, tab, "host")
        await tab.goto(page(world, TWO))
        report = await shown(world, tab, "host", TWO)
        assert report["other"].startswith("refused")
        assert report["api"].startswith("refused")
        assert report["stream"].startswith("refused")


async def test_nobody_else_frames_an_app(world: World, tab: Tab) -> None:
    """Not another app either; it is asked for, and not shown."""
    two = world.projects.servers[TWO].app
    two.frame = f"http://{world.host()}/"
    await tab.goto(f"http://{world.host(TWO)}/")
    await until(lambda: two.reports)
    await until(lambda: any("frame-ancestors" in problem for problem in tab.problems))
    assert [heard.target for heard in world.app.heard] == ["/"]


async def test_the_token_is_asked_for(tmp_path: Path, tab: Tab) -> None:
    """And a wrong one is said to be wrong."""
    async with open_world(tmp_path, GUARDED) as world:
        await tab.goto(page(world))
        for token in ("not-the-right-token", TOKEN):
            await tab.until("!document.getElementById('signin').hidden && !document.getElementById('token').value")
            await tab.evaluate(f"document.getElementById('token').value = '{token}'")
            await tab.evaluate("document.getElementById('signin').requestSubmit()")
            if token != TOKEN:
                await tab.until("document.getElementById('token-problem').textContent !== ''")
        await shown(world, tab, "host")


async def test_a_crashed_app_is_restarted(world: World, tab: Tab) -> None:
    """The page says what it printed; a press of the button brings the app back, without loading the page."""
    world.one.become(ServerState.CRASHED, "It ended with 1.", "Error: no such module", "    at main.js:1")
    world.one.wakes = False
    await tab.goto(page(world))
    await tab.until("document.getElementById('card-log').textContent.includes('no such module')")
    assert await tab.text("state") == "Crashed"
    assert await tab.text("card-text") == "It ended with 1."
    assert await tab.text("start") == "Restart"
    await tab.evaluate("window.same = true")
    await tab.evaluate("document.getElementById('start').click()")
    await shown(world, tab, "host")
    assert world.calls[-1] == "restart"
    assert await tab.evaluate("window.same") is True


async def test_an_app_that_stops_and_comes_back(world: World, tab: Tab) -> None:
    """The page follows it."""
    await tab.goto(page(world))
    await shown(world, tab, "host")
    world.one.wakes = False
    world.one.become(ServerState.STOPPED, "somebody stopped it")
    await tab.until("!document.getElementById('card').hidden")
    assert await tab.text("card-title") == "This app is stopped"
    assert await tab.text("start") == "Start"
    world.app.reports.clear()
    world.one.become(ServerState.RUNNING)
    await shown(world, tab, "host")


async def test_widths_and_the_ways_out(world: World, tab: Tab) -> None:
    """A phone's width and back; a link to the app itself; reloading asks the app again."""
    await tab.goto(page(world))
    await shown(world, tab, "host")
    await tab.evaluate("document.querySelector('[data-width=phone]').click()")
    assert await tab.evaluate("document.getElementById('frame').getBoundingClientRect().width") < 391
    await tab.evaluate("document.querySelector('.widths [data-width=full]').click()")
    assert await tab.evaluate("document.getElementById('frame').getBoundingClientRect().width") == 1280
    assert await tab.evaluate("document.getElementById('open').href") == f"http://{world.host()}/"
    world.app.reports.clear()
    await tab.evaluate("document.getElementById('reload').click()")
    await shown(world, tab, "host")
    assert harmless(tab.problems) == []


async def test_a_run_that_is_not_done(world: World, tab: Tab) -> None:
    """How it is, and what to do, is said above the app."""
    await tab.goto(page(world))
    await shown(world, tab, "host")
    assert await tab.evaluate("document.getElementById('run').hidden") is True
    world.projects.run = {"state": "paused", "reason": "2 turns were used. Raise the <b>budget</b>."}
    await tab.goto(page(world))
    await tab.until("!document.getElementById('run').hidden")
    said = "What was asked for last is paused. 2 turns were used. Raise the <b>budget</b>."
    assert await tab.text("run") == said
    assert await tab.evaluate("document.documentElement.scrollWidth") == 1280


async def test_on_a_phone(world: World, tab: Tab) -> None:
    """Nothing is wider than the screen, and what is pressed is large enough."""
    await tab.size(360, 640, phone=True, density=2)
    await tab.prefer(prefers_color_scheme="dark")
    await tab.goto(page(world))
    await shown(world, tab, "host")
    assert await tab.evaluate("document.documentElement.scrollWidth") == 360
    heights = await tab.evaluate("[...document.querySelectorAll('.actions > *')].map((one) => one.offsetHeight)")
    assert min(heights) >= 44
    assert await tab.evaluate("document.getElementById('frame').offsetHeight") > 400


async def test_a_project_that_is_not_there(world: World, tab: Tab) -> None:
    """Is said to be not there."""
    await tab.goto(page(world, NONE))
    await tab.until("document.getElementById('card-title').textContent === 'There is no such project here'")


def harmless(problems: Sequence[str]) -> list[str]:
    """Problems but for those that belong to these stand-ins, which have no stream for a project."""
    return [one for one in problems if "/ws/" not in one and "127.0.0.1:9" not in one and "404" not in one]
