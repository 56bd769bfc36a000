"""What a project tells, as a build says it."""

from typing import Any

import pytest

from actors.builds.base import ACTION, ASSISTANT, STATUS, WARNING, Said, Step
from app.composition.relay import MAX_MESSAGE, MAX_SHOWN, Relay


def piece(text: str, *, last: bool = False) -> dict[str, Any]:
    """The data of a piece of a message."""
    return {"text": text, "run": 1, "message": 1, "last": last}


def tool(used: str, /, ok: bool = True, **given: Any) -> dict[str, Any]:
    """The data of a call."""
    return {"tool": used, "input": given, "ok": ok, "result": "no\nsuch file", "seconds": 0.1, "cached": False}


def test_messages_are_put_together() -> None:
    """Each is said once, and whole; one that has no last piece is said in the end."""
    relay = Relay()
    assert relay.take("assistant_message", piece("I make ")) == []
    assert relay.take("tool_executed", tool("list_directory", path=".")) == [Said(ACTION, "list_directory .")]
    assert relay.take("assistant_message", piece("an app. ", last=True)) == [Said(ASSISTANT, "I make an app.")]
    assert relay.take("assistant_message", piece("  ", last=True)) == []
    assert relay.rest() == []
    assert relay.take("assistant_message", piece("And th")) == []
    assert relay.rest() == [Said(ASSISTANT, "And th")]
    assert relay.rest() == []


def test_a_long_message_becomes_several() -> None:
    """Between its lines, where it has any; nothing of it is lost."""
    relay = Relay()
    said = relay.take("assistant_message", piece("a" * 3000 + "\n" + "b" * 1000, last=False))
    assert said == [Said(ASSISTANT, "a" * 3000)]
    said = relay.take("assistant_message", piece("b" * 7000, last=True))
    assert "".join(line.content for line in said) == "b" * 8000
    assert max(len(line.content) for line in said) == MAX_MESSAGE


def test_files_show_the_steps() -> None:
    """The first ones are the structure, those of later tools the frontend; each step is told once."""
    relay = Relay()
    told = [
        *relay.take("file_created", {"path": "package.json", "size": 400, "lines": 9}),
        *relay.take("file_created", {"path": "index.html", "size": 2048, "lines": 9}),
        *relay.take("tool_executed", tool("create_vite_app", name="Tea")),
        *relay.take("file_changed", {"path": "src/app.js", "size": 1, "lines": 1}),
        *relay.take("tool_executed", tool("write_file", path="src/app.js")),
        *relay.take("file_created", {"path": "b.js", "size": 2, "lines": 1}),
    ]
    assert told == [
        Said(STATUS, "", Step.STRUCTURE),
        Said(ACTION, "Wrote package.json (400 bytes)"),
        Said(ACTION, "Wrote index.html (2 KB)"),
        Said(ACTION, "create_vite_app Tea"),
        Said(STATUS, "", Step.FRONTEND),
        Said(ACTION, "Changed src/app.js (1 byte)"),
        Said(ACTION, "Wrote b.js (2 bytes)"),
    ]


def test_tools() -> None:
    """With what they were given, and why they did not work."""
    relay = Relay()
    (said,) = relay.take("tool_executed", tool("write_file", ok=False, path="../x"))
    assert said == Said(ACTION, "write_file ../x did not work: no such file")
    (said,) = relay.take("tool_executed", tool("run_command", argv=["node", "x" * 500]))
    assert said.content.startswith("run_command node xxx")
    assert len(said.content) == len("run_command ") + MAX_SHOWN
    assert relay.take("tool_executed", {**tool("x"), "input": None}) == [Said(ACTION, "x")]


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        ("progress", {"stage": "the agent is at work", "percent": 10}, Said(STATUS, "The agent is at work...")),
        ("log", {"level": "info", "message": "Kept."}, Said(STATUS, "Kept.")),
        ("log", {"level": "error", "message": "Oh."}, Said(WARNING, "Oh.")),
        (
            "retry",
            {"attempt": 1, "most": 4, "delay_s": 2.2, "problem": "The API is busy."},
            Said(WARNING, "The API is busy. It is tried again in 2 s (1 of 4)."),
        ),
        (
            "retry",
            {"attempt": 2, "most": 4, "delay_s": None, "problem": "No answer."},
            Said(WARNING, "No answer. It is tried again (2 of 4)."),
        ),
        ("server_crashed", {"reason": "It ended with 1."}, Said(WARNING, "The app's server crashed: It ended with 1.")),
        ("gap", {"snapshot": {}}, Said(WARNING, "Some of what was done was left out here.")),
    ],
)
def test_what_else_is_said(kind: str, data: dict[str, Any], said: Said) -> None:
    """As it is meant for people."""
    assert Relay().take(kind, data) == [said]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("usage", {"cost_usd": 1}),
        ("state", {"state": "running"}),
        ("log", {"level": "debug", "message": "x"}),
        ("log", {"level": "info", "message": "added 3 packages", "source": "install_dependencies"}),
        ("progress", {"stage": "", "percent": 0}),
        ("something_new", {}),
    ],
)
def test_what_is_not_said(kind: str, data: dict[str, Any]) -> None:
    """It is the project's own affair."""
    assert Relay().take(kind, data) == []


def test_a_stage_is_said_once() -> None:
    """However often its progress is told."""
    relay = Relay()
    told = [relay.take("progress", {"stage": stage}) for stage in ("one", "one", "two")]
    assert [len(said) for said in told] == [1, 0, 1]
