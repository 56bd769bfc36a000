"""Schemathesis against a server of ours: `python -m tests.fuzz.api [MINUTES]`, every operation and every check.

The server is a process of its own, on loopback, with the simulated engine and the template generator; the requests are
made of its own `/openapi.json`. After the operations one by one it follows the links between them (its stateful mode).
"""

import json
import logging
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Optional

import httpx
import trio

from tests.e2e.server import ServerProcess, serving
from tests.environments import NotHere, environment

logger = logging.getLogger(__name__)

HERE: Final = Path(__file__).parent
LOCK: Final = HERE / "api.lock"
CONFIG: Final = HERE / "schemathesis.toml"

_MINUTES: Final = 10
_SPARE_S: Final = 180.0
"""For what is under way when the time is over: a request, the report."""

_LONGEST_S: Final = 900.0
"""For a run without a time: ten times what it takes."""

_REPORT: Final = "report.json"

SETTINGS: Final[dict[str, Any]] = {
    "default_engine": "simulated",
    "pipeline": "template",
    "generator": "template",
    # Nobody listens there: what builds say is given up soon.
    "orchestrator_url": "http://127.0.0.1:9",
    "outbox_hours": 0.01,
    "exec_retry_seconds": 0,
    # Whatever is asked for ends by itself, and may wait in any number: nothing is refused for want of room.
    "build_seconds": 10,
    "install_seconds": 5,
    "project_seconds": 20,
    "jobs_queued": 100_000,
    "builds_queued": 100_000,
    "projects_queued": 100_000,
    "uploads_open": 10_000,
    "keep_projects": 1000,
    "upload_file_size": 1_000_000,
    "upload_size": 10_000_000,
}
"""How the server is configured."""


_METHODS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
_SCENARIOS: Final = re.compile(r"Scenarios:\s+(\d+)")


@dataclass(frozen=True)
class Outcome:
    """What a run said.

    Attributes:
        status: Schemathesis's exit status; -1 when the server did not live to its end.
        said: What it printed.
        bugs: Lines of the server's log about errors that nobody foresaw.
        report: Its report in JSON; empty when it wrote none.
        described: The operations that `/openapi.json` has.
    """

    status: int
    said: str
    bugs: tuple[str, ...]
    report: Mapping[str, Any]
    described: int

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return self.status == 0 and not self.bugs

    @property
    def whole(self) -> bool:
        """Whether it came to its end by itself: neither the time nor anything else cut it short."""
        return bool(self.report.get("complete")) and self.report.get("stop_reason") == "completed"

    @property
    def tested(self) -> int:
        """The operations that were called."""
        return int((self.report.get("operations") or {}).get("tested", 0))

    @property
    def scenarios(self) -> int:
        """How many rows of calls along the links there were."""
        return sum(map(int, _SCENARIOS.findall(self.said)))

    def phase(self, name: str) -> str:
        """How a phase ended: `success`, or why not."""
        found = (self.report.get("phases") or {}).get(name, {})
        return str(found.get("skip_reason") or found.get("status"))


async def fuzz(folder: Path, seconds: Optional[int], examples: int, *more: str) -> Outcome:
    """Start a server, and have Schemathesis call it.

    Args:
        folder: An empty one, for the server.
        seconds: How long, with other requests again and again; None for each phase once, however long that takes.
        examples: Requests for each operation, in each phase.
        more: Further arguments of `schemathesis run`.

    Raises:
        NotHere: Schemathesis cannot be installed on this machine.
        trio.TooSlowError: It did not end.
    """
    python = await trio.to_thread.run_sync(environment, "fuzz-api", (LOCK,), (3, 11))
    (folder / "projects").mkdir(mode=0o700)
    places: dict[str, Any] = {"projects_root": folder / "projects", "workspaces_root": folder / "workspaces"}
    async with serving(folder / "data", **SETTINGS, **places) as server:
        described = await _described(server)
        status, said = await _run(python, server, folder, seconds, ["-n", str(examples), *more])
        bugs = tuple(line for line in server.said.splitlines() if "unhandled error" in line or '"critical"' in line)
        alive = server.process.poll() is None
    report = folder / _REPORT
    written = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
    return Outcome(status if alive else -1, said, bugs, written, described)


async def _described(server: ServerProcess) -> int:
    """Count the operations that the server says it has."""
    async with httpx.AsyncClient(trust_env=False) as client:
        document = (await client.get(f"{server.url}/openapi.json")).raise_for_status().json()
    return sum(len(_METHODS & item.keys()) for item in document["paths"].values())


async def _run(
    python: Path, server: ServerProcess, folder: Path, seconds: Optional[int], more: list[str]
) -> tuple[int, str]:
    command = [
        *(str(python), "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", f"{server.url}/openapi.json"),
        *(() if seconds is None else ("--max-time", str(seconds))),
        *("--request-timeout", "60", "--continue-on-failure", "--report-json-path", str(folder / _REPORT)),
        *("--no-color", "--warnings", "off", "--suppress-health-check", "all", *more),
    ]
    environ = {**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE), "COLUMNS": "120"}
    with trio.fail_after(_LONGEST_S if seconds is None else seconds + _SPARE_S):
        done = await trio.run_process(
            command,
            stdin=subprocess.DEVNULL,
            capture_stdout=True,
            stderr=subprocess.STDOUT,
            check=False,
            cwd=folder,
            env=environ,
        )
    return done.returncode, done.stdout.decode("utf-8", "replace")


def main() -> int:
    """Fuzz for some minutes, with other inputs each time; 1 when something was found."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else _MINUTES
    with tempfile.TemporaryDirectory(prefix="callboard-fuzz-") as folder:
        try:
            outcome = trio.run(fuzz, Path(folder), int(60 * minutes), 1000)
        except NotHere as error:
            logger.critical("%s", error)
            return 1
    logger.info("%s", outcome.said)
    for line in outcome.bugs:
        logger.error("%s", line)
    return 0 if outcome.clean else 1


if __name__ == "__main__":
    sys.exit(main())
