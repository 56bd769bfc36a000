"""For files, pipes and terminals that cannot do more: a line for each change, without control characters."""

from collections.abc import Mapping, Sequence
from typing import Any, Optional, TextIO

from client.events import Event
from client.render.base import Row
from client.render.projects import facts_of, line_of, not_text, text_lines
from client.render.speech import SAID, Speech
from client.render.words import JOB_COLUMNS, accepted_line, engine_lines, job_row, result_facts
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
        self._speech = Speech()
        self._told = {"sent": -1, "received": -1}

    def sending(self, sent: int, total: int) -> None:
        """Print a line for each tenth of the upload."""
        self._tell("sent", sent, total)

    def accepted(self, answer: Mapping[str, Any]) -> None:
        """Print the job's id and engine."""
        self._print(accepted_line(answer))

    def event(self, event: Event) -> None:
        """Print the event, unless it reads like the one before; of what is said, each line when it is complete."""
        for said in self._speech.take(event):
            self._print(said)
        if event.type == SAID:
            return
        line = line_of(event)
        if line and line != self._last:
            self._print(line)
        facts = result_facts(event.data.get("result")) if event.type in {"end", "generation_finished"} else ""
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

    def content(self, path: str, media_type: str, data: bytes) -> None:
        """Write the bytes as they are, unless a person looks on."""
        lines = text_lines(data)
        raw = getattr(self._out, "buffer", None)
        if raw is not None and not self._out.isatty():
            self._out.flush()
            raw.write(data)
            raw.flush()
            return
        for line in [not_text(path, media_type, data)] if lines is None else lines:
            self._print(line)

    def rows(
        self, items: Sequence[Mapping[str, Any]], columns: Sequence[str], row: Row, *, empty: str = "nothing"
    ) -> None:
        """Print a line for each item, in columns, or that there is none."""
        if items:
            self._table(items, columns, row)
        else:
            self._print(empty)

    def job(self, status: Mapping[str, Any]) -> None:
        """Print a line for each fact."""
        for name, value in facts_of(status):
            self._print(f"{name:<9} {value}")

    def jobs(self, jobs: Sequence[Mapping[str, Any]]) -> None:
        """Print a line for each job, in columns, nothing cut."""
        self._table(jobs, JOB_COLUMNS, job_row)

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
        """Print what was said of a line that is not complete; every other one is out already."""
        for said in self._speech.rest():
            self._print(said)

    def _table(self, items: Sequence[Mapping[str, Any]], columns: Sequence[str], row: Row) -> None:
        """Print columns as wide as they have to be."""
        lines = [list(columns), *(row(item) for item in items)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(columns))]
        for line in lines:
            self._print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())

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
