"""What is at an app's address when the app is not: a page that says why, and looks again by itself."""

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from typing import Final

from actors.projects.tools.outside import ServerState, ServerStatus
from app.asgi import Scope, Send, answer, answer_problem
from app.problems import Header, Problem

_STYLE: Final = """
:root { color-scheme: light dark; --paper: #f4f0e8; --ink: #211d19; --soft: #5f574c;
  --panel: #fffdf9; --edge: #e2dbce; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #141318; --ink: #f1ece4; --soft: #b3aca1; --panel: #1f1d24; --edge: #302d36; }
}
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
main { box-sizing: border-box; width: min(640px, 100%); padding: 24px; }
h1 { margin: 0 0 8px; font-size: 21px; }
p { margin: 0; color: var(--soft); }
pre { margin: 20px 0 0; padding: 14px; overflow: auto; max-height: 50vh; border: 1px solid var(--edge);
  border-radius: 12px; background: var(--panel); font-size: 13px; white-space: pre-wrap; overflow-wrap: anywhere; }
"""
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"
_LINES: Final = 40

_TITLES: Final = {
    ServerState.STOPPED: "This app is stopped",
    ServerState.STARTING: "This app is starting",
    ServerState.RUNNING: "This app is starting",
    ServerState.CRASHED: "This app has crashed",
}
_HINTS: Final = {
    ServerState.STOPPED: "Start it on its preview page.",
    ServerState.STARTING: "This page shows it as soon as it answers.",
    ServerState.RUNNING: "This page shows it as soon as it answers.",
    ServerState.CRASHED: "What it printed is below; restart it on its preview page.",
}


def wants_page(scope: Scope) -> bool:
    """Whether a person is to see the answer, and not a program."""
    headers = {key.lower(): value for key, value in scope["headers"]}
    opened = headers.get(b"sec-fetch-dest", b"document") in (b"document", b"iframe", b"frame")
    return scope["method"] in ("GET", "HEAD") and opened and b"text/html" in headers.get(b"accept", b"")


async def answer_down(scope: Scope, send: Send, status: ServerStatus) -> None:
    """Say that an app is not there, and why."""
    coming = status.state in (ServerState.STARTING, ServerState.RUNNING)
    title, hint = _TITLES[status.state], _HINTS[status.state]
    if wants_page(scope):
        reason = f"{status.reason} {hint}".strip()
        await answer_page(scope, send, 503, title, reason, status.tail[-_LINES:], again=1 if coming else 4)
    else:
        problem = Problem(503, f"{title}. {status.reason}".strip(), hint, extra=(("retry-after", "1"),))
        await answer_problem(send, problem)


async def answer_refusal(scope: Scope, send: Send, problem: Problem) -> None:
    """Say that something went wrong on the way to an app, as a page to people."""
    if not wants_page(scope):
        await answer_problem(send, problem)
        return
    extra = [(name.encode(), value.encode()) for name, value in problem.extra]
    await answer_page(scope, send, problem.status, problem.problem, problem.hint, extra=extra)


async def answer_page(
    scope: Scope,
    send: Send,
    status: int,
    title: str,
    text: str,
    lines: tuple[str, ...] = (),
    again: int = 0,
    extra: Sequence[Header] = (),
    link: str = "",
) -> None:
    """Answer with a page of a few words.

    Args:
        scope: Of ASGI.
        send: Of ASGI.
        status: Of HTTP.
        title: What is the matter.
        text: Why, and what to do.
        lines: What was printed.
        again: Seconds after which it is loaded again; 0 for never.
        extra: Further headers.
        link: Where to go on, in a tab of its own.
    """
    refresh = f'<meta http-equiv="refresh" content="{again}">' if again else ""
    tail = f"<pre>{escape(chr(10).join(lines))}</pre>" if lines else ""
    further = (
        f'<p><a href="{escape(link)}" target="_blank" rel="noopener">Open it in a tab of its own</a></p>'
        if link
        else ""
    )
    body = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>{refresh}'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style>'
        f"<main><h1>{escape(title)}</h1><p>{escape(text)}</p>{further}{tail}</main></html>"
    ).encode()
    headers: list[Header] = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"content-security-policy", _POLICY.encode()),
        *extra,
    ]
    await answer(send, status, headers, b"" if scope["method"] == "HEAD" else body)
