"""The shape of a budget: what a project may use before it pauses."""

from typing import Any, Final, Optional

from pydantic import Field, validator
from pydantic.fields import ModelField

from app.contracts.models import StrictModel
from app.contracts.numbers import whole

MAX_TURNS = 1_000_000
"""Times that a model may be asked."""

MAX_TOKENS = 1_000_000_000_000
"""Tokens, those that were read and those that were written."""

MAX_COST_USD = 1_000_000
"""Dollars."""

MAX_SECONDS = 31_536_000
"""Seconds of work: a year."""

_MOST: Final = {"turns": MAX_TURNS, "tokens": MAX_TOKENS, "cost_usd": MAX_COST_USD, "seconds": MAX_SECONDS}


class BudgetModel(StrictModel):
    """What all runs of a project together may use; each part that is left out stays as it is."""

    turns: Optional[int] = Field(
        None, gt=0, le=MAX_TURNS, description="How often a model may be asked.", nullable=False
    )
    tokens: Optional[int] = Field(
        None, gt=0, le=MAX_TOKENS, description="Read and written, all together.", nullable=False
    )
    cost_usd: Optional[float] = Field(
        None, gt=0, le=MAX_COST_USD, description="What the model may cost.", nullable=False
    )
    seconds: Optional[float] = Field(
        None, gt=0, le=MAX_SECONDS, description="How long may be worked on it.", nullable=False
    )

    @validator("*", pre=True)
    def _within(cls, value: object, field: ModelField) -> object:
        """Take a number as it is, as long as it is within its limit; what is to stay is left out, and not null."""
        is_whole, most = issubclass(field.type_, int), _MOST[field.name]
        number = whole(value) if is_whole else value
        kinds = int if is_whole else (int, float)
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not isinstance(number, kinds):
            raise TypeError("must be a whole number" if is_whole else "must be a number")
        # Here, since a number can be too large to become what the field is.
        if not 0 < number <= most:
            raise ValueError(f"must be more than 0, and at most {most:,}")
        return number

    def given(self) -> dict[str, Any]:
        """The parts that are set."""
        return self.dict(exclude_unset=True)
