"""Downloads that end whole or not at all: a temporary file beside the target, resumed after a dropped connection."""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import IO, Optional

import httpx
import trio

from client.backoff import Backoff
from client.errors import BadAnswer, LocalProblem, error_from_answer
from client.exchange import Http, explained, read_bounded, take_all
from client.text import safe_name

OnProgress = Callable[[int, Optional[int]], None]


@dataclass
class Download:
    """One download.

    Attributes:
        http: Fetches.
        path: Of the server.
        target: The file or folder to write; None for the server's name for it, in the working directory.
        fallback: The file's name where the server proposes none.
        on_progress: Called with the bytes written and their total, when it is known.
        backoff: Pauses between attempts; its patience starts anew whenever bytes arrive.
        what: What is downloaded, for the errors.
        most: Bytes that it may have; None for any number.
    """

    http: Http
    path: str
    target: Optional[Path]
    fallback: str
    on_progress: Optional[OnProgress] = None
    backoff: Backoff = field(default_factory=Backoff)
    what: str = "the model"
    most: Optional[int] = None
    _name: str = ""
    _partial: Optional[Path] = None
    _file: Optional[IO[bytes]] = None
    _size: int = 0
    _total: Optional[int] = None
    _etag: str = ""

    @property
    def _doing(self) -> str:
        """What is being done."""
        return f"download {self.what}"

    async def run(self) -> Path:
        """Fetch, and move the whole file into its place.

        Returns:
            Where it is.

        Raises:
            ClientError: The server refused or went away for good, or the file cannot be written.
        """
        try:
            await self._fetch_all()
            return await trio.to_thread.run_sync(self._publish)
        except OSError as error:
            raise LocalProblem(
                f"cannot write {self.what}: {error.strerror or error}", hint="name another place with --output"
            ) from error
        finally:
            self._discard()

    async def _fetch_all(self) -> None:
        """Fetch until everything is here, resuming after each break."""
        failures, silent_since = 0, trio.current_time()
        while True:
            before = self._size
            failure = await self._attempt()
            if failure is None:
                return
            if self._size > before:
                failures, silent_since = 0, trio.current_time()
            failures += 1
            pause = self.backoff.delay(failures)
            if self._file is None or trio.current_time() + pause - silent_since > self.backoff.patience_s:
                with explained(self.http.address, self._doing):
                    raise failure
            await trio.sleep(pause)

    async def _attempt(self) -> Optional[httpx.TransportError]:
        """Fetch once; return how the connection failed, None when everything came."""
        try:
            await self._fetch()
        except httpx.TransportError as error:
            return error
        return None

    async def _fetch(self) -> None:
        """Send one request, for all or for the rest, and write what it brings."""
        resumable = self._size > 0 and bool(self._etag)
        headers = {"Range": f"bytes={self._size}-", "If-Range": self._etag} if resumable else {}
        async with self.http.stream("GET", self.path, headers=headers) as answer:
            if answer.status_code not in {httpx.codes.OK, httpx.codes.PARTIAL_CONTENT}:
                body = await read_bounded(answer, self._doing)
                raise error_from_answer(answer.status_code, body, self._doing)
            file = await self._begin(answer)
            await self._write_all(answer, file)
        if self._total is not None and self._size != self._total:
            raise httpx.RemoteProtocolError(f"{self._size} of {self._total} bytes came")

    async def _begin(self, answer: httpx.Response) -> IO[bytes]:
        """Open the temporary file, or place it where the answer goes on."""
        if self._file is None:
            self._name = safe_name(_proposed_name(answer.headers.get("Content-Disposition", "")), self.fallback)
            self._file = await trio.to_thread.run_sync(self._create)
        start, self._total = _extent(answer, self._doing)
        if start not in {0, self._size}:
            raise BadAnswer(
                f"could not {self._doing}: the server sent another part than was asked for", hint="try again"
            )
        self._size = start
        self._file.seek(start)
        self._file.truncate()
        etag = answer.headers.get("ETag", "")
        self._etag = "" if etag.startswith("W/") else etag
        return self._file

    async def _write_all(self, answer: httpx.Response, file: IO[bytes]) -> None:
        """Write the body as it comes."""

        async def take(chunk: bytes) -> None:
            """Write a part."""
            if self.most is not None and self._size + len(chunk) > self.most:
                raise BadAnswer(f"could not {self._doing}: it has more than {self.most} bytes")
            await trio.to_thread.run_sync(file.write, chunk)
            self._size += len(chunk)
            if self.on_progress is not None:
                self.on_progress(self._size, self._total)

        await take_all(answer, take)

    def _create(self) -> IO[bytes]:
        """Create the temporary file beside the target."""
        folder = self._folder()
        partial = folder / f".{self._name[:60]}.{secrets.token_hex(4)}.part"
        file = partial.open("xb", buffering=0)
        self._partial = partial
        return file

    def _folder(self) -> Path:
        """Return the folder that the target is in, or is."""
        if self.target is None:
            return Path()
        return self.target if self.target.is_dir() else self.target.parent

    def _publish(self) -> Path:
        """Make the bytes durable and give the file its name."""
        if self._file is None or self._partial is None:
            raise BadAnswer(f"could not {self._doing}: nothing came")
        os.fsync(self._file.fileno())
        self._file.close()
        named = self.target is not None and not self.target.is_dir()
        final = self.target if named and self.target else _free_name(self._folder() / self._name)
        self._partial.replace(final)
        self._partial = None
        return final

    def _discard(self) -> None:
        """Close and remove what is left of a download that did not end well."""
        if self._file is not None:
            self._file.close()
        if self._partial is not None:
            self._partial.unlink()
            self._partial = None


def _proposed_name(disposition: str) -> str:
    """Return the file name in a Content-Disposition header, plain or as RFC 5987 has it; empty when there is none."""
    message = Message()
    message["Content-Disposition"] = disposition
    try:
        return message.get_filename("") or ""
    except (LookupError, ValueError):
        return ""


def _extent(answer: httpx.Response, doing: str) -> tuple[int, Optional[int]]:
    """Return where the answer's body begins in the file, and the file's size when it is known."""
    if answer.status_code == httpx.codes.PARTIAL_CONTENT:
        unit, _, extent = answer.headers.get("Content-Range", "").partition(" ")
        span, _, total = extent.partition("/")
        start = span.partition("-")[0]
        if unit != "bytes" or not _is_number(start):
            raise BadAnswer(f"could not {doing}: the server sent a part and did not say which", hint="try again")
        return int(start), int(total) if _is_number(total) else None
    length = answer.headers.get("Content-Length", "")
    return 0, int(length) if _is_number(length) else None


def _is_number(text: str) -> bool:
    """Whether the text is a plain decimal number of a sane length."""
    return text.isascii() and text.isdigit() and len(text) <= 19


def _free_name(path: Path) -> Path:
    """Return the path, or one with a number in it when there is such a file: nobody asked to replace that one."""
    candidate, number = path, 1
    while candidate.exists():
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1
    return candidate
