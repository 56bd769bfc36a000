"""The server that is tortured: a process of its own, as `callboard serve` starts it, with nothing of the user's."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import trio

from client.local.torture import processes
from client.local.torture.checks.processes import Known
from client.local.torture.folder import Folder
from client.local.torture.plan import Life
from client.local.torture.violation import Violation

AT_ONCE: Mapping[str, int] = {"job": 3, "build": 4, "project": 2}
"""How many of each kind run at once."""

KEPT: Mapping[str, int] = {"job": 12, "build": 12, "project": 5}
"""How many of each kind are kept when they have ended."""

START_S = 60.0
STOP_S = 30.0
_POLL_S = 0.01
_PORT = re.compile(rb"listening on port (\d+)")
_CRASH = re.compile(rb'"exception": |^Traceback', re.MULTILINE)
_PASSED_ON = frozenset({"LANG", "LANGUAGE", "TZ", "LD_LIBRARY_PATH", "PYTHONPATH"})


@dataclass
class ServerProcess:
    """A server that runs, or ran.

    Attributes:
        process: It.
        folder: Where its things are.
        began: When it was started, on trio's clock.
        port: Where it listens; 0 until that is known.
        family: All that it was seen to have started.
    """

    process: trio.Process
    folder: Folder
    began: float
    port: int = 0
    family: dict[Known, str] = field(default_factory=dict)

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    async def ready(self) -> float:
        """Wait until it listens; return how many seconds after its start that was.

        Raises:
            Violation: It ended, or did not in time.
        """
        while not self.port:
            found = _PORT.search(self.folder.log().read_bytes())
            self.port = int(found.group(1)) if found else 0
            took = trio.current_time() - self.began
            if not self.port and (took > START_S or not self.runs):
                raise Violation(f"the server did not start: {self._last_words()}")
            # Its log is the only word of it that there is so far.
            await trio.sleep(_POLL_S)
        return trio.current_time() - self.began

    def look(self) -> None:
        """Note what it has started by now. Blocks for some milliseconds."""
        self.family.update(processes.family(self.process.pid, self.folder.data_id))

    def signal(self, number: int) -> None:
        """Send it a signal, if it runs."""
        with suppress(ProcessLookupError):
            if self.runs:
                os.kill(self.process.pid, number)

    async def ended(self, seconds: float) -> bool:
        """Wait for its end; return whether that came in time."""
        with trio.move_on_after(seconds):
            await self.process.wait()
        return not self.runs

    async def stop(self) -> int:
        """Ask it to stop; return its exit code.

        Raises:
            Violation: It did not, in time.
        """
        self.signal(signal.SIGTERM)
        if not await self.ended(STOP_S):
            raise Violation(f"the server did not stop within {STOP_S:g} s of SIGTERM: {self._last_words()}")
        return int(self.process.returncode or 0)

    def _last_words(self) -> str:
        """Return the end of its log."""
        code = self.process.returncode
        said = self.folder.log().read_bytes()[-1500:].decode("utf-8", "replace").strip()
        return f"exit code {code}, and its log ends with {said!r}"


async def start(folder: Folder, life: Life, orchestrator: str) -> ServerProcess:
    """Start a server, without waiting for it.

    Args:
        folder: Where its things are.
        life: How it is to be.
        orchestrator: The address of the orchestrator.
    """
    folder.turn_logs()
    with folder.log().open("wb") as log:
        process = await trio.lowlevel.open_process(
            # With `-m` the working directory is a place to import from: nothing in the folder has a package's name.
            [sys.executable, "-m", "client", "serve", "--data-dir", str(folder.data), "--log-format", "json"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder.root,
            env=environment(folder, life, orchestrator),
            # Ctrl-C on the terminal is for the torture, which ends it in its own way.
            start_new_session=True,
        )
    return ServerProcess(process, folder, trio.current_time())


def crashes(folder: Folder) -> list[str]:
    """Return what the newest log says of bugs. Blocks."""
    log = folder.log().read_bytes()
    found = [log[max(0, match.start() - 400) : match.end() + 1200] for match in _CRASH.finditer(log)]
    return [f"the server's log tells of a bug: {part.decode('utf-8', 'replace')!r}" for part in found[:1]]


def environment(folder: Folder, life: Life, orchestrator: str) -> dict[str, str]:
    """Return the whole environment of a server: none of the user's settings, and no directory of theirs."""
    settings = {
        "port": 0,
        "default_engine": "simulated",
        "generator": "template",
        "pipeline": life.pipeline,
        "app_factory_python": sys.executable,
        "app_factory_dir": folder.factory,
        "app_factory_env": "TORTURE_BARE",
        "app_factory_rerun": "true",
        "orchestrator_url": orchestrator,
        "projects_root": folder.apps,
        "workspaces_root": folder.workspaces,
        "jobs_at_once": AT_ONCE["job"],
        "builds_at_once": AT_ONCE["build"],
        "projects_at_once": AT_ONCE["project"],
        # The janitor has one bound for jobs and builds.
        "keep_jobs": KEPT["job"],
        "keep_projects": KEPT["project"],
        "install_seconds": 3,
        "exec_retry_seconds": 3,
        # So short that a kill while it stops comes before the end of that as often as after it.
        "drain_seconds": 0.3,
        "claude_dir": folder.home / "claude",
    }
    ours = {f"CALLBOARD_{name.upper()}": str(value) for name, value in settings.items()}
    places = {
        "HOME": str(folder.home),
        "TMPDIR": str(folder.temporary),
        "PATH": str(folder.programs),
        "XDG_STATE_HOME": str(folder.home / "state"),
        "XDG_DATA_HOME": str(folder.home / "share"),
        "XDG_CACHE_HOME": str(folder.home / "cache"),
    }
    kept = {name: value for name, value in os.environ.items() if name in _PASSED_ON or name.startswith("LC_")}
    return {**kept, **places, **ours, "TORTURE_BARE": "1" if life.bare else "0"}
