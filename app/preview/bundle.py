"""Built output, and apps that are files: served from disk as an untrusted tree, with headers for caches."""

import os
import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Optional, TypeVar
from urllib.parse import quote, unquote

import trio

from actors.projects.files.reading import Opened, read
from actors.runtime.errors import InvalidInput, NotFound
from app.asgi import Scope, Send, answer
from app.contracts.ranges import part_of
from app.problems import Header

T = TypeVar("T")

CHUNK: Final = 256 * 1024
_AT_ONCE: Final = 8
_THREADS: Final = trio.CapacityLimiter(_AT_ONCE)
_HASHED: Final = re.compile(r"(?:^|/)(?:assets/.*[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+|_next/static/.+)", re.ASCII)
_HIDDEN: Final = frozenset({"node_modules"})


@dataclass(frozen=True)
class _Found:
    """A file to answer with.

    Attributes:
        file: Open.
        status: 200, or 404 for the page that says so.
        lasting: Whether its name changes with its content.
    """

    file: Opened
    status: int
    lasting: bool


class Bundle:
    """Serves one directory of files.

    Args:
        root: The directory. Whatever is in it was made by programs that nobody trusts.
        built: Whether it is a build, in which names with a hash in them stand for one content for ever.
    """

    def __init__(self, root: Path, *, built: bool) -> None:
        self._root = root
        self._built = built

    async def __call__(self, scope: Scope, send: Send, path: str) -> None:
        """Answer with a file.

        Args:
            scope: Of ASGI; GET or HEAD.
            send: Of ASGI.
            path: From the root, with its escapes, beginning with a slash.

        Raises:
            NotFound: There is no such file, and no page for what there is not.
            InvalidInput: The path leads out.
        """
        if scope["method"] not in ("GET", "HEAD"):
            await answer(send, 405, [(b"allow", b"GET, HEAD"), (b"content-length", b"0")])
            return
        accept = _header(scope, b"accept") or ""
        plain = unquote(path).lstrip("/")
        found = await self._run(lambda: self._find(plain, page="text/html" in accept))
        if found is None:
            last = quote(plain.rpartition("/")[2])
            await answer(send, 308, [(b"location", f"./{last}/".encode()), (b"content-length", b"0")])
            return
        try:
            await self._send(scope, send, found)
        finally:
            found.file.close()

    async def _send(self, scope: Scope, send: Send, found: _Found) -> None:
        size, part = found.file.size, None
        headers = self._headers(found)
        if found.status == 200:
            if matches(_header(scope, b"if-none-match"), found.file.etag):
                await answer(send, 304, [one for one in headers if one[0] != b"content-type"])
                return
            part = _part(scope, found.file)
            if part is not None and part[0] >= size:
                await answer(send, 416, [(b"content-range", f"bytes */{size}".encode()), (b"content-length", b"0")])
                return
        first, end = part or (0, size)
        if part is not None:
            headers.append((b"content-range", f"bytes {first}-{end - 1}/{size}".encode()))
        headers.append((b"content-length", str(end - first).encode()))
        status = found.status if part is None else 206
        await send({"type": "http.response.start", "status": status, "headers": headers})
        if scope["method"] == "GET" and not await self._copy(send, found.file, first, end):
            return  # the connection ends without what is missing, which tells the client
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _copy(self, send: Send, file: Opened, first: int, end: int) -> bool:
        """Send a part of a file; False when it became shorter meanwhile."""
        left = end - first
        await self._run(lambda: file.stream.seek(first))
        while left:
            size = min(left, CHUNK)
            data = await self._run(lambda size=size: file.stream.read(size))  # type: ignore[misc]
            if not data:
                return False
            left -= len(data)
            await send({"type": "http.response.body", "body": data, "more_body": True})
        return True

    def _headers(self, found: _Found) -> list[Header]:
        kept = "private, max-age=31536000, immutable" if found.lasting else "no-cache"
        return [
            (b"content-type", found.file.media_type.encode()),
            (b"etag", found.file.etag.encode()),
            (b"cache-control", kept.encode()),
            (b"accept-ranges", b"bytes"),
        ]

    def _find(self, path: str, *, page: bool) -> Optional[_Found]:
        """Open what a path means; None when it is a directory that was asked for without its slash."""
        if any(part.startswith(".") or part in _HIDDEN for part in path.split("/") if part != ".well-known"):
            raise NotFound(f"There is no {path!r} here.")
        with ExitStack() as stack:
            descriptor = self._open_root()
            stack.callback(os.close, descriptor)
            # The directory itself may be swapped for a link at any time; this stays what was opened.
            root = Path(f"/proc/self/fd/{descriptor}")
            for name in self._names(path):
                file = _open(root, name)
                if file is not None:
                    return _Found(file, 200, self._built and _HASHED.search(name) is not None)
            if path and not path.endswith("/") and _is_page(root, f"{path}/index.html"):
                return None
            return self._instead(root, path, page=page)

    def _open_root(self) -> int:
        try:
            return os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            raise NotFound("The files of this app are gone.", hint="Build it again, or start it.") from None

    def _names(self, path: str) -> list[str]:
        if not path or path.endswith("/"):
            return [f"{path}index.html", *([f"{path.rstrip('/')}.html"] if path else [])]
        return [path, f"{path}.html"]

    def _instead(self, root: Path, path: str, *, page: bool) -> _Found:
        """The page for what is not there: its own, or that of an app which reads the address itself."""
        for name, status in (("404.html", 404), ("index.html", 200)) if page else ():
            file = _open(root, name)
            if file is not None:
                return _Found(file, status, lasting=False)
        raise NotFound(f"There is no {path!r} here.")

    async def _run(self, call: Callable[[], T]) -> T:
        return await trio.to_thread.run_sync(call, limiter=_THREADS)


def _open(root: Path, name: str) -> Optional[Opened]:
    try:
        return read(root, name)
    except (InvalidInput, NotFound):
        return None


def _is_page(root: Path, name: str) -> bool:
    file = _open(root, name)
    if file is not None:
        file.close()
    return file is not None


def _header(scope: Scope, name: bytes) -> Optional[str]:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name), None)


def matches(if_none_match: Optional[str], etag: str) -> bool:
    """Whether a client has it already."""
    tags = [tag.strip() for tag in (if_none_match or "").split(",")]
    return "*" in tags or any(tag.removeprefix("W/") == etag.removeprefix("W/") for tag in tags)


def _part(scope: Scope, file: Opened) -> Optional[tuple[int, int]]:
    """The part that is asked for, begin and end; None for the whole (RFC 9110, section 14.2)."""
    version = _header(scope, b"if-range")
    # A weak tag is good for no part: what has it may have changed all the same.
    if version is not None and (version.strip() != file.etag or file.etag.startswith("W/")):
        return None
    return part_of(_header(scope, b"range") or "", file.size) if scope["method"] == "GET" else None
