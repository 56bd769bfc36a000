"""What a scenario plays on: requests to the agent, runs of its own, and waiting for what follows."""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional, Union

import trio

from client.errors import ClientError
from client.exchange import Http, explained, read_bounded
from client.selftest.contract import SEVEN
from client.selftest.http import WholeBody, json_value
from client.selftest.listener import Conduct, Orchestrator, accept
from client.selftest.options import KitOptions
from client.selftest.transcript import Asked, Story, Transcript, app_started
from client.text import clean

Body = Union[Mapping[str, Any], bytes]
_EXCERPT = 200


@dataclass(frozen=True)
class Run:
    """A build that the kit asks for.

    Attributes:
        id: Its `runId`.
        workspace: Its `workspaceId`.
        prompt: Its `prompt`.
    """

    id: str
    workspace: str
    prompt: str

    @property
    def body(self) -> dict[str, Any]:
        """The request in the old shape."""
        return {"runId": self.id, "prompt": self.prompt, "workspaceId": self.workspace}


@dataclass
class Stage:
    """One run of the kit.

    Attributes:
        http: Leads to the agent.
        orchestrator: What the agent sees.
        options: How long to wait for what.
        nursery: Where requests wait for answers that take long.
        first: The first build, which the others are compared with.
        first_s: How long it took.
        silent: Why no further build is worth trying; empty when they are.
    """

    http: Http
    orchestrator: Orchestrator
    options: KitOptions
    nursery: trio.Nursery
    first: Story = field(default_factory=lambda: Story("", ""))
    first_s: float = 0.0
    silent: str = ""
    _mark: str = field(default_factory=lambda: secrets.token_hex(4))

    @property
    def transcript(self) -> Transcript:
        """Everything that happened so far."""
        return self.orchestrator.transcript

    @property
    def usual(self) -> tuple[str, ...]:
        """Those of the seven messages that the first build said, in its order; what is wrong there is found there."""
        return tuple(dict.fromkeys(item.content for item in self.first.accepted if item.content in SEVEN))

    def name(self, word: str) -> str:
        """Return an id that nobody else uses."""
        return f"selftest-{self._mark}-{word}"

    def run(self, word: str, conduct: Conduct = accept) -> Run:
        """Make a run.

        Args:
            word: Tells it from the others.
            conduct: What is done about its messages and commands.
        """
        run = Run(self.name(word), self.name(f"{word}-ws"), self.options.prompt)
        self.orchestrator.conducts[run.id] = conduct
        self.orchestrator.workspaces[run.workspace] = run.id
        return run

    def story(self, run: Run) -> Story:
        """Return what was seen of a run so far."""
        return self.transcript.story(run.id, run.workspace)

    def begin(self, run: Run, body: Optional[Body] = None) -> None:
        """Ask for a build without waiting for the answer."""
        self.nursery.start_soon(self.ask, run, body)

    async def ask(self, run: Run, body: Optional[Body] = None) -> Asked:
        """Ask for a build, and note the answer.

        Args:
            run: What is asked for.
            body: Of the request; None for the old shape.
        """
        asked = await self.call("POST", "/api/build", run.body if body is None else body)
        self.transcript.ask(run.id, asked)
        return asked

    async def call(self, method: str, path: str, body: Optional[Body] = None) -> Asked:
        """Send the agent a request.

        Args:
            method: Of the request.
            path: Of the agent.
            body: A JSON object, or bytes as they are; None for none.

        Returns:
            The answer, or why there was none.
        """
        raw_body = _encoded(body)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(raw_body))} if raw_body else {}
        content = WholeBody(raw_body) if raw_body else None
        doing, began = f"{method} {path}", trio.current_time()
        wait_s = self.options.build_s + self.options.settle_s
        try:
            with explained(self.http.address, doing):
                async with self.http.stream(method, path, headers=headers, content=content, read_s=wait_s) as answer:
                    raw = await read_bounded(answer, doing)
        except ClientError as error:
            problem = clean(error.problem, _EXCERPT)
            return Asked(self.transcript.number(), trio.current_time() - began, problem=problem)
        return Asked(
            answered=self.transcript.number(),
            seconds=trio.current_time() - began,
            status=answer.status_code,
            value=json_value(raw),
            body=clean(raw.decode("utf-8", "replace"), _EXCERPT),
            media_type=answer.headers.get("content-type", "").partition(";")[0].strip().lower(),
        )

    async def follow(
        self, run: Run, last_step: Callable[[Story], bool] = app_started, settle_s: Optional[float] = None
    ) -> Story:
        """Wait for a build's last message, and a while longer for what must not follow.

        Args:
            run: Which build.
            last_step: Whether nothing is left to come but the last message.
            settle_s: How long the last message may take from there; None for the usual time.

        Returns:
            What was seen of it, also where the last message did not come in time.
        """
        until, options = self.transcript.until, self.options
        with trio.move_on_after(options.build_s):
            while True:
                await until(lambda: self.story(run).over or last_step(self.story(run)), options.build_s)
                await until(lambda: self.story(run).over, options.settle_s if settle_s is None else settle_s)
                seen = len(self.story(run).arrivals)
                await trio.sleep(options.quiet_s)
                story = self.story(run)
                if len(story.arrivals) == seen:
                    break
        await until(lambda: bool(self.story(run).asked), options.answer_s)
        return self.story(run)


def _encoded(body: Optional[Body]) -> bytes:
    """Return a body as it is sent."""
    if body is None or isinstance(body, bytes):
        return body or b""
    return json.dumps(dict(body)).encode()
