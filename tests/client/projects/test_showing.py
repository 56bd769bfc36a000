"""What a project says does not control the terminal, and Ctrl-C leaves it going."""

import io
from typing import Any, Callable

import pytest
from rich.console import Console

from client.events import Event
from client.exits import Exit
from client.render import Renderer
from client.render.jsonlines import JsonRenderer
from client.render.live import LiveRenderer
from client.render.plain import PlainRenderer
from client.render.projects import FILE_COLUMNS, PROJECT_COLUMNS, file_row, project_row
from tests.client.commands.test_interrupt import Terminal
from tests.client.projects.standin import PROJECT, served, some_events

EVIL = "\x1b]0;owned\x07\x1b[2J[red]x[/red]\r\n"


def live(out: io.StringIO) -> Renderer:
    """Return a live renderer on a terminal that is not there."""
    return LiveRenderer(Console(file=out, force_terminal=True, width=120, markup=False, highlight=False, emoji=False))


def spoilt(value: Any, evil: Any) -> Any:
    """Return a JSON value with something else in place of each text and number."""
    if isinstance(value, dict):
        return {name: spoilt(one, evil) for name, one in value.items()}
    return [spoilt(one, evil) for one in value] if isinstance(value, list) else evil


@pytest.mark.parametrize("make", [PlainRenderer, JsonRenderer, live])
@pytest.mark.parametrize("evil", [EVIL, None, 7, -1e300, [], {}, [EVIL], {"a": EVIL}, True])
def test_whatever_a_server_says(make: Callable[[io.StringIO], Renderer], evil: Any) -> None:
    """Other shapes than are expected are shown somehow, and nothing of them is obeyed."""
    out = io.StringIO()
    renderer = make(out)
    for one in some_events():
        renderer.event(Event(1, PROJECT, "", one["type"], spoilt(one["data"], evil)))
        renderer.event(Event(1, PROJECT, "", one["type"], dict.fromkeys(one["data"], evil)))
    facts = ("id", "state", "name", "step", "progress", "errors", "preview", "versions", "usage", "expires", "prompt")
    renderer.job({**dict.fromkeys(facts, evil), "kind": "project"})
    renderer.rows([dict.fromkeys(PROJECT_COLUMNS, evil)], PROJECT_COLUMNS, project_row)
    renderer.rows([dict.fromkeys(FILE_COLUMNS, evil)], FILE_COLUMNS, file_row)
    renderer.rows([], FILE_COLUMNS, file_row, empty="none")
    renderer.content("a\x1b[2J", "b\x1b[2J", EVIL.encode())
    renderer.content("a\x1b[2J", "b\x1b[2J", b"\xff\x1b[2J")
    renderer.close()
    for sequence in ("\x1b]", "\x1b[2J", "\x07"):
        assert sequence not in out.getvalue()


@pytest.mark.real
def test_ctrl_c_leaves_the_project_going() -> None:
    """And how to come back is said."""
    with served() as standin:
        standin.sockets.append(("mute", 0, 5))
        terminal = Terminal("generate", "a shop", url=standin.url)
        terminal.wait_for("write_file")
        terminal.type("\x03")
        terminal.wait_for(f"callboard watch {PROJECT} --after 5")
        assert terminal.wait_for_end() == Exit.INTERRUPTED
        assert not standin.asked("DELETE", f"/api/projects/{PROJECT}")
