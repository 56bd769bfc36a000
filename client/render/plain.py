"""For files, pipes and terminals that cannot do more: a line for each change, without control characters."""

from collections.abc import Mapping, Sequence
from typing import Any, Optional, TextIO

from client.events import Event
from client.render.words import JOB_COLUMNS, engine_lines, event_line, job_facts, job_row, result_facts, word
from client.text import clean, human_size

_STEP_PERCENT = 10


class PlainRenderer:
    """Prints a line when something changed.

    Args:
        out: Where the lines go.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._last = ""
        self._told = {"sent": -1, "received": -1}

    def sending(self, sent: int, total: int) -> None:
        """Print a line for each tenth of the upload."""
        self._tell("sent", sent, total)

    def accepted(self, answer: Mapping[str, Any]) -> None:
        """Print the job's id and engine."""
        self._print(f"accepted as {word(answer.get('id'))}, engine {word(answer.get('engine'), 'unknown')}")

    def event(self, event: Event) -> None:
        """Print the event, unless it reads like the one before."""
        line = event_line(event)
        if line != self._last:
            self._print(line)
        facts = result_facts(event.data.get("result")) if event.type == "end" else ""
        if facts:
            self._print(f"result: {facts}")

    def receiving(self, received: int, total: Optional[int]) -> None:
        """Print a line for each tenth of the download."""
        if total:
            self._tell("received", received, total)

    def notice(self, text: str) -> None:
        """Print the sentence."""
        self._print(clean(text))

    def result(self, kind: str, data: Mapping[str, Any], text: str) -> None:
        """Print the text."""
        self._print(clean(text))

    def job(self, status: Mapping[str, Any]) -> None:
        """Print a line for each fact."""
        for name, value in job_facts(status):
            self._print(f"{name:<9} {value}")

    def jobs(self, jobs: Sequence[Mapping[str, Any]]) -> None:
        """Print a line for each job, in columns, nothing cut."""
        rows = [list(JOB_COLUMNS), *(job_row(job) for job in jobs)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(JOB_COLUMNS))]
        for row in rows:
            self._print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())

    def engines(self, engines: Sequence[Mapping[str, Any]], default: str) -> None:
        """Print each engine with its parameters."""
        for engine in engines:
            for line in engine_lines(engine, default):
                self._print(line)

    def pause(self) -> None:
        """Do nothing: lines do not get in the way."""

    def resume(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing: every line is out already."""

    def _tell(self, what: str, count: int, total: int) -> None:
        """Print how much was transferred, when it is a step more than last time."""
        percent = 100 * count // total if total else 100
        step = percent // _STEP_PERCENT
        if step > self._told[what]:
            self._told[what] = step
            self._print(f"{what} {percent}% of {human_size(total)}")

    def _print(self, line: str) -> None:
        """Print one line."""
        self._last = line
        self._out.write(line + "\n")
        self._out.flush()
