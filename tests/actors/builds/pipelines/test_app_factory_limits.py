"""How runs of the App Factory end that do not end well by themselves, and that nothing is left of them."""

from pathlib import Path
from typing import Optional

import pytest
import trio
from trio.testing import MockClock

from actors.builds.base import SUCCESS, BuildFailed, Said, Step
from actors.builds.pipelines.app_factory_watch import POLL, Watched
from actors.processes.lines import Lines, relay_lines
from tests.actors.builds.pipelines.app_factory_world import LATE, World
from tests.actors.processes.programs import gone_now


class Slow(trio.abc.ReceiveStream):
    """A stream whose pieces come after so many seconds each.

    Args:
        pauses: The seconds.
        piece: What comes.
    """

    def __init__(self, *pauses: float, piece: bytes = b".") -> None:
        self._pauses = list(pauses)
        self._piece = piece
        self._ready: Optional[float] = None

    async def receive_some(self, max_bytes: Optional[int] = None) -> bytes:
        """Return the next piece when its time has come; asking again does not put that off."""
        if not self._pauses:
            return b""
        if self._ready is None:
            self._ready = trio.current_time() + self._pauses[0]
        await trio.sleep_until(self._ready)
        self._ready = None
        self._pauses.pop(0)
        return self._piece

    async def aclose(self) -> None:
        """Nothing to close."""


class Looks:
    """Counts how often the files were looked at."""

    def __init__(self) -> None:
        self.times: list[float] = []

    async def __call__(self) -> None:
        """Look once."""
        self.times.append(trio.current_time())


async def test_each_piece_is_a_sign_of_life(autojump_clock: MockClock) -> None:
    """Also without an end of line; only a whole pause that is too long ends it, and the files are watched meanwhile."""
    looks = Looks()
    stream = Watched(Slow(9.5, 9.5, 9.5, 11), looks, 10)

    for _ in range(3):
        assert await stream.receive_some() == b"."
    with pytest.raises(BuildFailed) as caught:
        await stream.receive_some()

    assert caught.value.code == "pipeline_idle"
    assert trio.current_time() == pytest.approx(38.5, abs=0.1)
    assert len(looks.times) == pytest.approx(38.5 / POLL, abs=2)


async def test_telling_slowly_is_not_the_pipelines_silence(autojump_clock: MockClock) -> None:
    """While the journal is behind, nothing is read, and that does not count."""
    heard: list[str] = []

    async def hear(lines: Lines) -> None:
        heard.extend(lines)
        await trio.sleep(100)  # on a clock that jumps

    await relay_lines(Watched(Slow(5, 5, 5, piece=b"line\n"), Looks(), 10), hear)

    assert heard == ["line"] * 3


async def test_files_are_looked_at_while_much_is_printed(autojump_clock: MockClock) -> None:
    """Less often, so that what was printed comes first."""
    looks = Looks()
    stream = Watched(Slow(*[0.02] * 1000), looks, 10)

    while await stream.receive_some():
        pass

    assert 2 <= len(looks.times) <= 5


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world of the test's own."""
    return World(tmp_path)


@pytest.mark.real
@pytest.mark.parametrize("mode", ["loud", "dots", "stubborn", "leaves-loud"])
async def test_the_total_limit(world: World, mode: str) -> None:
    """Signs of life are not enough; whatever it started is gone."""
    failure = await world.fail(mode, total_seconds=0.7)

    assert failure.code == "pipeline_timeout"
    assert "0.7 s" in failure.problem


@pytest.mark.real
async def test_the_idle_limit(world: World) -> None:
    """A pipeline that says nothing is ended before its time is up."""
    failure = await world.fail("silent", idle_seconds=0.5)

    assert failure.code == "pipeline_idle"


@pytest.mark.real
async def test_what_is_left_behind_is_ended(world: World) -> None:
    """Also in a session of its own, with the output held open: the run ends when its main process does."""
    assert await world.run("leaves")

    gone_now(int((world.workspace / "left.pid").read_text(encoding="ascii")), seconds=0.0)


@pytest.mark.real
@pytest.mark.parametrize("mode", ["stubborn", "leaves-loud", "silent", "floods"])
async def test_cancelling_leaves_nothing(world: World, mode: str) -> None:
    """Wherever the run is."""
    with trio.fail_after(LATE), trio.CancelScope() as scope:

        async def tell(said: Said) -> None:
            if len(world.said) >= 1 and (mode != "leaves-loud" or (world.workspace / "left.pid").exists()):
                scope.cancel()
            await world.tell(said)
            if mode == "silent":
                scope.cancel()

        await world.factory(mode).run(world.order(), tell)

    assert scope.cancelled_caught
    world.nothing_left()


@pytest.mark.real
async def test_an_error_in_telling_ends_the_run(world: World) -> None:
    """It comes out as it is, in no group."""

    async def tell(_: Said) -> None:
        raise LookupError("journal")

    with pytest.raises(LookupError):
        await world.factory("loud").run(world.order(), tell)
    world.nothing_left()


@pytest.mark.real
async def test_a_flood_is_bounded(world: World) -> None:
    """Ten thousand lines are not as many messages, and what matters is still told."""
    await world.run("floods")

    assert len(world.said) < 2500
    assert world.steps == sorted(world.steps)
    assert world.steps[-1] is Step.FRONTEND
    assert len(world.contents(SUCCESS)) == 4
