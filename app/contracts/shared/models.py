"""The shapes of shared models."""

from typing import Final

from pydantic import BaseModel, ConstrainedInt, Extra, Field

LEAST_SECONDS: Final = 60
"""That a link is good for at least."""

MOST_SECONDS: Final = 31_536_000
"""That a link is good for at most: a year."""

DEFAULT_SECONDS: Final = 604_800
"""That a link is good for when nobody says: a week."""


class Seconds(ConstrainedInt):
    """How long a link is good for, as a number and not as a string that looks like one."""

    strict = True
    ge = LEAST_SECONDS
    le = MOST_SECONDS


class ShareBody(BaseModel):
    """How a model is shared; all of it may be left out."""

    seconds: Seconds = Field(Seconds(DEFAULT_SECONDS), description="After which the link ends: a minute to a year.")

    class Config:
        """What is not known is a mistake."""

        extra = Extra.forbid


class SharedModel(BaseModel):
    """A link to one model."""

    path: str = Field(..., description="Of the page that shows it, on this server. Whoever has it can see the model.")
    expires: str = Field(..., description="When the link ends, UTC.")
