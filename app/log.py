"""Logging: the standard library's, on standard error, each line with the id of the actor that wrote it.

The text format is the builder contract's. Each line begins with `[AGENT-PYTHON] `, from the level error on with
`[AGENT-PYTHON-ERROR] `, and for figures, which are what is logged through the logger `callboard.perf`, with
`[AGENT-PYTHON-PERF] `. The actor follows, so that two builds at once can be told apart, then the message, and what else
the line is about: the process, and the request that all of it came of. There is no time in a line: journald, Docker and
the like add it, and `--log-format json` has it.

No line can be forged by what a client sends: characters that a terminal would act on are escaped, and where a message
has a second line, that one begins with a prefix of its own and a bar.
"""

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

from actors.runtime.context import PROCESS, current_actor, request_id

PERF: Final = "callboard.perf"
"""The logger of figures: how long things took, how many there were."""

_PREFIX: Final = "[AGENT-PYTHON]"
_ERROR_PREFIX: Final = "[AGENT-PYTHON-ERROR]"
_PERF_PREFIX: Final = "[AGENT-PYTHON-PERF]"

# Control characters, line separators that are not `\n`, what turns the direction of writing, and halves of characters.
_UNSAFE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def configure_logging(level: str, style: str) -> None:
    """Send log lines to standard error, warnings of Python's included.

    Args:
        level: debug, info, warning or error.
        style: `text` as the builder contract has it, `json` for one object a line.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_json_formatter() if style == "json" else ContractFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "hypercorn.error", "PIL"):
        logging.getLogger(noisy).setLevel("WARNING")
    logging.captureWarnings(capture=True)


class ContractFormatter(logging.Formatter):
    """Renders a record as one or more whole lines, each with its prefix."""

    def format(self, record: logging.LogRecord) -> str:
        """Render a record."""
        start = f"{_prefix(record)} {_who()}"
        first, *more = [*self._message(record).split("\n"), *_trace(record)]
        first += _about(record)
        return "\n".join([_safe(start + first), *(_safe(f"{start}| {line}") for line in more)])

    def _message(self, record: logging.LogRecord) -> str:
        # The prefix says that it is an error; it says nothing of the levels below.
        word = f"{record.levelname.lower()}: " if record.levelno in (logging.DEBUG, logging.WARNING) else ""
        return word + record.getMessage().rstrip("\n")


def _prefix(record: logging.LogRecord) -> str:
    if record.levelno >= logging.ERROR:
        return _ERROR_PREFIX
    return _PERF_PREFIX if record.name == PERF else _PREFIX


def _who() -> str:
    actor = current_actor.get()
    return f"{actor}: " if actor else ""


def _about(record: logging.LogRecord) -> str:
    """What else a line is about, at its end: what searches for the contract's words finds them where they were."""
    facts = {"process": getattr(record, PROCESS, ""), "request": request_id()}
    words = ", ".join(f"{name} {value}" for name, value in facts.items() if value)
    return f" ({words})" if words else ""


def _trace(record: logging.LogRecord) -> list[str]:
    info = record.exc_info
    text = "".join(traceback.format_exception(*info)) if info and info[1] else ""
    return [line for part in (text, record.stack_info or "") for line in part.rstrip("\n").split("\n") if line]


def _safe(line: str) -> str:
    return _UNSAFE.sub(_escape, line)


def _escape(match: "re.Match[str]") -> str:
    number = ord(match[0])
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"


def _json_formatter() -> logging.Formatter:
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        _add_context,
    ]
    last: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
    )


def _add_context(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    facts = {"actor": current_actor.get(), "request": request_id(), "process": event.pop(PROCESS, None)}
    event.update({name: value for name, value in facts.items() if value})
    if event.get("logger") == PERF:
        event["perf"] = True
    return event
