"""Watching a job, or a run of a project, on a command line: to its end, and what Ctrl-C means meanwhile."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

import click
import trio

from client.errors import ClientError
from client.events import Event, is_final
from client.exits import Exit
from client.session import Session

_PRESSES = 8
_ANSWER_BYTES = 1024
_QUESTION = "Cancel the job, or leave it running? [c]ancel, [l]eave, Enter to go on watching (Ctrl-C leaves): "


Ends = Callable[[Event], Optional[Exit]]
"""Says of an event how what was watched has ended; None when it goes on."""


def exit_of(state: object) -> Exit:
    """Return the exit code for what ended in a state."""
    return Exit.OK if state == "succeeded" else Exit.JOB_FAILED


def job_end(event: Event) -> Optional[Exit]:
    """Say how a job has ended: its stream ends with it."""
    return exit_of(event.data.get("state")) if event.type == "end" else None


def run_end(run: object) -> Ends:
    """Return what knows the end of a project's run: its stream goes on until the project is removed.

    Args:
        run: Which run; a later one ends the watching too.
    """
    wanted = run if isinstance(run, int) else 1

    def ends(event: Event) -> Optional[Exit]:
        data: Mapping[str, Any] = event.data
        if event.type == "gap":
            snapshot = data.get("snapshot")
            data = snapshot if isinstance(snapshot, Mapping) and is_final(snapshot.get("state")) else {}
        elif event.type != "generation_finished":
            return job_end(event)
        number = data.get("run")
        return exit_of(data.get("state")) if isinstance(number, int) and number >= wanted else None

    return ends


async def watch_project(session: Session, status: Mapping[str, Any], after: int) -> Exit:
    """Show the events of a project until its present run has ended; those of the past, when it has already.

    Args:
        session: To work with.
        status: The project as it is.
        after: The seq of the last event that is known already.
    """
    project_id = str(status.get("id"))
    if not is_final(status.get("state")):
        return await watch_job(session, project_id, after, own=False, ends=run_end(status.get("run")))
    page = await session.client.past_events(project_id, after)
    while page.events:
        for event in page.events:
            session.renderer.event(event)
        page = await session.client.past_events(project_id, page.last)
    session.renderer.resume()
    return exit_of(status.get("state"))


async def watch_job(session: Session, job_id: str, after: int, *, own: bool, ends: Ends = job_end) -> Exit:
    """Show a job's events until it has ended.

    Args:
        session: To work with.
        job_id: Which.
        after: The seq of the last event that is known already.
        own: Whether this command made the job: then Ctrl-C asks what is to become of it.
        ends: Says of each event whether it is the last one, and how the job has ended.

    Returns:
        OK when the job succeeded, JOB_FAILED for another end, INTERRUPTED when it was left running.
    """
    watch = _Watch(session, job_id, after, ends)
    pressed, presses = trio.open_memory_channel[None](_PRESSES)

    def on_interrupt() -> None:
        """Pass a Ctrl-C on; more than a person means are dropped."""
        try:
            pressed.send_nowait(None)
        except trio.WouldBlock:
            watch.leave()

    with session.interrupts.handled_by(on_interrupt, watch.leave):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_converse, watch, presses, own and session.can_ask)
            with watch.scope:
                await watch.follow()
            nursery.cancel_scope.cancel()
    if watch.left:
        session.renderer.resume()
        click.echo(f"{job_id} goes on without you; come back with: {watch.way_back}", err=True)
    return watch.code


@dataclass
class _Watch:
    """One job being watched."""

    session: Session
    job_id: str
    last: int
    ends: Ends
    scope: trio.CancelScope = field(default_factory=trio.CancelScope)
    code: Exit = Exit.INTERRUPTED
    left: bool = False

    @property
    def way_back(self) -> str:
        """The command that goes on from here."""
        return f"callboard watch {self.job_id} --after {self.last}"

    async def follow(self) -> None:
        """Show events to the end."""
        renderer = self.session.renderer
        async with self.session.client.events(self.job_id, self.last, on_notice=renderer.notice) as events:
            async for event in events:
                renderer.event(event)
                self.last = event.seq
                code = self.ends(event)
                if code is not None:
                    self.code = code
                    break
        renderer.resume()

    def leave(self) -> None:
        """Stop watching and let the job go on."""
        self.left = True
        self.scope.cancel()


async def _converse(watch: _Watch, presses: "trio.MemoryReceiveChannel[None]", can_ask: bool) -> None:
    """Answer each Ctrl-C: ask, if there is someone to ask, and do what the answer says."""
    async for _ in presses:
        answer = await _ask(watch, presses) if can_ask else "l"
        if answer.startswith("c"):
            await _cancel(watch)
        elif answer.startswith("l"):
            watch.leave()
            return


async def _ask(watch: _Watch, presses: "trio.MemoryReceiveChannel[None]") -> str:
    """Ask what is to become of the job; a second Ctrl-C, or the end of the input, leaves it running."""
    watch.session.renderer.pause()
    click.echo(f"\n{_QUESTION}", err=True, nl=False)
    answers: list[str] = []
    async with trio.open_nursery() as nursery:

        async def read_answer() -> None:
            """Wait for a line."""
            # The descriptor itself: a thread that waits in sys.stdin would hold its lock when the program ends.
            line = await trio.to_thread.run_sync(os.read, sys.stdin.fileno(), _ANSWER_BYTES, abandon_on_cancel=True)
            answers.append(line.decode("utf-8", "replace").strip().lower() if line else "l")
            nursery.cancel_scope.cancel()

        nursery.start_soon(read_answer)
        await presses.receive()
        answers.append("l")
        nursery.cancel_scope.cancel()
    if answers[0] == "l":
        click.echo("", err=True)
    watch.session.renderer.resume()
    return answers[0]


async def _cancel(watch: _Watch) -> None:
    """Cancel the job; its end comes as an event like any other."""
    watch.session.renderer.notice(f"cancelling {watch.job_id}")
    try:
        await watch.session.client.cancel(watch.job_id)
    except ClientError as error:
        watch.session.renderer.notice(f"{error.problem}; {error.hint}" if error.hint else error.problem)
