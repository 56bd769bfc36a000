"""What was asked, by route: each request once, whatever a client makes up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.front.requests import METHODS, OF_PREVIEW, OTHER, PREVIEW, REMEMBERED, Requests
from app.security.scopes import ROUTES


@pytest.mark.parametrize(
    ("method", "target", "route"),
    [
        ("GET", "/health", ("GET", "/health")),
        ("GET", "/health?x=1", ("GET", "/health")),
        ("HEAD", "/jobs/a", ("HEAD", "/jobs/{id}")),
        ("DELETE", "/jobs/a?cancel_only=true", ("DELETE", "/jobs/{id}")),
        ("GET", "/jobs/a%2Fb", ("GET", OTHER)),
        ("GET", "/api/projects/x/files/a/b.txt", ("GET", "/api/projects/{id}/files/{path}")),
        ("POST", "/health", ("POST", OTHER)),
        ("GET", "/wp-login.php", ("GET", OTHER)),
        ("OPTIONS", "*", ("OPTIONS", OTHER)),
        ("PROPFIND", "/jobs", (OTHER, OTHER)),
        ("GET", OF_PREVIEW, ("GET", PREVIEW)),
    ],
)
def test_the_route_of_a_request(method: str, target: str, route: "tuple[str, str]") -> None:
    """As it is declared, or other; the same the first time and when it is remembered."""
    requests = Requests()
    for _ in range(2):
        requests.answered(method, target, 200, 0.0)
    assert list(requests.routes) == [route]
    assert requests.routes[route].statuses[2] == 2
    assert sum(requests.routes[route].seconds.counts) == 2


def test_what_is_not_timed() -> None:
    """Upgrades, which last as long as a client likes, and what is refused before it is a request."""
    requests = Requests()
    requests.counted("GET", "/ws/job-1", 101)
    requests.refused(431)
    assert requests.routes["GET", "/ws/{id}"].statuses[1] == 1
    assert requests.routes[OTHER, OTHER].statuses[4] == 1
    assert [sum(route.seconds.counts) for route in requests.routes.values()] == [0, 0]


def test_who_was_gone_is_counted() -> None:
    """At 0, since nobody was answered."""
    requests = Requests()
    requests.answered("GET", "/jobs", 0, 1.5)
    assert requests.routes["GET", "/jobs"].statuses[0] == 1


@given(st.lists(st.tuples(st.text(max_size=9), st.text(min_size=1, max_size=400)), max_size=30))
def test_nothing_that_is_sent_makes_a_route(asked: "list[tuple[str, str]]") -> None:
    """There are no others than those of the table, for each method that is told apart."""
    requests = Requests()
    for method, target in asked:
        requests.answered(method, target, 404, 0.0)
    known = {rule.path for rule in ROUTES} | {OTHER}
    assert {path for _, path in requests.routes} <= known
    assert {method for method, _ in requests.routes} <= {*METHODS, OTHER}
    assert sum(route.statuses[4] for route in requests.routes.values()) == len(asked)


def test_what_is_remembered_is_bounded() -> None:
    """By number, and by length: who asks for ever new paths does not fill the memory."""
    requests = Requests()
    for number in range(3 * REMEMBERED):
        requests.answered("GET", f"/jobs/{number}", 200, 0.0)
        assert len(requests._known["GET"]) <= REMEMBERED
    before = len(requests._known["GET"])
    requests.answered("GET", "/" + "x" * 1000, 404, 0.0)
    assert len(requests._known["GET"]) == before
    assert requests.routes["GET", "/jobs/{id}"].statuses[2] == 3 * REMEMBERED
