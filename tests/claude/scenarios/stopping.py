"""A prompt is left off: by the server, or because it reached what it may use."""

from typing import Optional

import trio

from actors.projects.generators.claude.process import GRACE, STOP_TIME
from actors.projects.generators.claude.protocol import Call, Delta, Interrupt, Result, Used
from tests.actors.processes.programs import alive
from tests.claude.stage import Stage, done, nothing

SOON = 10.0
"""Seconds in which a worker leaves off; generous, because machines are busy."""


async def interrupted_text(stage: Stage) -> None:
    """An interrupt while the model writes ends the prompt; what was written stays, and the next prompt is answered."""
    async with stage.open() as talk:
        turn = await talk.begin("Write much. scenario=silence-in-stream")
        await talk.until(Delta, turn, count=2)
        await talk.worker.send(Interrupt())
        with trio.fail_after(SOON):
            await talk.finish(turn)
        second = await talk.ask("And now? scenario=hello")
    assert turn.streamed == "This goes silent"
    assert turn.end.failed
    assert (second.end.failed, second.end.text) == (False, "Hello there.")


async def interrupted_call(stage: Stage) -> None:
    """An interrupt while a tool runs drops the call."""
    async with stage.open() as talk:
        turn = await talk.begin("Run it. scenario=slow-tool")
        await talk.until(Call, turn)
        await talk.worker.send(done(turn.calls[0]))
        await talk.until(Call, turn, count=2)
        # A call begins while its answer may still be coming; that answer's end is told by what it used.
        await talk.until(Used, turn, count=2)
        await talk.worker.send(Interrupt())
        with trio.fail_after(SOON):
            await talk.finish(turn, nothing)
    assert turn.dropped == [turn.calls[1].id]
    assert turn.end.failed


async def interrupted_silence(stage: Stage) -> None:
    """An interrupt ends the wait for an API that says nothing."""
    async with stage.open() as talk:
        turn = await talk.begin("Say something. scenario=silence")
        with trio.move_on_after(0.5):
            while True:
                turn.heard.append(await talk.hear())
        await talk.worker.send(Interrupt())
        with trio.fail_after(SOON):
            await talk.finish(turn)
    assert turn.streamed == ""
    assert turn.end.failed


async def endless_loop(stage: Stage) -> None:
    """A model that never comes to an end is ended by the number of its turns."""
    async with stage.open(max_turns=3) as talk:
        turn = await talk.ask("Look again and again. scenario=loop")
    assert (turn.end.failed, turn.end.subtype) == (True, "error_max_turns")
    assert len(turn.used) == 3


async def long_talk(stage: Stage) -> None:
    """Many answers to one prompt are each counted once."""
    async with stage.open(max_turns=70) as talk:
        turn = await talk.ask("Look again and again. scenario=long-loop")
    assert (turn.end.failed, turn.end.subtype) == (True, "error_max_turns")
    assert len(turn.used) == len({used.message for used in turn.used}) == 70


async def spent(stage: Stage) -> None:
    """A prompt ends when it has cost what it may; a call that was wanted last is not waited for."""

    def first(call: Call) -> Optional[Result]:
        return done(call) if call.id == 1 else None

    async with stage.open(max_usd=0.005) as talk:
        turn = await talk.ask("Spend it. scenario=spending", first)
    assert (turn.end.failed, turn.end.subtype) == (True, "error_max_budget_usd")
    assert turn.end.cost_usd >= 0.005


async def left_alone(stage: Stage) -> None:
    """A worker that is let go in the middle of everything is gone in the time that is promised."""
    async with stage.open() as talk:
        turn = await talk.begin("Run it. scenario=left-alone")
        await talk.until(Call, turn)
        began = trio.current_time()
    assert trio.current_time() - began < GRACE + STOP_TIME
    assert not alive(talk.worker.pid)


SCENARIOS = (interrupted_text, interrupted_call, interrupted_silence, endless_loop, long_talk, spent, left_alone)
