"""How the page follows a job, and what it says about each end."""

import pytest

from tests.app.web.browser import Tab
from tests.app.web.samples import box
from tests.app.web.standin import StandIn

pytestmark = pytest.mark.real

JOB = "job-0001"


def says(element: str, text: str) -> str:
    """A condition: an element contains a text."""
    return f"document.getElementById('{element}').textContent.includes({text!r})"


async def test_follows_the_work_live(tab: Tab, world: StandIn) -> None:
    """Place in the queue, stage, percent, n of N, what is left; then the model, without a reload."""
    await tab.goto(world.begin(JOB, queue_position=3))
    await tab.until(says("detail", "Number 3 in the queue"))
    world.publish("state", state="running", attempt=1)
    world.publish("log", level="info", message="<b>a.jpg</b>: 4212 features")
    world.publish("progress", stage="match_photos", percent=42.7, done=10, total=24, remaining_s=74, attempt=1)
    await tab.until(says("stage", "Match photos"))
    assert await tab.text("percent") == "42 %"
    assert await tab.text("detail") == "10 of 24 · about 75 s left"
    assert await tab.text("log") == "<b>a.jpg</b>: 4212 features"
    assert await tab.text("announcement") == "Match photos, 25 percent"
    assert await tab.evaluate("document.getElementById('bar').value") == 42
    world.model = box().build()
    world.publish("end", state="succeeded", reason=None, result={"triangles": 12})
    await tab.until("document.body.dataset.phase === 'shown'")
    assert tab.problems == []


async def test_comes_back_where_it_was(tab: Tab, world: StandIn) -> None:
    """After a lost connection it asks for what comes after the last event that it saw.

    Log lines come with events alone; a stage may also be known from the status that the page asks for.
    """
    await tab.goto(world.begin(JOB))
    world.publish("state", state="running", attempt=1)
    world.publish("log", level="info", message="one")
    await tab.until(says("log", "one"))
    world.drop()
    world.publish("log", level="info", message="two")
    await tab.until(says("log", "two"))
    assert world.asked_after == [("socket", 0), ("socket", 2)]


async def test_uses_the_event_stream_where_sockets_do_not_get_through(tab: Tab, world: StandIn) -> None:
    """Some proxies let only plain requests pass."""
    world.sockets = False
    await tab.goto(world.begin(JOB))
    await tab.until(says("stage", "Waiting"))
    world.publish("state", state="running", attempt=1)
    world.publish("progress", stage="matching", percent=50, attempt=1)
    await tab.until(says("percent", "50 %"))
    assert world.asked_after == [("stream", 0)]
    world.publish("end", state="failed", reason="No pair of photos overlaps.", result=None)
    await tab.until(says("notice-text", "No pair of photos overlaps."))


@pytest.mark.parametrize(
    ("state", "title"),
    [("failed", "No model came out of it"), ("cancelled", "cancelled"), ("interrupted", "interrupted")],
)
async def test_says_why_there_is_no_model(tab: Tab, world: StandIn, state: str, title: str) -> None:
    """The reason as text, never as HTML, and what to do next."""
    reason = "<img src=x onerror=alert(1)> was too dark."
    await tab.goto(world.begin(JOB, engine="pixelmap", state=state, reason=reason))
    await tab.until(says("notice-title", title))
    assert await tab.text("notice-text") == reason
    assert await tab.evaluate("document.querySelectorAll('#notice-advice li').length > 0")
    assert tab.problems == []


async def test_says_that_a_job_is_not_there(tab: Tab, world: StandIn) -> None:
    """An unknown or removed job."""
    world.begin("job-other")
    await tab.goto(f"{world.url}/jobs/{JOB}/view")
    await tab.until(says("notice-title", "There is no such job here"))


async def test_says_what_is_wrong_with_a_model_and_offers_it_anyway(tab: Tab, world: StandIn) -> None:
    """A file that cannot be shown can be saved."""
    world.model = box().build()[:-40]
    await tab.goto(world.begin(JOB, state="succeeded", result={}))
    await tab.until(says("notice-text", "cut short"))
    assert (await tab.evaluate("document.getElementById('download').href")).startswith("blob:")


async def test_a_token_in_the_address_is_kept_and_hidden(tab: Tab, world: StandIn) -> None:
    """It is sent with each request and with the WebSocket, outlives a reload, and leaves the address."""
    world.token = "s3cret-token"
    await tab.goto(world.begin(JOB) + "#token=s3cret-token")
    world.publish("progress", stage="matching", percent=5, attempt=1)
    await tab.until(says("stage", "Waiting"))
    assert "token" not in await tab.evaluate("location.href")
    world.publish("state", state="running", attempt=1)
    await tab.until(says("percent", "5 %"))
    assert world.asked_after == [("socket", 0)]
    await tab.goto("about:blank")
    await tab.goto(f"{world.url}/jobs/{JOB}/view")
    await tab.until(says("percent", "5 %"))


async def test_asks_for_a_token(tab: Tab, world: StandIn) -> None:
    """A wrong one is said to be wrong; the right one goes on to the job."""
    world.token = "right"
    await tab.goto(world.begin(JOB, state="failed", reason="Too dark."))
    for token, then in (
        ("wrong", says("token-problem", "not the right one")),
        ("right", says("notice-text", "Too dark.")),
    ):
        await tab.until("document.activeElement?.id === 'token'")
        await tab.call("Input.insertText", text=token)
        await tab.evaluate("document.getElementById('signin').requestSubmit()")
        await tab.until(then)
