"""The shapes of the photogrammetry contract."""

from typing import Any, Literal, Optional

from pydantic import BaseModel, Field


class LinksModel(BaseModel):
    """Where things are, as paths on this server."""

    self: str
    events: str
    websocket: str
    model: str
    view: str


class AcceptedModel(BaseModel):
    """The answer to an upload."""

    id: str
    state: str
    engine: str
    links: LinksModel


class JobModel(BaseModel):
    """A job at one moment."""

    id: str
    kind: str = Field(..., description="Always `job`.")
    state: Literal["queued", "running", "succeeded", "failed", "cancelled", "interrupted"]
    stage: str = Field(..., description="What it is doing.")
    percent: float = Field(..., description="0 to 100; never falls within an attempt.")
    done: Optional[int] = Field(None, description="Steps of the stage that are done.")
    total: Optional[int] = Field(None, description="Steps of the stage.")
    remaining_s: Optional[float] = Field(None, description="Seconds that are left, an estimate.")
    queue_position: int = Field(..., description="1 for the next one to run, 0 when it does not wait.")
    attempt: int = Field(..., description="How often it was started.")
    crashes: int = Field(..., description="How many attempts ended without a result.")
    reason: str = Field(..., description="Why it is in this state, and what to do, when that is not plain.")
    engine: str
    parameters: dict[str, Any]
    images: int = Field(..., description="How many photos.")
    bytes: int = Field(..., description="Of all photos.")
    result: Optional[dict[str, Any]] = Field(
        None, description="What the engine says of its model, or a failure's code."
    )
    created: str
    updated: str
    links: LinksModel


class JobsModel(BaseModel):
    """Jobs, the newest first."""

    jobs: list[JobModel]
    next: Optional[int] = Field(None, description="`before` of the next page; null on the last one.")


class EngineModel(BaseModel):
    """An engine."""

    name: str
    title: str
    available: bool
    reason: str = Field(..., description="Why it cannot run here.")
    hint: str = Field(..., description="What to do about that.")
    parameters: dict[str, Any] = Field(..., description="JSON Schema.")


class EnginesModel(BaseModel):
    """All engines."""

    default: str = Field(..., description="The engine of uploads that name none.")
    engines: list[EngineModel]
