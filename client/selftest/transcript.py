"""What came and went between the kit and the agent, in one order, and what can be read from it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Optional

import trio

from client.selftest.contract import COMPLETED, START

MESSAGE = "message"
EXEC = "exec"
_MOST = 50_000
_LOOK_S = 0.01


@dataclass(frozen=True)
class Arrival:
    """A request of the agent.

    Attributes:
        number: Its place in the order of everything that happened.
        at: When, in seconds of the clock of the world.
        kind: `message` or `exec`.
        name: The run's or the workspace's id, as in the path.
        media_type: Of the body, without parameters.
        body: As it came.
        value: The JSON value of the body, None where there is none.
        status: What it was answered with; 0 when the connection was closed instead, None before that.
        answered: The answer's place in the order; taken just before it is sent.
    """

    number: int
    at: float
    kind: str
    name: str
    media_type: str
    body: bytes
    value: Any = None
    status: Optional[int] = None
    answered: Optional[int] = None

    @property
    def accepted(self) -> bool:
        """Whether it was answered with 2xx."""
        return self.status is not None and 200 <= self.status < 300

    def text(self, name: str) -> str:
        """Return a field of the body, empty when it is no text."""
        value = self.value.get(name) if isinstance(self.value, dict) else None
        return value if isinstance(value, str) else ""

    @property
    def content(self) -> str:
        """A message's content."""
        return self.text("content")

    @property
    def type(self) -> str:
        """A message's type."""
        return self.text("type")

    @property
    def command(self) -> str:
        """The command that is to be run."""
        return self.text("command")


@dataclass(frozen=True)
class Asked:
    """A request of the kit, with the agent's answer.

    Attributes:
        answered: The answer's place in the order.
        seconds: How long the answer took.
        status: Of the answer; None when there was none.
        value: The JSON value of its body, None where there is none.
        body: The beginning of its body, for people.
        media_type: Of the answer, without parameters.
        problem: Why there was no answer.
    """

    answered: int
    seconds: float
    status: Optional[int] = None
    value: Any = None
    body: str = ""
    media_type: str = ""
    problem: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the answer is 2xx."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Whether the answer is 4xx."""
        return self.status is not None and 400 <= self.status < 500

    def __str__(self) -> str:
        """Return what came, in words."""
        if self.status is None:
            return self.problem or "no answer"
        return f"{self.status} {self.body}".strip()


@dataclass(frozen=True)
class Story:
    """One run as it was seen: what checks judge.

    Attributes:
        run_id: Of the run.
        workspace: The id of its workspace.
        asked: The requests for its build.
        arrivals: What the agent sent about it, in order.
    """

    run_id: str
    workspace: str
    asked: tuple[Asked, ...] = ()
    arrivals: tuple[Arrival, ...] = ()

    @property
    def messages(self) -> tuple[Arrival, ...]:
        """All messages, whatever they were answered."""
        return tuple(item for item in self.arrivals if item.kind == MESSAGE)

    @property
    def accepted(self) -> tuple[Arrival, ...]:
        """The messages that were answered with 2xx."""
        return tuple(item for item in self.messages if item.accepted)

    @property
    def execs(self) -> tuple[Arrival, ...]:
        """The commands."""
        return tuple(item for item in self.arrivals if item.kind == EXEC)

    def said(self, content: str) -> Optional[Arrival]:
        """Return the first message with this content."""
        return next((item for item in self.messages if item.content == content), None)

    def ran(self, command: str) -> Optional[Arrival]:
        """Return the first request for this command."""
        return next((item for item in self.execs if item.command == command), None)

    @property
    def refused(self) -> bool:
        """Whether there is to be no build: every request for it was answered, and none with 2xx."""
        return bool(self.asked) and not any(asked.accepted for asked in self.asked)

    @property
    def over(self) -> bool:
        """Whether the last message seems to be here."""
        if self.refused:
            return True
        accepted = self.accepted
        if not accepted:
            return False
        last = accepted[-1].type
        return self.completed or last == "error" or (last == "success" and app_started(self))

    @property
    def completed(self) -> bool:
        """Whether the build said that it was completed."""
        return any(item.content == COMPLETED for item in self.accepted)


def app_started(story: Story) -> bool:
    """Whether `npm start` was answered."""
    start = story.ran(START)
    return start is not None and start.answered is not None


@dataclass
class Transcript:
    """Everything that happened so far; scenarios wait for it to grow.

    Attributes:
        arrivals: What the agent sent.
        asked: What the kit asked, by run.
    """

    arrivals: list[Arrival] = field(default_factory=list)
    asked: dict[str, list[Asked]] = field(default_factory=dict)
    _next: int = 0
    _grown: trio.Event = field(default_factory=trio.Event)

    def number(self) -> int:
        """Return the next place in the order."""
        self._next += 1
        return self._next

    @property
    def full(self) -> bool:
        """Whether no more is kept: the agent repeats itself without end."""
        return len(self.arrivals) >= _MOST

    def arrived(self, kind: str, name: str, media_type: str, body: bytes, value: object) -> int:
        """Note a request of the agent, and return its index."""
        self.arrivals.append(Arrival(self.number(), time.time(), kind, name, media_type, body, value))
        self._grow()
        return len(self.arrivals) - 1

    def answering(self, index: int, status: int) -> None:
        """Note that a request of the agent is answered now; 0 closes the connection instead."""
        self.arrivals[index] = replace(self.arrivals[index], status=status, answered=self.number())
        self._grow()

    def ask(self, run_id: str, asked: Asked) -> None:
        """Note a request for a build with its answer."""
        self.asked.setdefault(run_id, []).append(asked)
        self._grow()

    def story(self, run_id: str, workspace: str) -> Story:
        """Return what was seen of a run.

        A command belongs to the run that it names, and to its workspace's run when it names none that is known.
        """
        arrivals = tuple(item for item in self.arrivals if _belongs(item, run_id, workspace))
        return Story(run_id, workspace, tuple(self.asked.get(run_id, ())), arrivals)

    async def until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait until a condition on the transcript holds.

        Args:
            condition: Asked again whenever something happened.
            seconds: How long at most.

        Returns:
            Whether it holds.
        """
        with trio.move_on_after(seconds):
            while not condition():
                await self._grown.wait()
                # A pipeline may say hundreds of lines a second, and each look goes over all of them.
                await trio.sleep(_LOOK_S)
        return condition()

    def _grow(self) -> None:
        """Wake those who wait."""
        self._grown.set()
        self._grown = trio.Event()


def _belongs(item: Arrival, run_id: str, workspace: str) -> bool:
    """Whether a request is about a run."""
    if item.kind == MESSAGE:
        return item.name == run_id
    return item.name == workspace or (bool(run_id) and item.text("metrics") == run_id)
