"""Reads the figures of a server's parts, at the moment of a scrape."""

from collections.abc import Iterator
from importlib.metadata import version
from itertools import chain
from typing import Final, Optional

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from actors.runs.service import Runs
from actors.runs.states import State
from app.contracts.operations.readiness import find_trouble
from app.front.figures import lags_of
from app.front.requests import Route
from app.metrics.families import Families
from app.metrics.reading import Reading
from app.services import Services

_CLASSES: Final = ("none", "1xx", "2xx", "3xx", "4xx", "5xx", "other", "other", "other", "other")
"""What an answer's status counts as, by its first digit."""


class ServerCollector(Collector):
    """Makes metrics of one server's figures.

    Args:
        services: The parts.

    Attributes:
        reading: What had to be waited for; without one nothing is collected.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self.reading: Optional[Reading] = None

    def collect(self) -> Iterator[Metric]:
        """Read what there is now."""
        if self.reading is None:
            return
        families = Families()
        self._server(families, self.reading)
        self._runs(families, self.reading)
        self._journal(families)
        self._streams(families)
        self._outside(families, self.reading)
        self._http(families)
        yield from families

    @property
    def _kinds(self) -> tuple[Runs, ...]:
        return self._services.jobs, self._services.builds, self._services.projects

    def _server(self, families: Families, reading: Reading) -> None:
        services = self._services
        families.add("callboard_info", 1, version("callboard"))
        families.add("callboard_ready", not find_trouble(services, reading.disk))
        families.observe("callboard_event_loop_delay_seconds", services.delay.delays)
        families.add("callboard_supervisor_restarts", services.restarts.value, "server")
        for runs in self._kinds:
            name = f"{runs.context.kind}s"
            families.add("callboard_supervisor_restarts", runs.context.restarts.value, name)

    def _runs(self, families: Families, reading: Reading) -> None:
        families.add("callboard_streams", len(self._services.streams))
        for runs in self._kinds:
            kind, admission = runs.context.kind, runs.context.admission
            families.add("callboard_running", admission.running, kind)
            families.add("callboard_running_limit", admission.slots, kind)
            families.add("callboard_queue_length", admission.queued, kind)
            families.add("callboard_queue_limit", admission.queue_limit, kind)
            families.add("callboard_queue_longest_wait_seconds", admission.longest_wait, kind)
            families.observe("callboard_queue_wait_seconds", admission.waits, kind)
            for state, count in runs.context.ended.counts.items():
                families.add("callboard_runs_ended", count, kind, state)
            if reading.actors is not None:
                for one in State:
                    families.add("callboard_actors", reading.actors.get((kind, one.value), 0), kind, one.value)

    def _journal(self, families: Families) -> None:
        figures = self._services.journal.figures
        families.observe("callboard_journal_commit_duration_seconds", figures.commits)
        families.observe("callboard_journal_commit_changes", figures.changes)
        families.add("callboard_journal_commit_failures", figures.failures.value)
        families.add("callboard_journal_events", figures.events.value)

    def _streams(self, families: Families) -> None:
        front, followers = self._services.front, self._services.followers
        ways = (("websocket", chain(front.lags(), followers.lags("websocket"))), ("sse", followers.lags("sse")))
        for transport, found in ways:
            for name, lag in lags_of(found).items():
                families.add("callboard_subscribers", lag.count, transport, name)
                families.add("callboard_subscriber_events_behind", lag.most, transport, name)
        families.observe("callboard_event_delay_seconds", front.delays)
        for reason, count in front.let_go.counts.items():
            families.add("callboard_subscribers_let_go", count, reason)
        families.add("callboard_board_watchers", self._services.board.watching)

    def _outside(self, families: Families, reading: Reading) -> None:
        outbox = self._services.outbox
        families.add("callboard_process_trees", len(self._services.owned))
        if reading.crowd is not None:
            families.add("callboard_processes", reading.crowd.processes)
            if reading.crowd.bound is not None:
                families.add("callboard_threads_used", reading.crowd.bound.used)
                families.add("callboard_threads_limit", reading.crowd.bound.limit)
        families.add("callboard_outbox_messages", outbox.waiting_in_all)
        if reading.oldest is not None:
            families.add("callboard_outbox_oldest_seconds", reading.oldest)
        for outcome, count in outbox.settled.counts.items():
            families.add("callboard_outbox_settled", count, outcome)
        if reading.disk.size:
            families.add("callboard_disk_free_bytes", reading.disk.free)
            families.add("callboard_disk_size_bytes", reading.disk.size)

    def _http(self, families: Families) -> None:
        front, uploads = self._services.front, self._services.uploads
        for (method, path), route in front.requests.routes.items():
            for status, count in _by_class(route).items():
                families.add("callboard_http_requests", count, method, path, status)
            if sum(route.seconds.counts):
                families.observe("callboard_http_request_duration_seconds", route.seconds, method, path)
        families.add("callboard_connections", front.connections)
        families.add("callboard_connections_limit", self._services.settings.connections)
        families.add("callboard_connections_refused", front.refused.value)
        families.add("callboard_uploads_receiving", uploads.places.taken)
        families.add("callboard_uploads_receiving_limit", uploads.places.most)
        families.add("callboard_uploads_open", uploads.open)
        families.add("callboard_upload_bytes", uploads.places.arrived.value)


def _by_class(route: Route) -> dict[str, int]:
    """Answers by the class of their status, of those that there were."""
    found: dict[str, int] = {}
    for name, count in zip(_CLASSES, route.statuses):
        if count:
            found[name] = found.get(name, 0) + count
    return found
