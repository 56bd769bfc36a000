"""The pages of a job, of an app and of the API, and the files they are made of: read once, served from memory.

The page of `GET /` is built, and in `app.web.page`. Pure: the routes turn an `Asset` into a response, and nothing in
here knows Quart.
"""

import hashlib
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Optional

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
"""What the page may do: nothing from elsewhere, nothing inline. `connect-src 'self'` covers the WebSocket too."""

MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {
        ".css": "text/css; charset=utf-8",
        ".html": "text/html; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".svg": "image/svg+xml",
    }
)

_FOLDER = Path(__file__).parent / "static"
_PART = re.compile(r"^( *)<!-- (parts/\w+\.html) -->\n", re.MULTILINE)
"""Where a page has what others have, too."""

_BODY = b"<body>"


@dataclass(frozen=True)
class Asset:
    """One file, ready to be served.

    Attributes:
        body: Its bytes.
        media_type: For `Content-Type`, with the charset.
        etag: A strong entity tag, quoted, made from the content.
        policy: What a page may do.
        cache: For `Cache-Control`. As a rule browsers keep it and ask each time whether it is still the same: the
            modules import each other by name, so that after an update all of them must be of one version.
        encoding: How the body is compressed; empty when it is not.
        varies: Whether there are other forms of it, for clients that take other encodings.
    """

    body: bytes
    media_type: str
    etag: str
    policy: str = CONTENT_SECURITY_POLICY
    cache: str = "no-cache"
    encoding: str = ""
    varies: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """Every header that belongs to it, on a 200 and on a 304."""
        coded = {"Content-Encoding": self.encoding} if self.encoding else {}
        varies = {"Vary": "Accept-Encoding"} if self.varies else {}
        return {
            "Content-Type": self.media_type,
            **coded,
            **varies,
            "ETag": self.etag,
            "Cache-Control": self.cache,
            "Content-Security-Policy": self.policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }

    def matches(self, if_none_match: Optional[str]) -> bool:
        """Whether the client has it already, so that 304 is the answer.

        Args:
            if_none_match: The request's `If-None-Match`, if it has one.

        Returns:
            True when one of the tags is this asset's; a proxy may have made it weak.
        """
        tags = [tag.strip() for tag in (if_none_match or "").split(",")]
        return "*" in tags or any(tag[2:] == self.etag if tag.startswith("W/") else tag == self.etag for tag in tags)


def asset(name: str) -> Optional[Asset]:
    """Find what `GET /assets/<name>` serves.

    Args:
        name: The last part of the path. It is looked up in a table, and never becomes a path.

    Returns:
        The asset, or None when there is none of that name.
    """
    return _ASSETS.get(name)


def asset_names() -> tuple[str, ...]:
    """The names that `asset` knows, sorted."""
    return tuple(sorted(_ASSETS))


def view_page() -> Asset:
    """The page of `GET /jobs/{job_id}/view`: the same for each job, which it takes from its own address."""
    return _VIEW_PAGE


def shared_page() -> Asset:
    """The page of `GET /shared/{token}`: the same for each model, which it takes from its own address."""
    return _SHARED_PAGE


def docs_page() -> Asset:
    """The page of `GET /docs`, which shows what `/openapi.json` says."""
    return _DOCS_PAGE


def preview_page(frames: Sequence[str], *, embed: bool = False) -> Asset:
    """The page of `GET /api/projects/{id}/preview`.

    Args:
        frames: Where the app may be: what the page may frame, and look for.
        embed: Whether it is for a frame in a page of ours, and has no bars of its own.
    """
    sources = " ".join(frames)
    policy = CONTENT_SECURITY_POLICY.replace("connect-src 'self'", f"connect-src {sources}; frame-src {sources}")
    return _framed(replace(_PREVIEW_PAGE, policy=policy), embed=embed)


def build_page(app: str, *, embed: bool = False) -> Asset:
    """The page of `GET /api/builds/{runId}/view`.

    Args:
        app: The origin of the app, the one that the page may frame and look for; empty when that is not known yet.
        embed: Whether it is for a frame in a page of ours, and has no bars of its own.
    """
    policy = CONTENT_SECURITY_POLICY
    if app:
        policy = policy.replace("connect-src 'self'", f"connect-src 'self' {app}; frame-src {app}")
    return _framed(replace(_BUILD_PAGE, policy=policy), embed=embed, app=app)


def unbuilt_page() -> Asset:
    """The page of `GET /` where the real one was not built: how to get it, and how to go on without."""
    return _UNBUILT_PAGE


def etag_of(body: bytes) -> str:
    """A strong entity tag, quoted."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _framed(page: Asset, *, embed: bool, app: str = "") -> Asset:
    """A page as it is told what it is for: on its body, since nothing in it may be a script."""
    facts = (' data-embed=""' if embed else "") + (f' data-app="{app}"' if app else "")
    policy = page.policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'") if embed else page.policy
    body = page.body.replace(_BODY, f"<body{facts}>".encode(), 1)
    return replace(page, body=body, etag=etag_of(body), policy=policy)


def _make(body: bytes, suffix: str) -> Asset:
    return Asset(body=body, media_type=MEDIA_TYPES[suffix], etag=etag_of(body))


def _load_page(name: str, depth: int) -> Asset:
    """A page with its parts in it.

    Args:
        name: Of its file, in which assets are named as a page at the root of the server would name them.
        depth: How many folders below that root it is served: a proxy may serve all of it below a path of its own, so
            that no address begins with a slash.
    """
    text = _PART.sub(_load_part, (_FOLDER / name).read_text(encoding="utf-8"))
    return _make(text.replace('"assets/', f'"{"../" * depth}assets/').encode(), ".html")


def _load_part(found: "re.Match[str]") -> str:
    indent, name = found.groups()
    return textwrap.indent((_FOLDER / name).read_text(encoding="utf-8"), indent)


_VIEW_PAGE = _load_page("view.html", 2)
_SHARED_PAGE = _load_page("shared.html", 1)
_DOCS_PAGE = _load_page("docs.html", 0)
_PREVIEW_PAGE = _load_page("preview.html", 3)
_BUILD_PAGE = _load_page("build.html", 3)
_UNBUILT_PAGE = _load_page("unbuilt.html", 0)
_ASSETS = {
    path.name: _make(path.read_bytes(), path.suffix)
    for path in _FOLDER.iterdir()
    if path.suffix in MEDIA_TYPES and path.suffix != ".html"
}
