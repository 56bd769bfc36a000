"""The tracer that OpenTelemetry's SDK is behind: the one module that imports it.

Spans that ended wait in a bounded queue for a thread of the SDK's own, which sends them. What does not fit, and what no
collector takes in time, is dropped: nothing here waits for anybody, and no error comes out of it.
"""

import logging
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Final, Optional
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from actors.runtime.errors import InvalidInput
from actors.runtime.tracing import Facts, Span

logger = logging.getLogger(__name__)

EVENTS: Final = 100
"""Events of one span that are kept: the last ones. The span says how many there were besides."""

QUEUE: Final = 2048
"""Spans that wait to be sent; one more is dropped."""

BATCH: Final = 512
"""Spans that are sent at once."""

EVERY_S: Final = 2.0
"""Seconds between two batches."""

SEND_S: Final = 5.0
"""Seconds that a batch has to be taken; then it is dropped."""

_PATH: Final = "/v1/traces"


class OtelSpan:
    """A span of the SDK's.

    Args:
        span: It.
    """

    def __init__(self, span: trace.Span) -> None:
        self.span = span

    def event(self, name: str) -> None:
        """Say that something happened now, while it has not ended."""
        if self.span.is_recording():
            self.span.add_event(name)

    def say(self, facts: Facts) -> None:
        """Say more of it, while it has not ended."""
        if self.span.is_recording():
            self.span.set_attributes(dict(facts))

    def fail(self, reason: str) -> None:
        """Say that it has failed."""
        if self.span.is_recording():
            self.span.set_status(trace.StatusCode.ERROR, reason)

    def end(self) -> None:
        """End it."""
        self.span.end()


class OtelTracer:
    """Makes spans.

    Args:
        provider: Of the SDK.
    """

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("callboard")
        self._propagator = TraceContextTextMapPropagator()

    def start(self, name: str, facts: Facts, *, parent: Optional[Span], link: Optional[Span]) -> OtelSpan:
        """Begin a span; see `actors.runtime.tracing.Tracer`."""
        # An empty context, and not none: that would be whatever another library has left there.
        context = trace.set_span_in_context(parent.span, Context()) if isinstance(parent, OtelSpan) else Context()
        links = [trace.Link(link.span.get_span_context())] if isinstance(link, OtelSpan) else []
        return OtelSpan(self._tracer.start_span(name, context, attributes=dict(facts), links=links))

    def start_request(self, name: str, facts: Facts, headers: Mapping[str, str]) -> OtelSpan:
        """Begin the span of a request, as a part of what its `traceparent` names (W3C Trace Context).

        Args:
            name: Of the route.
            facts: What is known of it.
            headers: `traceparent` and `tracestate`, as far as it has them; what is not well formed counts for nothing.
        """
        context = self._propagator.extract(headers, Context())
        kind = trace.SpanKind.SERVER
        return OtelSpan(self._tracer.start_span(name, context, kind=kind, attributes=dict(facts)))

    def close(self) -> None:
        """Send what waits, and end the SDK's thread; blocks."""
        self._provider.shutdown()


class Watched(SpanExporter):
    """An exporter of which the log says once that it fails, and once that it does not any more.

    Args:
        exporter: What sends.
        endpoint: Where to, for the log.
    """

    def __init__(self, exporter: SpanExporter, endpoint: str) -> None:
        self._exporter = exporter
        self._endpoint = endpoint
        self._fails = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans; called by the SDK's thread."""
        try:
            result = self._exporter.export(spans)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is not to end the SDK's thread
            self._note(fails=True, why=f" ({type(error).__name__})")
            return SpanExportResult.FAILURE
        self._note(fails=result is not SpanExportResult.SUCCESS)
        return result

    def _note(self, *, fails: bool, why: str = "") -> None:
        if fails and not self._fails:
            text = "traces cannot be sent to %s%s, and are dropped until that works again"
            logger.warning(text, self._endpoint, why)
        elif self._fails and not fails:
            logger.info("traces are sent to %s again", self._endpoint)
        self._fails = fails

    def shutdown(self) -> None:
        """Send nothing more."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Send what waits."""
        return self._exporter.force_flush(timeout_millis)


def open_tracer(endpoint: str) -> OtelTracer:
    """Make a tracer that sends its spans; close it at the end.

    Args:
        endpoint: A collector's address, such as `http://127.0.0.1:4318`.

    Raises:
        InvalidInput: It is no address, or has a name or a password in it.
    """
    address, shown = _address(endpoint)
    # Their own words repeat with each try, and have the whole address; what matters is said by `Watched`.
    for noisy in ("opentelemetry", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    exporter = OTLPSpanExporter(endpoint=address, timeout=SEND_S)
    resource = Resource.create({"service.name": "callboard", "service.version": version("callboard")})
    provider = TracerProvider(resource=resource, span_limits=SpanLimits(max_events=EVENTS), shutdown_on_exit=False)
    provider.add_span_processor(
        BatchSpanProcessor(
            Watched(exporter, shown),
            max_queue_size=QUEUE,
            max_export_batch_size=BATCH,
            schedule_delay_millis=EVERY_S * 1000,
        )
    )
    return OtelTracer(provider)


def _address(endpoint: str) -> tuple[str, str]:
    """Return an address with OTLP's path, where it has none of its own, and what the log may say of it.

    Raises:
        InvalidInput: It is none; not even then does anything show it, since it may have a password in it.
    """
    try:
        parts = urlsplit(endpoint)
        wrong = parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0
    except ValueError:
        wrong = True
    if wrong:
        raise InvalidInput("otlp_endpoint is no address.", hint="Write it as `http://127.0.0.1:4318`.")
    if "@" in parts.netloc:
        raise InvalidInput(
            "otlp_endpoint has a name or a password in it.",
            hint="Leave it out, and say `OTEL_EXPORTER_OTLP_HEADERS=Authorization=Bearer%20...` in the environment.",
        )
    full = endpoint if parts.path.strip("/") else parts._replace(path=_PATH).geturl()
    return full, f"{parts.scheme}://{parts.netloc}"
