"""What a build tells: besides its events, the messages to the orchestrator, which are queued in the same write.

What of this has to outlive the server is the build's memory, in its snapshot: it is written with what it tells of, so
that a build that goes on after a crash says nothing twice.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any, Optional

from actors.builds import base as words
from actors.builds.base import Message, Said
from actors.journal.base import NewEvent, Outgoing
from actors.journal.journal import Journal
from actors.runs.reporter import Reporter, Told
from actors.runs.reports import Progress
from actors.runs.states import State, Status
from actors.runtime.text import encodable

logger = logging.getLogger(__name__)

MAX_CONTENT = 4000
"""Characters of a message; the rest is cut."""

STEPS = (words.INITIALIZING, words.SPECIFYING, words.STRUCTURING, words.FRONTEND, words.INSTALLING, words.STARTING)
"""The first six of the seven messages, in their order; the last one goes out with the end."""


@dataclass(frozen=True)
class Memory:
    """What a build must not forget.

    Attributes:
        messages: The number of its last message.
        step: The last of the seven messages that was said, 0 for none.
        phase: What it is doing, or did when the server ended; empty before the first.
        frontend: Where the pipeline left the app.
        facts: What the pipeline said of it.
        result_id: A name for what the pipeline made, of which there is one for each time that it came to its end.
        placed: What the transform made of it.
        relayed: How many messages the pipeline has had.
        left_out: How many messages of the pipeline or of commands were not sent.
    """

    messages: int = 0
    step: int = 0
    phase: str = ""
    frontend: str = ""
    facts: Optional[Mapping[str, Any]] = None
    result_id: str = ""
    placed: Optional[Mapping[str, Any]] = None
    relayed: int = 0
    left_out: int = 0

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Memory":
        """Read it back from a snapshot, ignoring what else is in there."""
        return cls(**{name: values[name] for name in cls.__dataclass_fields__ if name in values})


class BuildReporter(Reporter):
    """Writes one build's changes and queues its messages.

    Args:
        journal: Where they go.
        base: What never changes in the build's snapshot.
        status: What is known of the build now.
        memory: What it remembers.
        room: Whether one more message of the pipeline may wait for the orchestrator.
        limit: How many messages of the pipeline are relayed.
        per_second: How many times a second progress is written.

    Attributes:
        memory: What the build remembers.
        adieu: What is added to the last message, when the build does not succeed.
    """

    def __init__(
        self,
        journal: Journal,
        base: Mapping[str, Any],
        status: Status,
        memory: Memory,
        *,
        room: Callable[[], bool],
        limit: int,
        per_second: float = 5.0,
    ) -> None:
        super().__init__(journal, base, status, per_second=per_second)
        self.memory = memory
        self.adieu = ""
        self._room = room
        self._limit = limit

    async def enter(self, phase: str, percent: float, **remembered: Any) -> None:
        """Go on to a phase; when this returns, that is on disk, with what is to be remembered from here on."""
        async with self._lock:
            self.report(Progress(phase, percent / 100))
            self.memory = replace(self.memory, phase=phase, **remembered)
            taken = self._take()
            await self._write(taken, taken)

    def step(self, number: int) -> None:
        """Say the first `number` of the seven messages, as far as they were not said yet."""
        for content in STEPS[self.memory.step : number]:
            self.memory = replace(self.memory, step=self.memory.step + 1)
            self.say(words.STATUS, content)

    def say(self, kind: str, content: str) -> None:
        """Send a message to the orchestrator, without waiting."""
        self.tell(self._message(kind, content))

    async def relay(self, said: Said) -> None:
        """Send what a pipeline says; waits while the journal is behind, and never for the orchestrator.

        Beyond its limits it is counted and left out: the log of the pipeline has it.
        """
        if said.step is not None:
            self.step(int(said.step))
        if said.content and not _is_own(said.content) and self._fits(few=self.memory.relayed < self._limit):
            self.memory = replace(self.memory, relayed=self.memory.relayed + 1)
            self.say(said.type, said.content)
        await self.room()

    def pass_on(self, line: str) -> None:
        """Send a line that a command printed, without waiting; beyond the limits it is counted and left out."""
        if not _is_own(line) and self._fits(few=self.memory.messages < 2 * self._limit):
            self.say(words.STATUS, line)

    def _fits(self, *, few: bool) -> bool:
        """Whether one more message may be sent that nothing depends on; one that may not is counted."""
        if few and not self.behind and self._room():
            return True
        self.memory = replace(self.memory, left_out=self.memory.left_out + 1)
        if self.memory.left_out == 1:
            self.say(words.WARNING, "Messages come faster than they are taken: some are left out from here on.")
        return False

    def _message(self, kind: str, content: str) -> Told:
        number = self.memory.messages + 1
        self.memory = replace(self.memory, messages=number)
        content = encodable(content)
        cut = content if len(content) <= MAX_CONTENT else f"{content[:MAX_CONTENT]} [cut]"
        message = Message(kind, cut, datetime.now(timezone.utc).isoformat(timespec="microseconds"))
        logger.log(logging.ERROR if kind == words.ERROR else logging.INFO, "%s: %s", kind, cut)
        payload = message.as_json()
        return Told(NewEvent("message", {"number": number, **payload}), Outgoing(number, payload))

    def _more(self) -> Mapping[str, Any]:
        return dict(vars(self.memory))

    def _farewell(self, status: Status) -> list[Told]:
        last = []
        if self.memory.left_out:
            last.append(self._message(words.WARNING, f"{self.memory.left_out} messages were left out."))
        if status.state is State.SUCCEEDED:
            last.append(self._message(words.SUCCESS, words.COMPLETED))
        else:
            last.append(self._message(words.ERROR, f"{status.reason} {self.adieu}".strip()))
        return last


def _is_own(content: str) -> bool:
    """Whether this is one of the seven: they mean something to an orchestrator, so that nobody else may say them."""
    plain = _plain(content)
    # Some take whatever contains the last one for the end of the build.
    return plain in _OWN or _plain(_DONE) in plain


def _plain(content: str) -> str:
    return "".join(filter(str.isalnum, content)).casefold()


_DONE = "Application build completed"
_OWN = frozenset(map(_plain, (*STEPS, words.COMPLETED)))
