"""An orchestrator from the outside: what a terminal asks it for, and a run's events as they happen."""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Optional
from urllib.parse import quote

import httpx
import trio

from client.address import Address, parse_address
from client.backoff import Backoff
from client.errors import BadAnswer, ClientError, Unreachable, error_from_answer
from client.exchange import Http, explained, open_http, read_bounded

SERVICE = "callboard-orchestrator"
_QUIET_S = 60.0
_BUILD_S = 90.0
_LINE = 4 * 1024 * 1024


@dataclass(frozen=True)
class RunEvent:
    """Something that happened to a run.

    Attributes:
        seq: Its number; None for what is not kept.
        type: `run`, `message` or `log`.
        data: What happened.
    """

    seq: Optional[int]
    type: str
    data: Mapping[str, Any]


class EventParser:
    """Server-Sent Events, as far as the orchestrator uses them."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> Iterator[RunEvent]:
        """Yield the events that are complete with a chunk.

        Raises:
            BadAnswer: It is not a stream of events.
        """
        *blocks, self._rest = (self._rest + chunk).split(b"\n\n")
        if len(self._rest) > _LINE:
            raise BadAnswer("the orchestrator sent something that is not an event")
        for block in blocks:
            pairs = (line.partition(":") for line in block.decode("utf-8", "replace").split("\n"))
            fields = {name: value.strip() for name, _, value in pairs if name}
            if "data" in fields:
                yield _event(fields)


def _event(fields: Mapping[str, str]) -> RunEvent:
    """Return an event."""
    try:
        data = json.loads(fields["data"])
        seq = int(fields["id"]) if "id" in fields else None
    except (ValueError, RecursionError):
        data, seq = None, None
    if not isinstance(data, dict):
        raise BadAnswer("the orchestrator sent an event that is not JSON")
    return RunEvent(seq, fields.get("event", "message"), data)


class OrchestratorClient:
    """An orchestrator's API; made by `open_orchestrator_client`.

    Args:
        http: Connections to it.
        backoff: How to come back to a stream.
    """

    def __init__(self, http: Http, backoff: Backoff) -> None:
        self._http = http
        self._backoff = backoff

    @property
    def address(self) -> Address:
        """Where it is."""
        return self._http.address

    async def answers(self) -> bool:
        """Return whether one is there.

        Raises:
            BadAnswer: Something else is.
        """
        try:
            answer = await self._http.call("GET", "/health", "ask for the orchestrator", read_s=5)
        except Unreachable:
            return False
        except ClientError:
            answer = {}
        if answer.get("service") != SERVICE:
            hint = "stop it, or name an orchestrator with --orchestrator"
            raise BadAnswer(f"what answers at {self.address} is not an orchestrator of Callboard", hint=hint)
        return True

    async def create(self, prompt: str) -> dict[str, Any]:
        """Make a run.

        Raises:
            ClientError: It is refused, or there is no agent.
        """
        request = httpx.Request("POST", "http://orchestrator", json={"prompt": prompt})
        headers = {name: request.headers[name] for name in ("Content-Type", "Content-Length")}
        body = httpx.ByteStream(request.content)
        try:
            return await self._http.call(
                "POST", "/api/runs", "start the build", headers=headers, content=body, read_s=_BUILD_S
            )
        except ClientError as error:
            if error.status == HTTPStatus.GATEWAY_TIMEOUT:
                raise Unreachable(error.problem, hint=error.hint) from error
            raise

    async def end(self, run_id: str) -> dict[str, Any]:
        """Cancel a run."""
        return await self._http.call("DELETE", _path(run_id), f"cancel {run_id}", read_s=_BUILD_S)

    async def follow(self, run_id: str, take: Callable[[RunEvent], bool]) -> None:
        """Pass on a run's events, each once and in order, over any number of connections.

        Args:
            run_id: Which.
            take: Called with each; True when that was the last of interest.

        Raises:
            ClientError: There is no such run, or the orchestrator did not come back.
        """
        after, failures, silent_since = 0, 0, trio.current_time()

        def count(event: RunEvent) -> bool:
            """Remember where to come back."""
            nonlocal after, failures, silent_since
            if event.seq is not None:
                after, failures, silent_since = event.seq, 0, trio.current_time()
            return take(event)

        while True:
            try:
                if await self._follow_once(run_id, after, count):
                    return
            except Unreachable:
                if trio.current_time() - silent_since > self._backoff.patience_s:
                    raise
            failures += 1
            await trio.sleep(self._backoff.delay(failures))

    async def _follow_once(self, run_id: str, after: int, take: Callable[[RunEvent], bool]) -> bool:
        """Follow over one connection; return whether it was to the end."""
        parser, done, doing = EventParser(), False, f"follow {run_id}"
        headers = {"Last-Event-ID": str(after), "Accept": "text/event-stream"}
        with explained(self.address, doing):
            async with self._http.stream("GET", f"{_path(run_id)}/stream", headers=headers, read_s=_QUIET_S) as answer:
                if answer.status_code != HTTPStatus.OK:
                    raise error_from_answer(answer.status_code, await read_bounded(answer, doing), doing)
                # httpx stacks async generators: they are ended from the inside, and not left in the middle.
                with trio.CancelScope() as reading:
                    async for chunk in answer.aiter_raw():
                        if not done and any(take(event) for event in parser.feed(chunk)):
                            done = True
                            reading.cancel()
        return done


@asynccontextmanager
async def open_orchestrator_client(url: str, backoff: Optional[Backoff] = None) -> AsyncIterator[OrchestratorClient]:
    """Open connections to an orchestrator, which need not run.

    Args:
        url: Its address.
        backoff: How to come back to a stream.

    Raises:
        LocalProblem: The address is not one.
    """
    async with open_http(parse_address(url)) as http:
        yield OrchestratorClient(http, backoff or Backoff(patience_s=30))


def _path(run_id: str) -> str:
    """Return where a run is."""
    return f"/api/runs/{quote(run_id, safe='')}"
