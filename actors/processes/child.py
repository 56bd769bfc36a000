"""What the reaper runs, and how its fork becomes that program.

Part of the reaper: imports as little as possible (see `actors.processes.reaper`).
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38


class Order:
    """What to run, as the server wrote it.

    Fields, each ended by NUL, which none of them can contain: `argv=` (repeated), `env=NAME=VALUE` (repeated), `cwd=`,
    `limit=RESOURCE:VALUE` (repeated; numbers of `resource.RLIMIT_*`), `umask=` (decimal), `no_new_privileges=1`.

    Args:
        data: The file's content.
    """

    def __init__(self, data: bytes) -> None:
        self.argv: list[str] = []
        self.environment: dict[str, str] = {}
        self.limits: list[tuple[int, int]] = []
        self.single: dict[str, str] = {}
        for field in os.fsdecode(data).split("\0")[:-1]:
            key, _, value = field.partition("=")
            if key == "argv":
                self.argv.append(value)
            elif key == "env":
                name, _, text = value.partition("=")
                self.environment[name] = text
            elif key == "limit":
                number, _, most = value.partition(":")
                self.limits.append((int(number), int(most)))
            else:
                self.single[key] = value


def control_process(option: int, value: int) -> None:
    """Call prctl(2); raise OSError when the kernel refuses."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def set_limits(limits: list[tuple[int, int]]) -> None:
    """Apply limits to this process, none above what it may have; CPU time gets a second between SIGXCPU and SIGKILL."""
    for number, value in limits:
        hard = resource.getrlimit(number)[1]
        ceiling = value + 1 if number == resource.RLIMIT_CPU else value
        if hard != resource.RLIM_INFINITY:
            ceiling = min(ceiling, hard)
        resource.setrlimit(number, (min(value, ceiling), ceiling))


def become(order: Order, status: int, reaper: int) -> None:
    """Turn this freshly forked process into the ordered program; never returns.

    Args:
        order: What to run.
        status: Where a failure is written; closes on success.
        reaper: The parent's pid: if it is gone already, so are we.
    """
    what = "the process could not be set up"
    try:
        control_process(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != reaper:
            os._exit(127)
        os.setsid()
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        if "no_new_privileges" in order.single:
            control_process(PR_SET_NO_NEW_PRIVS, 1)
        if "umask" in order.single:
            os.umask(int(order.single["umask"]))
        what = f"its directory {order.single['cwd']} cannot be entered"
        os.chdir(order.single["cwd"])
        what = "its limits cannot be set"
        set_limits(order.limits)
        what = "the program, or the interpreter that its first line names, cannot be run"
        os.execvpe(order.argv[0], order.argv, order.environment)  # noqa: S606 - running what was ordered is the point
    except (OSError, ValueError, MemoryError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        os.write(status, f"{what}: {reason}".encode("utf-8", "replace"))
    finally:
        os._exit(127)
