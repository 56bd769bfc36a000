"""The shapes of projects: what is asked for, and how a project is."""

from typing import Any, Literal, Optional

from pydantic import BaseModel, Field, StrictStr, validator

from actors.projects.base import MAX_PROMPT
from app.contracts.models import StrictModel, only_object
from app.contracts.projects.budgets import BudgetModel
from app.contracts.runs import PageQuery
from app.contracts.texts import LINE, WORDS, fits

MAX_NAME = 80
"""Characters of a project's name."""


ProjectState = Literal["queued", "running", "succeeded", "failed", "cancelled", "interrupted", "paused"]
"""Where a project's run is: as a job, or stopped until a person has it go on."""


class ProjectsQuery(PageQuery):
    """Which projects to list."""

    state: Optional[ProjectState] = None


class ContinueBody(StrictModel):
    """How a project goes on with its last prompt."""

    generator: Optional[StrictStr] = Field(
        None, description="Who does it, as GET /api/generators names them.", max_length=64
    )
    budget: Optional[BudgetModel] = Field(None, description="What the project may use, before it pauses.")

    _object = validator("budget", pre=True, allow_reuse=True)(only_object)

    @property
    def limits(self) -> dict[str, Any]:
        """What of the budget is set."""
        return self.budget.given() if self.budget else {}


class MessageBody(ContinueBody):
    """A follow-up on a project."""

    prompt: StrictStr = Field(
        ...,
        description=f"What is wanted, in words; at most {MAX_PROMPT} characters.",
        pattern=WORDS,
        minLength=1,
        maxLength=MAX_PROMPT,
    )

    @validator("prompt")
    def _words(cls, value: str) -> str:
        """Take words only; their number is seen where it has a status of its own."""
        if not value.strip():
            raise ValueError("must not be empty: say what is to be made")
        if "\0" in value:
            raise ValueError("must not have NUL characters")
        return value


class _Named(StrictModel):
    """What may name a project."""

    name: Optional[StrictStr] = Field(
        None,
        description=f"What the project is called: one line of at most {MAX_NAME} characters.",
        pattern=LINE,
        minLength=1,
        maxLength=MAX_NAME,
    )

    @validator("name")
    def _line(cls, value: Optional[str]) -> Optional[str]:
        """Take one line that can be shown."""
        if value is None:
            return None
        if len(value) > MAX_NAME or not fits(LINE, value):
            raise ValueError(f"must be one line of 1 to {MAX_NAME} characters that can be shown")
        return value.strip()


class GenerateBody(MessageBody, _Named):
    """What is to be made."""


class ForkBody(_Named):
    """A copy of a project."""

    version: Optional[StrictStr] = Field(None, description="Of which version; else of the newest.", max_length=64)


class ProjectLinksModel(BaseModel):
    """Where a project's things are, as paths on this server."""

    self: str
    status: str
    files: str
    preview: str
    archive: str
    versions: str
    log: str
    events: str
    websocket: str
    messages: str
    go_on: str = Field(..., alias="continue", description="Where to have it continue.")


class AcceptedProjectModel(BaseModel):
    """The answer to a prompt: it is on disk."""

    id: str
    name: str
    state: str
    generator: str
    run: int = Field(..., description="Which of the project's runs this is, from 1.")
    links: ProjectLinksModel
    hint: Optional[str] = Field(
        None, description="How to have another generator do it, when there is one and nobody chose; else null."
    )


class ProjectProgressModel(BaseModel):
    """How far the run is."""

    percent: float = Field(..., description="0 to 100; never falls within an attempt.")
    done: Optional[int] = Field(None, description="Parts of the step that are done.")
    total: Optional[int] = Field(None, description="Parts of the step.")
    remaining_s: Optional[float] = Field(None, description="Seconds that are left, an estimate.")


class UsageModel(BaseModel):
    """What all runs together have used of a model."""

    input_tokens: int = Field(..., description="Read, but for those of `cached_tokens`.")
    output_tokens: int
    cached_tokens: int = Field(..., description="Read from what had been read before, or kept for that.")
    cost_usd: float
    turns: int = Field(..., description="How often it was asked.")
    seconds: float = Field(..., description="How long was worked.")
    model: Optional[str] = Field(None, description="The last one that was asked; null when none was.")


class PreviewStateModel(BaseModel):
    """How the app's server is."""

    state: str = Field(..., description="`stopped`, `starting`, `running` or `crashed`.")
    url: Optional[str] = Field(None, description="The page that shows the app; null unless it runs.")
    reason: str = Field("", description="Why it does not run, when that is not plain.")


class LatestModel(BaseModel):
    """What is kept of the project's past."""

    latest: Optional[str] = Field(None, description="The newest version; null when there is none yet.")


class ExpiryModel(BaseModel):
    """When a project goes."""

    at: str
    why: str


class ProjectModel(BaseModel):
    """A project at one moment."""

    id: str
    kind: str = Field(..., description="Always `project`.")
    name: str
    state: ProjectState
    reason: str = Field(..., description="Why it is in this state, and what to do, when that is not plain.")
    step: str = Field(..., description="What it is doing.")
    progress: ProjectProgressModel
    queue_position: int = Field(..., description="1 for the next one to run, 0 when it does not wait.")
    attempt: int = Field(..., description="How often this run was started.")
    crashes: int = Field(0, description="How many attempts ended without a result.")
    run: int = Field(..., description="Which run this is: 1 for the first prompt, one more for each message.")
    prompt: str = Field(..., description="Of this run: its first 2000 characters; in a list 200.")
    generator: str
    usage: UsageModel
    budget: BudgetModel = Field(..., description="What a person set for it, which may be nothing.")
    errors: list[dict[str, Any]] = Field(..., description="The last of what went wrong, each with its `problem`.")
    preview: PreviewStateModel
    versions: LatestModel
    result: Optional[dict[str, Any]] = Field(None, description="What is known of the app, or a failure's `code`.")
    forked_from: Optional[dict[str, Any]] = Field(None, description="The project and version that it is a copy of.")
    expires: Optional[ExpiryModel] = Field(None, description="When it will be removed, and why; null when it will not.")
    created: str
    updated: str
    links: ProjectLinksModel


class ProjectsModel(BaseModel):
    """Projects, the newest first."""

    projects: list[ProjectModel]
    next: Optional[int] = Field(None, description="`before` of the next page; null on the last one.")


class GeneratorModel(BaseModel):
    """What makes apps from prompts."""

    name: str
    title: str
    available: bool
    reason: str = Field(..., description="Why it cannot be used here.")
    hint: str = Field(..., description="What to do about that.")


class GeneratorsModel(BaseModel):
    """All of them."""

    default: str = Field(..., description="The one for requests that name none.")
    generators: list[GeneratorModel]
