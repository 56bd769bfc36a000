"""Where a scenario plays: workers that are opened as the server opens them, real or fake, and talked to."""

import os
import signal
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Optional, Protocol, TypeVar
from uuid import uuid4

import trio

from actors.processes.tree import Spawn
from actors.projects.generators.claude.process import Worker, open_worker
from actors.projects.generators.claude.protocol import (
    Call,
    Delta,
    Dropped,
    End,
    Exit,
    Heard,
    Init,
    OfferedTool,
    Prompt,
    Ready,
    Result,
    Retried,
    Start,
    Text,
    Used,
)
from actors.projects.tools.table import make_tools
from tests.waiting import until

KEY = "sk-ant-test-made-up-0123456789"
MODEL = "claude-sonnet-4-5"
TOOLS = tuple(OfferedTool(tool.name, tool.title, tool.schema) for tool in make_tools().values())
OURS = frozenset(f"mcp__app__{tool.name}" for tool in TOOLS)
PATIENCE = 30.0

Kind = TypeVar("Kind")
Answer = Callable[[Call], Optional[Result]]


def done(call: Call) -> Result:
    """Answer a call as a tool that works."""
    return Result(call.id, f"{call.name} is done", failed=False)


def nothing(call: Call) -> None:
    """Leave a call without an answer."""
    del call


def _content(path: Path) -> bytes:
    """Return a file's content; nothing of one that is gone."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def results_in(request: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """Return the results that a request ends with, and whether they are failures, without what the program adds."""
    return [
        (_text_of(block["content"]).partition("\n\n<system-reminder>")[0].rstrip("\n"), bool(block.get("is_error")))
        for block in request["messages"][-1]["content"]
        if block["type"] == "tool_result"
    ]


def _text_of(content: Any) -> str:
    """Return the first text of a message's content."""
    return str(content if isinstance(content, str) else content[0]["text"])


@dataclass
class Turn:
    """What was heard from a prompt to its end, or so far.

    Attributes:
        heard: All of it, in order.
    """

    heard: list[Heard] = field(default_factory=list)

    def of(self, kind: type[Kind]) -> list[Kind]:
        """All of one kind."""
        return [each for each in self.heard if isinstance(each, kind)]

    @property
    def end(self) -> End:
        """How it ended."""
        (end,) = self.of(End)
        return end

    @property
    def init(self) -> Init:
        """How it began."""
        return self.of(Init)[0]

    @property
    def said(self) -> str:
        """All texts, one after the other."""
        return " ".join(each.text for each in self.of(Text))

    @property
    def streamed(self) -> str:
        """All pieces, put together."""
        return "".join(each.text for each in self.of(Delta))

    @property
    def calls(self) -> list[Call]:
        """The calls."""
        return self.of(Call)

    @property
    def used(self) -> list[Used]:
        """What was used, by message."""
        return self.of(Used)

    @property
    def retries(self) -> list[Retried]:
        """The repetitions."""
        return self.of(Retried)

    @property
    def dropped(self) -> list[int]:
        """The calls that are no longer wanted."""
        return [each.id for each in self.of(Dropped)]


class Talk:
    """A worker that is talked to.

    Args:
        worker: It.
    """

    def __init__(self, worker: Worker) -> None:
        self.worker = worker

    async def until(self, kind: type[Heard], turn: Turn, *, count: int = 1) -> None:
        """Listen until so many of a kind came in this turn."""
        with trio.fail_after(PATIENCE):
            while len(turn.of(kind)) < count:
                turn.heard.append(await self.hear())

    async def hear(self) -> Heard:
        """Return what it says next, which must not be its end."""
        with trio.fail_after(PATIENCE):
            said = await self.worker.receive()
        assert not isinstance(said, Exit), said
        return said

    async def finish(self, turn: Turn, answer: Answer = done) -> Turn:
        """Listen to the end of a turn, and answer its calls."""
        with trio.fail_after(PATIENCE):
            while not turn.of(End):
                said = await self.hear()
                turn.heard.append(said)
                result = answer(said) if isinstance(said, Call) else None
                if result is not None:
                    await self.worker.send(result)
        return turn

    async def ask(self, text: str, answer: Answer = done) -> Turn:
        """Prompt it, and listen to the end."""
        return await self.finish(await self.begin(text), answer)

    async def begin(self, text: str) -> Turn:
        """Prompt it."""
        await self.worker.send(Prompt(text))
        return Turn()

    async def kill(self) -> None:
        """Kill it as nobody should, and hear of it."""
        os.kill(self.worker.pid, signal.SIGKILL)
        with trio.fail_after(PATIENCE):
            while not isinstance(end := await self.worker.receive(), Exit):
                pass
        assert (end.code, end.signal) == (None, signal.SIGKILL)


class Company(Protocol):
    """Who plays: the real workers or fake ones."""

    @property
    def url(self) -> str:
        """Where their API is."""

    def python(self, place: Path) -> Path:
        """Return what a worker is started with, another one each time."""

    def asked(self) -> Sequence[Mapping[str, Any]]:
        """Return what the API was asked for; nothing by fake workers."""


class Stage:
    """A place for one scenario.

    Args:
        place: A directory of its own.
        spawn: How processes are started.
        company: Who plays.
    """

    def __init__(self, place: Path, spawn: Spawn, company: Company) -> None:
        self.place = place
        self.company = company
        self._spawn = spawn
        for name in ("empty", "config", "home"):
            (place / name).mkdir(parents=True)

    @cached_property
    def session(self) -> str:
        """The id of its conversation, unless a scenario has several."""
        return str(uuid4())

    @property
    def closed_port(self) -> str:
        """An address where nobody listens: the port of discard."""
        return "http://127.0.0.1:9"

    @asynccontextmanager
    async def open(self, **changes: Any) -> AsyncIterator[Talk]:
        """Open a worker that says that it is ready.

        Args:
            changes: Fields of `Start` that differ from the usual.
        """
        async with self.start(**changes) as talk:
            first = await talk.hear()
            assert isinstance(first, Ready), first
            yield talk

    @asynccontextmanager
    async def start(self, **changes: Any) -> AsyncIterator[Talk]:
        """Start a worker that has not said anything.

        Args:
            changes: As for `open`.
        """
        usual = {
            "key": KEY,
            "session": self.session,
            "resume": False,
            "fork_from": None,
            "model": MODEL,
            "system": "You make small apps.",
            "tools": TOOLS,
            "max_turns": 30,
            "max_usd": None,
            "cwd": str(self.place / "empty"),
            "config_dir": str(self.place / "config"),
            "url": self.company.url,
            "retries": 1,
        }
        env = {"PATH": "/usr/bin:/bin", "HOME": str(self.place / "home"), "LANG": "C.UTF-8"}
        start = Start(**{**usual, **changes})
        python = self.company.python(self.place)
        cwd = self.place / "empty"
        async with open_worker(self._spawn, python, start, owner="project-1", cwd=cwd, env=env) as worker:
            yield Talk(worker)

    async def kept(self, text: str) -> None:
        """Wait until something that was said is on disk, which takes the real program a moment."""
        kept = self.place / "config" / "projects"
        await until(
            lambda: any(text.encode() in _content(path) for path in kept.glob(f"*/{self.session}.jsonl")),
            PATIENCE,
            f"keeping {text}",
        )

    def asked(self, scenario: str) -> list[Mapping[str, Any]]:
        """Return the requests of a scenario; none by fake workers."""
        return [request for request in self.company.asked() if request.get("scenario") == scenario]

    def files(self, part: str = "") -> Iterable[Path]:
        """Yield all files that there are now, or those of one directory."""
        return (path for path in (self.place / part).rglob("*") if path.is_file())

    def holding(self, text: str) -> list[str]:
        """Return the files of this place that have a text, and the processes that show it to others."""
        shown = [place for kind in ("environ", "cmdline") for place in Path("/proc").glob(f"[0-9]*/{kind}")]
        return [str(path) for path in (*self.files(), *shown) if text.encode() in _content(path)]
