"""Traces, as actors know them: spans that begin, say a few facts, and end. Without a tracer nothing happens.

A tracer is put here by whoever starts the actors, as a context variable: a task has that of the task that started it.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Optional, Protocol, Union

Fact = Union[str, int, float, bool]
Facts = Mapping[str, Fact]
"""By OpenTelemetry's names where it has one. No prompts, names or paths: traces go to another program."""


class Span(Protocol):
    """A piece of work, from its begin to its end. None of these waits, or fails."""

    def event(self, name: str) -> None:
        """Say that something happened now."""

    def say(self, facts: Facts) -> None:
        """Say more of it."""

    def fail(self, reason: str) -> None:
        """Say that it has failed."""

    def end(self) -> None:
        """End it."""


class Tracer(Protocol):
    """What makes spans."""

    def start(self, name: str, facts: Facts, *, parent: Optional[Span], link: Optional[Span]) -> Span:
        """Begin a span.

        Args:
            name: Of what it is; from a closed set.
            facts: What is known of it.
            parent: What it is a part of.
            link: What it came of, and may outlive.
        """


class _NoSpan:
    """A span that nobody looks at."""

    def event(self, name: str) -> None:
        """Do nothing."""

    def say(self, facts: Facts) -> None:
        """Do nothing."""

    def fail(self, reason: str) -> None:
        """Do nothing."""

    def end(self) -> None:
        """Do nothing."""


NO_SPAN = _NoSpan()

current_tracer: ContextVar[Optional[Tracer]] = ContextVar("current_tracer", default=None)
"""What makes the spans of this task; None where there is none, which is the usual case."""

current_span: ContextVar[Span] = ContextVar("current_span", default=NO_SPAN)
"""What this task works on, or what the task worked on that started it."""


@contextmanager
def open_span(name: str, facts: Optional[Facts] = None, *, linked: bool = False) -> Iterator[Span]:
    """Open a span for the length of a block; an error that leaves the block is said by its class.

    Args:
        name: Of what it is; from a closed set.
        facts: What is known of it.
        linked: Whether it is not a part of the span that is open here, but came of it, and may outlive it.
    """
    tracer = current_tracer.get()
    if tracer is None:
        yield NO_SPAN
        return
    before = current_span.get()
    span = tracer.start(name, facts or {}, parent=None if linked else before, link=before if linked else None)
    token = current_span.set(span)
    try:
        yield span
    except BaseException as error:
        span.fail(type(error).__name__)
        raise
    finally:
        current_span.reset(token)
        span.end()


def say_events(names: Iterable[str]) -> None:
    """Say events of the span that is open here."""
    span = current_span.get()
    if span is not NO_SPAN:
        for name in names:
            span.event(name)
