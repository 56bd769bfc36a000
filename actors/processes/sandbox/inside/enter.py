"""Turns itself into the confined program, with what can only be done from inside done first.

The fields of its command line, each `key=value`:

- `limit=RESOURCE:VALUE`: a limit of `resource.setrlimit`. Processes are counted from the user namespace up, so that
  this one means something only inside of it.
- `powerless=1`: give up all capabilities, which a server that runs as root has.
- `ruleset=VERSION:FILES:NETWORK:SCOPES`, `beneath=RIGHTS:PATH`, `port=RIGHTS:PORT`: Landlock, as numbers of the kernel.
- `filter=HEX`: a system call filter, as classic BPF.
- `egress=PORT:PATH`: bridge 127.0.0.1:PORT (any free port for 0) to a unix socket; proxy variables are set to it.
- `preview=PORT`: standard input is a listening socket; bridge what it accepts to 127.0.0.1:PORT.

The program's environment comes in variables that begin with `PREFIX`: given as themselves, one like LD_PRELOAD would
take hold of this program, and of whatever else runs before the walls are up.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

from actors.processes.sandbox.inside import landlock

PREFIX = "_INSIDE_"
PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
CAPABILITIES = 64
SECCOMP_MODE_FILTER = 2
PROXY_VARIABLES = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "http_proxy",
    "https_proxy",
    "npm_config_proxy",
    "npm_config_https_proxy",
)


class FilterProgram(ctypes.Structure):
    """The kernel's `struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def control(option: int, first: int, second: object = None) -> None:
    """Call prctl(2); raise OSError when the kernel refuses."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(ctypes.c_int(option), ctypes.c_ulong(first), second, None, None) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def set_limits(values: list[str]) -> None:
    """Apply limits, none above what this process may have."""
    for value in values:
        number, most = map(int, value.split(":"))
        hard = resource.getrlimit(number)[1]
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(number, (limit, limit))


def drop_capabilities() -> None:
    """Take every capability out of what the next program may have, root's too; whoever has none needs none taken."""
    for number in range(CAPABILITIES):
        try:
            control(PR_CAPBSET_DROP, number)
        except OSError:
            return


def set_filter(values: list[str]) -> None:
    """Put the system call filter in place; for good, and for all that is started from here."""
    for value in values:
        data = bytes.fromhex(value)
        program = FilterProgram(len(data) // 8, data)
        control(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program))


def set_up_bridge(fields: dict[str, list[str]], environment: dict[str, str]) -> None:
    """Open the bridge's sockets, tell the program about them, and leave the bridge running."""
    if "egress" not in fields and "preview" not in fields:
        return
    # Half of the start's time, and mostly not needed.
    from actors.processes.sandbox.inside import bridge

    routes = []
    for value in fields.get("egress", ()):
        port, _, path = value.partition(":")
        listener = bridge.listen(int(port))
        number = listener.getsockname()[1]
        environment.update(dict.fromkeys(PROXY_VARIABLES, f"http://127.0.0.1:{number}"))
        routes.append(bridge.Route(listener, path))
        fields.setdefault("port", []).append(f"{landlock.CONNECT}:{number}")
    for value in fields.get("preview", ()):
        routes.append(bridge.Route(bridge.inherited(0), ("127.0.0.1", int(value))))
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
    bridge.start(routes)


def main(arguments: list[str]) -> None:
    """Become the program; returns never, and says on stderr why it could not."""
    end = arguments.index("--")
    argv = arguments[end + 1 :]
    fields: dict[str, list[str]] = {}
    for field in arguments[:end]:
        key, _, value = field.partition("=")
        fields.setdefault(key, []).append(value)
    environment = {name[len(PREFIX) :]: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    if "CALLBOARD_TREE" in os.environ:
        environment["CALLBOARD_TREE"] = os.environ["CALLBOARD_TREE"]
    code = 126
    what = "cannot be confined"
    try:
        set_up_bridge(fields, environment)
        for number in (signal.SIGTERM, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        set_limits(fields.get("limit", []))
        control(PR_SET_NO_NEW_PRIVS, 1)
        if "powerless" in fields:
            drop_capabilities()
        landlock.apply(fields)
        set_filter(fields.get("filter", []))
        what, code = "cannot be run", 127
        os.execvpe(argv[0], argv, environment)  # noqa: S606 - running what was ordered is the point
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        sys.stderr.write(f"{argv[0]} {what}: {reason}\n")
        sys.stderr.flush()
    os._exit(code)
