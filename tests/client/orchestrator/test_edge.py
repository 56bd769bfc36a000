"""Who may ask."""

from typing import Any, Optional

import pytest

from client.orchestrator.edge import judge

OK: dict[str, str] = {"host": "localhost:3001"}


def status(headers: dict[str, str], method: str = "POST", path: str = "/api/runs") -> Optional[int]:
    """What a request is refused with."""
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {"type": "http", "method": method, "path": path, "headers": encoded}
    refusal = judge(scope, 3001)
    return None if refusal is None else refusal.status


@pytest.mark.parametrize("host", ["localhost:3001", "127.0.0.1:3001", "[::1]:3001", "LOCALHOST:3001"])
def test_our_names(host: str) -> None:
    """Loopback names with our port."""
    assert status({"host": host}) is None
    assert status({"host": host, "origin": f"http://{host}".lower(), "sec-fetch-site": "same-origin"}) is None


@pytest.mark.parametrize(
    "host",
    ["", "evil.example:3001", "localhost", "localhost:5000", "localhost:3001, localhost:3001", "[::1", "127.1:3001"],
)
def test_other_names(host: str) -> None:
    """Whatever else resolves to this machine is not us: a page could point its own name here."""
    assert status({"host": host}) == 421


@pytest.mark.parametrize(
    "origin",
    ["http://localhost:5000", "https://localhost:3001", "http://evil.example", "null", "http://127.0.0.1:3001"],
)
def test_other_origins(origin: str) -> None:
    """An app that was built is such a page: the same machine, another port."""
    assert status({**OK, "origin": origin}) == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_sites(site: str) -> None:
    """A request without an origin can come from another page too; following a link to the page is all that it may."""
    link = {**OK, "sec-fetch-site": site, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert status({**OK, "sec-fetch-site": site}, "GET") == 403
    assert status(link, "GET", "/") is None
    assert status(link, "GET", "/api/runs") == 403
    assert status({**link, "sec-fetch-dest": "iframe"}, "GET", "/") == 403
    assert status(link, "POST", "/") == 403
