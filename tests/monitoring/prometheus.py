"""A real Prometheus on loopback, for as long as a test takes."""

import math
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import trio

from tests import needs
from tests.waiting import until

_START_S = 30.0


def promtool(*words: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run `promtool`; blocks."""
    command = [needs.program("promtool"), *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def free_port() -> int:
    """A port that was free just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Prometheus:
    """One that runs.

    Args:
        client: Of its HTTP API.
    """

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def query(self, expression: str) -> "list[tuple[dict[str, str], float]]":
        """Evaluate an expression now: each series' labels and its value; those that are no number are left out."""
        answer = (await self._client.get("/api/v1/query", params={"query": expression})).json()
        assert answer["status"] == "success", (expression, answer)
        found = [(one["metric"], float(one["value"][1])) for one in answer["data"]["result"]]
        return [(labels, value) for labels, value in found if not math.isnan(value)]

    async def firing(self, name: str, instance: str) -> bool:
        """Whether an alert fires for a server."""
        return bool(await self.query(f'ALERTS{{alertname="{name}",alertstate="firing",instance="{instance}"}}'))

    async def rules(self) -> "dict[str, dict[str, Any]]":
        """The alerts as it has read them, by name."""
        groups = (await self._client.get("/api/v1/rules")).json()["data"]["groups"]
        return {rule["name"]: rule for group in groups for rule in group["rules"]}

    async def scraping(self, count: int) -> None:
        """Wait until so many targets answer."""

        async def up() -> bool:
            return len(await self.query('up{job="callboard"} == 1')) == count

        await until(up, _START_S, f"an answer of {count} targets")


@asynccontextmanager
async def open_prometheus(folder: Path, configuration: Path) -> AsyncIterator[Prometheus]:
    """Start one, and end it with the block."""
    program, port = needs.program("prometheus"), free_port()
    log = (folder / "prometheus.log").open("wb")
    with log:
        process = await trio.lowlevel.open_process(
            [
                program,
                f"--config.file={configuration}",
                f"--storage.tsdb.path={folder / 'series'}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--log.level=warn",
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, verify=False) as client:

            async def is_ready() -> bool:
                said = (folder / "prometheus.log").read_text(encoding="utf-8", errors="replace")
                assert process.poll() is None, said
                try:
                    return (await client.get("/-/ready")).status_code == 200
                except httpx.TransportError:
                    return False

            await until(is_ready, _START_S, "Prometheus")
            yield Prometheus(client)
    finally:
        process.terminate()
        with trio.move_on_after(10, shield=True):
            await process.wait()
        if process.poll() is None:
            process.kill()
