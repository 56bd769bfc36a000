"""A whole round from a terminal: a prompt, its messages as they come, and the app that runs in the end."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Optional

import trio

from client.errors import ClientError, Unreachable
from client.exits import Exit
from client.orchestrator.following import OrchestratorClient, RunEvent, open_orchestrator_client
from client.orchestrator.main import open_orchestrator
from client.orchestrator.settings import OrchestratorSettings
from client.render import Renderer
from client.session import Session

_CANCEL_S = 15.0


@dataclass(frozen=True)
class RoundRequest:
    """What the command line asks for.

    Attributes:
        prompt: What is to be built.
        orchestrator: The address of one that runs; None for the usual one, or one of our own.
        keep: Whether an app that our own orchestrator runs goes on until Ctrl-C.
        settings: Of our own orchestrator.
    """

    prompt: str
    orchestrator: Optional[str]
    keep: bool
    settings: OrchestratorSettings


async def run_round(session: Session, request: RoundRequest) -> Exit:
    """Do a whole round.

    Args:
        session: To work with.
        request: What is wanted.

    Returns:
        OK when the app is healthy, JOB_FAILED when there is none or it is not, INTERRUPTED after Ctrl-C.
    """
    async with AsyncExitStack() as stack:
        client, ours = await _find_or_open(stack, session.renderer, request)
        run = await client.create(request.prompt)
        session.renderer.result("accepted", {"run": run}, f"accepted as {run['id']}, workspace {run['workspaceId']}")
        code = await _watch(session, client, str(run["id"]))
        if code is Exit.OK and ours and request.keep:
            await _keep(session)
        elif code is Exit.OK and not ours:
            session.renderer.notice(f"the app goes on with the orchestrator at {client.address}")
        return code


async def _find_or_open(
    stack: AsyncExitStack, renderer: Renderer, request: RoundRequest
) -> tuple[OrchestratorClient, bool]:
    """Return an orchestrator that answers, and whether it is one of our own, for this round."""
    url = request.orchestrator or f"http://localhost:{request.settings.port}"
    client = await stack.enter_async_context(open_orchestrator_client(url))
    if (request.orchestrator or request.settings.port) and await client.answers():
        renderer.notice(f"an orchestrator runs at {client.address}: using that one")
        return client, False
    if request.orchestrator:
        hint = "start it with `callboard orchestrator`, or leave --orchestrator out to have one for this round"
        raise Unreachable(f"no orchestrator answers at {client.address}", hint=hint)
    own = await stack.enter_async_context(open_orchestrator(request.settings))
    renderer.notice(
        f"an orchestrator of this round's own runs at {own.url}; workspace commands run as you, not in a sandbox yet"
    )
    warning = await own.warning()
    if warning:
        # Its end would never be heard of here.
        raise Unreachable(warning, hint="then ask again; nothing was begun")
    return await stack.enter_async_context(open_orchestrator_client(own.url)), True


@dataclass
class _Showing:
    """What has been shown of a run."""

    renderer: Renderer
    run: Mapping[str, Any] = field(default_factory=dict)
    trouble: str = ""

    def take(self, event: RunEvent) -> bool:
        """Show an event; return whether it was the last of the round."""
        if event.type == "message":
            self._show_message(event)
        elif event.type == "run":
            self._show_state(event.data)
        return event.type == "run" and self.over

    @property
    def over(self) -> bool:
        """Whether there is nothing more to wait for."""
        app = _app(self.run)
        state = self.run.get("state")
        return state in {"failed", "cancelled"} or (state == "built" and app[0] in {"healthy", "unhealthy", "stopped"})

    def _show_message(self, event: RunEvent) -> None:
        data = event.data
        marks = [name for name in ("late", "repeated") if data.get(name)]
        note = f" ({', '.join(marks)})" if marks else ""
        line = f"{data.get('type', ''):<9} {data.get('content', '')}{note}"
        self.renderer.result("message", {"run": self.run.get("id"), "seq": event.seq, "message": dict(data)}, line)

    def _show_state(self, run: Mapping[str, Any]) -> None:
        trouble = str(run.get("trouble") or "")
        if trouble and trouble != self.trouble:
            self.renderer.notice(trouble)
        if _app(run)[0] == "checking" and _app(self.run)[0] != "checking":
            self.renderer.notice("looking whether the app is healthy")
        self.run, self.trouble = run, trouble


async def _watch(session: Session, client: OrchestratorClient, run_id: str) -> Exit:
    """Show a run to the end of its round; Ctrl-C cancels it."""
    showing = _Showing(session.renderer)
    with trio.CancelScope() as scope, session.interrupts.handled_by(scope.cancel, scope.cancel):
        await client.follow(run_id, showing.take)
    if scope.cancelled_caught:
        await _cancel(session, client, run_id)
        return Exit.INTERRUPTED
    run = showing.run
    session.renderer.result("run", {"run": dict(run)}, _summary(run))
    return Exit.OK if _app(run)[0] == "healthy" else Exit.JOB_FAILED


async def _cancel(session: Session, client: OrchestratorClient, run_id: str) -> None:
    """Cancel a run, and say what became of it."""
    session.renderer.notice(f"cancelling {run_id}; Ctrl-C again leaves it to the agent")
    try:
        with trio.fail_after(_CANCEL_S):
            run = await client.end(run_id)
    except (ClientError, trio.TooSlowError):
        session.renderer.notice(f"{run_id} could not be cancelled: the build may go on")
        return
    session.renderer.result("run", {"run": run}, f"{run_id}: cancelled")
    if run.get("trouble"):
        session.renderer.notice(str(run["trouble"]))


async def _keep(session: Session) -> None:
    """Keep the app until somebody ends it, which is not an interruption: all is done."""
    session.renderer.notice("the app runs as long as this command does: Ctrl-C ends both")
    wanted = trio.Event()
    with session.interrupts.handled_by(wanted.set, wanted.set):
        await wanted.wait()


def _app(run: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return the state, the detail and the address of a run's app."""
    app = run.get("app")
    found = app if isinstance(app, Mapping) else {}
    return str(found.get("state", "none")), str(found.get("detail", "")), str(found.get("url", ""))


def _summary(run: Mapping[str, Any]) -> str:
    """Return how the round ended, in one line."""
    state, detail, url = _app(run)
    if run.get("state") != "built":
        reason = str(run.get("reason") or "")
        return f"{run.get('id')}: {run.get('state')}" + (f": {reason}" if reason else "")
    return f"{url} is {state}" + (f": {detail}" if detail else "")
