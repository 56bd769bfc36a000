"""The table of assets: what is served, and with which headers."""

import re
from pathlib import Path

import pytest

from app.web import assets
from app.web.assets import (
    CONTENT_SECURITY_POLICY,
    Asset,
    asset,
    asset_names,
    build_page,
    docs_page,
    preview_page,
    shared_page,
    unbuilt_page,
    view_page,
)

APP = "http://app.localhost:1"
STATIC = Path(assets.__file__).parent / "static"
PAGES = {
    "view": view_page(),
    "docs": docs_page(),
    "preview": preview_page((APP,), embed=True),
    "build": build_page(APP, embed=True),
    "unbuilt": unbuilt_page(),
    "shared": shared_page(),
}
"""By the stem of its file."""


def test_every_file_is_served_with_its_media_type() -> None:
    """Browsers refuse a module or a style of another type."""
    kinds = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    for name in asset_names():
        found = asset(name)
        assert found is not None
        assert found.media_type.startswith(kinds["." + name.rsplit(".", 1)[1]])


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../assets.py",
        "view.html",
        "docs.html",
        "preview.html",
        "build.html",
        "unbuilt.html",
        "shared.html",
        "head.html",
        "parts/head.html",
        "nothing.js",
        "static/view.js",
        "VIEW.JS",
    ],
)
def test_what_is_not_in_the_table_is_not_there(name: str) -> None:
    """A name is a key, never a path."""
    assert asset(name) is None


def test_the_etag_follows_the_content() -> None:
    """Two files differ, one file does not."""
    first, again, other = asset("view.js"), asset("view.js"), asset("view.css")
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.etag == again.etag != other.etag
    assert re.fullmatch(r'"[0-9a-f]{32}"', first.etag)


def test_a_client_that_has_it_is_told_so() -> None:
    """If-None-Match, as browsers and proxies write it."""
    page = view_page()
    for held in (page.etag, f"W/{page.etag}", f'"other", {page.etag}', "*"):
        assert page.matches(held)
    for other in (None, "", '"other"', page.etag.strip('"')):
        assert not page.matches(other)


def test_headers_keep_the_page_to_itself() -> None:
    """The policy is on each asset, and allows nothing inline and nothing from elsewhere."""
    headers = view_page().headers
    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert headers["Cache-Control"] == "no-cache"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY


def test_the_pages_name_only_assets_that_exist() -> None:
    """Their links, and each module's imports, are in the table; every module is fetched ahead."""
    named = {name: set(re.findall(r'"(?:\.\./)*assets/([^"]+)"', page.body.decode())) for name, page in PAGES.items()}
    assert set(named) == {path.stem for path in STATIC.glob("*.html")}
    assert set().union(*named.values()) == set(asset_names())
    assert named["view"] & named["docs"] == {"base.css", "icon.svg", "session.js"}
    assert named["view"] & named["preview"] == {"api.js", "base.css", "icon.svg", "session.js", "transports.js"}
    assert named["build"] - named["preview"] == {"build.js", "build.api.js", "follow.js"}
    assert named["unbuilt"] <= named["docs"]
    for name in asset_names():
        found = asset(name)
        assert found is not None
        assert set(re.findall(r'from "\./([^"]+)"', found.body.decode())) <= set(asset_names())


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_the_pages_have_nothing_inline(page: Asset) -> None:
    """The policy would refuse it; and there is no address of another server in it."""
    text = page.body.decode().replace(f'data-app="{APP}"', "")
    assert "<!--" not in text, "a part is not there"
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?://", text)


def test_the_preview_may_frame_what_it_is_told() -> None:
    """And nothing else; the rest of its policy is that of each page."""
    policy = preview_page(("'self'", APP)).policy
    assert f"; connect-src 'self' {APP}; frame-src 'self' {APP}; " in policy
    assert policy.startswith("default-src 'none'; script-src 'self'; ")
    assert "frame-ancestors 'none'" in policy


def test_a_build_may_frame_its_app_and_nothing_else() -> None:
    """And nothing at all before it knows where that is."""
    policy = build_page(APP).policy
    assert f"; connect-src 'self' {APP}; frame-src {APP}; " in policy
    assert policy.startswith("default-src 'none'; script-src 'self'; ")
    assert build_page("").policy == CONTENT_SECURITY_POLICY
    assert f'<body data-app="{APP}">'.encode() in build_page(APP).body


def test_what_is_embedded_differs_in_its_bars_and_its_ancestors() -> None:
    """Our own pages may frame it, and nobody else's; a browser tells the two forms apart."""
    for page, embedded in (
        (preview_page((APP,)), preview_page((APP,), embed=True)),
        (build_page(APP), build_page(APP, embed=True)),
    ):
        assert embedded.policy == page.policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
        assert embedded.policy != page.policy
        assert embedded.body.replace(b' data-embed=""', b"") == page.body
        assert embedded.etag != page.etag
