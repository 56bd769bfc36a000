"""The table of attacks: what each tries, which level stops it, and which wall that is."""

import os
import shutil
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Optional

from tests.attacks import walls
from tests.attacks.ground import SECRET, Ground
from tests.attacks.walls import Relax, Take, relax

NEVER = 99
BOMB = 120
LIMIT = 60
"""Megabytes that a bomb takes, and may take."""

LONG, SHORT = "15", "0.3"
"""Seconds that a bomb waits to be ended, and that it waits when nothing will."""


@dataclass(frozen=True)
class Attack:
    """One thing that a hostile program tries.

    Attributes:
        title: What that is, for people.
        name: The function of the intruder.
        arguments: What it is called with.
        take: Which wall it wins without, at L2; None when only all of them together will do.
        relax: Which limit it wins without.
        landlock: The version of Landlock that stops it at L1; `NEVER` for none.
        always: Whether it is stopped at L0 too.
        environment: What the attacker had put into the program's environment.
        won: Whether it won, judged from the outside; None believes the intruder.
        needs: Why it cannot be tried on this machine; empty when it can.
    """

    title: str
    name: str
    arguments: Callable[[Ground], tuple[str, ...]] = lambda _: ()
    take: Optional[Take] = walls.same
    relax: Optional[Relax] = None
    landlock: int = 1
    always: bool = False
    environment: Callable[[Ground], Mapping[str, str]] = lambda _: {}
    won: Optional[Callable[[Ground], bool]] = None
    needs: Callable[[], str] = field(default=lambda: "")


def as_root() -> str:
    """Say why an attack that only root can do anywhere is left out."""
    return "" if os.geteuid() == 0 else "nobody but root can do it anywhere"


def program(name: str) -> Callable[[], str]:
    """Say why an attack by way of a program is left out."""
    return lambda: "" if (shutil.which(name) or "").startswith("/usr/") else f"there is no {name} in /usr"


def routed() -> str:
    """Say why an attack on the network is left out."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stream:
            stream.connect((METADATA, 80))
    except OSError:
        return "this machine has no route either"
    return ""


def has_vsock() -> str:
    """Say why the attack on the machine's host is left out."""
    try:
        socket.socket(VSOCK, socket.SOCK_STREAM).close()
    except OSError:
        return "the kernel has no such sockets"
    return ""


METADATA = "169.254.169.254"
VSOCK = 40
EVIL_NODE = "require('fs').readFileSync(process.env.AIM); require('fs').writeFileSync('proof', '')"


def proof(ground: Ground) -> bool:
    """Whether code that came by the back door did what it came for."""
    return (ground.root / "proof").exists()


def git(ground: Ground) -> tuple[str, ...]:
    """Return a repository's own configuration that has a program run by the next `git status`."""
    evil = f"#!/bin/sh\\ncat {ground.other} >/dev/null && touch {ground.root}/proof\\n"
    script = (
        f"git init -q . && printf '{evil}' >evil && chmod +x evil && git config core.fsmonitor ./evil && git status -s"
    )
    return ("sh", "-c", script)


def node(ground: Ground) -> tuple[str, ...]:
    """Return an innocent program, started after its options were put into the environment."""
    (ground.root / "evil.cjs").write_text(EVIL_NODE, encoding="ascii")
    return ("node", "-e", "0")


ATTACKS = (
    Attack("read a file of another project", "read", lambda g: (str(g.other),), walls.show),
    Attack("read the server's files", "read", lambda g: (str(g.server),), walls.show),
    Attack("read a file in a home directory", "read", lambda g: (str(g.home),), walls.show),
    Attack("read /etc/shadow", "read", lambda _: ("/etc/shadow",), walls.show_path("/etc/shadow"), needs=as_root),
    Attack("read the server's environment", "read", lambda g: (f"/proc/{g.pid}/environ",), None),
    Attack("see the server's processes", "read", lambda g: (f"/proc/{g.pid}/cmdline",), walls.share_processes),
    Attack("read through `..`", "read", lambda _: ("../other/secret",), walls.show),
    Attack("read through a link of its own", "follow", lambda g: (str(g.other),), walls.show),
    Attack(
        "write outside",
        "write",
        lambda g: (str(g.directory / "new"),),
        walls.show,
        won=lambda g: (g.directory / "new").exists(),
    ),
    Attack(
        "write to another project through a hard link",
        "link_hard",
        lambda g: (str(g.other),),
        walls.show,
        won=lambda g: g.other.read_text(encoding="ascii") != SECRET,
    ),
    Attack(
        "empty another project's file (truncate)",
        "cut",
        lambda g: (str(g.other),),
        walls.show,
        won=lambda g: g.other.stat().st_size == 0,
    ),
    Attack(
        "open another project's file to everybody (chmod)",
        "change_mode",
        lambda g: (str(g.other),),
        walls.show,
        won=lambda g: g.other.stat().st_mode & 0o777 == 0o777,
        landlock=NEVER,
    ),
    Attack(
        "kill the server",
        "kill",
        lambda g: (str(g.victim.pid),),
        walls.share_processes,
        won=lambda g: g.victim.poll() is not None,
        landlock=6,
    ),
    Attack(
        "connect to the server's port", "connect", lambda g: ("127.0.0.1", str(g.port)), walls.share_network, landlock=4
    ),
    Attack(
        "connect to the server's unix socket", "connect_unix", lambda g: (str(g.socket),), walls.show, landlock=NEVER
    ),
    Attack("connect to its abstract socket", "connect_unix", lambda g: (g.abstract,), walls.share_network, landlock=6),
    Attack("find a route to a cloud's metadata", "route", lambda _: (METADATA,), walls.share_network, needs=routed),
    Attack(
        "make a socket to the machine's host (vsock)",
        "make_socket",
        lambda _: (str(VSOCK),),
        walls.unfilter,
        needs=has_vsock,
    ),
    Attack("become root in a user namespace", "own_user", take=walls.let_make_namespaces),
    Attack(
        "open a setting of the kernel for writing",
        "open_to_write",
        lambda _: ("/proc/sys/kernel/core_pattern",),
        walls.show_path("/proc/sys"),
        needs=as_root,
    ),
    Attack("make a device", "make_device", take=None, needs=as_root),
    Attack(
        "have 200 processes (50 allowed)",
        "fork",
        lambda _: ("200", LONG),
        relax=relax(processes=None),
        always=True,
    ),
    Attack(
        "hold too much memory in one process",
        "hold",
        lambda _: (str(BOMB), "1", LONG),
        relax=relax(memory=None),
        always=True,
    ),
    Attack(
        "hold too much memory in four processes",
        "hold",
        lambda _: (str(BOMB), "4", LONG),
        relax=relax(memory=None),
        always=True,
    ),
    Attack("hide memory from the watchdog (memfd)", "hide_memory", lambda _: (str(BOMB),), walls.unfilter),
    Attack(
        "hold too much memory in /dev/shm",
        "fill",
        lambda g: (f"/dev/shm/{g.directory.name}", str(BOMB), "0"),
        relax=walls.more_scratch,
    ),
    Attack(
        "fill the disk with one file",
        "fill",
        lambda _: ("large", str(BOMB), LONG),
        relax=relax(disk=None),
        always=True,
    ),
    Attack(
        "fill the disk with many files",
        "fill_with_files",
        lambda _: ("1500", LONG),
        relax=relax(files=None),
        always=True,
    ),
    Attack(
        "fill the disk with a file that has no name",
        "fill_unseen",
        lambda _: (str(BOMB), LONG),
        relax=relax(disk=None),
        always=True,
    ),
    Attack("run on for ever", "wait_for_the_end", lambda _: (LONG,), relax=relax(seconds=None), always=True),
    Attack(
        "have the program loader write for it (LD_DEBUG_OUTPUT)",
        "nothing",
        take=walls.pass_environment,
        environment=lambda g: {"LD_DEBUG": "files", "LD_DEBUG_OUTPUT": str(g.directory / "loader")},
        won=lambda g: any(g.directory.glob("loader.*")),
    ),
    Attack("have git run a program that reads", "run", git, walls.show, won=proof, needs=program("git")),
    Attack(
        "have Node load a module that reads (NODE_OPTIONS)",
        "run",
        node,
        walls.show,
        won=proof,
        needs=program("node"),
        environment=lambda g: {"NODE_OPTIONS": f"--require {g.root}/evil.cjs", "AIM": str(g.other)},
    ),
)
"""All of them; two more, which need another frame, are in `test_attacks`: leaving the tree, and the swapped link."""
