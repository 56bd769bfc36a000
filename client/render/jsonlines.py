"""For programs: one JSON object a line, and nothing else."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Optional, TextIO

from client.events import Event


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

    def job(self, status: Mapping[str, Any]) -> None:
        """Print the status as the server sent it."""
        self._print(status)

    def jobs(self, jobs: Sequence[Mapping[str, Any]]) -> None:
        """Print a job a line."""
        for job in jobs:
            self._print(job)

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
