"""Each renderer shows the same things in its own way, and none lets a server control the terminal."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from client.events import Event
from client.render import Renderer
from client.render.jsonlines import JsonRenderer
from client.render.live import LiveRenderer
from client.render.plain import PlainRenderer
from client.render.words import event_line

EVIL = "\x1b]0;owned\x07\x1b[2J[red]x[/red] :smile:\r\n"
Make = Callable[[StringIO], Renderer]


def live(out: StringIO) -> Renderer:
    """Return a live renderer on a terminal that is not there."""
    console = Console(file=out, force_terminal=True, width=120, markup=False, highlight=False, emoji=False)
    return LiveRenderer(console)


def event(type_: str, **data: Any) -> Event:
    """Return an event."""
    return Event(1, "job-1", "2026-01-01T00:00:00.000Z", type_, data)


def show_everything(renderer: Renderer, text: str) -> None:
    """Show one of each thing, with a text everywhere that a server could put one."""
    renderer.sending(50, 100)
    renderer.accepted({"id": text, "engine": text})
    renderer.event(event("state", state=text, queue_position=2, reason=text))
    renderer.event(event("progress", stage=text, percent=40, done=1, total=2, remaining_s=5))
    renderer.event(event("log", level=text, message=text))
    renderer.event(event("gap", missed_from=text, missed_to=text))
    renderer.event(event(text))
    renderer.event(event("end", state=text, reason={"problem": text}, result={text: text}))
    renderer.receiving(10, 100)
    renderer.receiving(10, None)
    renderer.notice(text)
    renderer.result("saved", {"path": text}, text)
    renderer.job({"id": text, "state": text, "stage": text, "bytes": 7, "images": [1, 2], "result": {text: text}})
    renderer.jobs([{"id": text, "state": text, "reason": text, "created": text}])
    renderer.engines([{"name": text, "title": text, "available": False, "reason": text}], text)
    renderer.pause()
    renderer.notice(text)
    renderer.resume()
    renderer.close()


@pytest.mark.parametrize("make", [PlainRenderer, JsonRenderer, live])
def test_no_control_sequence_gets_through(make: Make) -> None:
    """Titles, clearing the screen and markup stay text."""
    out = StringIO()
    show_everything(make(out), EVIL)
    shown = out.getvalue()
    assert "\x1b]" not in shown
    assert "\x1b[2J" not in shown
    assert "\x07" not in shown
    assert ":smile:" in shown
    assert "[red]x[/red]" in shown


@pytest.mark.parametrize("make", [PlainRenderer, JsonRenderer])
def test_lines_have_no_control_characters(make: Make) -> None:
    """What goes to a file is text."""
    out = StringIO()
    show_everything(make(out), EVIL)
    assert not any(ord(character) < 32 and character != "\n" for character in out.getvalue())


@pytest.mark.parametrize("value", [None, True, -5, 1e300, [], {}, "text", [[{}]]])
@pytest.mark.parametrize("make", [PlainRenderer, JsonRenderer, live])
def test_any_shape_can_be_shown(make: Make, value: Any) -> None:
    """A field of an unexpected kind is no reason to stop."""
    renderer = make(StringIO())
    for kind in ("state", "progress", "log", "gap", "end"):
        keys = ("state", "stage", "percent", "done", "total", "remaining_s", "queue_position", "attempt", "reason")
        renderer.event(event(kind, **dict.fromkeys((*keys, "level", "message", "result", "missed_from"), value)))
    renderer.job(dict.fromkeys(("id", "state", "stage", "percent", "bytes", "images", "result", "reason"), value))
    renderer.jobs([dict.fromkeys(("id", "state", "percent", "queue_position", "reason"), value)])
    renderer.engines([dict.fromkeys(("name", "title", "parameters"), value)], "x")
    renderer.engines([{"name": "x", "parameters": {"properties": {"p": {"enum": value, "minimum": value}}}}], "x")
    renderer.close()


def test_bars_show_a_percent_and_no_markup() -> None:
    """Words of the server's are never markup, and the bars' own are never words."""
    out = StringIO()
    renderer = live(out)
    renderer.event(event("progress", stage="pairs", percent=40.0, done=2, total=5))
    renderer.close()
    assert "40%" in out.getvalue()
    assert "[progress" not in out.getvalue()


def test_json_lines_are_one_object_each() -> None:
    """Also when the text has line ends in it."""
    out = StringIO()
    show_everything(JsonRenderer(out), "two\nlines \u2028 and \ud800")
    assert all(isinstance(json.loads(line), dict) for line in out.getvalue().splitlines())


def test_plain_lines_are_not_repeated() -> None:
    """A change is a line; no change is none."""
    out = StringIO()
    renderer = PlainRenderer(out)
    for _ in range(3):
        renderer.event(event("progress", stage="matching", percent=10))
    for sent in range(0, 1001, 1):
        renderer.sending(sent, 1000)
    assert out.getvalue().splitlines().count(" 10% matching") == 1
    assert out.getvalue().count("sent ") == 11


def test_a_question_has_the_terminal_for_itself() -> None:
    """While paused nothing is printed; afterwards everything is."""
    out = StringIO()
    renderer = live(out)
    renderer.event(event("progress", stage="matching", percent=10))
    renderer.pause()
    before = out.getvalue()
    renderer.event(event("log", level="info", message="meanwhile"))
    renderer.event(event("progress", stage="meshing", percent=50))
    assert out.getvalue() == before
    renderer.resume()
    renderer.close()
    assert "meanwhile" in out.getvalue()
    assert "meshing" in out.getvalue()
    assert out.getvalue().rindex("\x1b[?25h") > out.getvalue().rindex("\x1b[?25l")


def test_words() -> None:
    """Events read well."""
    assert event_line(event("state", state="queued", queue_position=3)) == "queued, number 3 in the queue"
    assert event_line(event("state", state="running", attempt=2)) == "running, attempt 2"
    progress = event("progress", stage="feature_extraction", percent=12.4, done=3, total=6, remaining_s=61)
    assert event_line(progress) == " 12% feature extraction (3 of 6, 1 min 01 s left)"
    assert event_line(event("end", state="failed", reason="too few photos")) == "failed: too few photos"
