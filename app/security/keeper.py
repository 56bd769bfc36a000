"""Keeps a gate's tokens as their file has them, while the server runs."""

import logging
from collections.abc import Collection
from pathlib import Path
from typing import Final, Optional

import trio

from actors.runtime.errors import CallboardError, StorageFailed
from actors.runtime.threads import in_thread
from app.security.gate import Gate
from app.security.tokenfile import Version, read_tokens, version_of
from app.security.tokens import Token, TokenSet

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
"""Between two looks at the file, and at what has expired: looking at each request would cost each a thread.

A request whose token is not known asks for a look at once; all that ask meanwhile wait for the next one together.
"""

_UNKNOWN: Final = (-1, -1, -1)


class TokenKeeper:
    """Looks at the file once a second, or when it is asked to, and reads it when it has changed.

    Args:
        path: The file.
        gate: What goes by it.
    """

    def __init__(self, path: Path, gate: Gate) -> None:
        self._path = path
        self._gate = gate
        self._seen: Optional[Version] = _UNKNOWN
        self._trouble = ""
        # Of its own: who keeps all threads of others busy keeps no removed token in force.
        self._thread = trio.CapacityLimiter(1)
        self._asked = trio.Event()
        self._looked = trio.Event()

    async def run(self, *, task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED) -> None:
        """Look, wait, and so on, until cancelled."""
        await self.look()
        task_status.started()
        self._gate.look = self.look_soon
        while True:
            with trio.move_on_after(LOOK_SECONDS):
                await self._asked.wait()
            looked = self._looked
            self._asked, self._looked = trio.Event(), trio.Event()
            await self.look()
            looked.set()

    async def look_soon(self) -> None:
        """Wait for a look that begins after this call; `run` has to be running."""
        self._asked.set()
        await self._looked.wait()

    async def read_again(self) -> str:
        """As `look_soon`; says what there is now.

        Raises:
            StorageFailed: The file cannot be used, and the tokens so far stay in force.
        """
        await self.look_soon()
        if self._trouble:
            raise StorageFailed(f"The tokens so far stay in force: {self._trouble}")
        return f"{len(self._gate.policy.tokens.tokens)} in {self._path}"

    async def look(self) -> None:
        """Take over what has changed. What cannot be read changes nothing: the tokens so far stay in force."""
        try:
            version = await in_thread(version_of, self._path, limiter=self._thread)
            if version != self._seen:
                self._take(TokenSet(await in_thread(read_tokens, self._path, limiter=self._thread)))
                self._seen = version
            self._recover()
        except CallboardError as error:
            self._complain(f"{error.problem} {error.hint}")
        except OSError as error:
            self._complain(f"{self._path} cannot be looked at: {error.strerror}.")
        self._gate.end_leases()

    def _take(self, tokens: TokenSet) -> None:
        before, after = self._gate.policy.tokens, tokens
        if before.tokens == after.tokens:
            return
        self._gate.use(tokens)
        logger.info("the tokens have changed: %s", describe(before.tokens, after.tokens))

    def _recover(self) -> None:
        if self._trouble:
            logger.info("%s can be used again: the tokens are as it has them", self._path)
        self._trouble = ""

    def _complain(self, trouble: str) -> None:
        if trouble != self._trouble:
            logger.error("the tokens so far stay in force: %s", trouble)
        self._trouble = trouble


def describe(before: Collection[Token], after: Collection[Token]) -> str:
    """Say in words what has changed from one set of tokens to another, by their names alone."""
    old, new = {one.name: one for one in before}, {one.name: one for one in after}
    changes = {
        "added": [name for name in new if name not in old],
        "removed": [name for name in old if name not in new],
        "changed": [name for name in new if name in old and new[name] != old[name]],
    }
    words = [f"{what} {', '.join(names)}" for what, names in changes.items() if names]
    return f"{'; '.join(words) or 'their order'}. There are {len(after)} now"
