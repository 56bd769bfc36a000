"""Twenty builds at once: order within each, nothing of one in another, logs that can be told apart, quick delivery."""

import re
from pathlib import Path

import pytest
import trio

from tests.e2e.builds.factory import make_checkout
from tests.e2e.builds.rounds import open_round
from tests.e2e.figures import note
from tests.e2e.processes import processor_time

BUILDS = 20
_LINE = re.compile(r"\[AGENT-PYTHON(?:-ERROR|-PERF)?\] (?:(?P<actor>zebra-\d\d): )?")
_NAMED = re.compile(r"zebra-\d\d")


@pytest.mark.real
async def test_twenty_at_once(tmp_path: Path) -> None:
    """Each with its own name in all that it says, so that a word of one in another would show."""
    checkout = make_checkout(tmp_path / "checkout")
    runs = [f"zebra-{number:02}" for number in range(BUILDS)]
    async with open_round(tmp_path, "--log-format", "text", **checkout, builds_at_once=BUILDS) as found:
        async with trio.open_nursery() as nursery:
            for run in runs:
                nursery.start_soon(lambda run: found.ask(run, prompt=f"SPEED=5 KIND=plain: {run}"), run)
        for run in runs:
            await found.check(run)
            named = {name for content in found.outside.contents(run) for name in _NAMED.findall(content)}
            assert named == {run}
            assert found.outside.asked(f"ws-{run}") == ["npm install", "npm start"]
        _check_log(found.server.said, runs)
        times = found.outside.latencies()
        figures = {"p50": times[len(times) // 2], "p99": times[len(times) * 99 // 100], "messages": len(times)}
        note({"builds": BUILDS, **figures, "processor": processor_time(found.server.pid)})
        assert len(times) == sum(map(len, found.outside.messages.values()))
        await found.nothing_left()


def _check_log(said: str, runs: list[str]) -> None:
    """Each line has a prefix, and what speaks of one build belongs to that one."""
    seen = set()
    for line in said.splitlines():
        match = _LINE.match(line)
        assert match, line
        if match["actor"]:
            seen.add(match["actor"])
            assert set(_NAMED.findall(line)) == {match["actor"]}, line
        else:
            # Only that it was accepted is said by the request and not by the build.
            assert len(set(_NAMED.findall(line))) <= 1, line
            assert not _NAMED.search(line) or "accepted" in line, line
    assert seen == set(runs)
    assert "[AGENT-PYTHON-PERF] zebra-" in said
