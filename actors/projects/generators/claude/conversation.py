"""One prompt after another with an agent: its words are told, its tools are used, what it uses is counted."""

from collections.abc import Awaitable, Callable
from typing import Optional, Protocol, Union

import trio

from actors.projects.generators.base import Retry, Said, Tell, Toolbox
from actors.projects.generators.claude.failures import Silence, why_retried
from actors.projects.generators.claude.meter import Meter
from actors.projects.generators.claude.results import answer, refusal
from actors.projects.generators.claude.words import (
    Call,
    Delta,
    Dropped,
    End,
    Exit,
    Fatal,
    Heard,
    Init,
    Interrupt,
    Op,
    Prompt,
    ProtocolError,
    Retried,
    Text,
    Used,
)
from actors.projects.tools.results import ToolResult
from actors.runtime.errors import CallboardError

BUILD = "build_project"
LOOKING = frozenset({"read_file", "list_directory", "check_server_status", "generate_preview_url"})
"""The tools that change nothing."""

PREFIX = "mcp__app__"
CALLS = 8
"""Tools that work for one agent at once; more wait."""

_LEAVE_OFF_S = 10.0
"""Seconds that an interrupted agent has to say how it ended."""

Ending = Union[End, Fatal, Exit, Silence]
"""How a prompt ends."""


class Partner(Protocol):
    """A worker, as far as a conversation needs one."""

    async def send(self, op: Op) -> None:
        """Tell it something."""

    async def receive(self) -> Union[Heard, Exit]:
        """Return what it says next."""


class Conversation:
    """What is said between a worker that is ready and a project.

    Args:
        worker: The agent's.
        toolbox: The project's tools.
        tell: Told what the agent says.
        meter: Counts what it uses.
        silence: Seconds without a word, while no tool works for it, after which it is given up.
        begun: Called each time that the API has taken a prompt.

    Attributes:
        build: What the last build that it asked for gave.
        acted: Whether it has used a tool that may change something.
        left_off: Whether it was told to leave off, since a budget seemed to be used up.
    """

    def __init__(
        self,
        worker: Partner,
        toolbox: Toolbox,
        tell: Tell,
        meter: Meter,
        silence: float,
        begun: Callable[[], Awaitable[None]],
    ) -> None:
        self.build: Optional[ToolResult] = None
        self._begun = begun
        self.acted = False
        self._worker = worker
        self._toolbox = toolbox
        self._tell = tell
        self._meter = meter
        self._silence = silence
        self._calls: dict[int, trio.CancelScope] = {}
        self._limiter = trio.CapacityLimiter(CALLS)
        self._waiting = trio.CancelScope()
        self._message = 0
        self._said = ""
        self.left_off = False
        self._delay = 0.0

    async def ask(self, text: str) -> Ending:
        """Have a prompt answered.

        Returns:
            How that ended; of an agent that fell silent, that.

        Raises:
            ProtocolError: The worker said what makes no sense, or has tools that are not ours.
            StorageFailed: It cannot be kept what was spent.
        """
        self.left_off = False
        await self._worker.send(Prompt(text))
        problem: Optional[CallboardError] = None
        async with trio.open_nursery() as nursery:
            try:
                ending = await self._listen(nursery)
            except CallboardError as error:
                problem = error  # raised in here, it would come out in a group
            nursery.cancel_scope.cancel()
        if problem is not None:
            raise problem
        if isinstance(ending, End):
            await self._meter.ended(ending)
        self._end_message()
        return ending

    async def _listen(self, nursery: trio.Nursery) -> Ending:
        """Take what the worker says, until it ends."""
        while True:
            heard = await self._hear()
            if isinstance(heard, (End, Fatal, Exit, Silence)):
                return heard
            await self._take(heard, nursery)

    async def _hear(self) -> Union[Heard, Exit, Silence]:
        """Return what the worker says next, or that it says nothing."""
        with trio.CancelScope(deadline=self._deadline()) as self._waiting:
            return await self._worker.receive()
        if self.left_off:
            return Silence(_LEAVE_OFF_S)
        return Silence(self._silence)

    def _deadline(self) -> float:
        """Until when the worker has to say something."""
        if self.left_off:
            return trio.current_time() + _LEAVE_OFF_S
        return float("inf") if self._calls else trio.current_time() + self._delay + self._silence

    async def _take(self, heard: Heard, nursery: trio.Nursery) -> None:
        # That it will say nothing for a while, since the API wants to be left alone so long, is told before.
        self._delay = (heard.delay_s or 0.0) if isinstance(heard, Retried) else 0.0
        if isinstance(heard, Delta):
            self._piece(heard.text)
        elif isinstance(heard, Text):
            self._whole(heard.text)
        elif isinstance(heard, Call):
            # Of a call that is dropped at once, the scope is there already.
            self._calls[heard.id] = trio.CancelScope()
            nursery.start_soon(self._use, heard, self._calls[heard.id])
        elif isinstance(heard, Dropped):
            self._drop(heard.id)
        elif isinstance(heard, Used):
            await self._meter.used(heard)
            await self._stop_when_reached()
        elif isinstance(heard, Retried):
            self._end_message()  # what was said of it is said again
            self._tell(Retry(heard.attempt, heard.most, heard.delay_s, why_retried(heard)))
        elif isinstance(heard, Init):
            self._check_tools(heard)
            await self._begun()

    def _piece(self, text: str) -> None:
        if text:
            self._said += text
            self._tell(Said(text, self._message, last=False))

    def _whole(self, text: str) -> None:
        """A text is whole: what was not told of it in pieces is told now."""
        if not text.startswith(self._said):
            self._end_message()  # a stream was cut, and its pieces count no more: the model was asked again
        self._piece(text[len(self._said) :])
        self._end_message()

    def _end_message(self) -> None:
        if self._said:
            self._tell(Said("", self._message, last=True))
            self._message += 1
            self._said = ""

    def _drop(self, call: int) -> None:
        scope = self._calls.get(call)
        if scope is not None:
            scope.cancel()

    def _check_tools(self, init: Init) -> None:
        """See that the model has our tools and nothing else.

        Raises:
            ProtocolError: It has others.
        """
        ours = {f"{PREFIX}{name}" for name in self._toolbox.tools}
        others = sorted(set(init.tools) - ours)
        if others:
            raise ProtocolError(f"The agent has tools that are not this project's: {', '.join(others)[:200]}.")

    async def _stop_when_reached(self) -> None:
        """Have the agent leave off when a budget is used up."""
        if not self.left_off and (self._meter.reached or self._meter.day_reached):
            self.left_off = True
            await self._worker.send(Interrupt())

    async def _use(self, call: Call, scope: trio.CancelScope) -> None:
        """Use a tool, and tell the agent what it gave."""
        try:
            with scope:
                self.acted = self.acted or call.name not in LOOKING
                async with self._limiter:
                    result = await self._toolbox.call(call.name, call.parameters)
                if call.name == BUILD:
                    self.build = result
                await self._worker.send(answer(call.id, result))
        except CallboardError as error:
            await self._worker.send(refusal(call.id, call.name, error.problem, error.hint))
        except OSError as error:
            await self._worker.send(refusal(call.id, call.name, str(error), "Try again, or do without it."))
        finally:
            del self._calls[call.id]
            # From now on it is the agent's turn again.
            self._waiting.deadline = self._deadline()
