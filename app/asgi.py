"""The little of ASGI that is written by hand here: its types, and one complete answer."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from app.problems import Header, Problem

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MEMO: Final = "callboard.memo"
"""An extension of ours: a dictionary for what is found out about a request's head, shared by all on a connection whose
heads are the same."""


async def answer(send: Send, status: int, headers: Sequence[Header], body: bytes = b"", *, more: bool = False) -> None:
    """Send a whole answer.

    Args:
        send: Of ASGI.
        status: The HTTP status.
        headers: All of them, names in lower case.
        body: All of it.
        more: Leave the answer open: the caller ends it with `finish` when it has read what is still coming in.
    """
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def finish(send: Send) -> None:
    """End an answer that was left open."""
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def answer_problem(send: Send, problem: Problem, headers: Sequence[Header] = (), *, more: bool = False) -> None:
    """Send an error, with further headers; see `answer`."""
    body = problem.body
    await answer(send, problem.status, [*problem.headers(body), *headers], body, more=more)
