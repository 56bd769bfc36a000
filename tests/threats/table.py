"""All threats, by area, and the table of the docs that is made from them."""

from collections.abc import Mapping, Sequence

from tests.threats import (
    answers,
    archives,
    backups,
    endings,
    figures,
    files,
    floods,
    frames,
    keys,
    leaks,
    links,
    network,
    outside,
    pages,
    places,
    previews,
    requests,
    scripts,
    stalls,
    tokens,
    visits,
    wire,
)
from tests.threats.threat import Threat

AREAS: Mapping[str, tuple[Threat, ...]] = {
    "Web pages": (*pages.THREATS, *frames.THREATS),
    "The network": network.THREATS,
    "Tokens": (*tokens.THREATS, *endings.THREATS),
    "Shared links": links.THREATS,
    "The wire": (*wire.THREATS, *floods.THREATS, *stalls.THREATS),
    "What requests bring": (*requests.THREATS, *scripts.THREATS),
    "Logs, figures and processes": (*leaks.THREATS, *keys.THREATS, *figures.THREATS),
    "Files": (*files.THREATS, *places.THREATS, *backups.THREATS),
    "Previews": (*previews.THREATS, *visits.THREATS),
    "Orchestrators and packages": outside.THREATS,
    "The client": (*answers.THREATS, *archives.THREATS),
}
"""By the heading in the docs."""


def sections() -> str:
    """Each area with its table, for the docs."""
    return "\n\n".join(_section(area, rows) for area, rows in AREAS.items())


def _section(area: str, rows: Sequence[Threat]) -> str:
    """One area."""
    lines = [f"| {one.name} | {one.who.value} | {one.words} | {one.stopped_by} |" for one in rows]
    return "\n".join([f"### {area}", "", "| threat | who | does what | what stops it |", "|---|---|---|---|", *lines])


THREATS = tuple(threat for rows in AREAS.values() for threat in rows)
