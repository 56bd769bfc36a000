"""The sides of a comparison: servers in processes of their own, and how they are asked and measured."""

import http.client
import json
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, cast

from tests.bench.proc import raise_descriptors
from tests.e2e.server import clean_environment
from tests.house.project import ROOT

CALLBOARD = "callboard"
PEER = "peer"
ONCE = "peer, encodes once"
DURABLE = "peer, durable"
FLOOR = "floor"

_STOP_S = 30.0
_PEER_SETTINGS = {ONCE: {"PEER_ENCODE_ONCE": "1"}, DURABLE: {"PEER_DURABLE": "1"}}
_START_S = 60.0

# What bounds a server that faces strangers, and not how fast it is: the peer has no such bounds.
_SETTINGS = {
    "default_engine": "simulated",
    "log_level": "warning",
    "bind": "127.0.0.1",
    "connections": "30000",
    "upload_files": "10000",
    "upload_file_size": str(1 << 30),
    "jobs_queued": "100000",
    "builds_queued": "100000",
    "jobs_at_once": "1",
    "builds_at_once": "1",
    "keep_jobs": "100000",
    "outbox_waiting": "1000",
}


@dataclass
class Side:
    """One side, while it runs.

    Attributes:
        name: Which.
        folder: Where it keeps what it is sent.
        pid: Its process.
        port: Where it listens.
        handle: Where a Callboard with a handle takes what is asked of it; None for others.
    """

    name: str
    folder: Path
    pid: int
    port: int
    handle: Optional[int] = None

    @property
    def ours(self) -> bool:
        """Whether it is Callboard."""
        return self.name == CALLBOARD

    def control(self, what: str, actor_id: str, **more: Any) -> dict[str, Any]:
        """Have it make events, or tell how many subscribers there are; the same words for each side."""
        if self.name == FLOOR:
            return self._control_floor(what, **more)
        asked = {"what": what, "id": actor_id, **more}
        if self.handle is None:
            return self.call("POST", f"/control/{what}", asked)
        return _line(self.handle, json.dumps(asked))

    def _control_floor(
        self,
        what: str,
        *,
        count: int = 0,
        gap: float = 0,
        each: int = 1,
        command: Sequence[str] = (),
        kept: bool = True,
    ) -> dict[str, Any]:
        del kept  # it knows nothing else
        words = {"publish": f"P {count} {gap * 1e6:.0f} {each}", "print": f"L {shlex.join(command)}", "forget": "F"}
        # It knows its subscribers before they know that they are.
        return _line(self.port, words[what]) if what in words else {"subscribers": sys.maxsize}

    def call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Ask something over HTTP; the answer's JSON.

        Raises:
            RuntimeError: The answer is none of success.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, path, data, {"Content-Type": "application/json"} if data else {})
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise RuntimeError(f"{self.name}: {method} {path} was answered {answer.status}: {text[:500]!r}")
        return cast("dict[str, Any]", json.loads(text)) if text else {}


@contextmanager
def open_side(
    name: str,
    folder: Path,
    programs: Mapping[str, Sequence[str]],
    *,
    handle: bool = False,
    keep: bool = False,
    settings: Optional[Mapping[str, str]] = None,
) -> Iterator[Side]:
    """Start one side, and end it with the block.

    Args:
        name: Which.
        folder: Where it may keep things.
        programs: What is run for the others; it is given the folder and the port.
        handle: Callboard is to make events when it is asked to.
        keep: The folder may be there already, and stays.
        settings: Of Callboard.
    """
    folder.mkdir(parents=True, exist_ok=keep)
    port, control = _free_port(), _free_port()
    command, environment = _command(name, folder, programs, port, control if handle else None)
    try:
        with _process(
            command, {**environment, **_as_environment(settings or {})}, folder.with_suffix(".log")
        ) as process:
            asked = control if handle and name == CALLBOARD else None
            for one in (port, asked or port):
                _await(one, process, folder.with_suffix(".log"))
            yield Side(name, folder, process.pid, port, asked)
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _line(port: int, text: str) -> dict[str, Any]:
    """Say a line, and get one of JSON."""
    with socket.create_connection(("127.0.0.1", port), timeout=600) as connection:
        connection.sendall(text.encode() + b"\n")
        with connection.makefile("rb") as lines:
            return cast("dict[str, Any]", json.loads(lines.readline()))


def _command(
    name: str, folder: Path, programs: Mapping[str, Sequence[str]], port: int, handle: Optional[int]
) -> tuple[list[str], dict[str, str]]:
    # What a side keeps for a moment is on the disk that is measured as well: the peer spools each upload.
    beside = {"TMPDIR": str(folder.parent.absolute())}
    if name != CALLBOARD:
        own = _PEER_SETTINGS.get(name, {})
        return [*programs[name], str(folder), str(port)], {**clean_environment(), **own, **beside}
    environment = {**clean_environment(**_SETTINGS, port=port, projects_root=folder / "projects"), **beside}
    if handle is not None:
        return [sys.executable, "-m", "tests.bench.programs.callboard", str(folder), str(handle)], environment
    return [sys.executable, "-m", "client", "serve", "--data-dir", str(folder)], environment


def _as_environment(settings: Mapping[str, str]) -> dict[str, str]:
    return {f"CALLBOARD_{name.upper()}": value for name, value in settings.items()}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def _process(command: list[str], environment: dict[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process, and its end; what it says goes to a file, since nobody would read it in time."""
    with (
        log.open("wb") as file,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        ) as process,
    ):
        raise_descriptors(process.pid)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_STOP_S)
            finally:
                # Also when this process is ended while it waits. One that has ended is not sent anything.
                process.kill()


def _await(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until it listens.

    Raises:
        RuntimeError: It has ended instead, or takes too long.
    """
    deadline = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.01)  # between two tries, by a program without an event loop
    said = log.read_text(encoding="utf-8", errors="replace")[-3000:]
    raise RuntimeError(f"{process.args!r} does not listen:\n{said}")
