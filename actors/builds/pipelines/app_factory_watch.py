"""One run of the pipeline while it goes on: what it prints is told, its files are watched, its silence ends it."""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Optional

import trio

from actors.builds.base import STATUS, BuildFailed, Said, Step, Tell
from actors.builds.translate import Translator
from actors.builds.translate.text import clean, is_decoration
from actors.processes.bounded_log import BoundedLog
from actors.processes.lines import Lines

POLL = 1.0
"""Seconds between two looks at the files, while nothing is printed."""

MAX_BEHIND = 4.0
"""Seconds that a look may come later while much is printed: that is to be told before what the files show."""

SHORT = 0.05
"""Seconds for a wait that is late already: whether there is something to read shows only by waiting."""

SLICE = 100
"""Lines that are taken in without letting others run: about 2 ms."""

TAIL = 5
MAX_SHOWN = 300
MIN_SECRET = 8
_SECRET = ("KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL")


class Session:
    """What is heard and said in one run.

    Args:
        tell: How to say something.
        log: Where all that is printed goes.
        env: The pipeline's own variables: keys and tokens among them are never shown.
    """

    def __init__(self, tell: Tell, log: BoundedLog, env: Mapping[str, str]) -> None:
        self.translator = Translator()
        self._tell = tell
        self._log = log
        self._secrets = _secrets(env)
        self._tail: deque[str] = deque(maxlen=TAIL)

    @property
    def tail(self) -> str:
        """The last lines, for a person."""
        return "; ".join(self._tail)

    async def hear(self, lines: Lines) -> None:
        """Take in lines; waits as long as telling does."""
        if self._secrets:
            lines = tuple(map(self._without_secrets, lines))
        self._log.append(lines)
        shown = (clean(line[: 2 * MAX_SHOWN]).strip()[:MAX_SHOWN] for line in lines[-4 * TAIL :])
        self._tail.extend(line for line in shown if line and not is_decoration(line))
        for first in range(0, len(lines), SLICE):
            await trio.lowlevel.checkpoint()
            for said in self.translator.take(lines[first : first + SLICE]):
                await self._tell(said)

    async def reach(self, step: Optional[Step]) -> None:
        """Tell a step that the files show, unless it was told before."""
        reached = None if step is None else self.translator.steps.reach(step)
        if reached is not None:
            await self._tell(Said(STATUS, "", reached))

    async def finish(self) -> None:
        """Tell what is left."""
        for said in self.translator.finish():
            await self._tell(said)

    def _without_secrets(self, line: str) -> str:
        """Return a line with the names of secrets in place of their values."""
        for value, name in self._secrets:
            line = line.replace(value, f"[{name}]")
        return line


class Watched(trio.abc.ReceiveStream):
    """A stream that is watched over while it is silent, and now and then while it is not.

    Args:
        stream: What to read.
        look: Called about each second, less often while much comes.
        idle_seconds: How long nothing may come; not counted while nobody reads.
    """

    def __init__(
        self, stream: trio.abc.ReceiveStream, look: Callable[[], Awaitable[None]], idle_seconds: float
    ) -> None:
        self._stream = stream
        self._look = look
        self._idle = idle_seconds
        self._next = trio.current_time() + POLL

    async def receive_some(self, max_bytes: Optional[int] = None) -> bytes:
        """Return the next bytes, or `b""` at the end.

        Raises:
            BuildFailed: None came in time.
        """
        chunk = b""

        async def receive() -> None:
            nonlocal chunk
            chunk = bytes(await self._stream.receive_some(max_bytes))

        await self.during(receive)
        return chunk

    async def during(self, wait: Callable[[], Awaitable[object]]) -> None:
        """Wait for something, which may be begun again, and look at the files meanwhile.

        Raises:
            BuildFailed: It did not come in time.
        """
        until = trio.current_time() + self._idle
        if trio.current_time() >= self._next + MAX_BEHIND:
            await self._look_now()
        done = False
        while not done:
            with trio.move_on_at(min(max(self._next, trio.current_time() + SHORT), until)):
                await wait()
                done = True
            if not done and trio.current_time() >= until:
                raise self._too_quiet()
            if not done:
                await self._look_now()

    async def _look_now(self) -> None:
        """Look at the files."""
        await self._look()
        self._next = trio.current_time() + POLL

    def _too_quiet(self) -> BuildFailed:
        """The error for a pipeline that says nothing."""
        return BuildFailed(
            f"the pipeline printed nothing for {self._idle:g} s and was ended",
            code="pipeline_idle",
            hint="Build again; if it needs to be quiet for so long, allow more idle time.",
        )

    async def aclose(self) -> None:
        """Close the stream."""
        await self._stream.aclose()


def _secrets(env: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return values that must not be shown, with their names, longest first."""
    named = [(value, name) for name, value in env.items() if any(word in name.upper() for word in _SECRET)]
    return sorted((pair for pair in named if len(pair[0]) >= MIN_SECRET), key=lambda pair: -len(pair[0]))
