"""start_dev_server, check_server_status and generate_preview_url."""

import trio

from actors.projects.tools.base import Tool, ToolContext, ToolParameters
from actors.projects.tools.outside import ServerState, ServerStatus
from actors.projects.tools.results import ToolResult, failed
from actors.projects.tools.texts import bounded, plain

START_SECONDS = 90.0
"""Longer than a dev server is given to answer, so that why it did not is known."""

MAX_TAIL = 8_000


class NoParameters(ToolParameters):
    """Nothing to say."""


async def start(context: ToolContext, parameters: NoParameters) -> ToolResult:
    """Start the dev server, unless it runs."""
    already = context.server.status.state is ServerState.RUNNING
    # Asked even then: an app that was nothing but files may have got a server of its own since.
    status = await context.server.start()
    if status.state is not ServerState.RUNNING:
        return _down("start_dev_server", status, "Correct what the last lines say, then start it again.")
    runs = "it runs already" if already else "it runs"
    return ToolResult(True, f"{runs}, at {status.url}", _facts(status))


async def check(context: ToolContext, parameters: NoParameters) -> ToolResult:
    """Say how the dev server is."""
    await trio.lowlevel.checkpoint()
    status = context.server.status
    tail = _tail(status)
    where = f" at {status.url}" if status.url else ""
    reason = f": {status.reason}" if status.reason else ""
    return ToolResult(True, f"{status.state.value}{where}{reason}{tail}", _facts(status))


async def preview(context: ToolContext, parameters: NoParameters) -> ToolResult:
    """Say where the preview is."""
    await trio.lowlevel.checkpoint()
    status = context.server.status
    if status.url is None or status.state is not ServerState.RUNNING:
        return _down("generate_preview_url", status, "Use start_dev_server first.")
    return ToolResult(True, status.url, _facts(status))


def _down(name: str, status: ServerStatus, hint: str) -> ToolResult:
    """Return the result for a server that does not run."""
    reason = f" ({status.reason})" if status.reason else ""
    result = failed(name, f"the dev server is {status.state.value}{reason}", hint)
    return ToolResult(False, f"{result.text}{_tail(status)}", {**result.data, **_facts(status)})


def _tail(status: ServerStatus) -> str:
    """Return the last lines that it printed, with a heading."""
    if not status.tail:
        return ""
    text, _ = bounded(plain("\n".join(status.tail)), "they are in the server's log", MAX_TAIL)
    return f"\nIts last lines:\n{text}"


def _facts(status: ServerStatus) -> dict[str, object]:
    """Return how it is, for programs."""
    return {"state": status.state.value, "url": status.url}


START_DEV_SERVER = Tool(
    "start_dev_server",
    "Start the project's dev server and wait until it answers. When it runs already, it is used as it is: it takes "
    "up changed files by itself.",
    NoParameters,
    start,
    seconds=START_SECONDS,
)

CHECK_SERVER_STATUS = Tool(
    "check_server_status", "Say whether the dev server runs, and what it printed last.", NoParameters, check
)

GENERATE_PREVIEW_URL = Tool(
    "generate_preview_url", "Say where a person can look at the running app.", NoParameters, preview
)
