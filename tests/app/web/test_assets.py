"""The table of assets: what is served, and with which headers."""

import re

import pytest

from app.web.assets import CONTENT_SECURITY_POLICY, Asset, asset, asset_names, docs_page, preview_page, view_page


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
    shown = set(re.findall(r'"(?:\.\./){2}assets/([^"]+)"', view_page().body.decode()))
    described = set(re.findall(r'"assets/([^"]+)"', docs_page().body.decode()))
    framed = set(re.findall(r'"(?:\.\./){3}assets/([^"]+)"', preview_page(("'self'",)).body.decode()))
    assert shown | described | framed == set(asset_names())
    assert shown & described == {"icon.svg", "session.js"}
    assert shown & framed == {"api.js", "icon.svg", "session.js", "transports.js"}
    for name in asset_names():
        found = asset(name)
        assert found is not None
        assert set(re.findall(r'from "\./([^"]+)"', found.body.decode())) <= set(asset_names())


@pytest.mark.parametrize("page", [view_page(), docs_page(), preview_page(())], ids=["view", "docs", "preview"])
def test_the_pages_have_nothing_inline(page: Asset) -> None:
    """The policy would refuse it; and there is no address of another server in it."""
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?://", page.body.decode())


def test_the_preview_may_frame_what_it_is_told() -> None:
    """And nothing else; the rest of its policy is that of each page."""
    headers = preview_page(("'self'", "http://app.localhost:1")).headers
    policy = headers["Content-Security-Policy"]
    assert "; connect-src 'self' http://app.localhost:1; frame-src 'self' http://app.localhost:1; " in policy
    assert policy.startswith("default-src 'none'; script-src 'self'; ")
    assert "frame-ancestors 'none'" in policy
