"""The page of `GET /`: its files, their forms, what browsers may keep, and what is said where it was not built."""

import base64
import gzip
import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from quart import Blueprint
from quart_trio import QuartTrio

from app.contracts.operations.page import add_page
from app.edge import install_error_handlers
from app.web.assets import CONTENT_SECURITY_POLICY
from app.web.page import DIST, PAGE_POLICY, VIEWER_STYLE, Page
from tests.app.web.built import BROTLI, INDEX, SCRIPT, build

NAME = "/assets/page/main-1a2b.js"
TAKES: dict[str, tuple[str, bytes]] = {
    "gzip, deflate, br, zstd": ("br", BROTLI),
    "br;q=0.5, gzip": ("gzip", gzip.compress(SCRIPT)),
    "br;q=0, gzip;q=0.1": ("gzip", gzip.compress(SCRIPT)),
    "*": ("br", BROTLI),
    "*, br;q=0": ("gzip", gzip.compress(SCRIPT)),
    "br;q=0.2, identity": ("", SCRIPT),
    "identity": ("", SCRIPT),
    "zstd": ("", SCRIPT),
    "br;q=0, gzip;q=0": ("", SCRIPT),
    "*;q=0": ("", SCRIPT),
    "": ("", SCRIPT),
}


def client_of(folder: Path) -> Any:
    """Ask for the page that was built to a folder."""
    app = QuartTrio(__name__, static_folder=None)
    install_error_handlers(app)
    routes = Blueprint("page", __name__)
    add_page(routes, Page(folder))
    app.register_blueprint(routes)
    return app.test_client()


@pytest.fixture
def client(tmp_path: Path) -> Any:
    """Ask for a page that was built."""
    return client_of(build(tmp_path / "dist"))


async def test_the_page_itself_is_asked_for_each_time(client: Any) -> None:
    """It names the files of its build; and what it may do is in its policy."""
    answer = await client.get("/?from=somewhere")
    assert (answer.status_code, await answer.get_data()) == (200, INDEX)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Security-Policy"] == PAGE_POLICY
    again = await client.get("/", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, await again.get_data()) == (304, b"")
    assert (await client.head("/")).headers["Content-Length"] == str(len(INDEX))


@pytest.mark.parametrize("accepted", TAKES)
async def test_a_file_comes_in_the_form_that_is_liked_best(client: Any, accepted: str) -> None:
    """Each form has a tag of its own, and caches are told that there are others."""
    encoding, _ = TAKES[accepted]
    answer = await client.get(NAME, headers={"Accept-Encoding": accepted})
    body = await answer.get_data()
    assert answer.status_code == 200
    assert answer.headers.get("Content-Encoding", "") == encoding
    assert (gzip.decompress(body) if encoding == "gzip" else body) == (BROTLI if encoding == "br" else SCRIPT)
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["ETag"] == f'"{hashlib.sha256(body).hexdigest()[:32]}"'


async def test_a_tag_is_of_one_form(client: Any) -> None:
    """What was kept compressed is not taken for the plain file."""
    tag = (await client.get(NAME, headers={"Accept-Encoding": "br"})).headers["ETag"]
    assert (await client.get(NAME, headers={"Accept-Encoding": "br", "If-None-Match": tag})).status_code == 304
    assert (await client.get(NAME, headers={"If-None-Match": tag})).status_code == 200


async def test_small_files_have_one_form(client: Any) -> None:
    """They come as they are, with their type."""
    answer = await client.get("/assets/page/look-3c4d.css", headers={"Accept-Encoding": "br"})
    assert await answer.get_data() == b"body { margin: 0 }"
    assert not {"Content-Encoding", "Vary"} & set(answer.headers.keys())
    assert (await client.get("/assets/page/font-5e6f.woff2")).headers["Content-Type"] == "font/woff2"


@pytest.mark.parametrize(
    "path",
    [
        "main-1a2b.js.br",
        "main-1a2b.js.gz",
        "alone.js",
        "tool.py",
        "link.js",
        "deeper",
        "deeper/inner.js",
        "",
        "..",
        "../../secret.js",
        "..%2f..%2fsecret.js",
        "%2e%2e/%2e%2e/index.html",
        "MAIN-1A2B.JS",
    ],
)
async def test_nothing_else_is_there(client: Any, path: str) -> None:
    """A name is a key: neither what lies beside the page nor its compressed files have an address."""
    assert (await client.get(f"/assets/page/{path}")).status_code in (404, 405)


async def test_files_are_read_once(tmp_path: Path) -> None:
    """What a later build removes is still there for those whose page names it, and what it adds is not."""
    client = client_of(build(tmp_path / "dist"))
    for path in ("/", NAME):
        assert (await client.get(path)).status_code == 200
    for file in ("index.html", "assets/page/main-1a2b.js", "assets/page/look-3c4d.css"):
        (tmp_path / "dist" / file).unlink()
    (tmp_path / "dist/assets/page/new.js").write_bytes(b"1")
    statuses = [
        (await client.get(path)).status_code
        for path in ("/", NAME, "/assets/page/look-3c4d.css", "/assets/page/new.js")
    ]
    assert statuses == [200, 200, 404, 404]


async def test_a_newer_build_in_its_place_changes_nothing(tmp_path: Path) -> None:
    """A server goes on with the build that it began with, also for what nobody has asked for before."""
    client = client_of(build(tmp_path / "dist"))
    (tmp_path / "dist").rename(tmp_path / "before")
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.html").write_bytes(b"a newer one")
    assert await (await client.get("/")).get_data() == INDEX
    assert await (await client.get(NAME)).get_data() == SCRIPT


async def test_without_a_build_it_is_said_how_to_get_one(tmp_path: Path) -> None:
    """And how to go on without."""
    client = client_of(tmp_path / "nothing")
    answer = await client.get("/", headers={"Accept-Encoding": "br"})
    text = (await answer.get_data()).decode()
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert all(
        words in text
        for words in ("./run page", "Node.js", "wheel", "<code>callboard</code>", 'href="docs"', "/jobs/{id}/view")
    )
    assert text.count('<p class="lead">') == 1
    assert (await client.get(NAME)).status_code == 404


def test_the_policy_is_strict() -> None:
    """No inline script, nothing evaluated, nothing from elsewhere; one style by its content."""
    assert "unsafe" not in PAGE_POLICY
    assert "http" not in PAGE_POLICY
    assert re.findall(r"'(sha\d+)-", PAGE_POLICY) == ["sha256"]
    kinds = [part.split()[0] for part in PAGE_POLICY.split("; ")]
    assert len(kinds) == len(set(kinds))
    assert {"default-src", "frame-ancestors", "base-uri", "form-action"} <= set(kinds)


@pytest.mark.skipif(not Page(DIST).is_built, reason="the page was not built: ./run page")
def test_the_built_page_keeps_to_its_policy() -> None:
    """Nothing inline, nothing from elsewhere; and the one style that the viewer writes is the one that may be."""
    index = (DIST / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?://", index)
    for name in re.findall(r'(?:src|href)="[./]*assets/page/([^"]+)"', index):
        assert (DIST / "assets" / "page" / name).is_file()
    scripts = [path.read_text(encoding="utf-8") for path in (DIST / "assets" / "page").glob("*.js")]
    styles = {text for script in scripts for text in re.findall(r"<style>(\s*:host \{.*?)</style>", script, re.DOTALL)}
    hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in styles}
    assert hashes <= {VIEWER_STYLE}
