"""The request that a later orchestrator sends: `assignedPort` and, where the directory is shared, `workspacePath`."""

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import trio

from client.selftest.checks import Check, Finding, check, not_tested
from client.selftest.contract import COMPLETED
from client.selftest.scenarios.base import Scenario
from client.selftest.scenarios.messages import shown
from client.selftest.stage import Stage
from client.selftest.transcript import Story

ASSIGNED_PORT = 5377
_MAX_FILE = 256 * 1024
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class NewShape:
    """What was seen of the build.

    Attributes:
        story: Of the build.
        workspace: Its directory, None when no directory is shared.
        files: The beginnings of the files at the top of the workspace, by name.
        done: Whether the first build, in the old shape, was completed.
    """

    story: Story
    workspace: Optional[Path]
    files: dict[str, str]
    done: bool

    @property
    def completed(self) -> bool:
        """Whether the build was completed."""
        return any(item.content == COMPLETED for item in self.story.messages)


async def _play(stage: Stage) -> NewShape:
    """Build in a directory of the kit's choice, if there is one, for a port of its choice."""
    run = stage.run("new-shape")
    root = stage.options.workspaces
    workspace = root.resolve() / run.workspace if root else None
    body: dict[str, Any] = {**run.body, "assignedPort": ASSIGNED_PORT}
    if workspace is not None:
        body["workspacePath"] = str(workspace)
    stage.begin(run, body)
    story = await stage.follow(run)
    files = await trio.to_thread.run_sync(_read, workspace) if workspace is not None else {}
    return NewShape(story, workspace, files, stage.first.completed)


def _read(workspace: Path) -> dict[str, str]:
    """Return what is in the files at the top of a directory."""
    try:
        paths = [path for path in sorted(workspace.iterdir()) if path.is_file()]
        return {path.name: _beginning(path) for path in paths}
    except OSError as error:
        _LOG.debug("cannot look into %s: %s", workspace, error)
        return {}


def _beginning(path: Path) -> str:
    """Return the beginning of a file."""
    with path.open("rb") as file:
        return file.read(_MAX_FILE).decode("utf-8", "replace")


def _accepted(seen: NewShape) -> Finding:
    """It is built as in the old shape."""
    asked = seen.story.asked[0] if seen.story.asked else None
    if asked is None or not asked.accepted:
        return check(False, asked or "no answer", "2xx")
    if not seen.done:
        return not_tested("the build in the old shape was not completed either")
    last = seen.story.messages[-1].content if seen.story.messages else "no message"
    return check(seen.completed, shown(last), "a build as in the old shape")


def _in_place(seen: NewShape) -> Finding:
    """The app is at the top of the directory that was named."""
    if seen.workspace is None:
        return not_tested("give a directory that the agent may build in with --workspaces")
    if not seen.completed:
        return not_tested("the build was not completed")
    if "package.json" not in seen.files:
        return check(False, f"no package.json in {seen.workspace}", "the app at the top of workspacePath")
    try:
        package = json.loads(seen.files["package.json"])
    except ValueError:
        package = None
    scripts = package.get("scripts") if isinstance(package, dict) else None
    start = scripts.get("start") if isinstance(scripts, dict) else None
    return check(isinstance(start, str), "a package.json without a `start` script", "a `start` script")


def _port(seen: NewShape) -> Finding:
    """The port is named by one of the app's files."""
    if not seen.files:
        return not_tested("no app to look into" if seen.workspace else "needs --workspaces")
    there = any(str(ASSIGNED_PORT) in text for text in seen.files.values())
    return check(there, f"no {ASSIGNED_PORT} in {', '.join(seen.files)}", "the app listens on assignedPort")


_SENTENCE = "A later orchestrator also sends `workspacePath` and `assignedPort`. Both shapes must work"

SHAPES_SCENARIO = Scenario(
    "The newer request",
    _play,
    (
        Check("new-shape", "a request with the newer fields is built too", _SENTENCE, _accepted),
        Check("workspace-path", "the app is built in workspacePath", "they win over the defaults", _in_place),
        Check("assigned-port", "the app is for assignedPort", "they win over the defaults", _port),
    ),
)
