"""A program of its own: one conversation with Claude, told and telling JSON lines; see `words` for what they mean.

It runs in the environment that has the Claude Agent SDK, by `python -I worker.py`, and cannot import anything of ours.
Claude gets to use the server's tools and no others: a call goes out as a line, and its result comes in as one.
"""

import asyncio
import itertools
import json
import os
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Optional

import anyio
import claude_agent_sdk as sdk
from claude_agent_sdk._cli_version import __cli_version__ as cli_version

Said = dict[str, Any]
Call = Callable[[str, Said], Awaitable[Said]]
AnyioType = Any

MAX_LINE, MAX_TEXT, GRACE = 8 * 1024 * 1024, 64 * 1024, 30.0
ALIVE_S = 5.0
TOKENS = ("input", "cache_read_input", "cache_creation_input", "output")
QUIET = (
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
    "DISABLE_AUTOUPDATER",
    "DISABLE_ERROR_REPORTING",
    "DISABLE_TELEMETRY",
)
ISOLATED = {"tools": [], "skills": [], "setting_sources": [], "strict_mcp_config": True, "permission_mode": "dontAsk"}


class Link:
    """The line to the server, on descriptors that nothing else here can write to or read from."""

    def __init__(self) -> None:
        self._input, self._output = os.dup(0), os.dup(1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        os.set_blocking(self._output, False)
        self._lock, self._reader = anyio.Lock(), asyncio.StreamReader(limit=MAX_LINE)

    async def open(self) -> None:
        """Begin to listen."""
        loop, protocol = asyncio.get_running_loop(), asyncio.StreamReaderProtocol(self._reader)
        await loop.connect_read_pipe(lambda: protocol, os.fdopen(self._input, "rb", buffering=0))

    async def hear(self, *words: str) -> Said:
        """Return what the server says next, which is one of the words: `close` too when it says nothing more."""
        line = await self._reader.readline()
        said: Said = json.loads(line or b'{"op": "close"}')
        if said["op"] not in words:
            raise ValueError("a line is not one of the words, or not now")
        return said

    async def say(self, word: str, **content: object) -> None:
        """Tell the server something. No line is left unfinished: a server that does not want to hear it kills us."""
        rest = memoryview(json.dumps({"say": word, **content}, separators=(",", ":")).encode() + b"\n")
        with anyio.CancelScope(shield=True):
            async with self._lock:
                while rest:
                    try:
                        rest = rest[os.write(self._output, rest) :]
                    except BlockingIOError:
                        await anyio.wait_writable(self._output)


class Teller:
    """Tells the server what the SDK reports."""

    def __init__(self, link: Link) -> None:
        self._say = link.say
        self._open: Said = {}
        self._told: deque[str] = deque(maxlen=64)
        self._error: Optional[str] = None
        self._since = time.monotonic()

    async def take(self, message: object) -> None:
        """Tell what one message of the SDK says."""
        if isinstance(message, sdk.StreamEvent):
            await self._event(message.event)
        elif isinstance(message, sdk.AssistantMessage):
            await self._assistant(message)
        elif isinstance(message, sdk.ResultMessage):
            await self._end(message)
        elif isinstance(message, sdk.SystemMessage):
            await self._system(message.subtype, message.data)

    async def _event(self, event: Said) -> None:
        """Tell a piece of text, and keep count of what the message uses."""
        kind = event.get("type")
        if kind in ("message_start", "message_stop"):
            await self._used(self._open)
            self._open, self._since = event.get("message", {}), time.monotonic()
        elif kind == "content_block_delta" and event["delta"].get("type") == "text_delta":
            await self._say("delta", text=event["delta"]["text"])
        elif kind == "content_block_delta" and time.monotonic() - self._since > ALIVE_S:
            # Thoughts, or what a tool is to be given, which may be long: nothing to be told, but no silence.
            self._since = time.monotonic()
            await self._say("delta", text="")
        elif kind == "message_delta":
            new = {name: count for name, count in (event.get("usage") or {}).items() if count is not None}
            self._open["usage"] = {**(self._open.get("usage") or {}), **new}

    async def _assistant(self, message: sdk.AssistantMessage) -> None:
        """Tell whole texts; of a message that did not come in pieces also what it used."""
        self._error = message.error or self._error
        if message.error is not None:
            return
        if message.message_id and self._open.get("id") != message.message_id:
            await self._used({"id": message.message_id, "model": message.model, "usage": message.usage})
        for block in message.content:
            if isinstance(block, sdk.TextBlock):
                await self._say("text", text=block.text)

    async def _system(self, subtype: str, data: Said) -> None:
        """Tell that a prompt begins, or that a request is repeated."""
        if subtype == "init":
            await self._say("init", session=data["session_id"], tools=data["tools"], model=data["model"])
        elif subtype == "api_retry":
            counts = {"attempt": data["attempt"], "most": data["max_retries"]}
            delay = data["retry_delay_ms"] / 1000
            await self._say("retry", **counts, delay_s=delay, status=data["error_status"], error=data["error"])

    async def _end(self, result: sdk.ResultMessage) -> None:
        """Tell how the prompt ended."""
        await self._used(self._open)
        error, self._error, self._open = self._error, None, {}
        await self._say(
            "end",
            failed=result.is_error,
            subtype=result.subtype,
            turns=result.num_turns,
            cost_usd=result.total_cost_usd or 0.0,
            status=result.api_error_status,
            error=error if result.is_error else None,
            stopped=result.terminal_reason,
            text=(result.result or "; ".join(result.errors or ()))[:MAX_TEXT],
        )

    async def _used(self, message: Said) -> None:
        """Tell what a message of the API used, once."""
        if "id" not in message or message["id"] in self._told:
            return
        self._told.append(message["id"])
        usage = message.get("usage") or {}
        counts = {f"{kind.replace('_input', '')}_tokens": usage.get(f"{kind}_tokens") or 0 for kind in TOKENS}
        await self._say("usage", message=message["id"], model=message["model"], **counts)


class Conversation:
    """Prompts, one after another, until the server closes; the tools' calls wait here for what the server gives."""

    def __init__(self, link: Link, start: Said) -> None:
        self._link, self._start = link, start
        self._teller = Teller(link)
        self._busy, self._begun = False, anyio.Event()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[anyio.Event, list[Said]]] = {}

    async def hold(self) -> None:
        """Start the SDK's program, and converse."""
        with key_descriptor(self._start["key"]) as variables:
            client = sdk.ClaudeSDKClient(options(self._start, self._call, variables))
            await client.connect()
        try:
            await self._link.say("ready", sdk=sdk.__version__, cli=cli_version, pid=os.getpid())
            prompts, incoming = anyio.create_memory_object_stream(1)
            async with prompts, incoming, anyio.create_task_group() as tasks:
                tasks.start_soon(self._answer, client, incoming)
                while (said := await self._link.hear("prompt", "result", "interrupt", "close"))["op"] != "close":
                    self._follow(said, client, prompts, tasks)
                tasks.cancel_scope.cancel()
        finally:
            with anyio.move_on_after(GRACE, shield=True):
                await client.disconnect()

    def _follow(self, said: Said, client: sdk.ClaudeSDKClient, prompts: AnyioType, tasks: AnyioType) -> None:
        """Do what the server says."""
        if said["op"] == "interrupt":
            if self._busy:
                tasks.start_soon(self._interrupt, client, self._begun)
        elif said["op"] == "result":
            came, results = self._waiting.get(said["id"], (anyio.Event(), []))
            results.append(said)
            came.set()
        elif self._busy:
            raise ValueError("there is a prompt under way")
        else:
            self._busy, self._begun = True, anyio.Event()
            prompts.send_nowait(said["text"])

    async def _interrupt(self, client: sdk.ClaudeSDKClient, begun: anyio.Event) -> None:
        """Have a prompt left off. Before it has begun, the SDK's program would not take notice."""
        await begun.wait()
        if self._busy and self._begun is begun:
            await client.interrupt()

    async def _answer(self, client: sdk.ClaudeSDKClient, prompts: AnyioType) -> None:
        """Have the prompts answered."""
        async for text in prompts:
            await client.query(text)
            async for message in client.receive_response():
                self._busy = self._busy and not isinstance(message, sdk.ResultMessage)
                self._begun.set()
                await self._teller.take(message)
            if self._busy:
                raise sdk.CLIConnectionError("the SDK's program ended in the middle of an answer")

    async def _call(self, name: str, parameters: Said) -> Said:
        """Have the server carry out a tool's call."""
        number, came, results = next(self._numbers), anyio.Event(), list[Said]()
        self._waiting[number] = (came, results)
        try:
            await self._link.say("call", id=number, name=name, parameters=parameters)
            await came.wait()
        finally:
            del self._waiting[number]
            if not results:
                with anyio.move_on_after(GRACE, shield=True):
                    await self._link.say("dropped", id=number)
        return {"content": [{"type": "text", "text": results[0]["text"]}], "is_error": results[0]["failed"]}


def options(start: Said, call: Call, variables: dict[str, str]) -> sdk.ClaudeAgentOptions:
    """Return what the SDK is told: our tools, and nothing of what it would bring or find by itself."""
    offers = start["tools"]
    tools = [sdk.tool(o["name"], o["description"], o["schema"])(partial(call, o["name"])) for o in offers]
    config = {"HOME": start["config_dir"], "CLAUDE_CONFIG_DIR": start["config_dir"]}
    retries = {"CLAUDE_CODE_MAX_RETRIES": str(start["retries"])}
    address = {"ANTHROPIC_BASE_URL": start["url"]} if start["url"] else {}
    return sdk.ClaudeAgentOptions(
        **ISOLATED,
        allowed_tools=[f"mcp__app__{offer['name']}" for offer in offers],
        mcp_servers={"app": sdk.create_sdk_mcp_server("app", tools=tools)},
        verbatim_prompts=True,
        include_partial_messages=True,
        system_prompt=start["system"],
        model=start["model"],
        max_turns=start["max_turns"],
        max_budget_usd=start["max_usd"],
        cwd=start["cwd"],
        resume=start["session"] if start["resume"] else start["fork_from"],
        session_id=None if start["resume"] else start["session"],
        fork_session=start["fork_from"] is not None,
        max_buffer_size=2 * MAX_LINE,
        env={**dict.fromkeys(QUIET, "1"), **config, **retries, **address, **variables},
    )


@contextmanager
def key_descriptor(key: Optional[str]) -> Iterator[dict[str, str]]:
    """Hand the key to the program that the SDK starts here by a pipe: neither its environment nor a file has it."""
    if key is None:
        yield {}
        return
    reading, writing = os.pipe()
    os.write(writing, key.encode())
    os.close(writing)
    # The SDK has no option for descriptors, so that for this one start a function that it uses passes one on.
    original = anyio.open_process
    anyio.open_process = partial(original, pass_fds=(reading,))
    try:
        yield {"CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR": str(reading)}
    finally:
        anyio.open_process = original
        os.close(reading)


async def main() -> None:
    """Converse with the server; what goes wrong is told before the end."""
    link, key = Link(), ""
    try:
        await link.open()
        start = await link.hear("start")
        key = start["key"] or ""
        await Conversation(link, start).hold()
    except Exception as error:  # noqa: BLE001 - whatever it is, the server is told
        cause: Any = error
        while len(getattr(cause, "exceptions", ())) == 1:
            cause = cause.exceptions[0]
        kind = (
            "sdk" if isinstance(cause, sdk.ClaudeSDKError) else "protocol" if isinstance(cause, ValueError) else "bug"
        )
        text = f"{type(cause).__name__}: {cause}"
        await link.say("fatal", kind=kind, text=(text.replace(key, "[key]") if key else text)[:MAX_TEXT])
        sys.exit(1)


if __name__ == "__main__":
    anyio.run(main)
