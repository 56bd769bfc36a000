"""For programs: one JSON object a line, and nothing else."""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Optional, TextIO

from client.events import Event
from client.render.base import Row


class JsonRenderer:
    """Prints results and events, and leaves out what is only for people.

    Args:
        out: Where the lines go; each is flushed, as a program may be waiting for it.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def sending(self, sent: int, total: int) -> None:
        """Say nothing."""

    def accepted(self, answer: Mapping[str, Any]) -> None:
        """Print the server's answer to an upload, with the type `accepted`."""
        self._print({"type": "accepted", **answer})

    def event(self, event: Event) -> None:
        """Print an event as the server sent it."""
        self._print(event.as_dict())

    def receiving(self, received: int, total: Optional[int]) -> None:
        """Say nothing."""

    def notice(self, text: str) -> None:
        """Say nothing."""

    def result(self, kind: str, data: Mapping[str, Any], text: str) -> None:
        """Print the result's data with its type."""
        self._print({"type": kind, **data})

    def content(self, path: str, media_type: str, data: bytes) -> None:
        """Print an object with the file in it: as text where it is one."""
        facts = {"type": "file", "path": path, "media_type": media_type, "bytes": len(data)}
        try:
            self._print({**facts, "text": data.decode()})
        except UnicodeDecodeError:
            self._print({**facts, "base64": b64encode(data).decode()})

    def rows(
        self, items: Sequence[Mapping[str, Any]], columns: Sequence[str], row: Row, *, empty: str = "nothing"
    ) -> None:
        """Print an item a line."""
        for item in items:
            self._print(item)

    def job(self, status: Mapping[str, Any]) -> None:
        """Print the status as the server sent it."""
        self._print(status)

    def jobs(self, jobs: Sequence[Mapping[str, Any]]) -> None:
        """Print a job a line."""
        self.rows(jobs, (), lambda _: [])

    def engines(self, engines: Sequence[Mapping[str, Any]], default: str) -> None:
        """Print an engine a line, saying of each whether it is the default."""
        for engine in engines:
            self._print({**engine, "default": engine.get("name") == default})

    def pause(self) -> None:
        """Do nothing: there is no display to take away."""

    def resume(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""

    def _print(self, value: Mapping[str, Any]) -> None:
        """Print one line; ASCII only, so that no terminal or encoding can be upset by it."""
        self._out.write(json.dumps(value) + "\n")
        self._out.flush()
