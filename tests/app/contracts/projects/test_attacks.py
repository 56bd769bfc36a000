"""Requests that want what they may not have: each gets a problem, and nothing of what is outside."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.app.contracts.projects.conftest import ONE, World
from tests.app.contracts.projects.test_files import asked

SECRET = "the other's secret"

PATHS = [
    "..",
    "../",
    "../secret",
    "../project-2/secret",
    "../../projects/secret",
    "src/../../secret",
    "src/../../../../../../../../etc/passwd",
    "./../secret",
    ".",
    "./",
    "./index.html",
    "/etc/passwd",
    "//etc/passwd",
    "src//index.html",
    "src/",
    "/",
    " ",
    "%2e%2e/secret",
    "..%2fsecret",
    "%252e%252e/secret",
    "..\\secret",
    "..\\..\\secret",
    "\\\\host\\share",
    "C:\\Windows\\win.ini",
    "C:/Windows/win.ini",
    "file:///etc/passwd",
    "http://127.0.0.1/",
    "secret\0.html",
    "index.html\0",
    "\0",
    "index.html\n",
    "index.html\r\nX-Evil: 1",
    "\x7f",
    "\ufffd",
    "\udcff",
    "\ud800",
    "caf\u00e9/../../secret",
    "\uff0e\uff0e/secret",
    "\u2025/secret",
    "..\u2215secret",
    "x" * 256,
    "x" * 5000,
    "a/" * 600 + "b",
    "a/" * 5000,
    "~/secret",
    "~root",
    "$HOME",
    "`id`",
    "index.html;id",
    "index.html:Zone.Identifier",
    "index.html::$DATA",
    "index.html?x",
    "index.html#x",
    "*",
    "out",
    "out/passwd",
    "up/secret",
    "up",
    "loop",
    "proc/self/environ",
    ".callboard-kept",
    ".git/config",
]


@pytest.mark.parametrize("encoded", [False, True])
async def test_a_path_that_leads_elsewhere(world: World, encoded: bool) -> None:
    """Asked for as it is, or with its encoding not undone."""
    (world.projects.root / "secret").write_text(SECRET)
    (world.projects.root / "project-2").mkdir()
    (world.projects.root / "project-2" / "secret").write_text(SECRET)
    (world.files / "src").mkdir()
    (world.files / "index.html").write_text("mine")
    for link, target in (("out", "/etc"), ("up", ".."), ("loop", "loop")):
        (world.files / link).symlink_to(target)

    for path in PATHS:
        given = quote(path, safe="", errors="surrogatepass") if encoded else path
        status, headers, body = await asked(world, f"/api/projects/{ONE}/files/{given}")
        assert status in (404, 422), (path, status, body)
        assert headers["content-type"] == "application/problem+json", path
        assert SECRET.encode() not in body, path
        assert b"root:" not in body, path
        assert "x-evil" not in headers, path


IDS = [
    "..",
    "../project-1",
    "project-1/../project-1",
    "project-2",
    "PROJECT-1",
    "project-1\0",
    "x" * 5000,
    "\ud800",
    "%",
]
PARTS = ["", "/status", "/files", "/files/index.html", "/archive", "/versions", "/versions/v1/diff", "/log"]


@pytest.mark.parametrize("part", PARTS)
async def test_an_id_that_nobody_has(world: World, part: str) -> None:
    """It is nobody's, whatever it is like."""
    for project_id in IDS:
        status, headers, _ = await asked(world, f"/api/projects/{project_id}{part}")
        assert (status, headers["content-type"]) == (404, "application/problem+json"), project_id


QUERIES: list[tuple[str, str, int]] = [
    ("", "limit=0", 422),
    ("", "limit=501", 422),
    ("", "before=-1", 422),
    ("", "before=99999999999999999999", 422),
    ("", "state=' OR 1=1", 422),
    (f"/{ONE}/files", "limit=0", 422),
    (f"/{ONE}/files", "limit=1001", 422),
    (f"/{ONE}/files", "limit=1e3", 422),
    (f"/{ONE}/files", "all=perhaps", 422),
    (f"/{ONE}/files", "after=../../x", 200),
    (f"/{ONE}/files", "after=%00", 200),
    (f"/{ONE}/files", "after=%ff%fe", 200),
    (f"/{ONE}/files", "after=" + "a/" * 5000, 200),
    (f"/{ONE}/versions", "limit=0", 422),
    (f"/{ONE}/versions", "limit=501", 422),
    (f"/{ONE}/versions", "before=../v1", 404),
    (f"/{ONE}/versions", "before=v0", 404),
    (f"/{ONE}/versions/v1/diff", "from=../../x", 404),
    (f"/{ONE}/versions/..%2fv1/diff", "", 404),
    (f"/{ONE}/versions/v99999999999/diff", "", 404),
    (f"/{ONE}/log", "after=-1", 422),
    (f"/{ONE}/log", "after=x", 422),
    (f"/{ONE}/log", "after=99999999999999999999", 422),
    (f"/{ONE}/log", "after=9223372036854775807", 200),
    (f"/{ONE}/log", "limit=0", 422),
]


async def test_a_query_that_is_wrong(world: World) -> None:
    """It is refused, or means nothing."""
    for path, query, wanted in QUERIES:
        answer = await world.client.get(f"/api/projects{path}?{query}")
        assert answer.status_code == wanted, (path, query, await answer.get_data())


CALLS: list[tuple[str, str, Any, int]] = [
    ("POST", f"/{ONE}/tools/nothing", {}, 404),
    ("POST", f"/{ONE}/tools/__class__", {}, 404),
    ("POST", f"/{ONE}/tools/..%2fmessages", {}, 404),
    ("POST", f"/{ONE}/tools/READ_FILE", {}, 404),
    ("GET", f"/{ONE}/tools/read_file", None, 405),
    ("GET", f"/{ONE}/preview/start", None, 405),
    ("GET", f"/{ONE}/preview/stop", None, 405),
    ("GET", f"/{ONE}/fork", None, 405),
    ("GET", f"/{ONE}/versions/v1/restore", None, 405),
    ("GET", f"/{ONE}/messages", None, 405),
    ("PUT", f"/{ONE}/files/index.html", {}, 405),
    ("DELETE", f"/{ONE}/files/index.html", None, 405),
    ("DELETE", "", None, 405),
    ("DELETE", f"/{ONE}?cancel_only=perhaps", None, 422),
    ("POST", f"/{ONE}/fork", {"version": 1}, 422),
    ("POST", f"/{ONE}/fork", {"version": "x" * 65}, 422),
    ("POST", f"/{ONE}/fork", {"version": "../v1"}, 404),
    ("POST", f"/{ONE}/fork", {"name": "\x1b[2J"}, 422),
    ("POST", f"/{ONE}/fork", {"id": "project-2"}, 422),
    ("POST", f"/{ONE}/versions/v1/restore", None, 404),
    ("POST", f"/{ONE}/versions/../restore", None, 404),
    ("POST", "/project-9/preview/start", None, 404),
    ("POST", "/project-9/tools/read_file", {}, 404),
]


async def test_a_call_that_is_wrong(world: World) -> None:
    """It changes nothing."""
    for method, path, body, status in CALLS:
        answer = await world.client.open(f"/api/projects{path}", method=method, json=body)
        assert answer.status_code == status, (path, await answer.get_data())
        assert answer.headers["content-type"] == "application/problem+json"
        assert (world.projects.calls, list(world.projects.asked), world.projects.ended) == ([], [ONE], set())
