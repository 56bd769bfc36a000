"""How long it takes from a prompt to an app that can be looked at, beside the same commands without Callboard.

Run by hand: `python -m tests.bench.bench_projects [RUNS]`. The server is a process of its own, with the sandbox that
this machine has; the prompt is carried out by `template` with the Vite starter. The first project warms the store of
packages and is not counted. The peer, in turn with each run: the starter's files, `pnpm install --offline` from a
store of its own, and Vite until it answers; no sandbox, no versions, no events.
"""

import json
import logging
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import trio

from actors.projects.starters.starters import files
from tests.e2e.server import calling, serving

logger = logging.getLogger(__name__)

PROMPT = "keep track of the books that I lend to friends"
PAGE_S = 120.0


async def ours(client: httpx.AsyncClient) -> dict[str, float]:
    """Have a project made, and remove it; seconds from the POST to each of its milestones."""
    began = time.monotonic()
    made = (await client.post("/api/generate", json={"prompt": PROMPT})).json()
    marks: dict[str, float] = {}
    after = 0
    while "preview" not in marks:
        page = (await client.get(f"/events/{made['id']}", params={"after": after})).json()
        after = page["last"]
        for event in page["events"]:
            _mark(marks, event, time.monotonic() - began)
        await trio.sleep(0.01)  # between two looks at what has been told
    host = {"Host": f"{made['id']}.localhost:{client.base_url.port}"}
    shown = await client.get("/", headers=host)
    shown.raise_for_status()
    marks["page"] = time.monotonic() - began
    (await client.delete(f"/api/projects/{made['id']}")).raise_for_status()
    return marks


def _mark(marks: dict[str, float], event: dict[str, Any], seconds: float) -> None:
    if event["type"] == "tool_executed" and event["data"]["tool"] == "install_dependencies":
        marks["installed"] = seconds
    if event["type"] == "preview_ready":
        marks["preview"] = seconds
    if event["type"] == "error_occurred":
        raise RuntimeError(json.dumps(event["data"]))


def bare(folder: Path, pnpm: Sequence[str]) -> float:
    """Do the same without Callboard; seconds until the app answers."""
    began = time.monotonic()
    for path, content in files("vite", "bare").items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    store = f"--store-dir={folder.parent / 'store'}"
    install = [*pnpm, "install", "--frozen-lockfile", "--ignore-scripts", "--prefer-offline", store]
    subprocess.run([*install, "--package-import-method=copy"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    command = ["node", "node_modules/vite/bin/vite.js", "--host", "127.0.0.1", "--port", "5199", "--strictPort"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as process:
        try:
            _until_it_answers("http://127.0.0.1:5199/")
            return time.monotonic() - began
        finally:
            process.kill()


def _until_it_answers(url: str) -> None:
    deadline = time.monotonic() + PAGE_S
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=PAGE_S).status_code < 500:
                return
        except httpx.TransportError:
            time.sleep(0.01)  # between two tries, in a thread
    raise RuntimeError("Vite did not answer")


async def measure(folder: Path, runs: int) -> None:
    """Measure both in turn."""
    settings: dict[str, Any] = {"projects_root": folder / "projects", "keep_projects": runs + 1}
    async with serving(folder / "data", **settings) as server, calling(server) as client:
        first = await ours(client)
        pnpm = ("node", str(next((folder / "data/packages/tools").rglob("bin/pnpm.cjs"))))
        await trio.to_thread.run_sync(bare, folder / "bare-0", pnpm)
        found, peers = [], []
        for number in range(1, runs + 1):
            found.append(await ours(client))
            peers.append(await trio.to_thread.run_sync(bare, folder / f"bare-{number}", pnpm))
    for name in ("installed", "preview", "page"):
        times = sorted(marks[name] for marks in found)
        middle = statistics.median(times)
        logger.info(
            "%-10s p50 %.2f s, %.2f to %.2f s (the first: %.2f s)", name, middle, times[0], times[-1], first[name]
        )
    peers.sort()
    ratio = statistics.median(marks["preview"] for marks in found) / statistics.median(peers)
    middle = statistics.median(peers)
    logger.info("without    p50 %.2f s, %.2f to %.2f s; with / without: %.2f", middle, peers[0], peers[-1], ratio)
    logger.info("load of the machine: %s on %d processors", os.getloadavg()[0], os.cpu_count() or 0)


def main(runs: int) -> None:
    """Measure in a directory that goes afterwards."""
    folder = Path(tempfile.mkdtemp())
    try:
        trio.run(measure, folder, runs)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("httpx").setLevel("WARNING")
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
