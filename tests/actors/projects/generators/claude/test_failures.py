"""What each failure is to people. The ends are as the real program gave them, against a stand-in of the API."""

import re
from typing import Optional

import pytest

from actors.generators.base import GeneratorFailed, GeneratorPaused
from actors.projects.generators.claude.budget import Budget, Spent
from actors.projects.generators.claude.explanations import CODES, Context, Failure, failure
from actors.projects.generators.claude.failures import (
    Cause,
    Silence,
    budget_reached,
    day_budget_reached,
    explain,
    why_retried,
)
from actors.projects.generators.claude.key import Key, KeyUnusable
from actors.projects.generators.claude.words import End, Exit, Fatal, ProtocolError, Retried

SECRET = "sk-ant-test-0123456789"
BUDGET = Budget(100, 1_000_000, 5.0, 3_600.0)
CONTEXT = Context("project-1", "claude-x", Key(SECRET, "the file /k"), turns=50, budget=BUDGET)


def _end(
    text: str,
    error: Optional[str] = None,
    status: Optional[int] = None,
    stopped: str = "api_error",
    subtype: str = "success",
) -> End:
    """Return an end that failed."""
    return End(True, subtype, 1, 0.0, status, error, stopped, text)


_SERVER = "This is a server-side issue, usually temporary \u2014 try again in a moment."

SEEN: tuple[tuple[str, bool, End], ...] = (
    ("key_missing", False, _end("Not logged in \u00b7 Please run /login", "authentication_failed")),
    (
        "key_refused",
        False,
        _end("Invalid API key \u00b7 Fix external API key", "authentication_failed", 401),
    ),
    (
        "key_refused",
        False,
        _end(
            "Failed to authenticate. API Error: 403 This organization has been disabled.", "authentication_failed", 403
        ),
    ),
    (
        "model_unknown",
        False,
        _end("There's an issue with the selected model (claude-x).", "model_not_found", 404),
    ),
    ("no_credit", True, _end("Credit balance is too low", "billing_error", 400)),
    ("no_credit", True, _end("API Error: 402 There is an issue with your billing", "unknown", 402)),
    (
        "no_credit",
        True,
        _end(
            "API Error: 400 You have reached your specified API usage limits. You will regain access on 2026-12-01.",
            "unknown",
            400,
        ),
    ),
    ("refused", False, _end("API Error: 400 messages.0: something is not right", "unknown", 400)),
    ("refused", False, _end("API Error: X can't help with this. Start a new session.\n\nMore", "invalid_request")),
    (
        "context_full",
        True,
        _end("Prompt is too long \u00b7 the request is ~2 tokens", "invalid_request", 400, "prompt_too_long"),
    ),
    ("context_full", True, _end("Request too large (max 32MB).", "invalid_request", 413, "image_error")),
    (
        "context_full",
        True,
        _end("API Error: The model has reached its context window limit.", "max_output_tokens"),
    ),
    (
        "answer_too_long",
        True,
        _end("API Error: Claude's response exceeded the 32000 output token maximum.", "max_output_tokens"),
    ),
    ("rate_limited", True, _end("API Error: Request rejected (429) \u00b7 slow down", "rate_limit", 429)),
    ("overloaded", True, _end(f"API Error: 500 Internal server error. {_SERVER}", "server_error", 500)),
    ("overloaded", True, _end(f"API Error: 504 timed out. {_SERVER}", "server_error", 504)),
    ("overloaded", True, _end(f"API Error: 529 Overloaded. {_SERVER}", "server_error", 529)),
    (
        "network",
        True,
        _end("API Error: Connection refused \u2014 a firewall may be blocking it (ECONNREFUSED)", "server_error"),
    ),
    ("network", True, _end("API Error: Can't reach the API server \u2014 check DNS (EAI_AGAIN)", "server_error")),
    ("turn_limit", True, _end("Reached maximum number of turns (2)", None, None, "max_turns", "error_max_turns")),
    (
        "budget_reached",
        True,
        _end("Reached maximum budget ($0.01)", None, None, "budget_exhausted", "error_max_budget_usd"),
    ),
    ("interrupted", True, _end("[ede] result_type=user", None, None, "aborted_tools", "error_during_execution")),
    ("interrupted", True, _end("[ede] result_type=user", None, None, "aborted_streaming", "error_during_execution")),
    ("protocol", False, _end("something new", None, None, "another_reason", "error_of_tomorrow")),
)

DEATHS: tuple[tuple[str, bool, Cause], ...] = (
    ("session_lost", True, Fatal("sdk", "ResultError: No conversation found with session ID: 99999999 (exit code: 1)")),
    ("setup_missing", False, Fatal("sdk", "CLINotFoundError: Claude Code not found at: /x")),
    ("setup_missing", False, Exit(1, None, "Traceback\nModuleNotFoundError: No module named 'claude_agent_sdk'\n")),
    ("worker_died", False, Exit(None, 9, "")),
    ("protocol", False, Fatal("protocol", "ProtocolError: a line is too long")),
    ("worker_died", False, Fatal("sdk", "CLIConnectionError: the SDK's program ended in the middle of an answer")),
    ("silence", True, Silence(180.0)),
    ("protocol", False, ProtocolError("An agent's worker said what is not JSON: 'x'")),
    ("key_missing", False, KeyUnusable("There is no API key.", hint="Name a file.")),
)


@pytest.mark.parametrize(("code", "paused", "cause"), [*SEEN, *DEATHS])
def test_each_cause_has_its_failure(code: str, paused: bool, cause: Cause) -> None:
    """What failed, why, what to do; as a result of its kind."""
    found = explain(cause, CONTEXT)
    assert (found.code, found.paused) == (code, paused)
    assert found.code in CODES
    assert found.problem.endswith(".")
    assert found.hint
    error = found.error()
    assert isinstance(error, GeneratorPaused if paused else GeneratorFailed)
    assert (error.problem, error.hint) == (found.problem, found.hint)


def test_what_only_the_program_s_errors_say_is_heard() -> None:
    """An id that is taken: a conversation that was killed when it began."""
    fatal = Fatal("sdk", "ProcessError: Command failed with exit code 1 (exit code: 1)")
    assert explain(fatal, CONTEXT).code == "worker_died"
    assert explain(fatal, CONTEXT, "Error: Session ID 99999999-2222 is already in use.\n").code == "session_lost"


@pytest.mark.parametrize("code", CODES)
def test_each_text_is_whole(code: str) -> None:
    """With nothing known and with everything, no place is left open and no advice of the agent's program is in."""
    for context, detail in ((Context("p", "m"), ""), (CONTEXT, "it {broke}.\n")):
        found = failure(code, context, detail, 400)
        for text in (found.problem, found.hint):
            assert text
            assert "  " not in text
            assert ".." not in text
            assert not re.search(r"\{(?!broke)|/login|\n", text)


def test_all_but_a_request_that_is_declined_can_go_on_by_a_command() -> None:
    """The hint has it."""
    without = {code for code in CODES if "callboard continue project-1" not in failure(code, CONTEXT).hint}
    assert without == {"refused"}


def _explained(cause: Cause, context: Context = CONTEXT) -> Failure:
    """Return an explanation in which no key may be."""
    found = explain(cause, context)
    assert SECRET not in f"{found}"
    return found


def test_a_refused_key_says_where_it_is_from_and_not_what_it_is() -> None:
    """Whatever the API repeats of it."""
    found = _explained(_end(f"API Error: 403 {SECRET} is not allowed", "authentication_failed", 403))
    assert "the file /k (403)" in found.problem
    assert "is not allowed" in found.problem


def test_what_the_api_says_is_bounded_and_on_one_line() -> None:
    """It comes from outside."""
    found = _explained(_end("API Error: 400 " + "\x1b[31mlong " * 1_000, "unknown", 400))
    assert len(found.problem) < 500
    assert found.problem.isprintable()


def test_the_project_s_own_budget_is_told_when_it_is_what_is_used_up() -> None:
    """Also when the agent's program had stopped by the turns, which are what was left of it."""
    context = Context("project-1", "m", budget=BUDGET, spent=Spent(turns=100))
    found = explain(_end("", None, None, "max_turns", "error_max_turns"), context)
    assert found.code == "budget_reached"
    assert found.problem == "The project's budget of 100 turns is used up: 100 turns were used."
    assert found.hint.endswith("callboard continue project-1 --budget-turns 200")


def test_a_budget_is_never_advised_to_be_lowered() -> None:
    """Also when the agent's program counted faster than the server."""
    context = Context("project-1", "m", budget=Budget(100, 1_000, 50.0, 60.0), spent=Spent(cost_usd=49.9))
    found = explain(_end("", None, None, "budget_exhausted", "error_max_budget_usd"), context)
    assert found.hint.endswith("--budget-usd 100")


@pytest.mark.parametrize(
    ("spent", "option"),
    [
        (Spent(cost_usd=5.01), "--budget-usd 11"),
        (Spent(tokens=1_000_000), "--budget-tokens 2000000"),
        (Spent(seconds=3_600.0), "--budget-minutes 120"),
    ],
)
def test_how_a_budget_is_raised(spent: Spent, option: str) -> None:
    """In the words of the command line."""
    reached = BUDGET.which(spent)
    assert reached is not None
    found = budget_reached(reached, CONTEXT)
    assert found.paused
    assert found.hint.endswith(f"callboard continue project-1 {option}")


def test_the_budget_of_a_day_says_when_it_is_new() -> None:
    """It is the server's."""
    found = day_budget_reached("The server's budget for one day (UTC) of 5.00 USD is used up.", CONTEXT)
    assert found.code == "day_budget_reached"
    assert found.problem.startswith("The server's budget")
    assert "midnight UTC" in found.hint
    assert found.paused


def test_the_address_that_cannot_be_reached_is_told_without_its_login() -> None:
    """One of a proxy of one's own."""
    context = Context("p", "m", url="https://me:secret@api.test/v1")
    found = explain(_end("API Error: Connection refused", "server_error"), context)
    assert "https://api.test/v1 cannot be reached: Connection refused" in found.problem


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (None, "cannot be reached"),
        (401, "refuses the key"),
        (429, "no more requests"),
        (529, "overloaded"),
        (500, "out of order (500)"),
        (408, "answered 408"),
    ],
)
def test_why_the_api_is_asked_again(status: Optional[int], words: str) -> None:
    """For the event that says so."""
    assert words in why_retried(Retried(1, 3, 0.5, status, "unknown"))
