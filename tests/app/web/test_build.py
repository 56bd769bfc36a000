"""The page of a build's app in a browser: what it shows, what it says instead, and what the app cannot do."""

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import pytest
import trio

from tests.app.web.browser import Tab
from tests.app.web.standin import StandIn
from tests.waiting import until

pytestmark = pytest.mark.real

RUN = "run-1.a"
APP = b"""<!doctype html><title>An app</title><script>
let above = "refused";
try { above = window.top.document.title } catch {}
fetch("/report?" + new URLSearchParams({ origin: window.origin, above }));
</script>"""


@contextmanager
def free_port() -> Iterator[int]:
    """A port that nobody else gets."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@asynccontextmanager
async def app_at(port: int) -> AsyncIterator[list[str]]:
    """An app that answers there, and collects what it was asked."""
    heard: list[str] = []

    async def handle(stream: trio.SocketStream) -> None:
        async with stream:
            heard.append((await stream.receive_some(8192)).decode().split(" HTTP/")[0])
            head = (
                f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(APP)}\r\nConnection: close\r\n\r\n"
            )
            await stream.send_all(head.encode() + (b"" if heard[-1].startswith("HEAD") else APP))

    async with trio.open_nursery() as nursery:
        await nursery.start(partial(trio.serve_tcp, handle, port, host="127.0.0.1"))
        yield heard
        nursery.cancel_scope.cancel()


def says(element: str, text: str) -> str:
    """A condition: an element contains a text."""
    return f"document.getElementById('{element}')?.textContent.includes({text!r})"


def end(world: StandIn, state: str, reason: str = "") -> None:
    """End the build."""
    world.status.update(state=state, reason=reason)
    world.publish("end", state=state, reason=reason, result=None)


async def test_the_app_is_shown_when_it_is_there(tab: Tab, world: StandIn) -> None:
    """From the making over the start to the app, by itself; and again after it was gone for a while."""
    with free_port() as port:
        await tab.goto(world.begin_build(RUN, port))
        await tab.until(says("card-text", "pipeline, 12 %"))
        assert await tab.text("card-title") == "The app is being made"
        assert await tab.text("title") == "A list of <b>plants</b>"
        assert await tab.evaluate("document.getElementById('open').href") == f"http://127.0.0.1:{port}/"
        world.publish("progress", stage="install", percent=80.0)
        await tab.until(says("card-text", "install, 80 %"))
        end(world, "succeeded")
        await tab.until(says("card-title", "The app does not answer yet"))
        assert await tab.evaluate("document.getElementById('frame').hidden") is True
    async with app_at(port) as heard:
        await until(lambda: any("/report" in asked for asked in heard), seconds=20)
        report = next(asked for asked in heard if "/report" in asked)
        await tab.until("document.getElementById('card').hidden")
        assert report == f"GET /report?origin=http%3A%2F%2F127.0.0.1%3A{port}&above=refused"
        assert await tab.text("state") == "Running"
        sandbox = str(await tab.evaluate("document.getElementById('frame').getAttribute('sandbox')"))
        assert "allow-top-navigation" not in sandbox
    assert not [problem for problem in tab.problems if "Content Security Policy" in problem]


async def test_an_app_that_goes_is_said_to_be_gone(tab: Tab, world: StandIn) -> None:
    """It is looked after as long as the page is open; and can be shown all the same."""
    with free_port() as port:
        pass
    async with app_at(port):
        await tab.goto(world.begin_build(RUN, port, state="succeeded"))
        await tab.until(says("state", "Running"))
        await tab.evaluate("window.same = true")
    await tab.until(says("card-title", "The app does not answer any more"))
    await tab.evaluate("document.getElementById('start').click()")
    await tab.until("document.getElementById('card').hidden")
    assert await tab.evaluate("window.same") is True


@pytest.mark.parametrize(
    ("state", "title"),
    [
        ("failed", "This build has failed"),
        ("cancelled", "This build was cancelled"),
        ("interrupted", "This build was interrupted"),
    ],
)
async def test_an_end_without_an_app_is_said(tab: Tab, world: StandIn, state: str, title: str) -> None:
    """With its reason, in the words of the server."""
    with free_port() as port:
        await tab.goto(world.begin_build(RUN, port))
        await tab.until(says("card-title", "The app is being made"))
        end(world, state, "npm install failed. <b>Look</b> at its output.")
        await tab.until(says("card-title", title))
        assert await tab.text("card-text") == "npm install failed. <b>Look</b> at its output."
        assert await tab.evaluate("document.getElementById('start').hidden") is True


async def test_a_build_that_waits(tab: Tab, world: StandIn) -> None:
    """Says for how many."""
    await tab.goto(world.begin_build(RUN, 5000, state="queued", queue_position=3))
    await tab.until(says("card-title", "This build waits for its turn"))
    assert await tab.text("card-text") == "2 others are before it."


async def test_a_build_that_is_not_there(tab: Tab, world: StandIn) -> None:
    """Is said to be not there."""
    world.begin_build("another", 5000)
    await tab.goto(f"{world.url}/api/builds/{RUN}/view")
    await tab.until(says("card-title", "There is no such build here"))


async def test_the_server_itself_is_no_app(tab: Tab, world: StandIn) -> None:
    """A build whose port is the server's own does not put the server's pages into its frame."""
    await tab.goto(world.begin_build(RUN, int(world.url.rpartition(":")[2]), state="succeeded"))
    await tab.until(says("card-title", "This app cannot be shown here"))


async def test_the_token_is_asked_for(tab: Tab, world: StandIn) -> None:
    """And kept for when the page comes back with the port."""
    world.token = "s3cret"
    await tab.goto(world.begin_build(RUN, 5000, state="failed", reason="No."))
    await tab.until("!document.getElementById('signin').hidden")
    await tab.evaluate("document.getElementById('token').value = 's3cret'")
    await tab.evaluate("document.getElementById('signin').requestSubmit()")
    await tab.until(says("card-title", "This build has failed"))
    assert await tab.evaluate("location.search") == "?port=5000"


async def test_embedded_it_has_no_bars(tab: Tab, world: StandIn) -> None:
    """All of the frame is the app's; a phone's width too."""
    with free_port() as port:
        pass
    async with app_at(port):
        await tab.size(360, 640, phone=True)
        await tab.goto(world.begin_build(RUN, port, state="succeeded") + "?embed")
        await tab.until("document.getElementById('card')?.hidden && !document.getElementById('frame').hidden")
        box = await tab.evaluate("JSON.stringify(document.getElementById('frame').getBoundingClientRect())")
        assert '"x":0,"y":0,"width":360,"height":640' in box
        assert await tab.evaluate("document.querySelector('.top').checkVisibility()") is False
