"""Events, jobs and engines in words."""

from collections.abc import Mapping, Sequence
from typing import Any, Optional

from client.events import Event
from client.text import clean, human_duration, human_size

_SCHEMA_FACTS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")


def number(value: object) -> Optional[float]:
    """Return a JSON number, None for anything else."""
    return None if isinstance(value, bool) or not isinstance(value, (int, float)) else value


def word(value: object, otherwise: str = "") -> str:
    """Return a JSON text, number or truth value as one clean line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clean(str(value)) if isinstance(value, (str, int, float)) else otherwise


def stage_name(value: object) -> str:
    """Return the name of a stage for people."""
    return word(value, "working").replace("_", " ")


def progress_note(data: Mapping[str, Any]) -> str:
    """Return what a progress event says besides its stage and percent, such as `3 of 6, 20 s left`."""
    done, total, left = (number(data.get(key)) for key in ("done", "total", "remaining_s"))
    counted = f"{done:.0f} of {total:.0f}" if done is not None and total is not None else ""
    remaining = f"{human_duration(left)} left" if left is not None else ""
    return ", ".join(note for note in (counted, remaining) if note)


def state_line(data: Mapping[str, Any]) -> str:
    """Return a state event in words, such as `queued, number 3 in the queue`."""
    notes = [word(data.get("state"), "unknown state")]
    position, attempt = number(data.get("queue_position")), number(data.get("attempt"))
    if position:
        notes.append(f"number {position:.0f} in the queue")
    if attempt is not None and attempt > 1:
        notes.append(f"attempt {attempt:.0f}")
    reason = reason_text(data.get("reason"))
    return ", ".join(notes) + (f": {reason}" if reason else "")


def reason_text(value: object) -> str:
    """Return the reason of a state: a sentence, or an object that has one."""
    if isinstance(value, Mapping):
        parts = [word(value.get(key)) for key in ("problem", "detail", "message", "hint")]
        return "; ".join(part for part in parts if part)
    return word(value)


def accepted_line(answer: Mapping[str, Any]) -> str:
    """Return that the server took something, with its id and who works on it."""
    who = "generator" if "generator" in answer else "engine"
    return f"accepted as {word(answer.get('id'))}, {who} {word(answer.get(who), 'unknown')}"


def event_line(event: Event) -> str:
    """Return any event as one line without control characters."""
    data = event.data
    if event.type == "progress":
        percent, note = number(data.get("percent")), progress_note(data)
        line = f"{percent or 0:3.0f}% {stage_name(data.get('stage'))}"
        return f"{line} ({note})" if note else line
    if event.type == "log":
        return f"{word(data.get('level'), 'info')}: {word(data.get('message'))}"
    if event.type == "message":
        return f"{word(data.get('type'), 'status')}: {word(data.get('content'))}"
    if event.type == "gap":
        first, last = word(data.get("missed_from"), "?"), word(data.get("missed_to"), "?")
        return f"events {first} to {last} are no longer kept"
    if event.type in {"state", "end"}:
        return state_line(data)
    return word(event.type)


_TOLD = ("engine", "simulated", "photos", "photos_registered", "triangles", "seconds", "code")


def result_facts(result: object) -> str:
    """Return the facts of a job's result that a person wants first, such as `triangles 5120, simulated yes`.

    `--json` has them all; of a result with none that is known here, the first ones are told.
    """
    if not isinstance(result, Mapping):
        return ""
    names = [name for name in _TOLD if name in result] or list(result)
    facts = [f"{word(name).replace('_', ' ')} {word(result[name])}" for name in names if word(result[name])]
    return ", ".join(facts[: len(_TOLD)])


def job_facts(status: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what a job's status says, as names and values, without what it does not say."""
    size, percent = number(status.get("bytes")), number(status.get("percent"))
    facts = [
        ("id", word(status.get("id"))),
        ("state", state_line(status)),
        ("engine", word(status.get("engine"))),
        ("stage", stage_name(status["stage"]) if status.get("stage") else ""),
        ("progress", f"{percent:.0f}%" if percent is not None else ""),
        ("", progress_note(status) if status.get("state") == "running" else ""),
        ("photos", _images(status.get("images"))),
        ("size", human_size(size) if size is not None else ""),
        ("pipeline", word(status.get("pipeline"))),
        ("workspace", word(status.get("workspace"))),
        ("port", word(status.get("port"))),
        ("messages", _delivery(status.get("delivery"))),
        ("result", result_facts(status.get("result"))),
        ("created", word(status.get("created"))),
        ("updated", word(status.get("updated"))),
    ]
    return [(name, value) for name, value in facts if value]


def _delivery(value: object) -> str:
    """Return what became of a build's messages, such as `12 of 14 delivered: connection refused`."""
    if not isinstance(value, Mapping):
        return ""
    told = f"{word(value.get('delivered'), '0')} of {word(value.get('queued'), '0')} delivered"
    lost = [f"{word(value[name])} {name}" for name in ("refused", "expired") if number(value.get(name))]
    trouble = word(value.get("trouble"))
    return ", ".join([told, *lost]) + (f": {trouble}" if trouble else "")


def _images(value: object) -> str:
    """Return how many photos a job has; the server counts or lists them."""
    return str(len(value)) if isinstance(value, Sequence) and not isinstance(value, str) else word(value)


JOB_COLUMNS = ("id", "state", "percent", "engine", "created", "reason")


def job_row(job: Mapping[str, Any]) -> list[str]:
    """Return a job's cells in the order of `JOB_COLUMNS`."""
    percent, position = number(job.get("percent")), number(job.get("queue_position"))
    state = word(job.get("state"), "?") + (f" ({position:.0f})" if position else "")
    shown = f"{percent:.0f}%" if percent is not None else ""
    reason = clean(reason_text(job.get("reason")), 80)
    return [word(job.get("id"), "?"), state, shown, word(job.get("engine")), word(job.get("created")), reason]


def engine_lines(engine: Mapping[str, Any], default: str) -> list[str]:
    """Return an engine's title, whether it can run, and its parameters, a line each."""
    name = word(engine.get("name"), "?")
    lines = [f"{name}{' (default)' if name == default else ''}: {word(engine.get('title'))}"]
    if engine.get("available") is False:
        notes = "; ".join(note for note in (word(engine.get("reason")), word(engine.get("hint"))) if note)
        lines.append(f"  not available here: {notes}")
    schema = engine.get("parameters")
    parameters = schema.get("properties") if isinstance(schema, Mapping) else None
    if isinstance(parameters, Mapping):
        lines += [_parameter_line(word(key), part) for key, part in parameters.items() if isinstance(part, Mapping)]
    return lines


def _parameter_line(name: str, part: Mapping[str, Any]) -> str:
    """Return a parameter with its kind, limits, default and description."""
    limits = [f"{fact} {word(part[fact])}" for fact in _SCHEMA_FACTS if fact in part]
    choices = part.get("enum")
    kind = " | ".join(word(choice) for choice in choices) if isinstance(choices, list) else word(part.get("type"))
    default = [f"default {word(part['default'])}"] if word(part.get("default")) else []
    facts = ", ".join(fact for fact in (kind, *limits, *default) if fact)
    return f"  {name} ({facts}) {word(part.get('description'))}".rstrip()
