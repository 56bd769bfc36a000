"""The API fails, for each reason that it gives and for none."""

from collections.abc import Awaitable, Callable
from typing import Optional

from actors.projects.generators.claude.protocol import Text
from tests.claude.stage import Stage, Turn


async def _one(stage: Stage, script: str, **changes: object) -> Turn:
    """Ask once."""
    async with stage.open(**changes) as talk:
        return await talk.ask(f"Make an app. scenario={script}")


def _fails(
    script: str, status: Optional[int], error: str, words: str, retries: int, untold: int = 0
) -> Callable[[Stage], Awaitable[None]]:
    """Make a scenario in which each request gets an error.

    Args:
        script: What the API does.
        status: What the end tells of it.
        error: The kind that it tells.
        words: What its text tells.
        retries: How often it is tried again and told, when once is allowed.
        untold: How often it is tried again and not told: without streaming.
    """

    async def scenario(stage: Stage) -> None:
        turn = await _one(stage, script)
        assert (turn.end.failed, turn.end.status, turn.end.error) == (True, status, error), turn.end
        assert words in turn.end.text
        assert [(retry.attempt, retry.most, retry.status) for retry in turn.retries] == [(1, 1, status)] * retries
        assert len(stage.asked(script)) in (0, 1 + retries + untold)

    scenario.__name__ = script.replace("-", "_")
    return scenario


async def refused_connection(stage: Stage) -> None:
    """Nobody listens at the address."""
    turn = await _one(stage, "refused-connection", url=stage.closed_port)
    assert (turn.end.failed, turn.end.status, turn.end.error) == (True, None, "server_error")
    assert "Connection refused" in turn.end.text
    assert [(retry.attempt, retry.status) for retry in turn.retries] == [(1, None)]


async def error_then_answer(stage: Stage) -> None:
    """An error that passes is told, and nothing more comes of it."""
    turn = await _one(stage, "error-then-hello")
    assert [(retry.attempt, retry.status) for retry in turn.retries] == [(1, 529)]
    assert (turn.end.failed, turn.end.text) == (False, "Hello at last.")


async def limit_then_answer(stage: Stage) -> None:
    """A limit is waited for as long as the API says."""
    turn = await _one(stage, "limit-then-hello")
    assert [(retry.attempt, retry.status) for retry in turn.retries] == [(1, 429)]
    assert (turn.end.failed, turn.end.text) == (False, "Hello at last.")


async def cut(stage: Stage) -> None:
    """The stream is cut in the middle, each time: the same pieces come again, and no whole text."""
    turn = await _one(stage, "cut")
    assert (turn.end.failed, turn.end.status, turn.end.error) == (True, None, "server_error")
    assert "Connection dropped" in turn.end.text
    assert (turn.streamed, turn.said) == ("This is cut" * 2, "")
    assert [(retry.attempt, retry.status) for retry in turn.retries] == [(1, None)]


async def cut_then_answer(stage: Stage) -> None:
    """The stream is cut once; what had come of it is no part of the answer."""
    turn = await _one(stage, "cut-then-hello")
    assert (turn.streamed, turn.said) == ("This is cutHello at last.", "Hello at last.")
    assert (turn.end.failed, turn.end.text) == (False, "Hello at last.")


async def broken(stage: Stage) -> None:
    """An error comes in the stream, each time: the model is asked to go on three times, whatever is allowed."""
    turn = await _one(stage, "broken")
    assert (turn.end.failed, turn.end.status, turn.end.error) == (True, None, "server_error")
    assert (len(turn.used), turn.retries) == (4, [])


async def refusal(stage: Stage) -> None:
    """The model refuses, and is asked once more."""
    turn = await _one(stage, "refused")
    assert (turn.end.failed, turn.end.status, turn.end.error) == (True, None, "invalid_request")
    assert "can't help with this" in turn.end.text
    assert len(turn.used) == 2


async def cut_short(stage: Stage) -> None:
    """The answer is at its longest before it is done, and the model is asked to go on three times."""
    turn = await _one(stage, "cut-short")
    assert (turn.end.failed, turn.end.error) == (True, "max_output_tokens")
    assert [text.text for text in turn.of(Text)] == ["This is as far as"] * 4


async def empty(stage: Stage) -> None:
    """The model says nothing at all, and is asked once more; that is no failure."""
    turn = await _one(stage, "empty")
    assert (turn.said, len(turn.used), turn.end.failed, turn.end.text) == ("", 2, False, "")


async def no_key(stage: Stage) -> None:
    """There is no key: nothing is asked."""
    turn = await _one(stage, "no-key", key=None)
    assert (turn.end.failed, turn.end.error) == (True, "authentication_failed")
    assert stage.asked("no-key") == []


SCENARIOS: tuple[Callable[[Stage], Awaitable[None]], ...] = (
    _fails("error-400-credit", 400, "billing_error", "Credit balance is too low", 0),
    _fails("error-400-long", 400, "invalid_request", "Prompt is too long", 0),
    _fails("error-401", 401, "authentication_failed", "Invalid API key", 1),
    _fails("error-403", 403, "authentication_failed", "does not have permission", 0),
    _fails("error-404", 404, "model_not_found", "issue with the selected model", 0, 1),
    _fails("error-413", 413, "invalid_request", "too large", 0),
    _fails("error-429", 429, "rate_limit", "rate limit", 1),
    _fails("error-500", 500, "server_error", "Internal server error", 1),
    _fails("error-529", 529, "server_error", "Overloaded", 1),
    refused_connection,
    error_then_answer,
    limit_then_answer,
    cut,
    cut_then_answer,
    broken,
    refusal,
    cut_short,
    empty,
    no_key,
)
