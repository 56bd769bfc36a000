"""A server with one project, and the command line run against it."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any, Optional
from urllib.parse import parse_qs, unquote, urlsplit

import trio
from click.testing import CliRunner, Result

from client.cli import cli
from tests.client.standin import Seen, Standin, problem

PROJECT = "project-job-1"
"""With the only id in it that the stand-in's streams know."""

PATH = f"/api/projects/{PROJECT}"
LINKS = {"self": PATH, "preview": f"{PATH}/preview"}


def event(seq: int, type_: str, **data: Any) -> dict[str, Any]:
    """Return an event as it travels."""
    return {"seq": seq, "id": PROJECT, "time": "2026-01-01T00:00:00.000Z", "type": type_, "data": data}


def some_events(run: int = 1, state: str = "succeeded", first: int = 1) -> list[dict[str, Any]]:
    """Return the events of a short run."""
    told: list[tuple[str, dict[str, Any]]] = [
        ("state", {"state": "queued", "attempt": 0, "queue_position": 1}),
        ("generation_started", {"run": run, "prompt": "a shop", "generator": "template"}),
        ("progress", {"stage": "writing", "percent": 20.0}),
        ("file_created", {"path": "src/app.js", "size": 120, "lines": 4}),
        (
            "tool_executed",
            {"tool": "write_file", "input": {"path": "src/app.js"}, "ok": True, "result": "", "seconds": 0.012},
        ),
        (
            "tool_executed",
            {"tool": "install_dependencies", "input": {}, "ok": False, "result": "no \x1b[31mway", "seconds": 12.4},
        ),
        ("assistant_message", {"text": "No model", "run": run, "message": 1, "last": False}),
        ("assistant_message", {"text": " was asked.\nAnd", "run": run, "message": 1, "last": False}),
        ("assistant_message", {"text": " none will be.", "run": run, "message": 1, "last": True}),
        ("usage", {"input_tokens": 0, "output_tokens": 0, "cost_usd": 0.0, "model": None}),
        ("retry", {"attempt": 1, "most": 3, "delay_s": 4.0, "problem": "it is overloaded", "run": run}),
        ("version_created", {"version": "v1", "label": "created src/app.js"}),
        ("server_crashed", {"exit": 1, "tail": ["Error: port"], "restart_in_s": 2.0}),
        ("preview_ready", {"url": f"{PATH}/preview"}),
        ("error_occurred", {"problem": "it broke", "hint": "mend it", "run": run}),
        ("state", {"state": state, "attempt": 1, "reason": ""}),
        ("generation_finished", {"run": run, "state": state, "reason": "", "result": {"title": "Shop"}}),
        ("server_stopped", {"reason": "nobody looks at it"}),
    ]
    return [event(seq, type_, **data) for seq, (type_, data) in enumerate(told, first)]


def archive(*entries: tuple[Any, bytes], comment: bytes = b"") -> bytes:
    """Pack an archive: names or `ZipInfo`s, and contents."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in entries:
            opened.writestr(name, content)
        opened.comment = comment
    return packed.getvalue()


@dataclass
class ProjectStandin(Standin):
    """What the server has: one project.

    Attributes:
        run: Which run it is at.
        files: Its files.
        zipped: Its archive.
        lines: What was printed in it.
        later: The events that a message leads to.
        usage: What it has used.
        budget: What it may use.
        hint: What it is told when it is accepted.
    """

    run: int = 1
    events: list[dict[str, Any]] = field(default_factory=some_events)
    files: dict[str, bytes] = field(
        default_factory=lambda: {"index.html": b"<p>\x1b[31mhi\n", "photo.png": b"\x89\xff"}
    )
    zipped: bytes = field(default_factory=lambda: archive(("shop/index.html", b"<p>")))
    lines: list[dict[str, str]] = field(default_factory=list)
    later: list[dict[str, Any]] = field(default_factory=list)
    usage: dict[str, Any] = field(default_factory=lambda: {"model": None})
    budget: dict[str, Any] = field(default_factory=dict)
    hint: Optional[str] = None

    async def _route(self, stream: trio.SocketStream, method: str, target: str, headers: Mapping[str, str]) -> None:
        path, query = unquote(urlsplit(target).path), parse_qs(urlsplit(target).query)
        taken = {"id": PROJECT, "name": "Shop", "state": "queued", "generator": "template", "links": LINKS}
        read: dict[str, Callable[[Mapping[str, list[str]]], Any]] = {
            PATH: lambda _: self.status(),
            f"{PATH}/log": self._log,
            f"/events/{PROJECT}": self._events,
            "/api/projects": self._list,
            f"{PATH}/files": self._files,
        }
        name = path[len(f"{PATH}/files/") :]
        if (method, path) == ("POST", "/api/generate"):
            await self._json(stream, 202, {**taken, "run": 1, "hint": self.hint})
        elif method == "POST" and path in (f"{PATH}/messages", f"{PATH}/continue"):
            self.events = [*self.events, *self.later]
            await self._json(stream, 202, {**taken, "run": 2})
        elif method == "GET" and path in read:
            await self._json(stream, 200, read[path](query))
        elif path == f"{PATH}/archive":
            await self._answer(stream, 200, {}, self.zipped)
        elif path.startswith(f"{PATH}/files/") and name in self.files:
            await self._answer(stream, 200, {"Content-Type": "text/plain"}, self.files[name])
        elif (method, path) == ("DELETE", PATH):
            await (self._json(stream, 200, self.status()) if query else self._answer(stream, 204, {}, b""))
        else:
            await self._answer(stream, *problem(404, "there is no such thing", "see the list"))

    def status(self) -> dict[str, Any]:
        """Return the project's status."""
        return {
            "id": PROJECT, "kind": "project", "name": "Shop", "state": self.state, "step": "writing", "run": self.run,
            "progress": {"percent": 40.0, "done": 2, "total": 5, "remaining_s": 3.0}, "prompt": "a shop", "reason": "",
            "generator": "template", "usage": self.usage, "budget": self.budget, "links": LINKS,
            "errors": [{"problem": "it broke"}],
            "preview": {"state": "running", "url": "x", "reason": ""}, "versions": {"latest": "v3"},
            "expires": {"at": "2026-02-01", "why": "30 days"}, "created": "2026-01-01", "updated": "2026-01-01",
        }  # fmt: skip

    def _list(self, query: Mapping[str, list[str]]) -> dict[str, Any]:
        start, limit = int(query.get("before", ["250"])[0]), int(query["limit"][0])
        found = [{**self.status(), "id": f"project-{n}"} for n in range(start, max(0, start - limit), -1)]
        left = start - len(found)
        return {"projects": found, "next": left or None}

    def _files(self, query: Mapping[str, list[str]]) -> dict[str, Any]:
        after = query.get("after", [""])[0]
        names = [name for name in sorted(self.files) if name > after]
        one = [{"path": name, "size": 5, "type": "text/html", "modified": "2026-01-01"} for name in names[:1]]
        return {"files": one, "next": names[0] if len(names) > 1 else None}

    def _log(self, query: Mapping[str, list[str]]) -> dict[str, Any]:
        after = int(query.get("after", ["0"])[0])
        return {"lines": self.lines[after : after + 1], "next": min(after + 1, len(self.lines)), "missed": 0}

    def _events(self, query: Mapping[str, list[str]]) -> dict[str, Any]:
        after = int(query.get("after", ["0"])[0])
        found = [one for one in self.events if one["seq"] > after][:5]
        return {"id": PROJECT, "events": found, "last": found[-1]["seq"] if found else after, "ended": False}

    def asked(self, method: str, path: str) -> list[Seen]:
        """Return the requests of a kind that came."""
        return [one for one in self.seen if one.method == method and one.target.partition("?")[0] == path]


@contextmanager
def served(**state: Any) -> Iterator[ProjectStandin]:
    """Run a stand-in in a thread, as the command has the main one."""
    ready, stop = Event(), trio.Event()
    standin, tokens = ProjectStandin(**state), []

    async def serve() -> None:
        """Serve until told to stop."""
        async with trio.open_nursery() as nursery:
            listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
            standin.port = listeners[0].socket.getsockname()[1]
            nursery.start_soon(trio.serve_listeners, standin.handle, listeners)
            tokens.append(trio.lowlevel.current_trio_token())
            ready.set()
            await stop.wait()
            nursery.cancel_scope.cancel()

    thread = Thread(target=trio.run, args=(serve,))
    thread.start()
    assert ready.wait(10)
    try:
        yield standin
    finally:
        tokens[0].run_sync_soon(stop.set)
        thread.join(10)


def callboard(standin: Standin, *arguments: str) -> Result:
    """Run a command to its end."""
    return CliRunner().invoke(cli, ["--url", standin.url, *arguments])


def lines_of(done: Result) -> list[dict[str, Any]]:
    """Return what `--json` printed."""
    return [json.loads(line) for line in done.stdout.splitlines()]
