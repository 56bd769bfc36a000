"""What a build has the orchestrator run in the workspace's container, and how long it goes on asking."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Optional

import trio

from actors.builds.base import BuildFailed
from actors.builds.outside import ExecRefused, Executed, Executor

logger = logging.getLogger(__name__)

INSTALL = "npm install"
BUILD = "npm run build"
START = "npm start"

STOP = (
    "here=$(pwd -P); cd /; ls -ld /proc/[0-9]*/cwd 2>/dev/null | while read -r line; do "
    "p=${line#*/proc/}; p=${p%%/cwd*}; "
    'if [ "$p" -gt 1 ] && [ "$p" != "$PPID" ]; then '
    'case "${line#* -> }/" in "$here"/*) kill "$p";; esac; fi; done 2>/dev/null; exit 0'
)
"""Ends what runs in the workspace's directory: nothing else tells what a build has started there from what is not its
own. It spares the first process of a container, what runs it, and itself, which leaves the directory first. One program
looks at all processes: a cancelled build has less than a second for this."""

_PAUSES_S = (0.5, 1.0, 2.0, 5.0)
_TAIL = 1200
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True)
class Patience:
    """How long is waited, in seconds.

    Attributes:
        command: For the end of a command.
        start: For the answer to `npm start`, which may come only when the app ends.
        retry: For an orchestrator that cannot be reached to come back.
    """

    command: float = 600.0
    start: float = 15.0
    retry: float = 30.0


class Commands:
    """Has commands run for one build.

    Args:
        executor: Who runs them.
        workspace_id: Where.
        run_id: For which run.
        patience: How long is waited.
        on_line: Is told each line of output, where the orchestrator streams it.
    """

    def __init__(
        self, executor: Executor, workspace_id: str, run_id: str, patience: Patience, on_line: Callable[[str], None]
    ) -> None:
        self._executor = executor
        self._workspace_id = workspace_id
        self._run_id = run_id
        self._patience = patience
        self._on_line = on_line
        self.used = False

    async def complete(self, command: str) -> Executed:
        """Have a command run to its end.

        Raises:
            BuildFailed: The orchestrator does not take it, or it failed.
        """
        try:
            done = await self._ask(command, self._patience.command)
        except ExecRefused as error:
            raise _not_run(command, error) from None
        if done.exit_code:
            tail = _ANSI.sub("", done.output).strip()[-_TAIL:]
            raise BuildFailed(
                f"`{command}` ended with exit code {done.exit_code}{': ' + tail if tail else ''}.",
                code="command_failed",
                hint="See what it printed; change the prompt, or mend it in the workspace, and build again.",
            )
        return done

    async def start(self) -> bool:
        """Have the app started, detached.

        Returns:
            False when the orchestrator has not answered in time, because it may wait for the app's end.

        Raises:
            BuildFailed: The orchestrator does not take it, or it ended at once with an error.
        """
        answered: Optional[Executed] = None
        try:
            with trio.move_on_after(self._patience.start + self._patience.retry):
                answered = await self._ask(START, self._patience.start)
        except ExecRefused as error:
            if not error.timed_out:
                raise _not_run(START, error) from None
        if answered is not None and answered.exit_code:
            raise BuildFailed(
                f"`{START}` ended with exit code {answered.exit_code}: {answered.output.strip()[-_TAIL:]}",
                code="command_failed",
                hint="See what it printed, and build again.",
            )
        return answered is not None

    async def stop(self, seconds: float) -> str:
        """End what runs in the workspace, best effort.

        Returns:
            What is to be said of that; nothing when no command was ever run.
        """
        if not self.used:
            return ""
        problem = "the orchestrator did not answer in time."
        with trio.move_on_after(seconds):
            try:
                done = await self._executor.execute(
                    self._workspace_id, STOP, metrics=self._run_id, seconds=seconds, on_line=_ignore
                )
            except ExecRefused as error:
                problem = error.problem
            else:
                # Nobody outside the container can know more than this.
                if done.exit_code is None:
                    return "The orchestrator was asked to end what runs in the workspace."
                return "What runs in the workspace was told to end."
        logger.warning("what runs in the workspace could not be ended: %s", problem)
        return f"What runs in the workspace may still run: {problem}"

    async def _ask(self, command: str, seconds: float) -> Executed:
        """Ask until the orchestrator takes it, for a while."""
        self.used = True
        give_up, tries = trio.current_time() + self._patience.retry, 0
        while True:
            try:
                return await self._executor.execute(
                    self._workspace_id, command, metrics=self._run_id, seconds=seconds, on_line=self._on_line
                )
            except ExecRefused as error:
                pause = _PAUSES_S[min(tries, len(_PAUSES_S) - 1)]
                if not error.retry or trio.current_time() + pause > give_up:
                    raise
                logger.warning("%s: %s; asked again in %.1f s", command, error.problem, pause)
                tries += 1
                await trio.sleep(pause)


def _not_run(command: str, error: ExecRefused) -> BuildFailed:
    hint = f"{error.hint} The app's files are in the workspace: `{command}` there goes on from here.".strip()
    return BuildFailed(f"`{command}` could not be run: {error.problem}", code="exec", hint=hint)


def _ignore(_line: str) -> None:
    """Do nothing with a line."""
