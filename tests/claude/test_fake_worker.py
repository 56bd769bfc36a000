"""The fake worker where a server does not say what it said when the transcripts were recorded."""

from pathlib import Path

import pytest
import trio

from actors.processes.tree import Spawn
from actors.projects.generators.claude.protocol import Call, Close, Exit, Fatal, Interrupt, Result
from tests.claude.company import Fakes
from tests.claude.stage import Stage, done

pytestmark = pytest.mark.real


@pytest.fixture
def fakes(spawn: Spawn, tmp_path: Path) -> Stage:
    """A place for fake workers."""
    return Stage(tmp_path / "stage", spawn, Fakes())


async def test_unknown_scenario(fakes: Stage) -> None:
    """What was not recorded is not made up."""
    async with fakes.open() as talk:
        await talk.begin("Make an app. scenario=nobody-wrote-this")
        assert await talk.hear() == Fatal("transcript", "nothing was recorded of scenario=nobody-wrote-this")
        end = await talk.worker.receive()
        assert isinstance(end, Exit)
        assert end.code == 1


async def test_another_word(fakes: Stage) -> None:
    """A prompt in the place of a result is noticed."""
    async with fakes.open() as talk:
        turn = await talk.begin("Look. scenario=one-tool")
        await talk.until(Call, turn)
        await talk.begin("Never mind.")
        await talk.until(Fatal, turn)
    assert turn.of(Fatal) == [Fatal("transcript", "then it was result, now it is prompt")]


async def test_another_call(fakes: Stage) -> None:
    """A result of a call that was not made is noticed."""
    async with fakes.open() as talk:
        turn = await talk.begin("Look. scenario=one-tool")
        await talk.until(Call, turn)
        await talk.worker.send(Result(99, "done", failed=False))
        await talk.until(Fatal, turn)
    assert turn.of(Fatal) == [Fatal("transcript", "no result of call 99 is waited for")]


async def test_interrupt_at_another_time(fakes: Stage) -> None:
    """An interrupt is taken where none came then, and the next prompt goes on with its own transcript."""
    async with fakes.open() as talk:
        turn = await talk.begin("Look. scenario=one-tool")
        await talk.until(Call, turn)
        await talk.worker.send(Interrupt())
        await talk.worker.send(done(turn.calls[0]))
        await talk.finish(turn)
        second = await talk.ask("And now? scenario=app")
    assert (turn.dropped, turn.end.failed, turn.end.stopped) == ([turn.calls[0].id], True, "aborted_tools")
    assert (len(second.calls), second.end.text) == (13, "Your app is ready: a list of teas.")
    assert [call.id for call in second.calls] == list(range(2, 15))
    assert second.end.cost_usd > turn.end.cost_usd


async def test_no_scenario(fakes: Stage) -> None:
    """A prompt that names none goes on in the same transcript, and is greeted where that is at its end."""
    async with fakes.open() as talk:
        turns = [await talk.ask("Make an app.") for _ in range(3)]
    assert [turn.end.text for turn in turns] == ["Hello there.", "Hello again.", "Hello there."]
    costs = [turn.end.cost_usd for turn in turns]
    assert costs == sorted(set(costs))


@pytest.mark.parametrize("started", [False, True])
async def test_close_at_any_time(fakes: Stage, started: bool) -> None:
    """It leaves when it is told to."""
    async with fakes.open() as talk:
        if started:
            turn = await talk.begin("Look. scenario=one-tool")
            await talk.until(Call, turn)
        await talk.worker.send(Close())
        with trio.fail_after(10):
            while not isinstance(end := await talk.worker.receive(), Exit):
                pass
    assert (end.code, end.stderr_tail) == (0, "")


async def test_late_answer(fakes: Stage) -> None:
    """Each call is waited for."""
    async with fakes.open() as talk:
        turn = await talk.begin("Look. scenario=one-tool")
        await talk.until(Call, turn)
        with trio.move_on_after(0.2) as waiting:
            await talk.finish(turn)
        assert waiting.cancelled_caught
        await talk.worker.send(done(turn.calls[0]))
        await talk.finish(turn)
    assert turn.end.text == "I looked."
