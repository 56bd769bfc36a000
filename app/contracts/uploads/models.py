"""The shapes of uploads that survive a dropped connection."""

from typing import Any, Optional

from pydantic import BaseModel, Field, StrictStr, validator

from app.contracts.models import StrictModel, only_parameters


class UploadFileModel(BaseModel):
    """A photo that is there, whole."""

    number: int = Field(..., description="Its place among the photos, as the client counts.")
    name: str = Field(..., description="What the client calls it.")
    size: int = Field(..., description="Bytes.")
    media_type: str = Field(..., description="By what is in it, whatever its name says.")
    width: int = Field(..., description="Pixels, as stored.")
    height: int = Field(..., description="Pixels, as stored.")


class UploadLinksModel(BaseModel):
    """Where things are, as paths on this server."""

    self: str
    finish: str


class UploadModel(BaseModel):
    """An upload at one moment."""

    id: str
    files: list[UploadFileModel] = Field(..., description="The photos that are there, by number.")
    job: Optional[str] = Field(None, description="The id of the job that it has become; it has no photos then.")
    expires: str = Field(..., description="When it is removed, unless somebody goes on with it; RFC 3339, in UTC.")
    links: UploadLinksModel


class FinishBody(StrictModel):
    """What is to be made of the photos; all of it may be left out."""

    engine: Optional[StrictStr] = Field(None, description="The engine; the server has a default.", max_length=64)
    params: Optional[dict[str, Any]] = Field(None, description="The engine's parameters; see GET /engines.")

    _object = validator("params", pre=True, allow_reuse=True)(only_parameters)
