"""What is asked of a server that has just started, and what it is held to: all that the ones before have said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from client.events import event_of
from client.local.torture.asking import LISTS, Asking, part
from client.local.torture.checks.outbox import misdelivered
from client.local.torture.checks.truth import (
    Row,
    expiring,
    lost,
    lost_runs,
    overcrowded,
    risen,
    unasked,
    unsaid,
    untrue,
)
from client.local.torture.ledger import BUILD, KINDS, Entry, Ledger
from client.local.torture.server import AT_ONCE, KEPT
from client.local.torture.sink import Sink
from client.local.torture.violation import Violation, demand

PAGE = 1000
Statuses = dict[str, dict[str, Any]]
"""By kind and id: what the server says of each."""


@dataclass(frozen=True)
class Looker:
    """Asks one server, and compares.

    Attributes:
        asking: The way to the server.
        ledger: What is known.
        sink: What the orchestrator got.
    """

    asking: Asking
    ledger: Ledger
    sink: Sink

    async def statuses(self) -> Statuses:
        """Return what the server says of each job, build and project."""
        found: Statuses = {}
        for kind in KINDS:
            path, name = LISTS[kind]
            found[kind] = {str(one["id"]): one for one in (await self.asking.need(path))[name]}
        return found

    async def compare(self, deaths: Sequence[Mapping[str, Row]]) -> Statuses:
        """See whether all that was accepted is there, and true.

        Args:
            deaths: What the journal had when servers died, the last one last: from before the last server that was
                compared, since its janitor may have removed something after that.

        Raises:
            Violation: It is not.
        """
        statuses = await self.statuses()
        claims = {entry.id: entry.claim for entry in self.ledger.entries.values()}
        for kind in KINDS:
            ours = {id: claim for id, claim in claims.items() if claim.kind == kind}
            may_go = set[str]().union(*(expiring(rows, kind, KEPT[kind]) for rows in deaths))
            there = statuses[kind]
            demand(lost(ours, there, may_go))
            demand(lost_runs(ours, there))
            demand(risen(ours, there))
            self._adopt(kind, {id: status for id, status in there.items() if id not in ours})
            demand(untrue(deaths[-1], there))
            demand(unsaid(ours, there))
            demand(overcrowded(kind, there, AT_ONCE[kind]))
            self.ledger.forget(id for id in ours if id not in there)
        self.ledger.unanswered.clear()
        self.ledger.maybe.clear()
        return statuses

    def _adopt(self, kind: str, unknown: Mapping[str, Mapping[str, Any]]) -> None:
        """Take over what was accepted by an answer that nobody got."""
        asked = [id for id in unknown if kind == BUILD and id in self.ledger.maybe]
        rest = [id for id in unknown if id not in asked]
        demand(unasked(kind, rest, self.ledger.unanswered.get(kind, 0)))
        for id, status in unknown.items():
            workspace = str(status.get("workspace_id") or "")
            self.ledger.accept(kind, id, workspace)
            if workspace:
                self.ledger.use_workspace(workspace, id)

    async def read(self, entry: Entry) -> bool:
        """Read all events of one, from the first on, and then look at what its orchestrator got.

        Returns:
            Whether it is still there.

        Raises:
            Violation: They are not what they were, or have holes.
        """
        # Taken down first: what came to the orchestrator by now was told by now.
        arrivals = list(self.sink.arrivals.get(entry.id, ()))
        after = 0
        while True:
            answer = await self.asking.ask("GET", f"/events/{part(entry.id)}?after={after}&limit={PAGE}")
            if answer.status == 404:
                return False
            if not answer.accepted:
                raise Violation(f"the events of {entry.id} were answered {answer.status or 'by nobody'}")
            for value in answer.value["events"]:
                event = event_of(value)
                self.ledger.take(entry, after, event)
                after = event.seq
            if len(answer.value["events"]) < PAGE:
                break
        if after < entry.history.last:
            raise Violation(
                f"{entry.id}: events {after + 1} to {entry.history.last} were seen, and are not there any more"
            )
        problem = misdelivered(entry.id, entry.history.told, arrivals) if entry.kind == BUILD else None
        demand([problem] if problem else [])
        return True
