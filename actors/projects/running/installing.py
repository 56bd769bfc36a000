"""The steps of an install: what the store has is copied from it; what it lacks is fetched before, elsewhere."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Optional

import trio

from actors.processes.sandbox.confinement import APP, Confinement, Level
from actors.processes.sandbox.limits import TreeLimits
from actors.projects.packages.plan import REGISTRATIONS, Plan, install_plan
from actors.projects.running.command import Command, Counted
from actors.projects.running.fetching import open_fetching
from actors.projects.running.printed import Printed
from actors.projects.running.site import Site
from actors.projects.tools.outside import CommandOutcome

STORE_LATER = 5.0
"""Seconds after which a fetch's store is counted: a fetch that finds nearly all of it there is done by then."""

LEAST_SECONDS = 1.0
LEFT_OUT = "[Optional packages may be missing: they could not be fetched]"
UP_TO_DATE = "Already up to date"
_COUNTS = re.compile(r"Progress: resolved (\d+), reused (\d+), downloaded (\d+), added \d+, done")
OFFLINE = "Installing from what this server has: no package registry can be used from inside the sandbox."


@dataclass(frozen=True)
class Wish:
    """What to install.

    Attributes:
        packages: Packages to add.
        dev: Whether they are for development only.
        frozen: Whether to fail when the lock file does not fit.
        locked: Whether there is a lock file.
        until: When it has to be done, on trio's clock.
    """

    packages: tuple[str, ...]
    dev: bool
    frozen: bool
    locked: bool
    until: float

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return max(self.until - trio.current_time(), LEAST_SECONDS)


async def install(site: Site, store: Path, wish: Wish, printed: Printed) -> CommandOutcome:
    """Install what is wished for.

    Args:
        site: The project.
        store: The packages that were fetched before.
        wish: What to install.
        printed: Takes what the package manager prints.

    Raises:
        CallboardError: It could not be started, or the project's files changed meanwhile.
    """
    if not site.home.allowed(site.tools).hosts:
        printed.add((OFFLINE,))
        return await _link(site, store, wish, printed)
    held: list[str] = []
    tried: Optional[CommandOutcome] = None
    if wish.locked and not wish.packages:
        tried = await _link(site, store, replace(wish, frozen=True), Printed(None, "", held.append))
        if tried.overrun or (tried.ok and nothing_left_out(held)):
            printed.add(tuple(held))
            return tried
    outcome = await _fetch(site, store, wish, printed)
    if not outcome.ok:
        if tried is None or not tried.ok:
            return outcome
        printed.add((*held, LEFT_OUT))
        return tried
    return await _link(site, store, replace(wish, packages=(), frozen=site.tools.pnpm is not None), printed)


def nothing_left_out(said: Sequence[str]) -> bool:
    """Whether pnpm says that it has put all of a lock file in place.

    An optional package that the store lacks, such as a compiler's for this machine, it leaves out and ends well.

    Args:
        said: What it printed.
    """
    text = "\n".join(said)
    counts = [tuple(map(int, found)) for found in _COUNTS.findall(text)]
    if not counts:
        return UP_TO_DATE in text
    wanted, reused, downloaded = counts[-1]
    return wanted == reused + downloaded


async def _link(site: Site, store: Path, wish: Wish, printed: Printed) -> CommandOutcome:
    """Install in the project itself, from what the store has; it is only read."""
    plan = install_plan(
        site.root,
        tools=site.tools,
        store=store,
        frozen=wish.frozen,
        packages=wish.packages,
        dev=wish.dev,
        scripts=site.home.settings.scripts,
        offline=True,
    )
    if site.sandbox.level < Level.L2 and site.tools.pnpm is not None:
        # From L2 up all projects are at the same place inside, which the fetch has left its link to.
        registrations = store / REGISTRATIONS
        await trio.Path(registrations).mkdir(parents=True, exist_ok=True)
        plan = replace(plan, writable=(registrations,))
    outcome = await _carry_out(site, plan, wish, printed)
    return outcome if plan.then is None or not outcome.ok else await _carry_out(site, plan.then, wish, printed)


async def _carry_out(site: Site, plan: Plan, wish: Wish, printed: Printed) -> CommandOutcome:
    """Run a step that needs no network, and writes to the project."""
    confinement = Confinement(
        site.layout.app,
        seen_as=APP,
        read_only=plan.read_only,
        writable=plan.writable,
        home=await site.own_home(),
        environment=plan.environment,
        tree=site.limits,
    )
    return await site.run(Command(plan.argv, confinement, site.project), wish.left, printed)


async def _fetch(site: Site, store: Path, wish: Wish, printed: Printed) -> CommandOutcome:
    """Install in a directory of ours, which fills the store, and give the project its lock file."""
    async with open_fetching(site.layout) as fetching, site.way_out(printed) as way:
        plan = install_plan(
            site.seen(fetching.directory),
            tools=site.tools,
            store=store,
            frozen=wish.frozen,
            packages=wish.packages,
            dev=wish.dev,
        )
        confinement = Confinement(
            fetching.directory,
            seen_as=APP,
            read_only=plan.read_only,
            writable=plan.writable,
            home=await site.own_home(),
            egress=way,
            environment=plan.environment,
            tree=replace(site.limits, disk=None, files=None),
        )
        # What the store holds is not this project's: it is counted by itself.
        own = replace(site.limits, memory=None, processes=None, seconds=None)
        all_packages = TreeLimits(memory=None, processes=None, files=None, disk=2 * site.home.settings.store_bytes)
        counted = (Counted(fetching.directory, own), Counted(store, all_packages, STORE_LATER))
        outcome = await site.run(Command(plan.argv, confinement, site.project, counted), wish.left, printed)
        if outcome.ok:
            await fetching.give_back()
        return outcome
