"""Finds the sandbox level of this machine, by canaries (see `canaries`), never by what seems to be installed."""

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from actors.processes.sandbox.bubblewrap import NEEDED
from actors.processes.sandbox.canaries import CANARIES, Ground, Outcome, lay_out, run_canaries
from actors.processes.sandbox.confinement import Level
from actors.processes.sandbox.filter import system_call_filter
from actors.processes.sandbox.groups import GroupHome, find_group_home
from actors.processes.sandbox.opening import Sandbox
from actors.processes.sandbox.tools import Tools, find_tools
from actors.processes.sandbox.watchdog import Watchdog
from actors.processes.tree import Spawn
from actors.runtime.errors import CallboardError
from actors.runtime.threads import in_thread

logger = logging.getLogger(__name__)

REQUIRED = {
    Level.L0: frozenset({"memory"}),
    Level.L1: frozenset({"read", "write", "process", "memory"}),
    Level.L2: frozenset(CANARIES),
}
"""The canaries that have to pass."""

SETTINGS = Path("/proc/sys")


class SandboxTooWeak(CallboardError):
    """This machine keeps programs in less well than what is asked for needs."""


@dataclass(frozen=True)
class Missing:
    """Something that would make the sandbox better.

    Attributes:
        what: What is missing.
        why: What was found instead.
        hint: What to do about it.
    """

    what: str
    why: str
    hint: str


@dataclass(frozen=True)
class Finding:
    """What was found.

    Attributes:
        level: The best level whose canaries passed.
        passed: What they showed there, one sentence each.
        missing: What is not there, the most important first.
        groups: Where control groups are made; None below L3.
    """

    level: Level
    passed: tuple[str, ...]
    missing: tuple[Missing, ...]
    groups: Optional[GroupHome] = None

    def require(self, needed: Level, purpose: str) -> None:
        """Refuse what needs more than there is.

        Args:
            needed: The lowest level that will do.
            purpose: What for, as the start of a sentence.

        Raises:
            SandboxTooWeak: The level is lower.
        """
        if self.level < needed:
            first = next((f" {missing.what}: {missing.why}. {missing.hint}" for missing in self.missing), "")
            raise SandboxTooWeak(
                f"{purpose} needs the sandbox level L{needed.value}, and this machine has L{self.level.value}",
                hint=first.strip(),
            )


async def find_level(
    spawn: Spawn,
    watchdog: Watchdog,
    *,
    highest: Level = Level.L3,
    tools: Optional[Tools] = None,
    place: Optional[Path] = None,
) -> Finding:
    """Find the best level; takes a second, and at most a minute when nothing works.

    Args:
        spawn: `open_tree`, bound to the server's data directory.
        watchdog: The watchdog, which has to run.
        highest: The highest level to try.
        tools: What to build with: what this machine has, when not given.
        place: Where the canaries may have files while it is found out; see `lay_out`.
    """
    tools = await in_thread(find_tools) if tools is None else tools
    missing: list[Missing] = []
    with lay_out(place) as ground:
        for level in (Level.L2, Level.L1, Level.L0):
            if level > highest or not _possible(level, tools, missing):
                continue
            outcome = await run_canaries(Sandbox(level, spawn, watchdog, tools=tools), spawn, tools, ground)
            if not outcome.problem and set(outcome.passed) >= REQUIRED[level]:
                missing.extend(_weaknesses(outcome, tools))
                found = _with_groups(level, highest, outcome, missing)
                if found.level == Level.L3 and not await _works(found, spawn, watchdog, tools, ground):
                    found = Finding(level, found.passed, (*found.missing, GROUPS_FAILED))
                logger.info("The sandbox is at level L%d", found.level.value)
                return found
            missing.append(_reason(level, outcome))
    return Finding(Level.L0, (), tuple(missing))


GROUPS_FAILED = Missing("control groups", "a program could not be put into one", "Delegate one to the server")


async def _works(found: Finding, spawn: Spawn, watchdog: Watchdog, tools: Tools, ground: Ground) -> bool:
    """Whether the canaries pass in control groups too."""
    outcome = await run_canaries(Sandbox(found.level, spawn, watchdog, found.groups, tools), spawn, tools, ground)
    return not outcome.problem and set(outcome.passed) >= REQUIRED[Level.L2]


def _with_groups(level: Level, highest: Level, outcome: Outcome, missing: list[Missing]) -> Finding:
    """Return what was found, with control groups where they can be had."""
    passed = tuple(CANARIES[name] for name in outcome.passed)
    if level == Level.L2 and highest == Level.L3:
        home = find_group_home()
        if isinstance(home, GroupHome):
            return Finding(Level.L3, passed, tuple(missing), home)
        hint = "Run the server as a systemd service with Delegate=yes, or give its container a cgroup of its own."
        missing.append(Missing("control groups", home, hint))
    return Finding(level, passed, tuple(missing))


def _possible(level: Level, tools: Tools, missing: list[Missing]) -> bool:
    """Whether a level is worth trying; if not, note why."""
    if level == Level.L2 and not tools.bubblewrap:
        missing.append(Missing("bubblewrap", "there is no program bwrap", "apt-get install bubblewrap, or the like."))
        return False
    lacking = [option for option in NEEDED if option not in tools.options]
    if level == Level.L2 and lacking:
        missing.append(
            Missing("bubblewrap", f"this one does not know {', '.join(lacking)}", "Install version 0.7 or later.")
        )
        return False
    if level == Level.L1 and not tools.landlock:
        missing.append(
            Missing("Landlock", "the kernel does not have it", "It is in Linux 5.13, unless `lsm=` leaves it out.")
        )
        return False
    return True


def _reason(level: Level, outcome: Outcome) -> Missing:
    """Say why a level does not hold."""
    if outcome.problem:
        hint = _hint_for_namespaces() if level == Level.L2 else "See the log."
        return Missing(f"level L{level.value}", outcome.problem, hint)
    failed = "; ".join(f"{name}: {why}" for name, why in outcome.failed if name in REQUIRED[level])
    return Missing(f"level L{level.value}", f"its canaries failed ({failed})", "Please report this.")


def _weaknesses(outcome: Outcome, tools: Tools) -> list[Missing]:
    """Return what is not as good as it could be at the level that holds."""
    found = [Missing(CANARIES[name], why, "Level L2 has it.") for name, why in outcome.failed]
    if system_call_filter(own_network=True) is None:
        found.append(Missing("a filter for system calls", f"there is none for {os.uname().machine}", "Use x86_64."))
    if os.geteuid() == 0:
        found.append(
            Missing(
                "a user without rights",
                "the server runs as root, whose processes the kernel does not count",
                "Run it as another user.",
            )
        )
    if tools.landlock in range(1, 4) and "tcp" not in outcome.passed:
        found.append(Missing("Landlock for TCP", f"the kernel has version {tools.landlock}", "It is in Linux 6.7."))
    return found


def _hint_for_namespaces() -> str:
    """Say what keeps bubblewrap from working."""
    checks = (
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
        ("kernel/unprivileged_userns_clone", "0", "1"),
        ("user/max_user_namespaces", "0", "10000"),
    )
    for name, bad, good in checks:
        try:
            value = (SETTINGS / name).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if value == bad:
            return f"sudo sysctl -w {name.replace('/', '.')}={good} lets users make namespaces."
    return "In a container, allow user namespaces and mounts in them; elsewhere see what bwrap says."
