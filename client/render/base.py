"""What every renderer can show."""

from collections.abc import Mapping, Sequence
from typing import Any, Optional, Protocol

from client.events import Event


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

    def job(self, status: Mapping[str, Any]) -> None:
        """Show one job's status."""

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
