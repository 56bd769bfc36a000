"""The App Factory: a pipeline that is configured and not bundled, run as a subprocess of the build's actor.

What counts as an app: the pipeline exited with 0, and `frontend/package.json` was written by this very run. One that
exits with anything else has failed, also when there is an app: it says itself that it is not done, and half an app
that is announced as a whole one is worse than none.
"""

import errno
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Optional, Protocol, TypeVar

import trio

from actors.builds.base import Availability, BuildFailed, Built, Order, Tell
from actors.builds.pipelines.app_factory_apps import Place, find_app, look
from actors.builds.pipelines.app_factory_command import (
    AppFactoryConfig,
    availability,
    command,
    environment,
    prompt_too_long,
)
from actors.builds.pipelines.app_factory_watch import Session, Watched
from actors.processes.bounded_log import BoundedLog
from actors.processes.exits import Exit, StartFailed
from actors.processes.lines import relay_lines
from actors.processes.tree import Tree

__all__ = ["AppFactory", "AppFactoryConfig"]

T = TypeVar("T")

LOG_NAME = "pipeline.log"
UMASK = 0o002
LOOKERS = 2


class OpenTree(Protocol):
    """How the pipeline is started: `actors.processes.tree.open_tree`, bound to this server's data directory."""

    def __call__(
        self,
        argv: Sequence[str],
        *,
        owner: str,
        cwd: Path,
        env: Mapping[str, str],
        merge_stderr: bool,
        umask: Optional[int],
    ) -> AbstractAsyncContextManager[Tree]:
        """A context in which the program runs; nothing of it is left when it is left."""


class AppFactory:
    """Runs `python -m app_factory.main_v2` for a build.

    Args:
        open_tree: How to start it.
        config: Where it is, and its limits.
    """

    name = "app_factory"
    title = "App Factory: the pipeline that is configured on this server"

    def __init__(self, open_tree: OpenTree, config: AppFactoryConfig) -> None:
        self._open_tree = open_tree
        self._config = config
        self._lookers = trio.CapacityLimiter(LOOKERS)

    @property
    def resumable(self) -> bool:
        """As configured: each run may cost."""
        return self._config.resumable

    def availability(self) -> Availability:
        """Whether its Python and its package are there."""
        return availability(self._config)

    async def run(self, order: Order, tell: Tell) -> Built:
        """Run the pipeline, tell what it prints, and find the app that it made.

        Raises:
            BuildFailed: It is not there, failed, left no app, or took too long.
            OSError: The disk did not take its log.
        """
        there = self.availability()
        if not there.available:
            raise BuildFailed(f"the pipeline cannot run: {there.reason}", code="pipeline_unavailable", hint=there.hint)
        argv = command(self._config, order)
        cwd = self._config.cwd or order.workspace
        roots = [cwd, *([self._config.checkout] if self._config.checkout else [])]
        places = await self._in_thread(partial(look, roots, order.name))
        with BoundedLog(order.workdir / LOG_NAME) as log:
            session = Session(tell, log, self._config.env)
            end = await self._watch(argv, cwd, order, session, places)
            await session.finish()
        if not end.ok:
            raise _failure(end, session.tail)
        frontend = await self._in_thread(partial(find_app, places))
        await session.reach(max(filter(None, (place.step() for place in places)), default=None))
        cost = session.translator.cost
        return Built(frontend, {} if cost is None else {"cost_usd": cost})

    async def _watch(
        self, argv: Sequence[str], cwd: Path, order: Order, session: Session, places: Sequence[Place]
    ) -> Exit:
        """Run the program to its end and tell what it prints, within the limits.

        Raises:
            BuildFailed: It could not be started, or took too long.
        """

        async def look_at_files() -> None:
            for place in places:
                await session.reach(await self._in_thread(place.step))

        with trio.move_on_after(self._config.total_seconds):
            try:
                async with self._open_tree(
                    argv, owner=order.id, cwd=cwd, env=environment(self._config), merge_stderr=True, umask=UMASK
                ) as tree:
                    output = Watched(tree.stdout, look_at_files, self._config.idle_seconds)
                    await relay_lines(output, session.hear)
                    await output.during(tree.wait)
                    return await tree.wait()
            except StartFailed as error:
                raise _not_started(error, order) from None
        raise BuildFailed(
            f"the pipeline took longer than {self._config.total_seconds:g} s and was ended",
            code="pipeline_timeout",
            hint="Ask for a smaller app, or allow the pipeline more time.",
        )

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Run something that looks at files; the disk may be a slow one."""
        return await trio.to_thread.run_sync(work, limiter=self._lookers)


def _not_started(error: StartFailed, order: Order) -> BuildFailed:
    """Why the program did not even begin."""
    if os.strerror(errno.E2BIG) in error.problem:
        return prompt_too_long(len(order.prompt.encode()))
    return BuildFailed(
        f"the pipeline could not be started: {error.problem}",
        code="pipeline_start",
        hint="Check APP_FACTORY_PYTHON and the pipeline's working directory.",
    )


def _failure(end: Exit, tail: str) -> BuildFailed:
    """Why the program ended without success."""
    last = f"; it said last: {tail}" if tail else ""
    if end.code is not None:
        return BuildFailed(f"the pipeline failed with {end}{last}", code="pipeline_exit", hint=_advice(tail))
    hint = f"Build again. All that the pipeline printed is in {LOG_NAME} in the build's directory."
    if end.signal == signal.SIGKILL:
        hint = "Most likely the machine ran out of memory: run fewer builds at once, and build again."
    return BuildFailed(f"the pipeline was ended from outside ({end}){last}", code="pipeline_killed", hint=hint)


def _advice(tail: str) -> str:
    """What to do about a pipeline that exited with a failure."""
    if "No module named app_factory" in tail or "No module named 'app_factory" in tail:
        return "Set APP_FACTORY_DIR to the directory that has the package app_factory in it."
    if "ModuleNotFoundError" in tail:
        return "Install what the pipeline needs for the Python that APP_FACTORY_PYTHON names."
    if "EOFError" in tail:
        return "The pipeline asked a question, and nobody is there to answer: say more in the prompt."
    return f"All that the pipeline printed is in {LOG_NAME} in the build's directory."
