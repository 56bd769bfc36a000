"""The shapes of the board."""

from typing import Literal, Optional

from pydantic import BaseModel, Field

from actors.board.board import ENDED
from actors.board.rows import NAME_LENGTH, REASON_LENGTH


class RowModel(BaseModel):
    """A job, a build or a project at one moment, in the words that all of them have."""

    id: str
    kind: Literal["job", "build", "project"]
    name: str = Field(..., description=f"For people; at most {NAME_LENGTH} characters.")
    state: Literal["queued", "running", "succeeded", "failed", "cancelled", "interrupted", "paused"]
    reason: str = Field(
        ...,
        description=f"Why it is in this state, and what to do, when that is not plain; its first {REASON_LENGTH}"
        " characters.",
    )
    step: str = Field(..., description="What it is doing.")
    percent: float = Field(..., description="0 to 100.")
    done: Optional[int] = Field(None, description="Parts of the step that are done.")
    total: Optional[int] = Field(None, description="Parts of the step.")
    remaining_s: Optional[float] = Field(None, description="Seconds that are left, an estimate.")
    queue_position: int = Field(..., description="1 for the next one to run, 0 when it does not wait.")
    by: str = Field(..., description="The engine, pipeline or generator that does it.")
    preview: Optional[Literal["starting", "running", "stopped", "crashed"]] = Field(
        None, description="How a project's server is; null for a job and a build."
    )
    cost_usd: Optional[float] = Field(None, description="What a model has cost; null when none was asked.")
    created: str
    updated: str
    href: str = Field(..., description="Where all that is known of it is answered.")


class BoardModel(BaseModel):
    """The board."""

    rows: list[RowModel] = Field(
        ...,
        description=f"All that has not ended, and of what has, the {ENDED} that changed last. The newest comes first.",
    )


class RowsModel(BaseModel):
    """A message on the board's WebSocket."""

    type: Literal["rows"]
    complete: bool = Field(..., description="Whether the rows take the place of all that the client has.")
    rows: list[RowModel] = Field(..., description="Those that have changed, or all; each as it is now.")
    removed: list[str] = Field(..., description="The ids of rows that are no longer on the board.")


class AliveModel(BaseModel):
    """A message on the board's WebSocket after some quiet time."""

    type: Literal["alive"]
