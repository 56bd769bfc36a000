"""Starts a reaper with its order."""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from subprocess import PIPE
from typing import Optional, Union

import trio

from actors.processes.environment import MARKER
from actors.processes.exits import StartFailed
from actors.processes.pipes import memory_file
from actors.processes.sandbox.limits import Limits

REAPER = str(Path(__file__).absolute().with_name("run_reaper.py"))
"""The program that owns a tree."""


async def launch(
    order: bytes, marker: str, stdin: Union[bytes, int, None], *, merge_stderr: bool
) -> tuple[trio.Process, socket.socket]:
    """Start a reaper.

    Args:
        order: What it is to run, from `write_order`.
        marker: The tree's marker.
        stdin: As for `open_tree`.
        merge_stderr: As for `open_tree`.

    Returns:
        The reaper, and the server's end of its lifeline, non-blocking.
    """
    with ExitStack() as ours:
        control, theirs = socket.socketpair()
        ours.callback(theirs.close)
        with ExitStack() as undo:
            undo.callback(control.close)
            control.setblocking(False)
            descriptor = memory_file(order)
            ours.callback(os.close, descriptor)
            source = subprocess.DEVNULL if stdin is None else stdin
            if isinstance(source, bytes):
                source = memory_file(source)
                ours.callback(os.close, source)
            process = await trio.lowlevel.open_process(
                [sys.executable, "-I", "-S", REAPER, str(theirs.fileno()), str(descriptor)],
                stdin=source,
                stdout=PIPE,
                stderr=subprocess.STDOUT if merge_stderr else PIPE,
                pass_fds=(theirs.fileno(), descriptor),
                start_new_session=True,
                env=_reaper_environment(marker),
                cwd="/",
            )
            undo.pop_all()
        return process, control


def write_order(
    argv: Sequence[str], cwd: Union[str, Path], env: Mapping[str, str], limits: Limits, umask: Optional[int]
) -> bytes:
    """Write down what the reaper is to run; see `actors.processes.child.Order`."""
    fields = [
        f"cwd={cwd}",
        *(f"argv={argument}" for argument in argv),
        *(f"env={name}={value}" for name, value in env.items()),
        *(f"limit={number}:{value}" for number, value in limits.resources),
        *([] if limits.new_privileges else ["no_new_privileges=1"]),
        *([] if umask is None else [f"umask={umask}"]),
    ]
    if not argv or any("\0" in field for field in fields):
        raise StartFailed(
            "a program cannot be started without a name, or with a NUL in its arguments, environment or directory"
        )
    return b"".join(os.fsencode(field) + b"\0" for field in fields)


def _reaper_environment(marker: str) -> dict[str, str]:
    """Return what the reaper gets: the marker, and what its interpreter may need to find its library."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {**kept, MARKER: marker}
