"""Logging: the standard library's, rendered by structlog, each line with the id of the actor that wrote it."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from actors.runtime.context import current_actor


def _add_actor(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    actor = current_actor.get()
    if actor:
        event["actor"] = actor
    return event


def configure_logging(level: str, style: str) -> None:
    """Send log lines to standard error.

    Args:
        level: debug, info, warning or error.
        style: `text` for people, `json` for one object a line.
    """
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_actor,
        structlog.stdlib.ExtraAdder(),
    ]
    if style == "json":
        last: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        last = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0, exception_formatter=_plain)]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "hypercorn.error", "PIL"):
        logging.getLogger(noisy).setLevel("WARNING")


_plain = structlog.dev.plain_traceback
