"""A collector on loopback: it takes OTLP over HTTP, and keeps the spans as OpenTelemetry's own protobuf reads them."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass
class Collector:
    """What came, and how it is answered.

    Attributes:
        spans: All spans, in the order in which they came.
        resources: What each batch says of its sender.
        status: What each batch is answered with.
        batches: How many came, whatever became of them.
        url: Where it listens.
        authorization: What the last batch had as `Authorization`.
    """

    spans: list[Any] = field(default_factory=list)
    resources: list[dict[str, str]] = field(default_factory=list)
    status: int = 200
    batches: int = 0
    url: str = ""
    authorization: str = ""

    def take(self, body: bytes) -> None:
        """Take a batch."""
        self.batches += 1
        if self.status >= 300:
            return
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.resources.append(facts_of(group.resource))
            for scope in group.scope_spans:
                self.spans.extend(scope.spans)

    def named(self, name: str) -> list[Any]:
        """The spans of a name."""
        return [span for span in self.spans if span.name == name]


def facts_of(thing: Any) -> dict[str, Any]:
    """The attributes of a span or a resource."""
    return {one.key: getattr(one.value, one.value.WhichOneof("value") or "string_value") for one in thing.attributes}


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector for the block."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.path.partition("?")[0] == "/v1/traces"
            collector.authorization = self.headers.get("Authorization", "")
            collector.take(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(collector.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    collector.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
