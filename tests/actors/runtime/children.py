"""Children for supervisors, which write down what happens to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Optional

import trio

from actors.runtime.restart import Restart
from actors.runtime.supervisor import ChildSpec


@dataclass(frozen=True)
class Life:
    """One life of a child: how long, and how it ends."""

    seconds: float
    crashes: bool = True


class Scripted:
    """A child with a script of lives; when they are used up it runs until it is cancelled."""

    def __init__(
        self, name: str, log: list[str], lives: Sequence[Life] = (), *, boot: float = 0, stop: float = 0
    ) -> None:
        self.name = name
        self.starts = 0
        self._log = log
        self._lives = list(lives)
        self._boot = boot
        self._stop = stop

    async def __call__(self, *, task_status: "trio.TaskStatus[Any]") -> None:
        """Live one life."""
        self.starts += 1
        self._log.append(f"+{self.name}")
        try:
            await self._live(task_status)
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(self._stop)  # on a clock that jumps
            self._log.append(f"-{self.name}")

    async def _live(self, task_status: "trio.TaskStatus[Any]") -> None:
        if self._boot:
            await trio.sleep(self._boot)  # on a clock that jumps
        task_status.started(self.name)
        if not self._lives:
            await trio.sleep_forever()
        life = self._lives.pop(0)
        await trio.sleep(life.seconds)  # on a clock that jumps
        if life.crashes:
            raise RuntimeError(self.name)


def spec(child: Scripted, restart: Restart = Restart.PERMANENT, stop_timeout: Optional[float] = None) -> ChildSpec:
    """A child's spec."""
    return ChildSpec(child.name, child, restart, 5.0 if stop_timeout is None else stop_timeout)
