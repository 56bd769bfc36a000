"""What was asked and how it was answered, by route: counted for each request, in half a microsecond.

A route is one that the table of scopes declares (`app/security/scopes.py`, which a test compares with what there is).
Everything else is `other`, so that nothing that a client sends can make one more.
"""

from bisect import bisect_left
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from actors.runtime.figures import Histogram
from app.security.scopes import rule_of

OTHER: Final = "other"
"""A route or a method that is not declared."""

PREVIEW: Final = "preview"
"""The route of all that is asked of apps."""

OF_PREVIEW: Final = ""
"""What stands for the target of a request to an app, which no request's own can be."""

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""Methods that are told apart."""

BOUNDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0, 60.0)
"""Seconds: from what goes past Quart to an upload."""

REMEMBERED: Final = 1024
"""Targets of each method whose route is remembered; then it begins anew."""

_LONGEST: Final = 256
"""Characters of a target that is remembered."""

_NOTHING: Final[Mapping[str, "Route"]] = {}


class Route:
    """What was asked of one route with one method.

    Attributes:
        statuses: Answers by the first digit of their status; at 0, those that nobody was there any more to be given.
        seconds: From the end of a request's head to the head of its answer.
    """

    __slots__ = ("seconds", "statuses")

    def __init__(self) -> None:
        self.statuses = [0] * 10
        self.seconds = Histogram(BOUNDS)


class Requests:
    """All requests of one server.

    Attributes:
        routes: By method and path, as the table has it; those that were asked for.
    """

    def __init__(self) -> None:
        self.routes: dict[tuple[str, str], Route] = {}
        self._known: dict[str, dict[str, Route]] = {method: {} for method in METHODS}

    def answered(self, method: str, target: str, status: int, seconds: float) -> None:
        """Count a request.

        Args:
            method: As it was sent.
            target: As it was sent: a path with its query; `OF_PREVIEW` for an app's.
            status: Of the answer; 0 when the client had gone before there was one.
            seconds: From its head to that of the answer.
        """
        route = self._known.get(method, _NOTHING).get(target) or self._find(method, target)
        route.statuses[status // 100] += 1
        durations = route.seconds
        durations.counts[bisect_left(BOUNDS, seconds)] += 1
        durations.total += seconds

    def counted(self, method: str, target: str, status: int) -> None:
        """Count a request that takes as long as its client likes, and is not timed: the upgrade to a WebSocket."""
        self._find(method, target).statuses[status // 100] += 1

    def refused(self, status: int) -> None:
        """Count what was refused before it was a request: its head cannot be read, or never came."""
        self._route(OTHER, OTHER).statuses[status // 100] += 1

    def _find(self, method: str, target: str) -> Route:
        """Find the route of a request, and remember it."""
        known = self._known.get(method)
        if known is None:
            return self._route(OTHER, OTHER)
        route = self._route(method, _path(method, target))
        if len(target) <= _LONGEST:
            if len(known) >= REMEMBERED:
                known.clear()
            known[target] = route
        return route

    def _route(self, method: str, path: str) -> Route:
        return self.routes.get((method, path)) or self.routes.setdefault((method, path), Route())


def _path(method: str, target: str) -> str:
    if target == OF_PREVIEW:
        return PREVIEW
    rule = rule_of(method, unquote(target.partition("?")[0]))
    return OTHER if rule is None else rule.path
