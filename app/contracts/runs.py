"""What the routes of jobs and of builds have in common: listing them, and ending one of them."""

from collections.abc import Mapping, Sequence
from typing import Any, Callable, Literal, Optional, Protocol, Union

import trio
from pydantic import BaseModel, Field
from quart import Response

from actors.runtime.errors import Conflict

_CANCEL_S = 5.0
"""Seconds after which a cancel is answered although the run has not ended: it takes two, and the disk some more."""

Present = Callable[[Mapping[str, Any]], dict[str, Any]]
"""Makes of a snapshot what is answered."""


class PageQuery(BaseModel):
    """Which part of a list to answer."""

    state: Optional[str] = None
    limit: int = Field(50, ge=1, le=500)
    before: Optional[int] = Field(None, ge=0, lt=2**63, description="`next` of the page before.")


class RunsQuery(PageQuery):
    """Which of them to list."""

    state: Optional[Literal["queued", "running", "succeeded", "failed", "cancelled", "interrupted"]] = None


class EndQuery(BaseModel):
    """How far a DELETE may go."""

    cancel_only: bool = Field(False, description="Cancel, and never remove: what has ended is answered 409.")


class Runs(Protocol):
    """What is needed of a service; see `actors.runs.service.Runs`."""

    async def status(self, run_id: str, /) -> Mapping[str, Any]:
        """A run's snapshot."""

    async def page(
        self, *, states: Sequence[str] = (), before: Optional[int] = None, limit: int = 100
    ) -> Sequence[tuple[int, Mapping[str, Any]]]:
        """Runs, the newest first, each with the position that the next page continues from."""

    async def cancel(self, run_id: str, /) -> bool:
        """Cancel a run, and wait for its end; False when it had ended."""

    async def remove(self, run_id: str, /) -> None:
        """Remove a run that has ended."""


async def list_runs(runs: Runs, query: PageQuery, name: str, present: Present) -> dict[str, Any]:
    """A page of runs, under the name that the contract has for them, with `next`."""
    states = (query.state,) if query.state else ()
    # One more than asked for tells whether there is a next page.
    found = await runs.page(states=states, before=query.before, limit=query.limit + 1)
    page = found[: query.limit]
    following = page[-1][0] if len(found) > query.limit else None
    return {name: [present(snapshot) for _, snapshot in page], "next": following}


async def end_run(
    runs: Runs, run_id: str, query: EndQuery, present: Present
) -> Union[Response, dict[str, Any], tuple[dict[str, Any], int]]:
    """Cancel a run that has not ended (its last state; 202 when that cannot be told yet), or remove one that has.

    Raises:
        Conflict: It has ended, and is not to be removed.
    """
    cancelled = None
    with trio.move_on_after(_CANCEL_S):
        cancelled = await runs.cancel(run_id)
    if cancelled is None:
        return present(await runs.status(run_id)), 202
    if cancelled:
        return present(await runs.status(run_id))
    if query.cancel_only:
        raise Conflict(f"{run_id} has ended already.", hint="Its state says how.")
    await runs.remove(run_id)
    return Response(b"", status=204)
