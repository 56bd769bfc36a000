"""Media types: by a file's extension, and by its first bytes where that says nothing. Pure.

The system's own table is not asked, so that the answer is the same everywhere.
"""

from codecs import getincrementaldecoder
from pathlib import PurePosixPath

SNIFF = 4096
"""How many of a file's first bytes are looked at."""
BINARY = "application/octet-stream"
PLAIN = "text/plain"
LINK = "inode/symlink"
_TEXT = {
    ".css": "text/css",
    ".csv": "text/csv",
    ".htm": "text/html",
    ".html": "text/html",
    ".md": "text/markdown",
    ".mdx": "text/markdown",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".cjs": "text/javascript",
    ".jsx": "text/jsx",
    ".ts": "text/typescript",
    ".mts": "text/typescript",
    ".cts": "text/typescript",
    ".tsx": "text/tsx",
    ".vue": "text/plain",
    ".svelte": "text/plain",
    ".scss": "text/x-scss",
    ".txt": "text/plain",
    ".xml": "application/xml",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".map": "application/json",
    ".webmanifest": "application/manifest+json",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".toml": "application/toml",
    ".sh": "text/x-shellscript",
    ".py": "text/x-python",
    ".sql": "application/sql",
}
_BINARY = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".ico": "image/x-icon",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".wav": "audio/wav",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
    ".pdf": "application/pdf",
    ".zip": "application/zip",
    ".gz": "application/gzip",
    ".wasm": "application/wasm",
    ".glb": "model/gltf-binary",
}
EXTENSIONS = {**_TEXT, **_BINARY}


def by_name(path: str) -> str:
    """Return the media type that a file's name claims, or nothing."""
    return EXTENSIONS.get(PurePosixPath(path).suffix.lower(), "")


def by_content(path: str, start: bytes) -> str:
    """Return the media type of a file, with its charset if it is text in UTF-8.

    Args:
        path: Its name or path.
        start: Its first bytes, `SNIFF` of them or all.
    """
    claimed = by_name(path)
    if claimed and claimed not in _TEXT.values():
        return claimed
    if not is_text(start):
        return BINARY
    return f"{claimed or PLAIN}; charset=utf-8"


def is_text(start: bytes) -> bool:
    """Say whether the first bytes of a file may be text in UTF-8: a character that is cut at the end is one."""
    if b"\0" in start:
        return False
    try:
        getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return True
