"""The shapes of the photogrammetry contract."""

from typing import Any, Final, Literal, Optional

from pydantic import BaseModel, Field, StrictStr, validator

from app.contracts.models import StrictModel, only_parameters

MEDIA_TYPES: Final = ("image/jpeg", "image/png", "image/webp", "image/tiff")
"""What a photo may be."""


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
    min_images: int = Field(..., description="The fewest photos that it can make a model of.")


class LimitsModel(BaseModel):
    """What an upload may be."""

    files: int = Field(..., description="Photos in one upload.")
    file_bytes: int = Field(..., description="Bytes of one photo.")
    total_bytes: int = Field(..., description="Bytes of the whole upload.")
    media_types: list[str] = Field(..., description="What a photo may be, by what is in it and not by its name.")


class EnginesModel(BaseModel):
    """All engines, and what an upload for any of them may be."""

    default: str = Field(..., description="The engine of uploads that name none.")
    engines: list[EngineModel]
    limits: LimitsModel


class RetryBody(StrictModel):
    """What is to be different this time; all of it may be left out."""

    engine: Optional[StrictStr] = Field(None, description="Another engine; else the same.", max_length=64)
    params: Optional[dict[str, Any]] = Field(
        None,
        description="Parameters that are to be different. The others stay as they were, or with another engine are its"
        " defaults.",
    )

    _object = validator("params", pre=True, allow_reuse=True)(only_parameters)
