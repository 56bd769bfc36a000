"""Answers that go on: events as Server-Sent Events, and a command's lines as NDJSON."""

import json
from abc import abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Optional

import trio
from quart.wrappers.response import ResponseBody

from client.orchestrator.board import Board
from client.orchestrator.command import Command
from client.orchestrator.commands import Commands, Lines
from client.orchestrator.output import LineLog
from client.orchestrator.refusals import Refusal

EVENTS = "text/event-stream"
LINES = "application/x-ndjson"
_QUIET_S = 15.0
_HEARTBEAT_S = 10.0
_THIN_S = 0.05
_END_S = 5.0
_SHOWN_LINES = 200


class Body(ResponseBody):
    """An answer's body: one chunk after the other until `chunk` returns None."""

    async def __aenter__(self) -> "Body":
        """Begin."""
        return self

    async def __aexit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        """End."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Return itself."""
        return self

    async def __anext__(self) -> bytes:
        """Return the next chunk."""
        chunk = await self.chunk()
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    @abstractmethod
    async def chunk(self) -> Optional[bytes]:
        """Return the next chunk; None at the end."""


class _Following(Body):
    """Events, looked for whenever something has changed.

    Args:
        board: What changes.
    """

    def __init__(self, board: Board) -> None:
        self._board = board

    async def chunk(self) -> Optional[bytes]:
        """Wait for the next events, or until it is time to show that the stream is alive."""
        give_up = trio.current_time() + _QUIET_S
        while trio.current_time() < give_up:
            changed = self._board.changed
            found = await self.look()
            if found is None or found:
                return found
            with trio.move_on_at(give_up):
                await changed.wait()
                # What comes at once is sent at once: many lines in one event, and not many events.
                await trio.sleep(_THIN_S)
        return b": alive\n\n"

    @abstractmethod
    async def look(self) -> Optional[bytes]:
        """Return what there is now; None at the end."""


class RunEvents(_Following):
    """What happens to one run.

    Args:
        board: The runs.
        run_id: Which.
        after: The last event that is known.
        log: What its workspace's commands print; without numbers, as only the end of it is kept.
    """

    def __init__(self, board: Board, run_id: str, after: int, log: Callable[[], LineLog]) -> None:
        super().__init__(board)
        self._run_id = run_id
        self._after = after
        self._log = log
        self._shown = max(0, log().last - _SHOWN_LINES)

    async def look(self) -> Optional[bytes]:
        """Return events and lines."""
        if self._board.find(self._run_id) is None:
            return None
        events = await self._board.events(self._run_id, self._after)
        log = self._log()
        lines, self._shown = log.after(self._shown), log.last
        found = [encode(event.type, event.data, event.seq) for event in events]
        if events:
            self._after = events[-1].seq
        if lines:
            found.append(encode("log", {"lines": lines}))
        return b"".join(found)


class ListEvents(_Following):
    """What happens to all runs.

    Args:
        board: The runs.
        after: The last revision that is known.
    """

    def __init__(self, board: Board, after: int) -> None:
        super().__init__(board)
        self._after = after

    async def look(self) -> Optional[bytes]:
        """Return the runs that have changed."""
        changed = self._board.since(self._after)
        self._after = max([self._after, *(item["revision"] for item in changed)])
        kinds = ("run", "removed")
        return b"".join(encode(kinds["removed" in item], item, item["revision"]) for item in changed)


class CommandLines(Body):
    """A command that runs as long as its lines are read.

    Args:
        commands: What runs it.
        command: What to run.
    """

    def __init__(self, commands: Commands, command: Command) -> None:
        self._commands = commands
        self._command = command
        self._stack = AsyncExitStack()
        self._lines: Optional[Lines] = None
        self._last: deque[bytes] = deque()

    async def __aenter__(self) -> "CommandLines":
        """Start the command; the answer has begun already, so that a refusal is its last line."""
        try:
            self._lines = await self._stack.enter_async_context(self._commands.open_lines(self._command))
        except Refusal as refusal:
            self._last.append(_line({"output": refusal.problem}) + _line({"exitCode": 1}))
        return self

    async def __aexit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        """End the command."""
        with trio.move_on_after(_END_S, shield=True):
            await self._stack.__aexit__(kind, error, trace)

    async def chunk(self) -> Optional[bytes]:
        """Return the next lines; a blank one when there are none for a while."""
        if self._lines is None:
            return self._last.popleft() if self._last else None
        found = await self._lines.next(_HEARTBEAT_S)
        if found is not None:
            return b"".join(_line({"output": line}) for line in found) or b"\n"
        self._last.append(_line({"exitCode": await self._lines.code()}))
        self._lines = None
        return self._last.popleft()


def encode(kind: str, data: dict[str, Any], seq: Optional[int] = None) -> bytes:
    """Encode one event; JSON has no line ends, so that one `data:` field is enough."""
    number = "" if seq is None else f"id: {seq}\n"
    return f"{number}event: {kind}\ndata: {json.dumps(data)}\n\n".encode()


def _line(value: dict[str, Any]) -> bytes:
    """Encode one line of NDJSON."""
    return json.dumps(value).encode() + b"\n"
