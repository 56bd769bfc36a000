"""The shapes of event pages."""

from typing import Optional

from pydantic import BaseModel, Field

from app.contracts.models import EventModel


class EventsQuery(BaseModel):
    """Which events to read."""

    after: Optional[int] = Field(None, ge=0, description="The seq of the last event that was received.")
    limit: int = Field(256, ge=1, le=1000, description="How many, in a page of JSON.")


class EventsModel(BaseModel):
    """A page of events."""

    id: str
    events: list[EventModel]
    last: int = Field(..., description="`after` of the next page.")
    ended: bool = Field(..., description="True when the stream has ended and this page reaches its end.")
