"""The page, and the files that it is made of: read once, served from memory."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "frame-src http://localhost:* http://127.0.0.1:*",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
"""Nothing from elsewhere and nothing inline; the apps, which are origins of their own, in frames."""

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FOLDER = Path(__file__).parent / "static"
PAGE = "index.html"


@dataclass(frozen=True)
class Asset:
    """One file, ready to be served.

    Attributes:
        body: Its bytes.
        media_type: Of it, with the charset.
        etag: Made from the content, quoted.
    """

    body: bytes
    media_type: str
    etag: str

    @property
    def headers(self) -> dict[str, str]:
        """Every header that belongs to it; browsers ask each time whether it is still the same."""
        return {
            "Content-Type": self.media_type,
            "ETag": self.etag,
            "Cache-Control": "no-cache",
            "Content-Security-Policy": CONTENT_SECURITY_POLICY,
            "Cross-Origin-Opener-Policy": "same-origin",
        }


def asset(name: str) -> Optional[Asset]:
    """Return what there is under a name, which is looked up and never becomes a path."""
    return _ASSETS.get(name)


def _load(path: Path) -> Asset:
    """Read a file."""
    body = path.read_bytes()
    return Asset(body, _TYPES[path.suffix], f'"{hashlib.sha256(body).hexdigest()[:32]}"')


_ASSETS = {path.name: _load(path) for path in _FOLDER.iterdir() if path.suffix in _TYPES}
