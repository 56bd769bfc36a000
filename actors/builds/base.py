"""The words of a build: what an orchestrator asks for, what it is told, and what a pipeline is.

The seven contents below are what the other side expects, to the byte; see `docs/reference/builder.md`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any, Optional, Protocol

from actors.runs.work import RunFailed
from actors.runtime.availability import Availability

__all__ = [
    "ACTION",
    "ASSISTANT",
    "COMPLETED",
    "ERROR",
    "FRONTEND",
    "INITIALIZING",
    "INSTALLING",
    "KIND",
    "MESSAGE_TYPES",
    "SPECIFYING",
    "STARTING",
    "STATUS",
    "STEP_CONTENT",
    "STRUCTURING",
    "SUCCESS",
    "WARNING",
    "Availability",
    "BuildFailed",
    "BuildRequest",
    "Built",
    "Message",
    "Order",
    "Pipeline",
    "Said",
    "Step",
    "Tell",
]

KIND = "build"

STATUS = "status"
ACTION = "action"
SUCCESS = "success"
ERROR = "error"
WARNING = "warning"
ASSISTANT = "assistant"

MESSAGE_TYPES = (STATUS, ACTION, SUCCESS, ERROR, WARNING, ASSISTANT)

INITIALIZING = "Initializing Happy Llama Python agent..."
SPECIFYING = "Generating PRD and technical specifications..."
STRUCTURING = "Creating application structure..."
FRONTEND = "Building frontend components..."
INSTALLING = "Installing dependencies..."
STARTING = "Starting application server..."
COMPLETED = "\u2705 Application build completed. Orchestrator will verify health."


class Step(IntEnum):
    """The messages whose moment only the pipeline knows, by their place among the seven."""

    SPECIFY = 2
    STRUCTURE = 3
    FRONTEND = 4


STEP_CONTENT: Mapping[Step, str] = {Step.SPECIFY: SPECIFYING, Step.STRUCTURE: STRUCTURING, Step.FRONTEND: FRONTEND}


@dataclass(frozen=True)
class BuildRequest:
    """What an orchestrator asks for.

    Attributes:
        run_id: Its name for this build; unique across everything that this server knows.
        prompt: What is to be built, in words.
        workspace_id: The name of the workspace's directory, and of its container.
        workspace_path: The whole path of the workspace, in place of the default one.
        assigned_port: The port that the app is to listen on, in place of 5000.
    """

    run_id: str
    prompt: str
    workspace_id: str
    workspace_path: Optional[str] = None
    assigned_port: Optional[int] = None

    def as_json(self) -> dict[str, Any]:
        """The request as JSON values."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "BuildRequest":
        """Read a request back, ignoring what else is in there."""
        return cls(**{name: values[name] for name in cls.__dataclass_fields__ if name in values})


@dataclass(frozen=True)
class Message:
    """One message to the orchestrator.

    Attributes:
        type: One of `MESSAGE_TYPES`.
        content: For people.
        timestamp: ISO 8601, with an offset.
    """

    type: str
    content: str
    timestamp: str

    def as_json(self) -> dict[str, str]:
        """The message as it is sent."""
        return dict(vars(self))


@dataclass(frozen=True)
class Said:
    """What a pipeline says.

    Attributes:
        type: One of `MESSAGE_TYPES`.
        content: For people; empty when only the step is meant.
        step: The step that has begun now, where this shows it.
    """

    type: str
    content: str
    step: Optional[Step] = None


@dataclass(frozen=True)
class Order:
    """What a pipeline is given.

    Attributes:
        id: The build's id.
        prompt: What is to be built.
        name: A name for the app: letters, digits and `-`.
        workspace: The workspace's directory.
        workdir: A directory of this attempt alone, in the data directory, empty at the start.
        port: The port that the app is to listen on.
        attempt: 1 for the first.
    """

    id: str
    prompt: str
    name: str
    workspace: Path
    workdir: Path
    port: int
    attempt: int


@dataclass(frozen=True)
class Built:
    """What a pipeline made.

    Attributes:
        frontend: The directory with the app; its content becomes the workspace's.
        facts: JSON facts for people: cost, title and so on.
    """

    frontend: Path
    facts: Mapping[str, Any] = field(default_factory=dict)


class BuildFailed(RunFailed):
    """The build cannot be done: a result, not a crash."""


Tell = Callable[[Said], Awaitable[None]]
"""How a pipeline says something; waits while the journal is behind, and never for the orchestrator."""


class Pipeline(Protocol):
    """A way to make an app from a prompt."""

    @property
    def name(self) -> str:
        """The word that settings name it by."""

    @property
    def title(self) -> str:
        """One line for people."""

    @property
    def resumable(self) -> bool:
        """Whether it may be run again by itself after the server died under it; not when each run costs money."""

    def availability(self) -> Availability:
        """Whether it can run here, without running it."""

    async def run(self, order: Order, tell: Tell) -> Built:
        """Make the app.

        Raises:
            BuildFailed: It cannot be made, or not within its limits.
        """
