"""Schemathesis against a server of ours: `python -m tests.fuzz.api [MINUTES]`, every operation and every check.

The server is a process of its own, on loopback, with the simulated engine and the template generator; the requests are
made of its own `/openapi.json`. After the operations one by one it follows the links between them (its stateful mode).
"""

import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

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


class Outcome:
    """What a run said.

    Attributes:
        status: Schemathesis's exit status.
        report: What it printed.
        bugs: Lines of the server's log about errors that nobody foresaw.
    """

    def __init__(self, status: int, report: str, bugs: list[str]) -> None:
        self.status = status
        self.report = report
        self.bugs = bugs

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return self.status == 0 and not self.bugs


async def fuzz(folder: Path, seconds: int, examples: int, *more: str) -> Outcome:
    """Start a server, and have Schemathesis call it.

    Args:
        folder: An empty one, for the server.
        seconds: After which no further requests are made.
        examples: Requests for each operation, in each phase.
        more: Further arguments of `schemathesis run`.

    Raises:
        NotHere: Schemathesis cannot be installed on this machine.
    """
    python = await trio.to_thread.run_sync(environment, "fuzz-api", (LOCK,), (3, 11))
    (folder / "projects").mkdir(mode=0o700)
    places: dict[str, Any] = {"projects_root": folder / "projects", "workspaces_root": folder / "workspaces"}
    async with serving(folder / "data", **SETTINGS, **places) as server:
        status, report = await _run(python, server, folder, seconds, ["-n", str(examples), *more])
        bugs = [line for line in server.said.splitlines() if "unhandled error" in line or '"critical"' in line]
        alive = server.process.poll() is None
    return Outcome(status if alive else -1, report, bugs)


async def _run(python: Path, server: ServerProcess, folder: Path, seconds: int, more: list[str]) -> tuple[int, str]:
    command = [
        *(str(python), "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", f"{server.url}/openapi.json"),
        *("--max-time", str(seconds), "--request-timeout", "60", "--continue-on-failure"),
        *("--no-color", "--warnings", "off", "--suppress-health-check", "all", *more),
    ]
    environ = {**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE), "COLUMNS": "120"}
    with trio.fail_after(seconds + _SPARE_S):
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
    logger.info("%s", outcome.report)
    for line in outcome.bugs:
        logger.error("%s", line)
    return 0 if outcome.clean else 1


if __name__ == "__main__":
    sys.exit(main())
