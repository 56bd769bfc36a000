"""Checks of a build's commands: their shape, and that the messages say what is true."""

from typing import Optional

from client.selftest.checks import Check, Finding, check, fails, not_tested
from client.selftest.contract import COMPLETED, INSTALL, INSTALLING, START, STARTING, numbered
from client.selftest.scenarios.messages import shown
from client.selftest.transcript import Arrival, Story

_EXEC = 'POST {ORCHESTRATOR_URL}/api/workspaces/{workspaceId}/exec {"command": "npm install", "metrics": "<runId>"}'
_TRUE = 'Each is said when that step really starts: "Installing" without an install is a lie'


def _ran(story: Story, command: str) -> Finding:
    """The command came."""
    commands = ", ".join(shown(item.command) for item in story.execs) or "no command at all"
    return check(story.ran(command) is not None, commands, f"a request to run `{command}`")


def _shape(story: Story) -> Finding:
    """Each command's body is as the contract says."""
    if not story.execs:
        return not_tested("no command came")
    for item in story.execs:
        expected = {"command": item.command, "metrics": story.run_id}
        if item.value != expected or not item.command.strip() or item.media_type != "application/json":
            seen = f"{item.media_type or 'no Content-Type'} {shown(item.body.decode('utf-8', 'replace'))}"
            return fails(seen, f"application/json {expected}")
    return check(True, "", "")


def _workspace(story: Story) -> Finding:
    """Each command is for the workspace that the build was asked for with."""
    if not story.execs:
        return not_tested("no command came")
    others = [item.name for item in story.execs if item.name != story.workspace]
    return check(not others, shown(others[0]) if others else "", shown(story.workspace))


def _says(story: Story, content: str, command: str) -> Finding:
    """A message about a command came before the command's end; it may be on its way beside the command."""
    message, run = story.said(content), story.ran(command)
    if message is None or run is None:
        return not_tested(f"{f'`{command}`' if run is None else numbered(content)} never came")
    in_time = run.answered is None or message.number < run.answered
    return check(in_time, f"{numbered(content)} when `{command}` was done", f"{numbered(content)}, then `{command}`")


def _follows(story: Story, command: str, after: str) -> Finding:
    """A message or another command came after a command's end."""
    first, second = story.ran(command), _find(story, after)
    if first is None or second is None:
        return not_tested(f"{f'`{command}`' if first is None else _named(after)} never came")
    in_order = first.answered is not None and first.answered < second.number
    return check(in_order, f"{_named(after)} before that", f"{_named(after)} after `{command}` was answered")


def _find(story: Story, what: str) -> Optional[Arrival]:
    """Return the first arrival of a message or command."""
    return story.ran(what) if what in {INSTALL, START} else story.said(what)


def _named(what: str) -> str:
    """Return a short name of a message or command."""
    return f"`{what}`" if what in {INSTALL, START} else numbered(what)


def _installing(story: Story) -> Finding:
    """Message 5, and the install."""
    return _says(story, INSTALLING, INSTALL)


def _installed(story: Story) -> Finding:
    """The install's end, then message 6."""
    return _follows(story, INSTALL, STARTING)


def _starting(story: Story) -> Finding:
    """Message 6, and the start."""
    return _says(story, STARTING, START)


def _install_first(story: Story) -> Finding:
    """The install's end, then the start."""
    return _follows(story, INSTALL, START)


def _completed(story: Story) -> Finding:
    """The start's answer, then message 7."""
    return _follows(story, START, COMPLETED)


COMMAND_CHECKS: tuple[Check[Story], ...] = (
    Check("install", "`npm install` goes through the orchestrator", _EXEC, lambda story: _ran(story, INSTALL)),
    Check("start", "`npm start` goes through the orchestrator", _EXEC, lambda story: _ran(story, START)),
    Check("exec-shape", "a command is sent as command and metrics, the run's id", _EXEC, _shape),
    Check("exec-workspace", "... to the workspace of the build", _EXEC, _workspace),
    Check(
        "install-first",
        "the install ends before the start",
        "`npm install` through exec; then `npm start`",
        _install_first,
    ),
    Check("installing", "message 5 comes with the install", _TRUE, _installing),
    Check("installed", "message 6 comes after the install", _TRUE, _installed),
    Check("starting", "message 6 comes with the start", _TRUE, _starting),
    Check("completed", "message 7 comes after the start", "then `npm start`, detached; then message 7", _completed),
)
