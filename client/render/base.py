"""What every renderer can show."""

from collections.abc import Mapping, Sequence
from typing import Any, Callable, Optional, Protocol

from client.events import Event

Row = Callable[[Mapping[str, Any]], list[str]]
"""Makes of an item the cells that people see."""


class Renderer(Protocol):
    """Shows what the client does and what the server says; nothing here waits."""

    def sending(self, sent: int, total: int) -> None:
        """Show how much of the upload is sent."""

    def accepted(self, answer: Mapping[str, Any]) -> None:
        """Show that the server took the job."""

    def event(self, event: Event) -> None:
        """Show an event of the job."""

    def receiving(self, received: int, total: Optional[int]) -> None:
        """Show how much of the model is here."""

    def notice(self, text: str) -> None:
        """Show something about the connection or the files; not a result."""

    def result(self, kind: str, data: Mapping[str, Any], text: str) -> None:
        """Show a result: `text` to people, `{"type": kind, ...data}` to programs."""

    def content(self, path: str, media_type: str, data: bytes) -> None:
        """Show a file: as it is to programs, and made safe to a terminal."""

    def rows(
        self, items: Sequence[Mapping[str, Any]], columns: Sequence[str], row: Row, *, empty: str = "nothing"
    ) -> None:
        """Show a list: a row of cells for each item to people, the item to programs."""

    def job(self, status: Mapping[str, Any]) -> None:
        """Show the status of a job, a build or a project."""

    def jobs(self, jobs: Sequence[Mapping[str, Any]]) -> None:
        """Show a list of jobs."""

    def engines(self, engines: Sequence[Mapping[str, Any]], default: str) -> None:
        """Show the engines."""

    def pause(self) -> None:
        """Leave the terminal to a question; what comes meanwhile is shown later."""

    def resume(self) -> None:
        """Go on after a question."""

    def close(self) -> None:
        """Leave the terminal as it was."""
