"""What a project tells, as a build says it. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from actors.builds.base import ACTION, ASSISTANT, STATUS, WARNING, Said, Step
from actors.builds.pipelines.generated import shown_size

MAX_MESSAGE = 3500
"""Characters of one message of a build; what the generator says at more length becomes several."""

MAX_SHOWN = 200
"""Characters of what a tool was given, or answered."""

_TELLING = ("path", "command", "argv", "packages", "name", "script")
_FILES = {"file_created": "Wrote", "file_changed": "Changed"}
_TOLD_BY_FILE = frozenset({"write_file", "edit_file"})
_LEVELS = {"info": STATUS, "warning": WARNING, "error": WARNING}

Data = Mapping[str, Any]


class Relay:
    """Turns the events of one project, in their order, into what its build says."""

    def __init__(self) -> None:
        self._speech = ""
        self._stage = ""
        self._steps = [Step.FRONTEND, Step.STRUCTURE]
        self._files_may_be_next_step = True
        self._words: Mapping[str, Callable[[Data], list[Said]]] = {
            "assistant_message": self._message,
            "tool_executed": self._tool,
            "progress": self._progress,
            "log": _log,
            "retry": _retry,
            "server_crashed": _crash,
            "gap": lambda _: [Said(WARNING, "Some of what was done was left out here.")],
        }

    def take(self, kind: str, data: Data) -> list[Said]:
        """Take an event, and return what is to be said now."""
        if kind in _FILES:
            return self._file(_FILES[kind], data)
        told = self._words.get(kind)
        return [] if told is None else told(data)

    def rest(self) -> list[Said]:
        """Return what was begun and has not been said."""
        text, self._speech = self._speech.strip(), ""
        return [Said(ASSISTANT, text)] if text else []

    def _message(self, data: Data) -> list[Said]:
        """Put the pieces of a message together, since each message of a build is shown by itself."""
        self._speech += str(data.get("text", ""))
        said = []
        while len(self._speech) > MAX_MESSAGE:
            cut = self._speech.rfind("\n", 1, MAX_MESSAGE) + 1 or MAX_MESSAGE
            said.append(Said(ASSISTANT, self._speech[:cut].strip()))
            self._speech = self._speech[cut:]
        return [*said, *self.rest()] if data.get("last") else said

    def _file(self, done: str, data: Data) -> list[Said]:
        """The first files are the structure, and those of the tools after that are the frontend."""
        said = []
        if self._files_may_be_next_step and self._steps:
            said.append(Said(STATUS, "", self._steps.pop()))
            self._files_may_be_next_step = False
        return [*said, Said(ACTION, f"{done} {data.get('path')} ({shown_size(int(data.get('size', 0)))})")]

    def _tool(self, data: Data) -> list[Said]:
        self._files_may_be_next_step = True
        name, ok = str(data.get("tool")), bool(data.get("ok"))
        if ok and name in _TOLD_BY_FILE:
            return []
        given = data.get("input")
        told = next((_short(given[key]) for key in _TELLING if key in given), "") if isinstance(given, Mapping) else ""
        line = f"{name} {told}".strip()
        return [Said(ACTION, line if ok else f"{line} did not work: {_short(data.get('result'))}")]

    def _progress(self, data: Data) -> list[Said]:
        stage, before = str(data.get("stage") or ""), self._stage
        self._stage = stage
        return [Said(STATUS, f"{stage[:1].upper()}{stage[1:]}...")] if stage and stage != before else []


def _log(data: Data) -> list[Said]:
    """What commands print, which has a source, stays in the project's own log."""
    kind = _LEVELS.get(str(data.get("level")))
    return [Said(kind, str(data.get("message")))] if kind and not data.get("source") else []


def _retry(data: Data) -> list[Said]:
    delay = data.get("delay_s")
    when = "" if delay is None else f" in {delay:.0f} s"
    which = f"{data.get('attempt')} of {data.get('most')}"
    return [Said(WARNING, f"{_short(data.get('problem'))} It is tried again{when} ({which}).")]


def _crash(data: Data) -> list[Said]:
    return [Said(WARNING, f"The app's server crashed: {_short(data.get('reason'))}")]


def _short(value: object) -> str:
    """Return the beginning of a text, or of a list of them, as one line."""
    text = " ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    line = " ".join(text.split())
    return line if len(line) <= MAX_SHOWN else f"{line[: MAX_SHOWN - 1]}\u2026"
