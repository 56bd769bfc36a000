"""The shapes of shared models."""

from typing import Final

from pydantic import BaseModel, Field

from app.contracts.models import StrictModel
from app.contracts.numbers import Whole

LEAST_SECONDS: Final = 60
"""That a link is good for at least."""

MOST_SECONDS: Final = 31_536_000
"""That a link is good for at most: a year."""

DEFAULT_SECONDS: Final = 604_800
"""That a link is good for when nobody says: a week."""


class Seconds(Whole):
    """How long a link is good for."""

    ge = LEAST_SECONDS
    le = MOST_SECONDS


class ShareBody(StrictModel):
    """How a model is shared; all of it may be left out."""

    seconds: Seconds = Field(Seconds(DEFAULT_SECONDS), description="After which the link ends: a minute to a year.")


class SharedModel(BaseModel):
    """A link to one model."""

    path: str = Field(..., description="Of the page that shows it, on this server. Whoever has it can see the model.")
    expires: str = Field(..., description="When the link ends, UTC.")
