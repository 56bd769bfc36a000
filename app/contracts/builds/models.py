"""The shapes of the builder contract, and what a request for a build must be like."""

from typing import Any, ClassVar, Final, Literal, Optional

from pydantic import BaseModel, Field, StrictStr, validator

from actors.builds.base import BuildRequest
from app.contracts.numbers import Whole
from app.contracts.texts import NAME, OWN_NAME, WHOLE_PATH, WORDS, fits

PROMPT_BYTES: Final = 100 * 1024
"""UTF-8 bytes of a prompt: it has to fit one argument of a program."""

_NAME_RULE: Final = "must be 1 to 128 letters, digits, `.`, `_` and `-`, and not `.` or `..`"
_RESERVED: Final = ("job-", "project-")
_PATH_BYTES: Final = 4095


def _is_text(value: str) -> bool:
    """Whether it can be encoded: JSON can write halves of characters, and nothing else can."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


class Port(Whole):
    """A port by its number."""

    ge = 1
    le = 65535


class BuildBody(BaseModel):
    """What an orchestrator sends; fields beside these are ignored."""

    run_id: StrictStr = Field(
        ...,
        alias="runId",
        description="The build's name, chosen by the caller: 1 to 128 letters, digits, `.`, `_` and `-`, not `.` or"
        " `..`, and not beginning with `job-` or `project-`. The same one again never starts a second build.",
        pattern=OWN_NAME,
    )
    prompt: StrictStr = Field(
        ..., description="What is to be built; at most 100 KB in UTF-8.", pattern=WORDS, maxLength=PROMPT_BYTES
    )
    workspace_id: StrictStr = Field(
        ..., alias="workspaceId", description="The workspace's name, by the same rule; never a path.", pattern=NAME
    )
    workspace_path: Optional[StrictStr] = Field(
        None,
        alias="workspacePath",
        description="The whole path of the workspace, inside an allowed root.",
        pattern=WHOLE_PATH,
        maxLength=_PATH_BYTES,
    )
    assigned_port: Optional[Port] = Field(
        None, alias="assignedPort", description="The port that the app is to listen on; else 5000."
    )

    @validator("run_id", "workspace_id")
    def _name(cls, value: str) -> str:
        """Take names only: they become parts of paths and addresses."""
        if not fits(NAME, value):
            raise ValueError(_NAME_RULE)
        return value

    @validator("run_id")
    def _free(cls, value: str) -> str:
        """Leave to jobs and projects what their ids begin with."""
        if value.startswith(_RESERVED):
            raise ValueError("must not begin with `job-` or `project-`: those ids are given by this server")
        return value

    @validator("prompt")
    def _words(cls, value: str) -> str:
        """Take what can be an argument of a program."""
        if not value.strip():
            raise ValueError("must not be empty: say what is to be built")
        if "\0" in value or not _is_text(value):
            raise ValueError("must be text that can be written as UTF-8, without NUL characters")
        return value

    @validator("workspace_path")
    def _whole_path(cls, value: Optional[str]) -> Optional[str]:
        """Take a whole path; whether it lies inside an allowed root is seen where the roots are known."""
        if value is None:
            return None
        if not value.startswith("/"):
            raise ValueError("must be an absolute path, or be left out")
        if not _is_text(value) or not value.isprintable() or len(value.encode()) > _PATH_BYTES:
            raise ValueError(f"must be at most {_PATH_BYTES} bytes of UTF-8, without control characters")
        return value

    def as_request(self) -> BuildRequest:
        """The request as the service takes it."""
        return BuildRequest(
            run_id=self.run_id,
            prompt=self.prompt,
            workspace_id=self.workspace_id,
            workspace_path=self.workspace_path,
            assigned_port=self.assigned_port,
        )

    class Config:
        """What is said of a port that is none, after the field's name."""

        error_msg_templates: ClassVar = {
            "type_error.integer": "must be a whole number from 1 to 65535, without quotes",
            "value_error.number.not_ge": "must be from 1 to 65535",
            "value_error.number.not_le": "must be from 1 to 65535",
        }


class StartedModel(BaseModel):
    """The answer to a request for a build, to the letter."""

    status: Literal["started"]
    run_id: str = Field(..., alias="runId", description="As it was sent; of a build that is tried again, a new one.")
    message: Literal["Agent is building your application..."]


class BuildLinksModel(BaseModel):
    """Where a build's things are, as paths on this server."""

    self: str
    events: str
    websocket: str


class DeliveryModel(BaseModel):
    """How the messages of a build fare on their way to the orchestrator."""

    queued: int = Field(..., description="That were ever put in the queue.")
    delivered: int = Field(..., description="That the orchestrator took.")
    refused: int = Field(..., description="That it does not take, however often they are sent.")
    expired: int = Field(..., description="That were given up after too long a time.")
    waiting: int = Field(..., description="That are still to be delivered.")
    trouble: str = Field(..., description="Why they wait; empty when nothing is wrong.")


class BuildModel(BaseModel):
    """A build at one moment."""

    id: str = Field(..., description="The `runId`.")
    kind: str = Field(..., description="Always `build`.")
    state: Literal["queued", "running", "succeeded", "failed", "cancelled", "interrupted"]
    stage: str = Field(..., description="What it is doing.")
    percent: float = Field(..., description="0 to 100; never falls within an attempt.")
    done: Optional[int] = Field(None, description="Steps of the stage that are done.")
    total: Optional[int] = Field(None, description="Steps of the stage.")
    remaining_s: Optional[float] = Field(None, description="Seconds that are left, an estimate.")
    queue_position: int = Field(..., description="1 for the next one to run, 0 when it does not wait.")
    attempt: int = Field(..., description="How often it was started.")
    crashes: int = Field(0, description="How many attempts ended without a result.")
    reason: str = Field(..., description="Why it is in this state, and what to do, when that is not plain.")
    prompt: str = Field(..., description="Its first 2000 characters; in a list 200.")
    workspace_id: str
    workspace: str = Field(..., description="The workspace's directory.")
    port: int = Field(..., description="The port that the app is to listen on.")
    pipeline: str = Field(..., description="What makes the app.")
    messages: int = Field(..., description="How many messages it has sent to the orchestrator.")
    left_out: int = Field(0, description="What the pipeline said beyond the limit of messages, and was not sent.")
    delivery: DeliveryModel
    result: Optional[dict[str, Any]] = Field(None, description="What is known of the app, or a failure's `code`.")
    created: str
    updated: str
    links: BuildLinksModel


class BuildsModel(BaseModel):
    """Builds, the newest first."""

    builds: list[BuildModel]
    next: Optional[int] = Field(None, description="`before` of the next page; null on the last one.")
