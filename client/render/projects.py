"""Projects in words: what happens in one, how it is, and what is in it."""

from collections.abc import Mapping, Sequence
from typing import Any, Callable, Optional

from client.events import Event
from client.render.words import event_line, job_facts, number, progress_note, reason_text, stage_name, state_line, word
from client.text import clean, human_duration, human_size

Data = Mapping[str, Any]

_SHOWN = 300
_TELLING = ("path", "command", "argv", "packages", "name", "script")

PROJECT_COLUMNS = ("id", "state", "percent", "cost", "name", "created", "prompt")
FILE_COLUMNS = ("size", "type", "modified", "path")


def line_of(event: Event) -> str:
    """Return any event as one line without control characters."""
    told = _LINES.get(event.type)
    return event_line(event) if told is None else told(event.data)


def is_trouble(event: Event) -> bool:
    """Whether an event tells of something that went wrong."""
    return event.type in {"error_occurred", "server_crashed", "retry"} or event.data.get("ok") is False


def _seconds(value: object) -> str:
    """Return how long something took."""
    seconds = number(value)
    return "" if seconds is None else f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"


def _short(value: object) -> str:
    """Return the beginning of a text, or of a list of them, as one line."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return clean(" ".join(word(item) for item in value), _SHOWN)
    return clean(word(value), _SHOWN)


def _tool(data: Data) -> str:
    """Return what a tool did."""
    given = data.get("input")
    told = next((_short(given[key]) for key in _TELLING if key in given), "") if isinstance(given, Mapping) else ""
    line = " ".join(part for part in (word(data.get("tool"), "a tool"), told) if part)
    took = "unchanged" if data.get("cached") is True else _seconds(data.get("seconds"))
    line = f"{line} ({took})" if took else line
    return line if data.get("ok") is not False else f"{line}: {_short(data.get('result'))}"


def _file(sign: str) -> Callable[[Data], str]:
    """Return how a change of a file is told."""

    def tell(data: Data) -> str:
        size = number(data.get("size"))
        return f"{sign} {word(data.get('path'), '?')}" + (f" ({human_size(size)})" if size is not None else "")

    return tell


def _usage(data: Data) -> str:
    """Return what was used of a model."""
    model, cost = word(data.get("model")), number(data.get("cost_usd")) or 0.0
    if not model:
        return "no model was asked"
    names = {"input_tokens": "tokens read", "cached_tokens": "cached", "output_tokens": "written", "turns": "turns"}
    told = [f"{number(data.get(name)) or 0:.0f} {what}" for name, what in names.items()]
    seconds = number(data.get("seconds"))
    took = f", {human_duration(seconds)}" if seconds else ""
    return f"{model}: {', '.join(told)}, {cost:.4f} USD{took}"


def _budget(data: Data) -> str:
    """Return what a person has set that a project may use."""
    cost, seconds = number(data.get("cost_usd")), number(data.get("seconds"))
    told = [f"{number(data[name]):.0f} {name}" for name in ("turns", "tokens") if number(data.get(name)) is not None]
    told += [] if cost is None else [f"{cost:.2f} USD"]
    told += [] if seconds is None else [human_duration(seconds)]
    return f"at most {', '.join(told)}" if told else ""


def _retry(data: Data) -> str:
    """Return what is tried again, and when."""
    delay = number(data.get("delay_s"))
    when = "" if delay is None else f" in {human_duration(delay)}"
    which = f"{word(data.get('attempt'), '?')} of {word(data.get('most'), '?')}"
    return f"{_short(data.get('problem')) or 'that did not work'}; tried again{when} ({which})"


def _problem(data: Data) -> str:
    """Return an error with what to do."""
    hint = word(data.get("hint"))
    return f"error: {_short(data.get('problem'))}" + (f"; {hint}" if hint else "")


def _crash(data: Data) -> str:
    """Return how the app's server crashed."""
    tail = data.get("tail")
    last = _short(tail[-1]) if isinstance(tail, Sequence) and not isinstance(tail, str) and tail else ""
    again = number(data.get("restart_in_s"))
    line = "the app's server crashed" + (f": {last}" if last else "")
    return line if again is None else f"{line}; it is started again in {again:.1f} s"


def _stopped(data: Data) -> str:
    """Return why the app's server stopped."""
    reason = word(data.get("reason"))
    return "the app's server stopped" + (f": {reason}" if reason else "")


_LINES: dict[str, Callable[[Data], str]] = {
    "generation_started": lambda data: f"{word(data.get('generator'), 'a generator')} sets to work",
    "generation_finished": state_line,
    "tool_executed": _tool,
    "file_created": _file("+"),
    "file_changed": _file("~"),
    "directory_created": _file("+"),
    "usage": _usage,
    "retry": _retry,
    "version_created": lambda data: f"version {word(data.get('version'), '?')}: {_short(data.get('label'))}",
    "server_started": lambda data: f"the app's server starts: {_short(data.get('command'))}",
    "preview_ready": lambda data: f"the preview is ready: {_short(data.get('url'))}",
    "server_stopped": _stopped,
    "server_crashed": _crash,
    "error_occurred": _problem,
}


def facts_of(status: Data) -> list[tuple[str, str]]:
    """Return what a status says, of a project or of anything else, as names and values."""
    return project_facts(status) if status.get("kind") == "project" else job_facts(status)


def project_facts(status: Data) -> list[tuple[str, str]]:
    """Return what a project's status says, without what it does not say."""
    progress, preview, versions = (_mapping(status.get(name)) for name in ("progress", "preview", "versions"))
    percent, running = number(progress.get("percent")), status.get("state") == "running"
    errors = status.get("errors")
    last = errors[-1] if isinstance(errors, Sequence) and errors and isinstance(errors[-1], Mapping) else {}
    expires = _mapping(status.get("expires"))
    facts = [
        ("id", word(status.get("id"))),
        ("name", word(status.get("name"))),
        ("state", state_line(status)),
        ("step", stage_name(status["step"]) if status.get("step") else ""),
        ("progress", f"{percent:.0f}%" if percent is not None else ""),
        ("", progress_note(progress) if running else ""),
        ("run", word(status.get("run"))),
        ("prompt", _short(status.get("prompt"))),
        ("generator", word(status.get("generator"))),
        ("usage", _usage(_mapping(status.get("usage")))),
        ("budget", _budget(_mapping(status.get("budget")))),
        ("preview", ", ".join(filter(None, [word(preview.get("state")), word(preview.get("reason"))]))),
        ("version", word(versions.get("latest"))),
        ("error", reason_text(last)),
        ("expires", ", ".join(filter(None, [word(expires.get("at")), word(expires.get("why"))]))),
        ("created", word(status.get("created"))),
        ("updated", word(status.get("updated"))),
    ]
    return [(name, value) for name, value in facts if value]


def project_row(project: Data) -> list[str]:
    """Return a project's cells in the order of `PROJECT_COLUMNS`."""
    percent, position = number(_mapping(project.get("progress")).get("percent")), number(project.get("queue_position"))
    state = word(project.get("state"), "?") + (f" ({position:.0f})" if position else "")
    shown = f"{percent:.0f}%" if percent is not None else ""
    usage = _mapping(project.get("usage"))
    cost = f"{number(usage.get('cost_usd')) or 0:.2f} USD" if usage.get("model") else ""
    name, created = word(project.get("name")), word(project.get("created"))
    return [word(project.get("id"), "?"), state, shown, cost, name, created, clean(word(project.get("prompt")), 60)]


def file_row(file: Data) -> list[str]:
    """Return a file's cells in the order of `FILE_COLUMNS`."""
    size = number(file.get("size"))
    return [
        human_size(size) if size is not None else "?",
        word(file.get("type")),
        word(file.get("modified")),
        word(file.get("path"), "?"),
    ]


def text_lines(data: bytes) -> Optional[list[str]]:
    """Return the lines of a text, each safe for a terminal; None when it is no text."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else [clean(line.expandtabs(4), len(line) * 4 + 1) for line in text.splitlines()]


def not_text(path: str, media_type: str, data: bytes) -> str:
    """Return what to say of a file that cannot be shown."""
    return f"{clean(path)} is no text ({clean(media_type)}, {human_size(len(data))}): save it with -o FILE"


def _mapping(value: object) -> Data:
    """Return a JSON object, an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}
