"""The form in which conversations are kept."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.claude.scenarios.table import SCENARIOS
from tests.claude.transcripts import PLACE, Entry, drift, name_of, normalised, read, spoken, write

START = {
    "op": "start", "key": "redacted", "session": "0000-1111", "resume": False, "fork_from": None, "model": "m",
    "system": "s", "tools": [], "max_turns": 3, "max_usd": None, "cwd": "/place/empty", "config_dir": "/place/config",
    "url": "http://127.0.0.1:4711", "retries": 1,
}  # fmt: skip

ABSOLUTE = re.compile(r"(?<![\w.:/<-])/\w[\w.-]*(?:/[\w.-]+)+")
"""A path from the root of a machine, of two parts or more."""

WANTED = frozenset({"/etc/hostname"})
"""What models ask for in scenarios: it is there on each machine, and is not read."""


def said(**words: Any) -> Entry:
    """Something that a worker says."""
    return {"worker": words}


NOTED: list[Entry] = [
    {"server": START},
    said(say="ready", sdk="1.2.3", cli="4.5.6", pid=4711),
    {"server": {"op": "prompt", "text": "Make it. scenario=app"}},
    said(say="init", session="0000-1111", tools=["mcp__app__read_file"], model="m"),
    said(say="usage", message="msg_a", input_tokens=1),
    said(say="usage", message="msg_b", input_tokens=2),
    said(say="retry", attempt=1, most=1, delay_s=0.612, status=None, error="unknown"),
    said(say="call", id=1, name="write_file", parameters={"path": "/place/a", "content": "x" * 5000}),
    said(say="end", text=f"127.0.0.1:4711 failed at msg_{'0' * 32}"),
    {"server": {"op": "close"}},
    {"exit": 0},
]


def test_what_varies_is_replaced() -> None:
    """Two conversations about the same are the same."""
    entries = normalised(NOTED, Path("/place"))
    kept = {"op": "start", "resume": False, "max_turns": 3, "max_usd": None, "retries": 1, "fork": False}
    assert entries[0] == {"server": kept}
    assert entries[3] == said(say="init", session="{session}", tools=["mcp__app__read_file"], model="m")
    assert [entry["worker"]["message"] for entry in entries[4:6]] == ["message-1", "message-2"]
    assert entries[6]["worker"]["delay_s"] == 0.5
    assert entries[7]["worker"]["parameters"] == {"path": "{place}/a", "content": {"$repeat": ["x", 5000]}}
    assert entries[8] == said(say="end", text="{address} failed at {varies}")
    assert entries[9:] == [{"server": {"op": "close"}}]
    assert name_of(entries) == "app"


def test_said_again(tmp_path: Path) -> None:
    """What was kept is said with what holds now."""
    entries = normalised(NOTED, Path("/place"))
    write("app", entries, tmp_path)
    assert read("app", tmp_path) == entries
    now = {**START, "session": "2222", "cwd": "/now/empty", "url": None}
    assert spoken(entries[3]["worker"], now)["session"] == "2222"
    assert spoken(entries[7]["worker"], now)["parameters"] == {"path": "/now/a", "content": "x" * 5000}
    assert spoken(entries[8]["worker"], now)["text"] == "api.anthropic.com failed at {varies}"


def test_when_use_is_told_does_not_matter() -> None:
    """Counts may come before a call or after it; anything else may not."""
    count, call = said(say="usage", message="message-1"), said(say="call", id=1)
    other: list[Entry] = [{"exit": 0}]
    assert drift([count, call], [call, count]) == []
    assert drift([count, call], [call])[-1] == '-{"worker": {"message": "message-1", "say": "usage"}}'
    assert drift([call, *other], [*other, call])


def test_only_what_is_played_is_kept() -> None:
    """Each transcript is one that a scenario asks for, each named once, and has no key and nothing of one machine."""
    source = "".join(path.read_text() for path in (Path(__file__).parent / "scenarios").glob("*.py"))
    names = [path.stem for path in PLACE.glob("*.jsonl")]
    for name in names:
        text = (PLACE / f"{name}.jsonl").read_text()
        assert f'"{name}"' in source or f"scenario={name}" in source, name
        assert name_of(read(name)) == name
        assert not [word for word in ("sk-ant", "127.0.0.1:") if word in text], name
        assert set(ABSOLUTE.findall(text)) <= WANTED, name
    assert len(names) >= len(SCENARIOS)


@pytest.mark.parametrize("path", sorted(PLACE.glob("*.jsonl")), ids=lambda path: path.stem)
def test_each_is_whole(path: Path) -> None:
    """Each begins with a start and has a prompt; nothing is longer than a person can read but for what is repeated."""
    first, second, *others = read(path.stem)
    assert first["server"]["op"] == "start"
    assert second["worker"]["say"] == "ready"
    assert others
    assert path.stat().st_size < 64 * 1024
