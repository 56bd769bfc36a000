"""What a token may do: a ladder of four scopes, and the table that says which of them each request needs. Pure.

Nothing in Callboard belongs to a person, so whoever may remove one job may remove all of them. That is why removing
needs more than starting, changing and cancelling, which leave what others did.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, Optional


class Scope(str, Enum):
    """A step of the ladder; each includes those before it."""

    METRICS = "metrics"
    READ = "read"
    RUN = "run"
    ADMIN = "admin"

    def includes(self, other: "Scope") -> bool:
        """Whether who has this one may do what the other one is for."""
        return _LADDER.index(self) >= _LADDER.index(other)


_LADDER: Final = (Scope.METRICS, Scope.READ, Scope.RUN, Scope.ADMIN)


@dataclass(frozen=True)
class Rule:
    """What some requests need.

    Attributes:
        method: Of HTTP; GET is HEAD too, and an upgrade to a WebSocket.
        path: With a name in braces for each part that is any text; `{path}` may have slashes.
        scope: Needed.
        query: The whole query that it is for; None for any other.
    """

    method: str
    path: str
    scope: Scope
    query: Optional[str] = None


CANCEL: Final = "cancel_only=true"
"""The query with which DELETE cancels and never removes. Written in another way it needs what removing needs."""

ROUTES: Final[tuple[Rule, ...]] = (
    Rule("GET", "/", Scope.READ),
    Rule("GET", "/docs", Scope.READ),
    Rule("GET", "/assets/{path}", Scope.READ),
    Rule("GET", "/health", Scope.METRICS),
    Rule("GET", "/health/live", Scope.METRICS),
    Rule("GET", "/health/ready", Scope.METRICS),
    Rule("GET", "/metrics", Scope.METRICS),
    Rule("GET", "/openapi.json", Scope.READ),
    Rule("GET", "/api/me", Scope.METRICS),
    Rule("GET", "/engines", Scope.READ),
    Rule("GET", "/api/board", Scope.READ),
    Rule("GET", "/ws", Scope.READ),
    Rule("GET", "/ws/{id}", Scope.READ),
    Rule("GET", "/events/{id}", Scope.READ),
    Rule("POST", "/upload", Scope.RUN),
    Rule("POST", "/uploads", Scope.RUN),
    Rule("GET", "/uploads/{id}", Scope.READ),
    Rule("DELETE", "/uploads/{id}", Scope.RUN),
    Rule("PUT", "/uploads/{id}/files/{number}", Scope.RUN),
    Rule("POST", "/uploads/{id}/finish", Scope.RUN),
    Rule("GET", "/jobs", Scope.READ),
    Rule("GET", "/jobs/{id}", Scope.READ),
    Rule("DELETE", "/jobs/{id}", Scope.RUN, CANCEL),
    Rule("DELETE", "/jobs/{id}", Scope.ADMIN),
    Rule("POST", "/jobs/{id}/retry", Scope.RUN),
    Rule("GET", "/jobs/{id}/model", Scope.READ),
    Rule("GET", "/jobs/{id}/view", Scope.READ),
    Rule("POST", "/jobs/{id}/share", Scope.RUN),
    Rule("GET", "/shared/{token}", Scope.READ),
    Rule("GET", "/shared/{token}/model", Scope.READ),
    Rule("POST", "/api/build", Scope.RUN),
    Rule("GET", "/api/builds", Scope.READ),
    Rule("GET", "/api/builds/{runId}", Scope.READ),
    Rule("DELETE", "/api/builds/{runId}", Scope.RUN, CANCEL),
    Rule("DELETE", "/api/builds/{runId}", Scope.ADMIN),
    Rule("POST", "/api/builds/{runId}/retry", Scope.RUN),
    Rule("GET", "/api/builds/{runId}/view", Scope.READ),
    Rule("POST", "/api/generate", Scope.RUN),
    Rule("GET", "/api/generators", Scope.READ),
    Rule("GET", "/api/tools", Scope.READ),
    Rule("GET", "/api/projects", Scope.READ),
    Rule("GET", "/api/projects/{id}", Scope.READ),
    Rule("GET", "/api/projects/{id}/status", Scope.READ),
    Rule("DELETE", "/api/projects/{id}", Scope.RUN, CANCEL),
    Rule("DELETE", "/api/projects/{id}", Scope.ADMIN),
    Rule("POST", "/api/projects/{id}/messages", Scope.RUN),
    Rule("POST", "/api/projects/{id}/continue", Scope.RUN),
    Rule("POST", "/api/projects/{id}/fork", Scope.RUN),
    Rule("GET", "/api/projects/{id}/files", Scope.READ),
    Rule("GET", "/api/projects/{id}/files/{path}", Scope.READ),
    Rule("GET", "/api/projects/{id}/archive", Scope.READ),
    Rule("GET", "/api/projects/{id}/log", Scope.READ),
    Rule("GET", "/api/projects/{id}/versions", Scope.READ),
    Rule("GET", "/api/projects/{id}/versions/{version}/diff", Scope.READ),
    Rule("POST", "/api/projects/{id}/versions/{version}/restore", Scope.RUN),
    Rule("POST", "/api/projects/{id}/tools/{tool}", Scope.RUN),
    Rule("GET", "/api/projects/{id}/preview", Scope.READ),
    Rule("GET", "/api/projects/{id}/preview/status", Scope.READ),
    Rule("POST", "/api/projects/{id}/preview/open", Scope.READ),
    Rule("POST", "/api/projects/{id}/preview/start", Scope.RUN),
    Rule("POST", "/api/projects/{id}/preview/stop", Scope.RUN),
    Rule("POST", "/api/projects/{id}/preview/restart", Scope.RUN),
)
"""Each route, the more particular of two first. To look at an app (`preview/open`) is to read, although it is a POST:
what it opens is a way in for whoever asked, and what the app is sent there stays inside its sandbox."""

PREVIEWS: Final = Scope.READ
"""What an app itself takes, whatever is asked of it, at its own address or below a path."""


def rule_of(method: str, path: str, query: str = "") -> Optional[Rule]:
    """Find the rule for a request; None when the table does not know it.

    Args:
        method: In capitals.
        path: Percent-decoded, without the query.
        query: As it was sent.
    """
    pattern, rules = _BY_METHOD.get(_named(method), _NONE)
    match = pattern.fullmatch(path)
    if match is None or match.lastgroup is None:
        return None
    found = rules[match.lastgroup]
    return next((rule for rule in found if rule.query in (None, query)), None)


def scope_of(method: str, path: str, query: str = "") -> Scope:
    """What a request needs. What the table does not know is not there, and nobody but an admin may try to change it."""
    rule = rule_of(method, path, query)
    if rule is not None:
        return rule.scope
    return Scope.READ if _named(method) == "GET" else Scope.ADMIN


def _named(method: str) -> str:
    return "GET" if method == "HEAD" else method


_Compiled = tuple["re.Pattern[str]", Mapping[str, tuple[Rule, ...]]]


def _compile(rules: Iterable[Rule]) -> _Compiled:
    """One pattern for all paths of a method, with a group for each of them."""
    by_path: dict[str, list[Rule]] = {}
    for rule in rules:
        by_path.setdefault(rule.path, []).append(rule)
    names = {path: f"r{number}" for number, path in enumerate(by_path)}
    pattern = "|".join(f"(?P<{names[path]}>{_pattern(path)})" for path in by_path)
    return re.compile(pattern, re.ASCII | re.DOTALL), {names[path]: tuple(found) for path, found in by_path.items()}


def _pattern(path: str) -> str:
    parts = re.split(r"(\{\w+\})", path)
    return "".join(".+" if one == "{path}" else "[^/]+" if one[:1] == "{" else re.escape(one) for one in parts)


_BY_METHOD: Final[Mapping[str, _Compiled]] = {
    method: _compile(rule for rule in ROUTES if rule.method == method)
    for method in dict.fromkeys(rule.method for rule in ROUTES)
}
_NONE: Final[_Compiled] = (re.compile(r"(?!)"), {})
