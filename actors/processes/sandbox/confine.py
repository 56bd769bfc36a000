"""Puts a program behind the walls of its confinement: makes the command that is given to `open_tree`."""

import resource
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from actors.processes.sandbox.bubblewrap import EGRESS, INSIDE_PROGRAMS, bubblewrap_command
from actors.processes.sandbox.confinement import EGRESS_PORT, HOME, Confinement, Level
from actors.processes.sandbox.filter import system_call_filter
from actors.processes.sandbox.inside.enter import PREFIX
from actors.processes.sandbox.landlock import landlock_fields
from actors.processes.sandbox.limits import Limits
from actors.processes.sandbox.tools import INSIDE, Tools, find_tools, interpreter_environment

PATH = "/usr/local/bin:/usr/bin:/bin"

OUTER = 'trap "" TERM; exec "$@"'
"""Bubblewrap would end at SIGTERM, and all that is inside with it; the program inside is to have its time."""

OUTER_IN_GROUP = 'trap "" TERM; echo 0 >"$1/cgroup.procs" || exit 126; shift; exec "$@"'


@dataclass(frozen=True)
class Confined:
    """A command that runs a program confined: `open_tree(confined.argv, owner=..., data_id=..., **confined.options)`.

    A program that a signal ended is reported from L2 up as its shell would: with the exit code 128 and the signal.

    Attributes:
        argv: The whole command.
        environment: The environment of its outermost program.
        cwd: Where that starts.
        limits: What each process may use.
        stdin: What it reads, when the confinement has a listening socket.
        root: Where the program sees its root.
    """

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    cwd: Path
    limits: Limits
    stdin: Optional[int]
    root: Path

    @property
    def options(self) -> dict[str, Any]:
        """What `open_tree` is to be called with besides the command."""
        options: dict[str, Any] = {"cwd": self.cwd, "env": self.environment, "limits": self.limits}
        return options if self.stdin is None else {**options, "stdin": self.stdin}


def confine(
    argv: Sequence[str],
    confinement: Confinement,
    level: Level,
    *,
    tools: Optional[Tools] = None,
    group: Optional[Path] = None,
) -> Confined:
    """Make the command that runs `argv` confined.

    Args:
        argv: The program, as it is called inside; without a slash it is looked for in the PATH of its environment.
        confinement: The walls.
        level: How well it is kept in: one that `find_level` found.
        tools: What to build with: what this machine has, when not given.
        group: The control group that it joins, at L3.

    Returns:
        The command. Nothing of the server's environment is in it.
    """
    tools = find_tools() if tools is None else tools
    namespaces = level >= Level.L2
    root = confinement.seen_as or confinement.root if namespaces else confinement.root
    first = [
        *(str(tools.interpreter), "-I", "-S", str((INSIDE_PROGRAMS if namespaces else INSIDE) / "run.py")),
        *_fields(confinement, level, tools),
        "--",
        *argv,
    ]
    outer = _outer(confinement, tools, group) if namespaces else []
    variables = _environment(confinement, root, namespaces=namespaces)
    return Confined(
        argv=(*outer, *first),
        environment={**interpreter_environment(), **{f"{PREFIX}{name}": text for name, text in variables.items()}},
        cwd=Path("/") if namespaces else confinement.root,
        limits=confinement.hard_limits,
        stdin=confinement.listen,
        root=root,
    )


def _outer(confinement: Confinement, tools: Tools, group: Optional[Path]) -> list[str]:
    """Return what stands before the first program inside, where there are namespaces."""
    script = [OUTER, "sh"] if group is None else [OUTER_IN_GROUP, "sh", str(group)]
    return ["/bin/sh", "-c", *script, *bubblewrap_command(confinement, tools)]


def _fields(confinement: Confinement, level: Level, tools: Tools) -> list[str]:
    """Return what the first program inside is told; see `inside.enter`."""
    namespaces = level >= Level.L2
    fields = []
    counts = [count for count in (confinement.limits.processes, confinement.tree.processes) if count is not None]
    if namespaces and counts:
        fields.append(f"limit={resource.RLIMIT_NPROC}:{min(counts)}")
    if confinement.egress is not None:
        fields.append(f"egress={EGRESS_PORT}:{EGRESS}" if namespaces else f"egress=0:{confinement.egress}")
    if confinement.listen is not None:
        fields.append(f"preview={confinement.port}")
    if level == Level.L1:
        fields += ["powerless=1", *landlock_fields(confinement, tools)]
    if level >= Level.L1:
        knows_truncate = namespaces or tools.landlock >= 3
        program = system_call_filter(own_network=namespaces, keep_truncate=knows_truncate)
        fields += [] if program is None else [f"filter={program.hex()}"]
    return fields


def _environment(confinement: Confinement, root: Path, *, namespaces: bool) -> dict[str, str]:
    """Return the program's environment."""
    home = confinement.home or confinement.root
    scratch = "/tmp" if namespaces else str(home)  # noqa: S108 - nobody else's inside
    places = {"HOME": str(HOME if namespaces else home), "TMPDIR": scratch}
    system = {"PATH": PATH, "LANG": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1"}
    return {**system, "PWD": str(root), **places, **confinement.environment}
