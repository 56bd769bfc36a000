"""What was accepted is there, what was removed is gone, and each state is true."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Optional

from client.events import is_final

RUNNING = "running"


@dataclass(frozen=True)
class Row:
    """What the journal of a dead server has of a job, build or project.

    Attributes:
        kind: Which of them.
        state: Its state.
        attempt: Its attempt.
        updated: When its last event was written.
        last_seq: Its last event.
    """

    kind: str
    state: str
    attempt: int
    updated: str
    last_seq: int


@dataclass(frozen=True)
class Claim:
    """What somebody was told of one id.

    Attributes:
        kind: job, build or project.
        leaving: Its removal was asked for: it may be there or not.
        gone: Its removal was answered.
        final: A final state that was told of it, after which nothing was asked of it.
        run: Of a project: the highest run that was accepted.
    """

    kind: str
    leaving: bool = False
    gone: bool = False
    final: Optional[str] = None
    run: int = 0


def lost(claims: Mapping[str, Claim], there: Collection[str], expiring: Collection[str] = ()) -> list[str]:
    """Find what was accepted and is not there.

    Args:
        claims: By id.
        there: The ids that are.
        expiring: Those that the server may have removed by itself.
    """
    return [
        f"{id}: this {claim.kind} was accepted, nobody removed it, and it is not there any more"
        for id, claim in claims.items()
        if not claim.leaving and not claim.gone and id not in there and id not in expiring
    ]


def lost_runs(claims: Mapping[str, Claim], statuses: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Find prompts for projects that were accepted, and of which the project knows nothing."""
    return [
        f"{id}: run {claim.run} was accepted, and it is at run {statuses[id].get('run')}"
        for id, claim in claims.items()
        if id in statuses and claim.run > int(statuses[id].get("run") or 0)
    ]


def risen(claims: Mapping[str, Claim], there: Collection[str]) -> list[str]:
    """Find what was removed, as was answered, and is there all the same."""
    return [
        f"{id}: this {claim.kind} was removed, as was answered, and is there again"
        for id, claim in claims.items()
        if claim.gone and id in there
    ]


def unasked(kind: str, unknown: Collection[str], unanswered: int) -> list[str]:
    """Find what is there and nobody asked for.

    Args:
        kind: Of what.
        unknown: The ids of that kind that no answer has told of.
        unanswered: How many requests got no answer, each of which may have been accepted.
    """
    if len(unknown) <= unanswered:
        return []
    names = ", ".join(sorted(unknown))
    return [f"{names}: {len(unknown)} of kind {kind} are there of which no answer told, and {unanswered} are possible"]


def expiring(rows: Mapping[str, Row], kind: str, kept: int) -> set[str]:
    """Return the ids that the janitor may remove: those that ended first, where more have ended than are kept.

    What had not ended when the server died may end now, and count.
    """
    ours = {id: row for id, row in rows.items() if row.kind == kind}
    ended = {id: row.updated for id, row in ours.items() if is_final(row.state)}
    sure = max(0, kept - (len(ours) - len(ended)))
    if len(ended) <= sure:
        return set()
    # Of some that ended at the same moment, any may go.
    newest_that_may_go = sorted(ended.values(), reverse=True)[sure]
    return {id for id, updated in ended.items() if updated <= newest_that_may_go}


def kept_too_many(kind: str, statuses: Mapping[str, Mapping[str, Any]], kept: int) -> list[str]:
    """Find that more of what has ended is kept than was configured; right after the janitor's round."""
    ended = sum(is_final(status.get("state")) for status in statuses.values())
    return [f"{ended} of kind {kind} that have ended are kept, and {kept} are configured"] if ended > kept else []


def untrue(rows: Mapping[str, Row], statuses: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Find states that cannot be true now that another server runs.

    Args:
        rows: What the journal had when the server before died.
        statuses: What the server that runs now says, by id.
    """
    found = [_stale(id, rows[id], status) for id, status in statuses.items() if id in rows]
    return [problem for problem in found if problem]


def _stale(id: str, row: Row, status: Mapping[str, Any]) -> str:
    """Say what is wrong with one status; empty when nothing is."""
    state, attempt = status.get("state"), int(status.get("attempt") or 0)
    if is_final(row.state) and state != row.state:
        return f"{id}: its final state was {row.state}, and now it is {state}"
    if row.state == RUNNING and state == RUNNING and attempt <= row.attempt:
        return f"{id}: it says running, in attempt {attempt}, which ended with the server that died"
    if attempt < row.attempt:
        return f"{id}: it says attempt {attempt}, and was in attempt {row.attempt} before"
    return ""


def unsaid(claims: Mapping[str, Claim], statuses: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Find final states that were told, and are others now."""
    return [
        f"{id}: it was told to be {claim.final}, and now it is {statuses[id].get('state')}"
        for id, claim in claims.items()
        if claim.final is not None and id in statuses and statuses[id].get("state") != claim.final
    ]


def overcrowded(kind: str, statuses: Mapping[str, Mapping[str, Any]], at_once: int) -> list[str]:
    """Find that more run than may run at once."""
    running = [id for id, status in statuses.items() if status.get("state") == RUNNING]
    return (
        [f"{', '.join(running)}: {len(running)} of kind {kind} run, and {at_once} may"]
        if len(running) > at_once
        else []
    )


def unended(statuses: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Find what has not ended, where all had time to."""
    return [
        f"{id}: it is still {status.get('state')}, in attempt {status.get('attempt')}, although all had time to end"
        for id, status in statuses.items()
        if not is_final(status.get("state"))
    ]
