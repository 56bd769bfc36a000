"""What each failure is to people: what failed, why, and what to do next; and whether the project just waits."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Optional, Union

from actors.generators.base import GeneratorFailed, GeneratorPaused
from actors.projects.generators.claude.budget import Budget, Reached, Spent
from actors.projects.generators.claude.key import Key, redact

MAX_DETAIL = 300
_API = "https://api.anthropic.com"
_LOGIN = re.compile(r"//[^/@]*@")


@dataclass(frozen=True)
class Context:
    """What is known besides what the agent's worker said.

    Attributes:
        project: The project's id.
        model: The model that was asked for.
        key: The key that was used; only where it is from is told.
        url: The API's address, when it is not its own.
        turns: How often the model may be asked for one prompt.
        budget: What the project may use.
        spent: What the project has used so far.
        setup: The command that makes the agent's environment.
    """

    project: str
    model: str
    key: Optional[Key] = None
    url: Optional[str] = None
    turns: Optional[int] = None
    budget: Optional[Budget] = None
    spent: Spent = field(default_factory=Spent)
    setup: str = "callboard setup claude"

    @property
    def resume(self) -> str:
        """The command that has the project go on."""
        return f"callboard continue {self.project}"

    @property
    def api(self) -> str:
        """Where the API is, without what an address may have to log in with."""
        return _LOGIN.sub("//", self.url) if self.url else _API


@dataclass(frozen=True)
class Failure:
    """Why a run did not get to its end.

    Attributes:
        code: A stable word for programs, one of `CODES`.
        problem: What failed, and why.
        hint: What to do next.
        paused: Whether it can go on later with nothing about the request, the key or the server changed.
    """

    code: str
    problem: str
    hint: str
    paused: bool

    def error(self) -> Union[GeneratorFailed, GeneratorPaused]:
        """Return it to be raised."""
        kind = GeneratorPaused if self.paused else GeneratorFailed
        return kind(self.problem, code=self.code, hint=self.hint)


@dataclass(frozen=True)
class _Words:
    """One failure. In its texts stand parts of the context: `{model}`, `{source}`, `{api}`, `{resume}` and so on."""

    problem: str
    hint: str
    paused: bool = False


_LATER = "What was made is kept. Go on later: {resume}"

_ALL: Mapping[str, _Words] = {
    "setup_missing": _Words(
        "The environment that the agent runs in is missing or does not work{detail}.",
        "Run {setup}, then go on: {resume}",
    ),
    "key_missing": _Words(
        "The agent had no API key{detail}.",
        "Put the key into a file that only you can read (chmod 600) and name it in the server's settings, or set "
        "ANTHROPIC_API_KEY for the server. Start the server again, then go on: {resume}",
    ),
    "key_refused": _Words(
        "The API refused the key from {source}{status}{detail}.",
        "See in the API's console that the key is not disabled or expired and may use the API; put a good one there, "
        "start the server again, then go on: {resume}",
    ),
    "no_credit": _Words(
        "The API account of the key from {source} has no credit left, or has reached its limit{status}{detail}.",
        "Add credit or raise the limit in the API's console. What was made is kept; go on then: {resume}",
        paused=True,
    ),
    "model_unknown": _Words(
        "The API does not know the model {model}, or the key from {source} may not use it{status}.",
        "Name another model in the server's settings (claude_model), or the right address if the API has another one"
        " (claude_url), and start the server again. Then go on: {resume}",
    ),
    "overloaded": _Words(
        "The API is overloaded or out of order{status}, and was asked several times.",
        f"It usually ends within minutes. {_LATER}",
        paused=True,
    ),
    "rate_limited": _Words(
        "The API takes no more requests from this account for now{status}, and was asked several times.",
        f"Have fewer projects generated at once, or raise the account's limits. {_LATER}",
        paused=True,
    ),
    "network": _Words(
        "The API at {api} cannot be reached{detail}.",
        "See that this machine has a network, and that no firewall or proxy is in the way. What was made is kept; go "
        "on then: {resume}",
        paused=True,
    ),
    "turn_limit": _Words(
        "The agent was not done after asking the model {turns}times, which is the most for one run.",
        "What was made is kept. Look at the preview, then go on: {resume}",
        paused=True,
    ),
    "budget_reached": _Words(
        "The project's budget is used up.",
        "What was made is kept. Raise it and go on: {resume} {option}",
        paused=True,
    ),
    "day_budget_reached": _Words(
        "What this server may spend on one day is used up.",
        "What was made is kept. Go on after midnight UTC, or raise the server's budget and start it again: {resume}",
        paused=True,
    ),
    "context_full": _Words(
        "The conversation has become too long for the model.",
        "What was made is kept. Go on in a new conversation, for which the agent looks at the app first: {resume}",
        paused=True,
    ),
    "answer_too_long": _Words(
        "The model's answers were longer than it may write at once.",
        "What was made is kept. Ask for smaller steps, or go on: {resume}",
        paused=True,
    ),
    "refused": _Words(
        "The model or the API declined the request{status}{detail}.",
        "Ask for it in other words, or for something else. What was made is kept.",
    ),
    "interrupted": _Words(
        "The agent was interrupted.",
        "What was made is kept. Go on: {resume}",
        paused=True,
    ),
    "session_lost": _Words(
        "The agent does not remember this project: its conversation is gone{detail}.",
        "What was made is kept. Go on in a new conversation, for which the agent looks at the app first: {resume}",
        paused=True,
    ),
    "silence": _Words(
        "The agent said nothing for {detail}, and was ended.",
        f"The API or the network did not answer. {_LATER}",
        paused=True,
    ),
    "worker_died": _Words(
        "The agent's process ended in the middle{detail}.",
        "See that the machine has memory left (an agent needs about 300 MB), and look into the server's log. What was "
        "made is kept; go on: {resume}",
    ),
    "protocol": _Words(
        "The agent ended in a way that this server does not understand{detail}.",
        "Run {setup} to have the version of the agent that this server was made for. What was made is kept; go on: "
        "{resume}",
    ),
}

CODES = tuple(_ALL)
"""All codes that there are."""

_OPTIONS = {"cost_usd": "usd", "turns": "turns", "tokens": "tokens", "seconds": "minutes"}


def failure(code: str, context: Context, detail: str = "", status: Optional[int] = None, option: str = "") -> Failure:
    """Return a failure in words.

    Args:
        code: One of `CODES`.
        context: What is known besides.
        detail: What the cause said of itself, from outside; bounded here, and without a key.
        status: The status of the API's answer.
        option: How the budget is raised.
    """
    words = _ALL[code]
    parts = {
        "model": context.model,
        "source": context.key.source if context.key else "the server's settings",
        "api": context.api,
        "resume": context.resume,
        "setup": context.setup,
        "turns": f"{context.turns} " if context.turns else "several ",
        "status": f" ({status})" if status else "",
        "detail": _detail(code, detail, context.key),
        "option": option or "--budget-usd 10",
    }
    return Failure(code, words.problem.format(**parts), words.hint.format(**parts).strip(), words.paused)


def option_for(reached: Reached) -> str:
    """Return the option of `callboard continue` that raises what is used up."""
    amount = reached.suggested / 60 if reached.name == "seconds" else reached.suggested
    return f"--budget-{_OPTIONS[reached.name]} {max(round(amount, 2), 0.01):.15g}"


def _detail(code: str, text: str, key: Optional[Key]) -> str:
    """Return what the cause said, as it stands in a sentence."""
    line = " ".join("".join(char if char.isprintable() else " " for char in redact(text, key)).split())
    short = line if len(line) <= MAX_DETAIL else f"{line[:MAX_DETAIL]}..."
    return short if code == "silence" or not short else f": {short.rstrip('. ')}"
