"""The command line of bubblewrap for a confinement (levels L2 and L3).

Everything is taken away, and little is given back: namespaces of its own for processes, network, users, names and
shared memory; a file system that is made of nothing but what is listed here, read-only where it is not the program's
own. What can be written without being its own is in memory and has a size. /proc is read-only for a server that runs
as root: its kernel settings would be writable for that user in any namespace, and bubblewrap leaves them so.
"""

from collections.abc import Iterator
from pathlib import Path

from actors.processes.sandbox.confinement import HOME, Confinement
from actors.processes.sandbox.landlock import SYSTEM_FILES
from actors.processes.sandbox.tools import INSIDE, Tools

FILES = Path(__file__).absolute().with_name("etc")
"""Stand for the machine's own in /etc: its users and hosts are nobody's business."""

PROGRAMS = Path("/run/callboard")
"""Where our programs are inside."""

EGRESS = PROGRAMS / "egress.sock"
INSIDE_PROGRAMS = PROGRAMS / "actors/processes/sandbox/inside"

NEEDED = ("--size", "--perms", "--remount-ro", "--new-session", "--die-with-parent", "--unshare-cgroup-try")
"""Options without which there is no L2; bubblewrap has them all since 0.7."""

SMALL = 16 * 2**20
UNPRIVILEGED = "1000"


def bubblewrap_command(confinement: Confinement, tools: Tools) -> list[str]:
    """Return bubblewrap and its arguments, up to the program that it runs."""
    return [
        tools.bubblewrap,
        *("--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
        *(["--disable-userns"] if "--disable-userns" in tools.options else []),
        *("--die-with-parent", "--new-session", "--cap-drop", "ALL"),
        *("--uid", UNPRIVILEGED, "--gid", UNPRIVILEGED, "--hostname", "app"),
        *_system(tools),
        *_memory(confinement),
        *_interpreter(tools),
        *_own(confinement),
        *("--ro-bind", str(INSIDE), str(INSIDE_PROGRAMS)),
        *([] if confinement.egress is None else ["--ro-bind", str(confinement.egress), str(EGRESS)]),
        *(word for path in ("/proc", "/dev", "/run", "/") for word in ("--remount-ro", path)),
        *("--chdir", str(confinement.seen_as or confinement.root), "--"),
    ]


def _system(tools: Tools) -> Iterator[str]:
    """Yield what shows the system, read-only."""
    yield from ("--ro-bind", "/usr", "/usr")
    for path, target in tools.links:
        yield from ("--symlink", target, path)
    for path in tools.folders:
        yield from ("--ro-bind", path, path)
    for path in SYSTEM_FILES:
        yield from ("--ro-bind-try", path, path)
    for name in ("passwd", "group", "hosts", "nsswitch.conf"):
        yield from ("--ro-bind", str(FILES / name), f"/etc/{name}")
    yield from ("--proc", "/proc", "--dev", "/dev")


def _memory(confinement: Confinement) -> Iterator[str]:
    """Yield the places that are in memory; what is beneath one of them comes after."""
    for path in ("/tmp", "/dev/shm"):  # noqa: S108 - nobody else's inside
        yield from ("--perms", "1777", "--size", str(confinement.scratch), "--tmpfs", path)
    yield from ("--size", str(SMALL), "--tmpfs", "/run")
    if confinement.home is None:
        yield from ("--perms", "0700", "--size", str(confinement.scratch), "--tmpfs", str(HOME))


def _interpreter(tools: Tools) -> Iterator[str]:
    """Yield what the programs inside run on, unless it is the system's own."""
    for path in (tools.interpreter, tools.library / "lib", tools.library / "lib64"):
        if path.parts[:2] != ("/", "usr") and path.exists():
            yield from ("--ro-bind", str(path), str(path))


def _own(confinement: Confinement) -> Iterator[str]:
    """Yield what is the program's own, and what its caller lets it read."""
    yield from ("--bind", str(confinement.root), str(confinement.seen_as or confinement.root))
    if confinement.home is not None:
        yield from ("--bind", str(confinement.home), str(HOME))
    for path in confinement.writable:
        yield from ("--bind", str(path), str(path))
    for path in confinement.read_only:
        yield from ("--ro-bind", str(path), str(path))
