"""The reaper: a small program that owns one process tree, and ends with it.

Started by `run_reaper.py`, one for each tree, and single-threaded: so the child's parent-death signal follows this
process, where in the server it would follow a worker thread. CONTROL is one end of a socketpair whose other end only
the server holds: it is the lifeline. When it closes, however the server died, all that is below is frozen, killed and
reaped, grandchildren that called `setsid` and forked away included, because this process is a subreaper: an orphan
becomes its child. `waitpid` saying "no child" is therefore the proof that nothing is left.

ORDER is a file of NUL-ended `key=value` fields (see `actors.processes.child.Order`). Commands come as lines on CONTROL:
`term` (SIGTERM to the whole tree) and `kill`. Reports go as lines on CONTROL:

- `started PID START REAPER_START`: the program runs; both start times are field 22 of `/proc/PID/stat`.
- `failed TEXT`: the program could not be started.
- `exited CODE SIGNAL`: the main process ended; `-` for the one that does not apply.
- `stuck PID...`: these are still there after `HURRY` seconds of killing (in an uninterruptible wait, or forking faster
  than they are found). The reaper goes on at a slower pace until `GIVE_UP` and then ends with code 3.
- `gone COUNT NAME...`: nothing is left; COUNT processes beside the main one had to be killed, with some names.

It imports as little as possible (`json` or `typing` alone would double its start), hence the plain protocol, and
annotations that are never evaluated.
"""

from __future__ import annotations

import os
import select
import signal
import time

from actors.processes.child import PR_SET_CHILD_SUBREAPER, Order, become, control_process
from actors.processes.table import Process, descendants, read_process, read_table, send, send_to_all

HURRY = 2.0
GIVE_UP = 60.0
FREEZE_ROUNDS = 4
MAX_COMMAND = 4096
MAX_NAMES = 8


class Reaper:
    """One tree's owner.

    Args:
        control: The lifeline's descriptor.
    """

    def __init__(self, control: int) -> None:
        self.control = control
        self.main = 0
        self.status = -1
        self.ending = False
        self.killed: dict[int, str] = {}
        self.commands = b""
        self.wake, wake_up = os.pipe()
        os.set_blocking(self.wake, False)
        os.set_blocking(wake_up, False)
        os.set_blocking(control, False)
        os.set_inheritable(control, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_up, warn_on_full_buffer=False)
        control_process(PR_SET_CHILD_SUBREAPER, 1)

    def report(self, line: str) -> None:
        """Write one line to the server, without waiting for it: it may be dead, or busy."""
        try:
            os.write(self.control, line.replace("\n", " ").encode("utf-8", "replace") + b"\n")
        except OSError:
            self.ending = True

    def start(self, order: Order) -> None:
        """Fork the child, and let go of its standard streams, so that only the tree holds them."""
        self.status, status = os.pipe()
        reaper = os.getpid()
        self.main = os.fork()
        if self.main == 0:
            become(order, status, reaper)
        os.close(status)
        null = os.open(os.devnull, os.O_RDWR)
        for standard in range(3):
            os.dup2(null, standard)
        os.close(null)

    def serve(self) -> None:
        """Wait for the main process, the server's commands and the server's end, whichever comes first."""
        poll = select.poll()
        for descriptor in (self.status, self.wake, self.control):
            poll.register(descriptor, select.POLLIN)
        while not self.ending:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if self.status in ready:
                poll.unregister(self.status)
                self.read_status()
            if self.wake in ready:
                self.drain()
                self.reap()
            if self.control in ready:
                self.read_commands()

    def read_status(self) -> None:
        """Tell the server whether the program runs; the descriptor is at its end once it does."""
        problem = os.read(self.status, 65536)
        os.close(self.status)
        self.status = -1
        if problem:
            self.report(f"failed {os.fsdecode(problem)}")
            return
        child, reaper = read_process(self.main), read_process(os.getpid())
        self.report(f"started {self.main} {child.start if child else 0} {reaper.start if reaper else 0}")

    def read_commands(self) -> None:
        """Do what the server says; its silence for ever is the order to end."""
        try:
            chunk = os.read(self.control, MAX_COMMAND)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        *lines, self.commands = (self.commands + chunk).split(b"\n")
        if not chunk or b"kill" in lines or len(self.commands) > MAX_COMMAND:
            self.ending = True
        elif b"term" in lines:
            for process in self.below():
                send(process.pid, signal.SIGTERM)
                send(process.pid, signal.SIGCONT)

    def drain(self) -> None:
        """Empty the pipe that signals write to."""
        try:
            os.read(self.wake, 4096)
        except BlockingIOError:
            return

    def reap(self) -> bool:
        """Take in every child that ended; return whether any is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self.main:
                self.main_exited(os.waitstatus_to_exitcode(status))

    def main_exited(self, code: int) -> None:
        """Tell how the main process ended; what it left behind goes too."""
        if self.status >= 0:
            self.read_status()
        self.main = 0
        self.ending = True
        self.report(f"exited - {-code}" if code < 0 else f"exited {code} -")

    def below(self) -> list[Process]:
        """Return the living processes of the tree."""
        return [process for process in descendants([os.getpid()], read_table()) if process.alive]

    def kill(self) -> list[Process]:
        """Freeze the tree, so that none can fork or restart another, then kill it; return who was there."""
        group = os.getpgrp()
        stopped: set[int] = set()
        for _ in range(FREEZE_ROUNDS):
            fresh = [process for process in self.below() if process.pid not in stopped]
            if not fresh:
                break
            send_to_all(fresh, signal.SIGSTOP, spare_group=group)
            stopped.update(process.pid for process in fresh)
        found = self.below()
        send_to_all(found, signal.SIGKILL, spare_group=group)
        self.killed.update({process.pid: process.name for process in found if process.pid != self.main})
        return found

    def end(self) -> bool:
        """Kill and reap until nothing is left; return whether that came true before `GIVE_UP`."""
        poll = select.poll()
        poll.register(self.wake, select.POLLIN)
        begun = time.monotonic()
        pause, stuck = 0.005, False
        while self.reap():
            found = self.kill()
            elapsed = time.monotonic() - begun
            if elapsed > GIVE_UP:
                return False
            if elapsed > HURRY:
                pause = min(pause * 2, 1.0)
                if not stuck:
                    self.report("stuck " + " ".join(str(process.pid) for process in found[:100]))
                    stuck = True
            poll.poll(pause * 1000)
            self.drain()
        names = sorted({name.replace(" ", "_") for name in self.killed.values()})[:MAX_NAMES]
        self.report(" ".join(["gone", str(len(self.killed)), *names]))
        return True


def main(control: int, order: int) -> int:
    """Run one tree from its start to its end; return this program's exit code."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    reaper = Reaper(control)
    try:
        with open(order, "rb") as file:
            wanted = Order(file.read())
        reaper.start(wanted)
        reaper.serve()
    except Exception as error:  # noqa: BLE001 - whatever it was, the tree must be ended below
        reaper.report(f"failed the reaper met an error: {type(error).__name__}: {error}")
    return 0 if reaper.end() else 3
