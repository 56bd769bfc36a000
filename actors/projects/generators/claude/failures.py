"""Why an agent did not get to its end, told apart by what its worker said.

Seen with SDK 0.2.186 and its CLI 2.1.329 against a stand-in of the API, each after the repetitions that the CLI makes
by itself (401, 429, 5xx and no connection; not 400, 402, 403, 404, 413). All of them have `failed` set, but for a
stream that is cut:

| what happened | subtype | status | error | stopped |
|---|---|---|---|---|
| no key | success | - | authentication_failed | api_error |
| 401, 403 | success | 401, 403 | authentication_failed | api_error |
| 404, no such model | success | 404 | model_not_found | api_error |
| 400, the credit is too low | success | 400 | billing_error | api_error |
| 402; 400, usage limits reached | success | 402, 400 | unknown | api_error |
| 400, anything else | success | 400 | unknown | api_error |
| 400, the prompt is too long | success | 400 | invalid_request | prompt_too_long |
| 413 | success | 413 | invalid_request | image_error |
| 429 | success | 429 | rate_limit | api_error |
| 500, 504, 529 | success | 500, 504, 529 | server_error | api_error |
| connection refused, name not found | success | - | server_error | api_error |
| a stream is cut, or has an error in it | success | - | - | completed: asked again at once, without a stream |
| the model declines, twice | success | - | invalid_request | api_error |
| answers are too long, four times | success | - | max_output_tokens | api_error |
| the context is full | success | - | max_output_tokens | api_error |
| turns used up | error_max_turns | - | - | max_turns |
| money used up | error_max_budget_usd | - | - | budget_exhausted |
| interrupted | error_during_execution | - | - | aborted_streaming, aborted_tools |

A conversation that is not there ends the worker: `No conversation found with session ID`. So does a new one whose id is
taken, `Session ID ... is already in use`, which the program says on stderr only. For one whose file is there and empty,
as after a kill right after its beginning, it is the one and the other: only a new id helps. Pure.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Union

from actors.projects.generators.claude.budget import Reached
from actors.projects.generators.claude.explanations import Context, Failure, failure, option_for
from actors.projects.generators.claude.key import KeyUnusable
from actors.projects.generators.claude.words import End, Exit, Fatal, ProtocolError, Retried

_PREFIX = re.compile(r"^(?:Failed to authenticate\. )?(?:API Error: )?(?:\d{3}\b )?(?:Request rejected \(429\) . )?")
_CONTEXT = re.compile(r"prompt is too long|context window|request too large", re.IGNORECASE)
_CREDIT = re.compile(r"credit balance|usage limits?|billing|spend limit", re.IGNORECASE)
_GONE = re.compile(r"no conversation found|session id \S+ is already in use", re.IGNORECASE)
_NO_SETUP = re.compile(r"No module named|cannot import|ModuleNotFoundError|ImportError|CLINotFound|CLI not found")


@dataclass(frozen=True)
class Silence:
    """The worker said nothing for too long.

    Attributes:
        seconds: For how long.
    """

    seconds: float


Cause = Union[End, Fatal, Exit, Silence, ProtocolError, KeyUnusable]
"""What a run may fail by."""

_KINDS: tuple[tuple[str, Callable[[End], bool]], ...] = (
    ("turn_limit", lambda end: end.subtype == "error_max_turns" or end.stopped == "max_turns"),
    ("budget_reached", lambda end: end.subtype == "error_max_budget_usd" or end.stopped == "budget_exhausted"),
    ("interrupted", lambda end: (end.stopped or "").startswith("aborted_")),
    ("context_full", lambda end: end.stopped == "prompt_too_long" or end.status == 413),
    ("context_full", lambda end: end.error == "max_output_tokens" and _CONTEXT.search(end.text) is not None),
    ("answer_too_long", lambda end: end.error == "max_output_tokens"),
    ("key_missing", lambda end: end.error == "authentication_failed" and end.status is None),
    ("key_refused", lambda end: end.error == "authentication_failed" or end.status in (401, 403)),
    ("model_unknown", lambda end: end.error == "model_not_found" or end.status == 404),
    ("no_credit", lambda end: end.error == "billing_error" or end.status == 402),
    ("no_credit", lambda end: end.status == 400 and _CREDIT.search(end.text) is not None),
    ("rate_limited", lambda end: end.error == "rate_limit" or end.status == 429),
    ("overloaded", lambda end: end.status is not None and end.status >= 500),
    ("network", lambda end: end.error == "server_error"),
    ("refused", lambda end: end.error == "invalid_request" or end.status is not None),
)
"""Which code an end has: the first that fits."""


def explain(cause: Cause, context: Context, printed: str = "") -> Failure:
    """Return why a run did not get to its end.

    Args:
        cause: What happened; an `End` is one that failed.
        context: What is known besides.
        printed: What the worker of a `Fatal` printed as errors, as its `Exit` has it: some things are said only there.
    """
    if isinstance(cause, End):
        return _of_end(cause, context)
    if isinstance(cause, Silence):
        return failure("silence", context, f"{cause.seconds:g} s")
    if isinstance(cause, KeyUnusable):
        return Failure("key_missing", cause.problem, f"{cause.hint} Then go on: {context.resume}", paused=False)
    if isinstance(cause, ProtocolError):
        return failure("protocol", context, cause.problem)
    return _of_death(cause, context, printed)


def budget_reached(reached: Reached, context: Context) -> Failure:
    """Return why a run stops when a part of the project's budget is used up."""
    words = failure("budget_reached", context, option=option_for(reached))
    return replace(words, problem=reached.sentence("The project's budget"))


def day_budget_reached(reason: str, context: Context) -> Failure:
    """Return why nothing is run when the server has spent what it may on one day.

    Args:
        reason: What the ledger says, as a sentence.
        context: What is known besides.
    """
    return replace(failure("day_budget_reached", context), problem=reason)


def why_retried(retried: Retried) -> str:
    """Return why the API is asked once more, for people."""
    status = retried.status
    if status is None:
        return "The API cannot be reached, or broke off in the middle of its answer."
    if status in (401, 403):
        return f"The API refuses the key ({status})."
    if status == 429:
        return "The API takes no more requests for now (429)."
    if status == 529:
        return "The API is overloaded (529)."
    return f"The API is out of order ({status})." if status >= 500 else f"The API answered {status}."


def _of_end(end: End, context: Context) -> Failure:
    """Return why an end failed."""
    code = next((code for code, fits in _KINDS if fits(end)), "protocol")
    if code in ("turn_limit", "budget_reached"):
        return _of_limit(code, context)
    return failure(code, context, _detail(code, end), end.status)


def _of_limit(code: str, context: Context) -> Failure:
    """Return why an end by turns or by money came: for what is used up of the project's budget, if anything is."""
    reached = context.budget.which(context.spent) if context.budget else None
    if reached is not None:
        return budget_reached(reached, context)
    if code == "budget_reached" and context.budget:
        # What was counted here is a little behind what the program counted.
        money = Reached("cost_usd", context.budget.cost_usd, context.spent.cost_usd)
        return failure(code, context, option=option_for(money))
    return failure(code, context)


def _detail(code: str, end: End) -> str:
    """Return what is worth repeating of what an end says of itself.

    Where the cause is told by its code alone, its text would only say where else to log in or to configure.
    """
    if code in ("key_missing", "rate_limited", "overloaded") or end.status == 401:
        return ""
    if code == "protocol":
        return f"{end.subtype}, {end.stopped or 'no reason'}. {end.text}"
    return _PREFIX.sub("", end.text.partition("\n")[0])


def _of_death(cause: Union[Fatal, Exit], context: Context, printed: str) -> Failure:
    """Return why a worker is gone."""
    text = cause.text if isinstance(cause, Fatal) else cause.stderr_tail
    if _GONE.search(f"{text}\n{printed}"):
        return failure("session_lost", context)
    if _NO_SETUP.search(text):
        return failure("setup_missing", context, _last_line(text))
    if isinstance(cause, Fatal):
        return failure("protocol" if cause.kind == "protocol" else "worker_died", context, text)
    return failure("worker_died", context, ". ".join(filter(None, (_ending(cause), _last_line(text)))))


def _ending(exit_: Exit) -> str:
    """Return how a process ended."""
    if exit_.signal is not None:
        return f"it was killed by signal {exit_.signal}"
    return "" if exit_.code is None else f"exit code {exit_.code}"


def _last_line(text: str) -> str:
    """Return the last line that says something."""
    return next((line for line in reversed(text.splitlines()) if line.strip()), "")
