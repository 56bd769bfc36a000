"""One conversation with the child: its messages become reports, its standard error becomes a log of bounded size."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Optional

import trio

from actors.jobs.engines.base import Log, Progress, Report
from actors.jobs.engines.pixelmap.protocol import Failure, LineSplitter, Message, ProtocolError, Result, parse_line

MAX_LOG = 1024 * 1024
MAX_TAIL = 4096
TAIL_LINES = 3
ALLOCATION_FAILED = b"memory allocation of "
CUT = b"\n(the rest is left out)\n"


class Session:
    """What has been heard so far.

    Args:
        report: Where progress and log lines go.
        log: The file for the child's standard error.
    """

    def __init__(self, report: Report, log: Path) -> None:
        self.result: Optional[Result] = None
        self.failure: Optional[Failure] = None
        self.misbehaviour = ""
        self._report = report
        self._log = log
        self._reached = 0.0
        self._tail = b""

    @property
    def tail(self) -> str:
        """The last lines of the standard error, for a person."""
        lines = self._tail.decode("utf-8", "replace").split("\n")
        return "; ".join([line.strip() for line in lines if line.strip()][-TAIL_LINES:])

    @property
    def allocation_failed(self) -> bool:
        """Whether native code ended the process because it got no memory."""
        return ALLOCATION_FAILED in self._tail

    async def read_messages(self, stream: trio.abc.ReceiveStream, stop: Callable[[], Awaitable[object]]) -> None:
        """Take in messages to the end of the stream.

        A child that does not keep to the protocol is stopped, and `misbehaviour` says what it did.
        """
        splitter = LineSplitter()
        try:
            async for chunk in stream:
                for line in splitter.feed(bytes(chunk)):
                    self._take(parse_line(line))
        except ProtocolError as error:
            self.misbehaviour = f"it did not keep to the protocol: {error}"
            await stop()

    def _take(self, message: Message) -> None:
        """One message; after the last word of the child, nothing is expected."""
        if self.result is not None or self.failure is not None:
            raise ProtocolError("there was more after the end")
        if isinstance(message, Progress):
            self._reached = max(self._reached, message.fraction)
            self._report(Progress(message.stage, self._reached, message.done, message.total))
        elif isinstance(message, Log):
            self._report(message)
        elif isinstance(message, Result):
            self.result = message
        else:
            self.failure = message

    async def read_errors(self, stream: trio.abc.ReceiveStream) -> None:
        """Write the standard error to the log, up to its bound, and remember its end."""
        room = MAX_LOG
        async with await trio.open_file(self._log, "wb") as file:
            async for chunk in stream:
                self._tail = (self._tail + bytes(chunk))[-MAX_TAIL:]
                if room > 0:
                    kept = bytes(chunk[:room])
                    room -= len(kept)
                    await file.write(kept if room else kept + CUT)
