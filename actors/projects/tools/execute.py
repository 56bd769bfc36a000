"""The one way to call a tool: checked, bounded, reported, and never failing for what the tool or its input did."""

import errno
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

import trio
from pydantic import ValidationError

from actors.projects.tools.base import Tool, ToolContext, ToolEvent, ToolParameters
from actors.projects.tools.results import ToolResult, failed, still_holds
from actors.projects.tools.texts import bounded, canonical, clean, for_event, short
from actors.runtime.errors import CallboardError

logger = logging.getLogger(__name__)

MAX_PROBLEMS = 10
MAX_SHOWN = 2_000
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT})


async def execute(tool: Tool[Any], context: ToolContext, raw: Any) -> ToolResult:  # noqa: ANN401 - what a model sent
    """Call a tool.

    Args:
        tool: The tool.
        context: The project.
        raw: Its parameters as they came in.

    Returns:
        What it did. When that failed, `ok` is false and the text says what failed and what to do.
    """
    began = trio.current_time()
    result, cached = await _outcome(tool, context, raw)
    text, cut = bounded(clean(result.text), "ask for less")
    result = ToolResult(result.ok, text, result.data, result.cut or cut, result.basis)
    context.emit(
        ToolEvent(
            "tool_executed",
            {
                "tool": tool.name,
                "input": for_event(raw),
                "ok": result.ok,
                "result": short(text, MAX_SHOWN),
                "seconds": round(trio.current_time() - began, 3),
                "cached": cached,
            },
        )
    )
    return result


async def execute_named(
    tools: Mapping[str, Tool[Any]],
    name: str,
    context: ToolContext,
    raw: Any,  # noqa: ANN401 - as above
) -> ToolResult:
    """Call a tool by its name; one that does not exist is a failed result too."""
    tool = tools.get(name)
    if tool is not None:
        return await execute(tool, context, raw)
    await trio.lowlevel.checkpoint()
    result = failed(name, "there is no tool of that name", f"Use one of: {', '.join(sorted(tools))}.")
    shown = {"tool": for_event(name), "input": for_event(raw), "ok": False, "result": result.text}
    context.emit(ToolEvent("tool_executed", {**shown, "seconds": 0.0, "cached": False}))
    return result


async def _outcome(tool: Tool[Any], context: ToolContext, raw: Any) -> tuple[ToolResult, bool]:  # noqa: ANN401 - as above
    """Return what a call gives, and whether it is from the cache."""
    try:
        parameters = tool.parameters.parse_obj(raw if isinstance(raw, Mapping) else {"parameters": raw})
    except ValidationError as error:
        return failed(tool.name, *_explained(tool.parameters, error)), False
    except (TypeError, RecursionError):
        return failed(tool.name, "the parameters are not a JSON object", _known(tool.parameters)), False
    with trio.move_on_after(tool.seconds):
        try:
            return await _cached(tool, context, parameters)
        except CallboardError as error:
            return failed(tool.name, error.problem, error.hint), False
        except OSError as error:
            return failed(tool.name, *_of_system(error)), False
        except Exception:
            logger.exception("The tool %s has a bug; it was called with %s", tool.name, for_event(raw))
            hint = "Try it in another way; who runs the server finds the details in its log."
            return failed(tool.name, "internal error", hint), False
    return failed(tool.name, f"it took longer than {tool.seconds:g} s", "Ask for less, or in smaller steps."), False


async def _cached(tool: Tool[Any], context: ToolContext, parameters: ToolParameters) -> tuple[ToolResult, bool]:
    """Return a result that is known to be right still, or what the tool gives."""
    if not tool.repeatable:
        return await tool.run(context, parameters), False
    key = f"{tool.name} {canonical(parameters.dict())}"
    kept = context.cache.get(key)
    if kept is not None and kept.basis:
        holds = partial(still_holds, context.root, kept.basis)
        if await trio.to_thread.run_sync(holds, limiter=context.limiter):
            return kept, True
    result = await tool.run(context, parameters)
    context.cache.put(key, result)
    return result, False


def _explained(model: type[ToolParameters], error: ValidationError) -> tuple[str, str]:
    """Return which parameters are wrong, and what would be right."""
    found = error.errors()
    problems = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in found[:MAX_PROBLEMS]]
    fields = {str(one["loc"][0]) for one in found}
    described = {name: _description(model, name) for name in sorted(fields & set(model.__fields__))}
    hints = [f"{name} is {text}" for name, text in described.items() if text]
    if not fields <= set(model.__fields__):
        hints.append(_known(model))
    return short("; ".join(problems)), " ".join(hints)


def _description(model: type[ToolParameters], name: str) -> str:
    """Return what a parameter is, as its schema says."""
    return model.__fields__[name].field_info.description or ""


def _known(model: type[ToolParameters]) -> str:
    """Return which parameters there are."""
    names = ", ".join(f"{name}{'' if one.required else ' (optional)'}" for name, one in model.__fields__.items())
    return f"The parameters are: {names}." if names else "It has no parameters."


def _of_system(error: OSError) -> tuple[str, str]:
    """Return what the system said, and what to do about it."""
    name = error.filename if isinstance(error.filename, str) else ""
    said = (error.strerror or type(error).__name__).lower()
    problem = f"{said}: {short(name, 200)!a}" if name else said
    if error.errno in _DISK:
        return problem, "Remove what is not needed, such as a build's output, and try again."
    return problem, "Use list_directory to see what is there."
