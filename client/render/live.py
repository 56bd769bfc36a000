"""For a terminal: a bar that moves, with the log above it."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Optional

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from client.events import Event, is_final
from client.render.base import Row
from client.render.projects import facts_of, is_trouble, line_of, not_text, text_lines
from client.render.speech import SAID, Speech
from client.render.words import (
    JOB_COLUMNS,
    accepted_line,
    engine_lines,
    job_row,
    number,
    progress_note,
    result_facts,
    stage_name,
    state_line,
    word,
)
from client.text import clean, human_size

_KEPT_LINES = 500
_STYLES = {
    "succeeded": "green",
    "failed": "red",
    "cancelled": "yellow",
    "interrupted": "yellow",
    "paused": "yellow",
    "running": "cyan",
}
_LEVEL_STYLES = {"warning": "yellow", "error": "red", "debug": "dim"}


class LiveRenderer:
    """Draws the upload, then the stages, then the download.

    Args:
        console: The terminal.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        # Drawn when something changes and not by a thread: a thread would draw into a question.
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%", markup=False),
            TextColumn("{task.fields[note]}", markup=False),
            console=console,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._bars: dict[str, TaskID] = {}
        self._speech = Speech()
        self._paused = False
        self._kept: deque[Text] = deque(maxlen=_KEPT_LINES)

    def sending(self, sent: int, total: int) -> None:
        """Move the upload's bar."""
        self._move("upload", "sending photos", sent, total, f"{human_size(sent)} of {human_size(total)}")

    def accepted(self, answer: Mapping[str, Any]) -> None:
        """Print the job's id and engine."""
        self._drop("upload")
        self._print(Text(accepted_line(answer)))

    def event(self, event: Event) -> None:
        """Move the job's bar, or print above it; of what is said, each line of the terminal when it is full."""
        for said in self._speech.take(event, self._console.width):
            self._print(Text(said))
        if event.type == "progress":
            data = event.data
            self._move("job", stage_name(data.get("stage")), number(data.get("percent")) or 0, 100, progress_note(data))
        elif event.type == "state" and not is_final(event.data.get("state")):
            self._move("job", state_line(event.data), None, 100, "")
        elif event.type in {"end", "generation_finished"}:
            self._end(event)
        elif event.type not in {"state", SAID}:
            self._above(event)

    def receiving(self, received: int, total: Optional[int]) -> None:
        """Move the download's bar."""
        of = f" of {human_size(total)}" if total else ""
        self._move("download", "receiving", received, total, f"{human_size(received)}{of}")

    def content(self, path: str, media_type: str, data: bytes) -> None:
        """Print the text, made safe, or what it is when it is none."""
        lines = text_lines(data)
        for line in [not_text(path, media_type, data)] if lines is None else lines:
            self._console.print(Text(line))

    def rows(
        self, items: Sequence[Mapping[str, Any]], columns: Sequence[str], row: Row, *, empty: str = "nothing"
    ) -> None:
        """Print a table, or that there is nothing in it."""
        table = Table(*columns)
        for item in items:
            table.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in row(item)))
        self._console.print(table if items else Text(empty))

    def notice(self, text: str) -> None:
        """Print the sentence, dimmed."""
        self._print(Text(clean(text), style="dim"))

    def result(self, kind: str, data: Mapping[str, Any], text: str) -> None:
        """Print the text."""
        self._drop("download")
        self._print(Text(clean(text)))

    def job(self, status: Mapping[str, Any]) -> None:
        """Print a panel with the job's facts."""
        grid = Table.grid(padding=(0, 2))
        for name, value in facts_of(status):
            grid.add_row(Text(name, style="dim"), Text(value))
        border = _STYLES.get(word(status.get("state")), "")
        self._console.print(Panel(grid, title=Text(word(status.get("id"), "job")), border_style=border, expand=False))

    def jobs(self, jobs: Sequence[Mapping[str, Any]]) -> None:
        """Print a table."""
        self.rows(jobs, JOB_COLUMNS, job_row, empty="no jobs")

    def engines(self, engines: Sequence[Mapping[str, Any]], default: str) -> None:
        """Print each engine with its parameters."""
        for engine in engines:
            title, *rest = engine_lines(engine, default)
            self._console.print(Text(title, style="bold"))
            for line in rest:
                self._console.print(Text(line))

    def pause(self) -> None:
        """Stop drawing, and keep what is to be printed."""
        self._paused = True
        self._progress.stop()

    def resume(self) -> None:
        """Print what was kept and draw again."""
        self._paused = False
        while self._kept:
            self._console.print(self._kept.popleft())
        if self._bars:
            self._progress.start()
            self._progress.refresh()

    def close(self) -> None:
        """Stop drawing and give the cursor back."""
        self._paused = False
        self._progress.stop()
        self._kept.extend(map(Text, self._speech.rest()))
        while self._kept:
            self._console.print(self._kept.popleft())

    def _above(self, event: Event) -> None:
        """Print what happened, if there is anything to say."""
        level, line = event.data.get("level"), line_of(event)
        style = _LEVEL_STYLES.get(level, "") if isinstance(level, str) else "yellow" if is_trouble(event) else ""
        if line:
            self._print(Text(line, style=style))

    def _end(self, event: Event) -> None:
        """Print how the job ended."""
        state = word(event.data.get("state"))
        if state == "succeeded":
            self._move("job", "done", 100, 100, "")
        else:
            self._drop("job")
        facts = result_facts(event.data.get("result"))
        line = state_line(event.data) + (f": {facts}" if facts else "")
        self._print(Text(line, style=_STYLES.get(state, "")))

    def _move(self, bar: str, description: str, done: Optional[float], total: Optional[float], note: str) -> None:
        """Move a bar, which appears when it is first moved; no amount leaves it where it is."""
        if bar not in self._bars:
            self._bars[bar] = self._progress.add_task(description, total=total, note=note)
        self._progress.update(self._bars[bar], description=description, completed=done, total=total, note=note)
        if not self._paused:
            self._progress.start()
            self._progress.refresh()

    def _drop(self, bar: str) -> None:
        """Take a bar away."""
        if bar in self._bars:
            self._progress.remove_task(self._bars.pop(bar))
            if not self._paused:
                self._progress.refresh()

    def _print(self, text: Text) -> None:
        """Print above the bars, or later."""
        if self._paused:
            self._kept.append(text)
        else:
            self._console.print(text)
