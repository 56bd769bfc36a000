"""Each metric of a server's own: its name, what it is, and what its labels may be. The reference is made of this."""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["gauge", "counter", "histogram"]


@dataclass(frozen=True)
class Spec:
    """One metric.

    Attributes:
        name: Without what the format adds to it: `_total` of a counter, `_bucket`, `_sum` and `_count` of a histogram.
        kind: What it is.
        words: What it means.
        labels: Their names.
    """

    name: str
    kind: Kind
    words: str
    labels: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """What it is measured in; empty for a number of things."""
        return next((unit for unit in ("seconds", "bytes") if f"{self.name}_".endswith(f"_{unit}_")), "")


LABELS: Final = {
    "kind": "`job`, `build`, `project`",
    "state": "`queued`, `running`, `succeeded`, `failed`, `cancelled`, `interrupted`, `paused`",
    "supervisor": "`server`, `jobs`, `builds`, `projects`",
    "transport": "`websocket`, `sse`",
    "class": "`live` (is sent each event at once, and behind only while the server is busy), `reading` (has old events"
    " to read first), `blocked` (does not take what was sent)",
    "reason": "`slow` (too far behind), `silent` (answers no pings), `revoked` (its token ended), `message` (sends too"
    " much), `failed` (an error of the server's), `restart` (the server stops, or the stream broke off)",
    "outcome": "`delivered`, `refused`, `expired`",
    "method": "`GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE`, `OPTIONS`, `other`",
    "route": "a path as the [API](http-api.md) declares it, such as `/jobs/{id}`; `preview` for all of the apps';"
    " `other` for what is not declared",
    "status": "`1xx` to `5xx`; `none` where the client had gone before there was an answer; `other`",
    "version": "of Callboard",
}
"""By name, what each may be: closed sets, all of them."""

_SERVER: Final = (
    Spec("callboard_info", "gauge", "1; says which version it is.", ("version",)),
    Spec("callboard_ready", "gauge", "1 when `GET /health/ready` says yes, else 0."),
    Spec(
        "callboard_event_loop_delay_seconds", "histogram", "How much later the event loop wakes than it was asked to."
    ),
    Spec("callboard_supervisor_restarts", "counter", "Actors that were started again after a crash.", ("supervisor",)),
)
_RUNS: Final = (
    Spec("callboard_actors", "gauge", "Actors in the journal, those that have ended too.", ("kind", "state")),
    Spec("callboard_streams", "gauge", "Actors that live, whose streams are in memory."),
    Spec("callboard_running", "gauge", "Runs that have a slot.", ("kind",)),
    Spec("callboard_running_limit", "gauge", "Runs that may have a slot at once.", ("kind",)),
    Spec("callboard_queue_length", "gauge", "Runs that wait for a slot.", ("kind",)),
    Spec("callboard_queue_limit", "gauge", "Runs that may wait; one more is answered 503.", ("kind",)),
    Spec("callboard_queue_longest_wait_seconds", "gauge", "How long the first in the queue has waited.", ("kind",)),
    Spec("callboard_queue_wait_seconds", "histogram", "How long those waited that got a slot.", ("kind",)),
    Spec("callboard_runs_ended", "counter", "Runs that ended since the server started.", ("kind", "state")),
)
_JOURNAL: Final = (
    Spec("callboard_journal_commit_duration_seconds", "histogram", "What a commit takes, to the disk."),
    Spec("callboard_journal_commit_changes", "histogram", "Changes in one commit."),
    Spec("callboard_journal_commit_failures", "counter", "Commits that failed, with all that was in them."),
    Spec("callboard_journal_events", "counter", "Events that were committed."),
)
_STREAMS: Final = (
    Spec("callboard_subscribers", "gauge", "Who follows a stream.", ("transport", "class")),
    Spec(
        "callboard_subscriber_events_behind",
        "gauge",
        "Events that the one who is farthest behind has still to be sent.",
        ("transport", "class"),
    ),
    Spec(
        "callboard_event_delay_seconds",
        "histogram",
        "From the publication of events until the sockets of all who are `live` had them.",
    ),
    Spec(
        "callboard_subscribers_let_go", "counter", "Who followed a stream on a WebSocket and was let go.", ("reason",)
    ),
    Spec("callboard_board_watchers", "gauge", "Who watches the board."),
)
_OUTSIDE: Final = (
    Spec("callboard_process_trees", "gauge", "Process trees that the server owns."),
    Spec("callboard_processes", "gauge", "Processes in them."),
    Spec(
        "callboard_threads_used",
        "gauge",
        "Processes and threads that count against the nearest bound on them: of the control group, or of the user.",
    ),
    Spec("callboard_threads_limit", "gauge", "That bound; missing where there is none."),
    Spec("callboard_outbox_messages", "gauge", "Messages that wait for the orchestrator."),
    Spec("callboard_outbox_oldest_seconds", "gauge", "How long the oldest of them has waited; 0 when none does."),
    Spec("callboard_outbox_settled", "counter", "Messages that left the outbox.", ("outcome",)),
    Spec("callboard_disk_free_bytes", "gauge", "What is free where the data directory is."),
    Spec("callboard_disk_size_bytes", "gauge", "What there is in all, free or not."),
)
_HTTP: Final = (
    Spec(
        "callboard_http_requests",
        "counter",
        "Requests, upgrades to WebSockets included.",
        ("method", "route", "status"),
    ),
    Spec(
        "callboard_http_request_duration_seconds",
        "histogram",
        "From a request's head to the head of its answer. What a client takes to send a body is in it, what it takes to"
        " read the answer is not; upgrades are not timed.",
        ("method", "route"),
    ),
    Spec("callboard_connections", "gauge", "Connections that are open, but for those to an app's own port."),
    Spec("callboard_connections_limit", "gauge", "Connections that may be open; one more is answered 503."),
    Spec("callboard_connections_refused", "counter", "Connections that were refused because too many were open."),
    Spec("callboard_uploads_receiving", "gauge", "Requests that bring photos in."),
    Spec("callboard_uploads_receiving_limit", "gauge", "How many may do so at once; one more is answered 503."),
    Spec("callboard_uploads_open", "gauge", "Uploads that are kept open, to go on with."),
    Spec("callboard_upload_bytes", "counter", "What uploads have brought."),
)

SPECS: Final = (*_SERVER, *_RUNS, *_JOURNAL, *_STREAMS, *_OUTSIDE, *_HTTP)
"""All of them, in the order in which they are answered."""
