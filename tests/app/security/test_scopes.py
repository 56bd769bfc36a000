"""What each request needs: the table knows every route that there is, and nothing that there is not."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.application import _make_quart
from app.composition.projects import make_preview_settings
from app.front.limits import FrontLimits
from app.openapi import describe
from app.preview import open_previews
from app.security import Gate, Policy, Scope, scope_of
from app.security.scopes import CANCEL, ROUTES, Rule, rule_of
from app.uploads import endpoint
from tests.app.served import serving
from tests.docs.markdown import read, rows, section

BESIDE = {("POST", endpoint.PATH), ("PUT", "/uploads/x/files/1")}
"""What is answered beside Quart."""


def example(path: str) -> str:
    """A path as somebody would ask for it."""
    return re.sub(r"<path:\w+>|\{path\}", "a/b", re.sub(r"<\w+>|\{(?!path\})\w+\}", "x", path))


def asked(rule: Rule) -> tuple[str, str]:
    """A request that a rule is for."""
    return rule.method, example(rule.path)


@pytest.mark.real
async def test_the_table_knows_each_route_and_no_other(tmp_path: Path) -> None:
    """Of Quart, of OpenAPI and beside both; one that is added has to say what it needs."""
    async with serving(tmp_path) as (server, _):
        settings = make_preview_settings(server.services.settings)
        gate = Gate(Policy(server.port))
        async with open_previews(server.services.projects, settings, gate, FrontLimits()) as previews:
            quart = _make_quart(server.services, previews)
            there = set(BESIDE)
            for rule in quart.url_map.iter_rules():
                methods = (rule.methods or {"GET"}) - {"HEAD", "OPTIONS"}
                there |= {(method, example(rule.rule)) for method in methods}
            async with quart.app_context():
                described = describe(["simulated"])
        for path, item in described["paths"].items():
            there |= {(method.upper(), example(path)) for method in item}

    assert {one for one in there if rule_of(*one) is None} == set()
    assert {asked(rule) for rule in ROUTES} - there == set()


def test_only_looking_is_reading() -> None:
    """Each GET is, or less; of the others one alone, which opens the way to what whoever reads may see."""
    assert {rule.scope for rule in ROUTES if rule.method == "GET"} == {Scope.METRICS, Scope.READ}
    others = {f"{rule.method} {rule.path}" for rule in ROUTES if rule.method != "GET" and rule.scope is Scope.READ}
    assert others == {"POST /api/projects/{id}/preview/open"}


def test_figures_alone_take_least() -> None:
    """What says nothing of anybody's work; a token in the configuration of a monitoring system opens nothing else."""
    least = {f"{rule.method} {rule.path}" for rule in ROUTES if rule.scope is Scope.METRICS}
    assert least == {"GET /metrics", "GET /health", "GET /health/live", "GET /health/ready", "GET /api/me"}


def test_what_removes_for_good_takes_an_admin() -> None:
    """And nothing else does; an upload that is not finished is its sender's to drop."""
    admins = {f"{rule.method} {rule.path}" for rule in ROUTES if rule.scope is Scope.ADMIN}
    assert admins == {"DELETE /jobs/{id}", "DELETE /api/builds/{runId}", "DELETE /api/projects/{id}"}


@pytest.mark.parametrize(
    ("query", "scope"),
    [
        (CANCEL, Scope.RUN),
        ("", Scope.ADMIN),
        ("cancel_only=false", Scope.ADMIN),
        ("cancel_only=1", Scope.ADMIN),
        ("cancel_only=True", Scope.ADMIN),
        ("cancel_only=true&cancel_only=false", Scope.ADMIN),
        ("cancel_only=false&cancel_only=true", Scope.ADMIN),
        ("cancel_only=true&x", Scope.ADMIN),
        ("cancel%5fonly=true", Scope.ADMIN),
        ("x=cancel_only=true", Scope.ADMIN),
    ],
)
def test_cancelling_is_running_when_it_is_said_in_one_way(query: str, scope: Scope) -> None:
    """No other way of writing it makes one program think of cancelling, and the next of removing."""
    for path in ("/jobs/job-1", "/api/builds/run-1", "/api/projects/project-1"):
        assert scope_of("DELETE", path, query) is scope
    assert scope_of("DELETE", "/uploads/u", query) is Scope.RUN


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("HEAD", "/jobs", Scope.READ),
        ("GET", "/nothing", Scope.READ),
        ("POST", "/nothing", Scope.ADMIN),
        ("PUT", "/jobs", Scope.ADMIN),
        ("POST", "/jobs/a/b/retry", Scope.ADMIN),
        ("POST", "/jobs//retry", Scope.ADMIN),
        ("POST", "/upload/", Scope.ADMIN),
        ("POST", "/upload\n", Scope.ADMIN),
        ("POST", "/api/projects/x/preview/open/", Scope.ADMIN),
        ("POST", "/api/projects/x/../y/preview/open", Scope.ADMIN),
        ("post", "/upload", Scope.ADMIN),
        ("TRACE", "/jobs", Scope.ADMIN),
        ("DELETE", "/jobs/job 1", Scope.ADMIN),
    ],
)
def test_what_the_table_does_not_know(method: str, path: str, scope: Scope) -> None:
    """To look at nothing is to look; to do what nobody knows takes who may do everything."""
    assert scope_of(method, path) is scope


def test_the_ladder() -> None:
    """Each step has those before it."""
    order = [Scope.METRICS, Scope.READ, Scope.RUN, Scope.ADMIN]
    assert [[one.includes(other) for other in order] for one in order] == [
        [True, False, False, False],
        [True, True, False, False],
        [True, True, True, False],
        [True, True, True, True],
    ]


@given(st.sampled_from(ROUTES), st.text(min_size=1, max_size=8).filter(lambda text: "/" not in text))
def test_what_is_in_the_place_of_an_id_changes_nothing(rule: Rule, text: str) -> None:
    """Whatever it is, the same rule is found."""
    found = rule_of(rule.method, re.sub(r"\{\w+\}", lambda _: text, rule.path), rule.query or "")
    assert found == rule


def documented() -> Iterator[tuple[str, str]]:
    """Each line of the table in the reference."""
    for row in rows(section(read("reference/http-api.md"), "What a token may do")):
        for request in re.findall(r"`([^`]+)`", row[0]):
            yield request, row[1].strip("`")


def test_the_reference_has_the_table() -> None:
    """Line by line; what looks and is a GET is said in one."""
    listed = dict(documented())
    assert listed.pop("GET") == "read"
    wanted = {
        f"{rule.method} {rule.path}{f'?{rule.query}' if rule.query else ''}": rule.scope.value
        for rule in ROUTES
        if rule.method != "GET" or rule.scope is not Scope.READ
    }
    assert listed == wanted
