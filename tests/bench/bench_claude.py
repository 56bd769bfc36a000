"""What an agent's worker costs: from its start to the first word, memory, and eight at once.

Run by hand: `TEST_CLAUDE_PYTHON=... python -m tests.bench.bench_claude [RUNS]`. The workers are the SDK's
real ones, in a network with nothing but loopback, against the stand-in of the API. The peer, in turn with each run, is
the program that the SDK brings with it, given the same prompt by hand (`claude -p`) until it has answered: what it
costs without the SDK, its worker and the server.
"""

import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

import trio

from actors.processes.tree import open_tree
from actors.projects.generators.claude.protocol import Delta, Text
from tests.claude.company import VARIABLE, Reals, real_python
from tests.claude.loopback import Loopback, messages_api
from tests.claude.stage import KEY, MODEL, Stage, Turn
from tests.e2e.processes import below

logger = logging.getLogger(__name__)

AT_ONCE = 8
_MIB = 1024


@dataclass
class Start:
    """One worker.

    Attributes:
        ready: Seconds from its start until it takes a prompt.
        word: Seconds from its start until its first word.
        memory: MiB (proportional set size) of it and of what it has started.
    """

    ready: float
    word: float
    memory: float


async def start(stage: Stage) -> Start:
    """Start a worker, and ask it something."""
    began = time.monotonic()
    async with stage.open() as talk:
        ready = time.monotonic() - began
        turn: Turn = await talk.begin("Hello. scenario=hello")
        while not turn.of(Delta) and not turn.of(Text):
            turn.heard.append(await talk.hear())
        word = time.monotonic() - began
        pids = [talk.worker.pid, *(pid for pid, _ in below(talk.worker.pid))]
        memory = sum(map(proportional, pids)) / _MIB
        await talk.finish(turn)
        return Start(ready, word, memory)


def proportional(pid: int) -> int:
    """Return a process's memory in KiB; what is shared counts by its share."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def bare(api: Loopback, python: Path, home: Path) -> float:
    """Give the SDK's program a prompt by hand; seconds until it has answered."""
    found = [str(python), "-c", "import claude_agent_sdk as s, pathlib; print(pathlib.Path(s.__file__).parent)"]
    package = subprocess.run(found, check=True, capture_output=True, text=True).stdout.strip()
    home.mkdir()
    quiet = ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "DISABLE_AUTOUPDATER", "DISABLE_TELEMETRY")
    env = {
        **dict.fromkeys(quiet, "1"),
        "PATH": os.defpath,
        "HOME": str(home),
        "CLAUDE_CONFIG_DIR": str(home),
        "ANTHROPIC_BASE_URL": api.url,
        "ANTHROPIC_API_KEY": KEY,
    }
    command = api.inside(f"{package}/_bundled/claude", "-p", "Hello. scenario=hello", "--model", MODEL, "--tools", "")
    began = time.monotonic()
    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=home, env=env, timeout=60).stdout
    if "Hello there." not in said:
        raise RuntimeError(said)
    return time.monotonic() - began


async def measure(runs: int, python: Path, place: Path) -> dict[str, object]:
    """Measure it."""
    spawn = partial(open_tree, data_id=f"bench-{uuid4().hex}")
    with messages_api(place) as api:
        company = Reals(python, api)
        singles, peers = [], []
        for number in range(runs):
            singles.append(await start(Stage(place / f"single-{number}", spawn, company)))
            peers.append(await trio.to_thread.run_sync(bare, api, python, place / f"bare-{number}"))
        many: list[Start] = []

        async def one(number: int) -> None:
            many.append(await start(Stage(place / f"many-{number}", spawn, company)))

        began = time.monotonic()
        async with trio.open_nursery() as nursery:
            for number in range(AT_ONCE):
                nursery.start_soon(one, number)
        whole = time.monotonic() - began
    return {
        "one": summary(singles),
        "by_hand_s": round(statistics.median(peers), 2),
        "ratio": round(statistics.median(each.word for each in singles) / statistics.median(peers), 2),
        f"{AT_ONCE}_at_once": {**summary(many), "all_s": round(whole, 2)},
    }


def summary(starts: list[Start]) -> dict[str, float]:
    """Medians, and the slowest."""
    return {
        "ready_s": round(statistics.median(each.ready for each in starts), 2),
        "word_s": round(statistics.median(each.word for each in starts), 2),
        "slowest_word_s": round(max(each.word for each in starts), 2),
        "memory_mib": round(statistics.median(each.memory for each in starts)),
    }


def main() -> None:
    """Measure, and say what was found."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    python = real_python()
    if python is None:
        sys.exit(f"{VARIABLE} has to name the Python of the SDK's environment")
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as place:
        logger.info("%s", json.dumps(trio.run(measure, runs, python, Path(place)), indent=2))


if __name__ == "__main__":
    main()
