"""Levels are found by what programs can do, and said in a way that helps."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actors.processes.sandbox import canaries, levels
from actors.processes.sandbox.canaries import CANARIES, Outcome
from actors.processes.sandbox.confinement import Level
from actors.processes.sandbox.levels import Finding, Missing, SandboxTooWeak, find_level
from actors.processes.sandbox.tools import find_tools
from actors.processes.sandbox.watchdog import Watchdog
from tests.attacks.attempt import spawn
from tests.attacks.available import finding


def test_here() -> None:
    """Some level is found everywhere; from L2 up all canaries have passed."""
    found = finding()
    if found.level >= Level.L2:
        assert set(found.passed) == set(CANARIES.values())
    else:
        assert found.missing
    assert all(missing.what and missing.why and missing.hint for missing in found.missing)


@pytest.mark.real
@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"bubblewrap": ""}, "bubblewrap"),
        ({"options": frozenset()}, "bubblewrap"),
        ({"bubblewrap": "/bin/false"}, "level L2"),
    ],
)
async def test_without_bubblewrap(watchdog: Watchdog, changes: dict[str, Any], what: str) -> None:
    """Without one that works, L2 is not there, whatever is installed; what is missing comes first."""
    tools = replace(find_tools(), landlock=0, **changes)
    found = await find_level(spawn, watchdog, highest=Level.L2, tools=tools)
    assert found.level == Level.L0
    assert [missing.what for missing in found.missing[:2]] == [what, "Landlock"]


@pytest.mark.real
async def test_what_is_run_to_be_ended_is_no_news(watchdog: Watchdog, caplog: pytest.LogCaptureFixture) -> None:
    """At each start a canary holds too much memory, which looked like a fault of somebody's program in the log."""
    caplog.set_level(logging.DEBUG, logger="actors.processes.sandbox.watchdog")
    await find_level(spawn, watchdog, highest=Level.L1)
    ends = [record for record in caplog.records if ":canary:" in record.getMessage()]
    if not ends:
        pytest.skip("no level was tried that has this canary")
    assert {record.levelno for record in ends} == {logging.DEBUG}


def test_what_fails_outside_too_proves_nothing() -> None:
    """A canary passes only when it works outside and not inside."""
    assert canaries._verdict("no such file", "yes") == ""
    assert "inside" in canaries._verdict("yes", "yes")
    assert "proves nothing" in canaries._verdict("no such file", "no such file")
    assert "inside" in canaries._verdict("", "yes")


def test_refusal() -> None:
    """What needs more than there is is refused, with the way out."""
    found = Finding(Level.L1, (), (Missing("bubblewrap", "there is no program bwrap", "Install it."),))
    found.require(Level.L1, "The template")
    with pytest.raises(SandboxTooWeak, match="A model's commands needs the sandbox level L2") as caught:
        found.require(Level.L2, "A model's commands")
    assert caught.value.hint == "bubblewrap: there is no program bwrap. Install it."


def test_reasons(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """Why a level does not hold is said with what to do about it."""
    monkeypatch.setattr(levels, "SETTINGS", tmp_path)
    assert "container" in levels._reason(Level.L2, Outcome(problem="setting up uid map: Permission denied")).hint
    failed = levels._reason(Level.L2, Outcome(failed=(("tcp", "it can be done inside"),)))
    assert "tcp: it can be done inside" in failed.why


@pytest.mark.parametrize(
    ("name", "bad", "good"),
    [
        (
            "kernel/apparmor_restrict_unprivileged_userns",
            "1",
            "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        ("user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=10000"),
    ],
)
def test_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, name: str, bad: str, good: str
) -> None:
    """A setting of the kernel that is in the way is named."""
    top = tmp_path_factory.mktemp("sys")
    (top / name).parent.mkdir()
    (top / name).write_text(f"{bad}\n", encoding="ascii")
    monkeypatch.setattr(levels, "SETTINGS", top)
    assert good in levels._hint_for_namespaces()


def test_the_canaries_have_their_files_where_the_server_says(tmp_path: Path) -> None:
    """There the next server finds what a killed one left; a path that is too long for sockets is not taken."""
    place = tmp_path / "c"
    place.mkdir()
    with canaries.lay_out(place) as ground:
        inside = len(str(place)) <= canaries.MAX_PLACE
        assert (place in ground.root.parents) is inside
    assert list(place.iterdir()) == []
    deep = place / ("x" * canaries.MAX_PLACE)
    deep.mkdir()
    with canaries.lay_out(deep) as ground:
        assert deep not in ground.root.parents
