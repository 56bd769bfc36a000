"""A conversation: words are told, tools are used at once, budgets and silence end it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Union

import pytest
import trio
import trio.testing

from actors.projects.generators.base import Report, Retry, Said
from actors.projects.generators.claude.budget import Budget, Spent
from actors.projects.generators.claude.conversation import Conversation, Ending
from actors.projects.generators.claude.failures import Silence
from actors.projects.generators.claude.ledger import Ledger
from actors.projects.generators.claude.meter import Meter
from actors.projects.generators.claude.words import (
    Call,
    Delta,
    Dropped,
    End,
    Exit,
    Heard,
    Init,
    Interrupt,
    Op,
    Prompt,
    ProtocolError,
    Result,
    Retried,
    Text,
    Used,
)
from actors.projects.tools.base import Tool
from actors.projects.tools.results import ToolResult, failed
from actors.projects.tools.table import make_tools

LARGE = Budget(100, 10**9, 100.0, 10**6)
DONE = End(False, "success", 1, 0.0, None, None, "completed", "")
STOPPED = End(True, "error_during_execution", 1, 0.0, None, None, "aborted_streaming", "")


class Worker:
    """A worker that says what it is told to.

    Attributes:
        sent: What it was told.
        deaf: Whether it does not care for interrupts.
    """

    def __init__(self) -> None:
        self.deaf = False
        self.sent: list[Op] = []
        self._say, self._said = trio.open_memory_channel[Union[Heard, Exit]](100)

    def say(self, *words: Union[Heard, Exit]) -> None:
        """Have it say something."""
        for word in words:
            self._say.send_nowait(word)

    async def send(self, op: Op) -> None:
        """Take it; an interrupt ends the prompt."""
        await trio.lowlevel.checkpoint()
        self.sent.append(op)
        if isinstance(op, Interrupt) and not self.deaf:
            self.say(STOPPED)

    async def receive(self) -> Union[Heard, Exit]:
        """Say the next word."""
        return await self._said.receive()

    @property
    def results(self) -> list[Result]:
        """The results that it got."""
        return [op for op in self.sent if isinstance(op, Result)]


class Tools:
    """Tools that do nothing but note that they were used; `wait` waits."""

    def __init__(self) -> None:
        self.used: list[str] = []
        self.at_once = self.most = 0
        self.go = trio.Event()

    @property
    def tools(self) -> Mapping[str, Tool[Any]]:
        """Their names."""
        return make_tools()

    async def call(self, name: str, parameters: Mapping[str, Any]) -> ToolResult:
        """Use one."""
        self.used.append(name)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            if parameters.get("wait"):
                await self.go.wait()
        finally:
            self.at_once -= 1
        return (
            failed(name, "it cannot") if parameters.get("fail") else ToolResult(True, "x" * parameters.get("size", 1))
        )


class Paper(Ledger):
    """A ledger that keeps nothing on the disk."""

    async def add(self, spent: Spent) -> None:
        """Forget it."""
        await trio.lowlevel.checkpoint()


class Scene:
    """A conversation, and both of its sides."""

    def __init__(self, folder: Path, budget: Budget = LARGE, silence: float = 60.0) -> None:
        self.worker, self.tools = Worker(), Tools()
        self.told: list[Report] = []
        self.meter = Meter(self.told.append, Paper(folder / "spent.json"), Spent(), budget, LARGE)
        self.begun = 0
        self.conversation = Conversation(self.worker, self.tools, self.told.append, self.meter, silence, self.begin)

    async def begin(self) -> None:
        """Count that it has begun."""
        await trio.lowlevel.checkpoint()
        self.begun += 1

    async def ask(self, *words: Union[Heard, Exit]) -> Ending:
        """Have a prompt answered with some words."""
        self.worker.say(*words)
        with trio.fail_after(1000):
            return await self.conversation.ask("Make it.")

    def said(self) -> list[tuple[str, int, bool]]:
        """What was told of its words."""
        return [(each.text, each.message, each.last) for each in self.told if isinstance(each, Said)]


@pytest.fixture
async def scene(tmp_path: Path) -> Scene:
    """A conversation."""
    return Scene(tmp_path)


async def test_words_are_told_as_they_come(scene: Scene) -> None:
    """In pieces, or whole where there were none; what was broken off ends too."""
    words = (Delta("Hel"), Delta("lo."), Text("Hello."), Text("Whole."), Delta("Bro"), DONE)
    assert await scene.ask(*words) == DONE
    assert scene.worker.sent == [Prompt("Make it.")]
    assert scene.said() == [
        ("Hel", 0, False), ("lo.", 0, False), ("", 0, True),
        ("Whole.", 1, False), ("", 1, True),
        ("Bro", 2, False), ("", 2, True),
    ]  # fmt: skip


async def test_pieces_that_count_no_more(scene: Scene) -> None:
    """A stream was cut, and the model asked again; or the end of a text came without a piece."""
    await scene.ask(Delta("I thi"), Text("I begin."), Delta("And"), Text("And end."), DONE)
    assert scene.said() == [
        ("I thi", 0, False), ("", 0, True),
        ("I begin.", 1, False), ("", 1, True),
        ("And", 2, False), (" end.", 2, False), ("", 2, True),
    ]  # fmt: skip


async def test_tools_are_used_at_once(scene: Scene) -> None:
    """A failure is a result too, and what is too long is cut."""
    calls = (Call(1, "read_file", {"wait": True}), Call(2, "write_file", {"fail": True}), Call(3, "x", {"size": 10**6}))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(scene.ask, *calls)
        await trio.testing.wait_all_tasks_blocked()
        assert [(result.id, result.failed) for result in scene.worker.results] == [(2, True), (3, False)]
        assert len(scene.worker.results[1].text) < 60_000
        scene.tools.go.set()
        await trio.testing.wait_all_tasks_blocked()
        assert scene.worker.results[-1] == Result(1, "x", failed=False)
        scene.worker.say(DONE)
    assert scene.conversation.acted


async def test_many_calls_take_turns(scene: Scene) -> None:
    """A model may ask for any number."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(scene.ask, *(Call(number, "read_file", {"wait": True}) for number in range(30)))
        await trio.testing.wait_all_tasks_blocked()
        assert scene.tools.most == 8
        scene.tools.go.set()
        await trio.testing.wait_all_tasks_blocked()
        scene.worker.say(DONE)
    assert sorted(result.id for result in scene.worker.results) == list(range(30))
    assert not scene.conversation.acted, "it only looked"


async def test_a_call_that_is_dropped_is_ended(scene: Scene) -> None:
    """Also one that was not there yet, and one that is over; nothing is said of it."""
    words = (Call(1, "read_file", {"wait": True}), Dropped(1), Dropped(7), DONE)
    assert await scene.ask(*words) == DONE
    assert (scene.worker.results, scene.tools.at_once) == ([], 0)


async def test_the_end_ends_the_tools(scene: Scene) -> None:
    """Nobody waits for them."""
    assert await scene.ask(Call(1, "run_command", {"wait": True}), STOPPED) == STOPPED
    assert scene.tools.at_once == 0


async def test_the_last_build_is_remembered(scene: Scene) -> None:
    """Whether it failed decides what follows."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(scene.ask, Call(1, "build_project", {"fail": True}))
        await trio.testing.wait_all_tasks_blocked()
        assert scene.conversation.build is not None
        assert not scene.conversation.build.ok
        scene.worker.say(DONE)


async def test_tools_that_are_not_ours(scene: Scene) -> None:
    """Are not to be; ours are."""
    ours = tuple(f"mcp__app__{name}" for name in make_tools())
    await scene.ask(Init("id", ours, "a-model"), DONE)
    assert scene.begun == 1
    with pytest.raises(ProtocolError, match="Bash"):
        await scene.ask(Init("id", (*ours, "Bash"), "a-model"))


async def test_a_budget_that_is_reached_interrupts(tmp_path: Path) -> None:
    """Once, and the end is waited for."""
    scene = Scene(tmp_path, Budget(100, 1000, 1.0, 1000.0))
    words = [Used(f"msg_{number}", "a-model", 300, 0, 0, 50) for number in range(5)]
    assert await scene.ask(*words) == STOPPED
    assert scene.worker.sent == [Prompt("Make it."), Interrupt()]
    assert scene.meter.reached is not None


async def test_retries_are_told(scene: Scene) -> None:
    """With what is wrong, in words; what was said before is said again, as another message."""
    await scene.ask(Delta("I"), Retried(1, 4, 0.5, 529, None), Delta("I"), Text("I"), DONE)
    assert scene.said() == [("I", 0, False), ("", 0, True), ("I", 1, False), ("", 1, True)]
    (retry,) = (each for each in scene.told if isinstance(each, Retry))
    assert (retry.attempt, retry.most, retry.delay_s) == (1, 4, 0.5)
    assert "overloaded" in retry.problem


async def test_silence_ends_it(autojump_clock: trio.testing.MockClock, scene: Scene) -> None:
    """Unless a tool works; then it begins anew."""
    assert await scene.ask() == Silence(60.0)
    assert trio.current_time() == 60.0
    async with trio.open_nursery() as nursery:
        nursery.start_soon(scene.ask, Call(1, "run_command", {"wait": True}))
        await trio.sleep(500)  # on a clock that jumps
        scene.tools.go.set()
    assert trio.current_time() == 620.0


async def test_a_delay_that_was_told_is_no_silence(autojump_clock: trio.testing.MockClock, scene: Scene) -> None:
    """The API may want to be left alone for longer."""
    assert await scene.ask(Retried(1, 4, 100.0, 429, None)) == Silence(60.0)
    assert trio.current_time() == 160.0


async def test_one_that_does_not_leave_off(autojump_clock: trio.testing.MockClock, tmp_path: Path) -> None:
    """It is not waited for as long."""
    scene = Scene(tmp_path, Budget(100, 1, 1.0, 1e9))
    scene.worker.deaf = True
    assert await scene.ask(Used("msg_1", "a-model", 300, 0, 0, 50)) == Silence(10.0)


async def test_a_worker_that_dies_is_told(scene: Scene) -> None:
    """As it ended."""
    gone = Exit(None, 9, "")
    assert await scene.ask(Delta("I "), gone) == gone
    assert scene.said()[-1] == ("", 0, True)
