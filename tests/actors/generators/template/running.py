"""A generated app that really runs: made from a prompt, started with Node on a free port."""

import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import trio

from actors.generators.base import Brief, Event
from actors.generators.template.generator import TemplateGenerator
from tests import needs

PATIENCE = 30.0


async def make_app(prompt: str, directory: Path) -> None:
    """Generate an app into an empty directory."""

    async def ignore(event: Event) -> None:
        await trio.lowlevel.checkpoint()

    await TemplateGenerator().generate(Brief(prompt, "an-app", directory, 5000), ignore)


@dataclass(frozen=True)
class App:
    """A running app.

    Attributes:
        process: Node.
        port: Where it listens.
        client: Asks it.
    """

    process: trio.Process
    port: int
    client: httpx.AsyncClient

    async def add(self, **values: Any) -> dict[str, Any]:
        """Add an item, and give it as the app has it."""
        answer = await self.client.post("api/items", json=values)
        assert answer.status_code == 201, answer.text
        item: dict[str, Any] = answer.json()
        return item

    async def items(self) -> list[dict[str, Any]]:
        """Every item."""
        found: list[dict[str, Any]] = (await self.client.get("api/items")).json()["items"]
        return found

    async def raw(self, request: bytes) -> bytes:
        """What comes back for bytes that no client library would send."""
        stream = await trio.open_tcp_stream("127.0.0.1", self.port)
        async with stream:
            await stream.send_all(request)
            return b"".join([part async for part in stream])


@asynccontextmanager
async def open_app(directory: Path) -> AsyncIterator[App]:
    """Start an app that was made, and stop it as a supervisor would; it has to end by itself."""
    environment = {"PATH": os.environ["PATH"], "PORT": "0", "HOST": "127.0.0.1"}
    process = await trio.lowlevel.open_process(
        [needs.node(), "server.js"], cwd=directory, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    try:
        with trio.fail_after(PATIENCE):
            printed = b""
            while b" is ready: " not in printed or not printed.endswith(b"\n"):
                part = await process.stdout.receive_some(1000)
                assert part, printed
                printed += part
        port = int(printed.rsplit(b":", 1)[1])
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/", timeout=PATIENCE, trust_env=False) as client:
            yield App(process, port, client)
        process.terminate()
        with trio.fail_after(PATIENCE):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
        with trio.move_on_after(PATIENCE, shield=True):
            await process.wait()
            await process.stdout.aclose()
