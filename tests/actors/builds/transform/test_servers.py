"""The servers that apps get, really started with Node and asked."""

import http.client
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from actors.builds.transform.place import place
from tests import needs
from tests.actors.builds.transform.trees import write_tree

pytestmark = pytest.mark.real

VITE = '{"devDependencies": {"vite": "5"}}'
MODULE = '{"type": "module", "devDependencies": {"vite": "5"}}'
EXPORTED = '{"dependencies": {"next": "15"}}'
OPEN = {"accept": "text/html,*/*"}


class Client:
    """Asks one server."""

    def __init__(self, port: int) -> None:
        self.port = port

    def get(
        self, path: str, *, method: str = "GET", headers: Mapping[str, str] = OPEN
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers in lower case, and body; the path goes out as it is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders()
            response = connection.getresponse()
            return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        finally:
            connection.close()


@contextmanager
def started(workspace: Path, command: str) -> Iterator[Client]:
    """Run an app's start script in its workspace, on a port that is free."""
    needs.node()
    process = subprocess.Popen(["sh", "-c", f"exec {command}"], cwd=workspace, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Listening on http://0.0.0.0:"), line
        yield Client(int(line.rpartition(":")[2]))
    finally:
        process.terminate()
        assert process.wait(timeout=30) == 0
        process.communicate()


@contextmanager
def running(tmp_path: Path, app: Mapping[str, str], built: Mapping[str, str]) -> Iterator[Client]:
    """Place an app, put there what its build would leave, and start it."""
    workspace = write_tree(tmp_path / "workspace", {})
    result = place(write_tree(tmp_path / "app", app), workspace, port=0, run="1")
    write_tree(workspace, built)
    with started(workspace, result.start) as client:
        yield client


@pytest.mark.parametrize("package", [VITE, MODULE])
def test_a_vite_app(tmp_path: Path, package: str) -> None:
    """As a CommonJS and as an ES module: files with their types, routes of the app, and nothing else."""
    built = {
        "dist/index.html": "<h1>app",
        "dist/assets/index-DiwrgTda.js": "1;",
        "dist/a b.txt": "text",
        "dist/.env": "no",
    }
    link = {"dist/leak": "-> ../secret", "secret": "no"}
    with running(tmp_path, {"package.json": package, "index.html": ""}, {**built, **link}) as client:
        status, headers, body = client.get("/")
        assert (status, headers["content-type"], body) == (200, "text/html; charset=utf-8", b"<h1>app")
        assert "x-frame-options" not in headers
        assert "content-security-policy" not in headers
        status, headers, body = client.get("/api/health")
        assert (status, body) == (200, b'{"status":"ok"}')
        assert headers["content-type"].startswith("application/json")
        status, headers, body = client.get("/assets/index-DiwrgTda.js?v=1")
        assert (status, headers["content-type"], body) == (200, "text/javascript; charset=utf-8", b"1;")
        assert "immutable" in headers["cache-control"]
        assert client.get("/assets/index-DiwrgTda.js", headers={"If-None-Match": headers["etag"]})[0] == 304
        assert client.get("/a%20b.txt")[2] == b"text"
        assert client.get("/users/7/settings")[::2] == (200, b"<h1>app")
        assert client.get("/users/jo.doe")[::2] == (200, b"<h1>app")
        assert client.get("/assets/missing.js", headers={"Accept": "*/*"})[0] == 404
        assert client.get("/api/missing")[0] == 404
        for path in (
            "/leak",
            "/.env",
            "/..%2fsecret",
            "/%2e%2e/secret",
            "/../secret",
            "/..%5csecret",
            "/a%00b",
            "/%zz",
        ):
            status, _, body = client.get(path, headers={})
            assert b"no" not in body.replace(b"Not found", b""), path
            assert status in {200, 404}, path
            assert status == 404 or body == b"<h1>app", path
        assert client.get("/", method="POST")[0] == 405


def test_heads_and_ranges(tmp_path: Path) -> None:
    """A HEAD is a GET without its body; a range is a part of it, as videos need."""
    app = {"index.html": "<h1>files", "a.mp4": "0123456789", "empty.txt": ""}
    with running(tmp_path, app, {}) as client:
        for path, status in (("/", 200), ("/api/health", 200), ("/missing", 404), ("/empty.txt", 200)):
            found, headers, body = client.get(path, method="HEAD")
            assert (found, body) == (status, b"")
            assert int(headers["content-length"]) == len(client.get(path)[2])
        ranges = {"0-3": b"0123", "7-": b"789", "-2": b"89", "5-99": b"56789", "-99": b"0123456789"}
        for wanted, part in ranges.items():
            status, headers, body = client.get("/a.mp4", headers={"Range": f"bytes={wanted}"})
            assert (status, body) == (206, part)
        assert headers["content-range"] == "bytes 0-9/10"
        assert client.get("/a.mp4", headers={"Range": "bytes=10-"})[0] == 416
        assert client.get("/a.mp4", headers={"Range": "lines=1"})[0] == 200


def test_plain_files(tmp_path: Path) -> None:
    """Of the workspace's root only what a page is made of; no fallback but the app's own 404."""
    app = {"index.html": "<h1>files", "docs/index.html": "<h1>docs", "about.html": "<h1>about", "404.html": "<h1>gone"}
    others = {"node_modules/x/y.js": "no", ".env": "no", "apps/a/specs/x.md": "no", "package-lock.json": "no"}
    with running(tmp_path, app, others) as client:
        assert client.get("/")[2] == b"<h1>files"
        assert client.get("/about")[2] == b"<h1>about"
        assert client.get("/docs/")[2] == b"<h1>docs"
        status, headers, _ = client.get("//docs?a=1")
        assert (status, headers["location"]) == (308, "/docs/?a=1")
        assert client.get("/missing")[::2] == (404, b"<h1>gone")
        for path in ("/node_modules/x/y.js", "/.env", "/.callboard/manifest.json", "/apps/a/specs/x.md", "/server.js"):
            assert client.get(path)[::2] == (404, b"Not found\n"), path
        for path in ("/package.json", "/package-lock.json", "/%70ackage.json", "/./package.json", "//package.json"):
            assert client.get(path)[0] == 404, path


def test_an_exported_next_app(tmp_path: Path) -> None:
    """Pages without their ending, and its own 404."""
    app = {"package.json": EXPORTED, "next.config.js": "module.exports = {output: 'export'}", "app/page.js": ""}
    built = {
        "out/index.html": "<h1>home",
        "out/shop.html": "<h1>shop",
        "out/shop/1.html": "<h1>one",
        "out/404.html": "<h1>no",
    }
    with running(tmp_path, app, built) as client:
        assert [client.get(path)[2] for path in ("/", "/shop", "/shop/1")] == [b"<h1>home", b"<h1>shop", b"<h1>one"]
        assert client.get("/missing")[::2] == (404, b"<h1>no")
        assert client.get("/api/health")[0] == 200


def test_an_app_that_is_not_built(tmp_path: Path) -> None:
    """The server is up, and says what to do."""
    with running(tmp_path, {"package.json": VITE}, {}) as client:
        assert client.get("/api/health")[0] == 200
        assert client.get("/")[::2] == (503, b"The app is not built yet: run `npm run build`.\n")
