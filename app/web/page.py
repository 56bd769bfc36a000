"""The page of `GET /`: what its build has left in `dist/`, each file with its compressed forms, kept once it was asked.

Only the names that were there at the start are served, and a name is a key, never a path. Nothing in here knows Quart.
"""

import os
import weakref
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, Optional

import trio

from app.web.assets import MEDIA_TYPES, Asset, etag_of, unbuilt_page

DIST: Final = Path(__file__).parent / "dist"
"""Where `npm run build` puts the page; a wheel has it, a fresh clone has not."""

VIEWER_STYLE: Final = "'sha256-PXtZZkJMMyc18o/DN1ZEFOJ2qEGq95IQbVaJFMOXOb0='"
"""The one style that is inline: `@google/model-viewer` 4.4.0 writes it into its own shadow tree."""

PAGE_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        f"style-src 'self' {VIEWER_STYLE}",
        "img-src 'self' blob: data:",
        "connect-src 'self' blob:",
        "worker-src 'self' blob:",
        "frame-src 'self'",
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types lit-html callboard",
    )
)
"""What the page may do. It frames pages of ours alone, and those frame the apps; the viewer is written with lit."""

Quality = Callable[[str], float]
"""How much a client likes an encoding, from 0, for not at all, to 1: what `Accept-Encoding` says."""

_INDEX: Final = "index.html"
_FILES: Final = "assets/page"
_FOREVER: Final = "public, max-age=31536000, immutable"
_SUFFIXES: Final[Mapping[str, str]] = MappingProxyType({"br": ".br", "gzip": ".gz", "identity": ""})
"""Of the files of each encoding; the smallest first."""

_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **MEDIA_TYPES,
        ".json": "application/json",
        ".png": "image/png",
        ".txt": "text/plain; charset=utf-8",
        ".webp": "image/webp",
        ".woff2": "font/woff2",
    }
)


class Page:
    """A built page.

    Args:
        folder: Where it was built to, perhaps nothing.
    """

    def __init__(self, folder: Path) -> None:
        folder = self._hold(folder)
        self._index = _forms(folder, _INDEX)
        files = folder / _FILES
        names = [path.name for path in files.iterdir() if path.suffix in _TYPES] if files.is_dir() else []
        self._files = {name: _forms(files, name) for name in names}
        self._kept: dict[Path, Asset] = {}

    def _hold(self, folder: Path) -> Path:
        """Go by the directory itself: `./run page` puts a newer build in the place of its name, and moves it away."""
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            return folder
        weakref.finalize(self, os.close, descriptor)
        return Path(f"/proc/self/fd/{descriptor}")

    @property
    def is_built(self) -> bool:
        """Whether there is one."""
        return bool(self._index)

    async def index(self, quality: Quality) -> Asset:
        """What `GET /` serves: the page, or how to get it."""
        return await self._read(self._index, quality, "no-cache") or unbuilt_page()

    async def file(self, name: str, quality: Quality) -> Optional[Asset]:
        """What `GET /assets/page/{name}` serves; its name changes with its content, so that it never does.

        Args:
            name: The last part of the path.
            quality: Of the client.

        Returns:
            It, or None when there is none of that name.
        """
        return await self._read(self._files.get(name, {}), quality, _FOREVER)

    async def _read(self, forms: Mapping[str, Path], quality: Quality, cache: str) -> Optional[Asset]:
        encoding = _chosen(forms, quality)
        path = forms.get(encoding)
        if path is None:
            return None
        if path not in self._kept:
            try:
                body = await trio.to_thread.run_sync(path.read_bytes)
            except OSError:
                # Two newer builds have removed it; the server is told of them by a restart.
                return None
            plain = Asset(body, _TYPES[forms["identity"].suffix], etag_of(body), PAGE_POLICY, cache)
            coded = "" if encoding == "identity" else encoding
            self._kept[path] = replace(plain, encoding=coded, varies=len(forms) > 1)
        return self._kept[path]


def _forms(folder: Path, name: str) -> dict[str, Path]:
    """The files of one name, by their encoding; none unless the plain one is there. A link could lead elsewhere."""
    paths = {encoding: folder / (name + suffix) for encoding, suffix in _SUFFIXES.items()}
    found = {encoding: path for encoding, path in paths.items() if path.is_file() and not path.is_symlink()}
    return found if "identity" in found else {}


def _chosen(forms: Mapping[str, Path], quality: Quality) -> str:
    """The encoding that a client likes best, and of those that it likes the same, the smallest."""
    best = max(forms, key=quality, default="identity")
    return best if quality(best) > 0 else "identity"
