"""The parts of a server, put together as at its start, in a directory that is gone afterwards: nothing is served."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Protocol

import trio

from actors.builds.line import Limits
from actors.builds.outbox import Outbox
from actors.datadir import DataDir
from actors.journal import sqlite
from actors.journal.journal import Journal
from actors.journal.streams import Streams
from actors.processes.sandbox import levels
from actors.processes.sandbox.confinement import Level
from actors.processes.tree import open_tree
from actors.projects.generators.claude.environment.finding import find_environment
from actors.projects.generators.claude.keptkey import KeptKey
from actors.projects.home.home import TOOLS, Home
from actors.projects.packages.node import MINIMUM
from actors.projects.packages.pnpm import HINT, VERSION, find_pnpm
from actors.runtime.availability import Availability
from actors.runtime.errors import CallboardError
from app.composition.builds import make_builds
from app.composition.jobs import make_jobs
from app.composition.projects import make_home, make_projects
from app.contracts.builds.orchestrator import open_orchestrator
from app.settings import Settings
from client.local.doctor.base import Finding, note, ok, problem

_LOOK_S = 90.0
"""Seconds for finding the sandbox's level and Node: a second, and a minute where nothing works."""

_ID = "doctor"


class Part(Protocol):
    """An engine, a pipeline or a generator."""

    def availability(self) -> Availability:
        """Whether it can run here."""


async def look_at_parts(settings: Settings, packages: Path) -> list[Finding]:
    """Find out which parts work here.

    Args:
        settings: What the server would be started with.
        packages: Where a server of these settings keeps its package manager; only looked at.
    """
    with tempfile.TemporaryDirectory(prefix="callboard-doctor-") as folder:
        data = DataDir(Path(folder))
        for directory in (data.jobs, data.builds, data.projects, data.packages, data.uploads, data.trees):
            await trio.to_thread.run_sync(directory.mkdir)
        return await _look(settings, data, packages)


async def _look(settings: Settings, data: DataDir, packages: Path) -> list[Finding]:
    spawn = partial(open_tree, data_id=_ID, records=data.trees)
    try:
        home = make_home(settings, data, spawn)
    except CallboardError as error:
        return [problem("settings", error.problem, error.hint)]
    findings: list[Finding] = []
    async with trio.open_nursery() as nursery:
        with trio.move_on_after(_LOOK_S):
            await nursery.start(home.run)
            findings = [_sandbox(settings, await home.finding()), *await _node(home, packages)]
            findings += [*await _services(settings, data, home), *_claude(settings)]
        nursery.cancel_scope.cancel()
    slow = problem("sandbox", f"it was not found out within {_LOOK_S:g} seconds", "Try again when less is going on.")
    return findings or [slow]


async def _services(settings: Settings, data: DataDir, home: Home) -> list[Finding]:
    """Put the services together, without starting them, and ask what they can do."""
    spawn = partial(open_tree, data_id=_ID, records=data.trees)
    journal = Journal(sqlite.MEMORY)
    streams = Streams(journal)
    outbox_limits = Limits(waiting=settings.outbox_waiting, hours=settings.outbox_hours)
    try:
        jobs = make_jobs(settings, data, journal, streams, spawn)
        async with open_orchestrator(settings.orchestrator_url) as orchestrator:
            outbox = Outbox(journal, orchestrator, outbox_limits)
            key = KeptKey(settings.claude_key_file, os.environ)
            projects = make_projects(settings, data, journal, streams, home, spawn, settings.port, key)
            builds = make_builds(settings, data, journal, streams, spawn, orchestrator, outbox, projects)
    except CallboardError as error:
        return [problem("settings", error.problem, error.hint)]
    return [
        *_parts("engine", jobs.engines, jobs.default_engine),
        *_parts("pipeline", builds.pipelines, builds.default_pipeline),
        *_parts("generator", projects.generators, projects.default_generator),
    ]


def _parts(what: str, table: Mapping[str, Part], default: str) -> Iterator[Finding]:
    for name, part in table.items():
        availability, check = part.availability(), f"{what} {name}"
        if availability.available:
            yield ok(check, "can be used, and is the default" if name == default else "can be used")
        elif name == default:
            yield problem(check, f"is the default, and cannot be used: {availability.reason}", availability.hint)
        else:
            yield note(check, f"cannot be used: {availability.reason}", availability.hint)


def _sandbox(settings: Settings, found: levels.Finding) -> Finding:
    needed = Level[settings.sandbox_needed]
    missing = "; ".join(f"{one.what}: {one.why}" for one in found.missing)
    hints = " ".join(dict.fromkeys(one.hint.rstrip(".") + "." for one in found.missing))
    words = f"level {found.level.name}{f'; not better because of {missing}' if missing else ''}"
    if found.level < needed:
        return problem("sandbox", f"{words}; {needed.name} is needed for commands of a model", hints)
    return note("sandbox", words, hints) if missing else ok("sandbox", words)


async def _node(home: Home, packages: Path) -> list[Finding]:
    found = await home.has_node()
    least = ".".join(map(str, MINIMUM))
    if not found.available:
        return [note("node", f"{found.reason}; projects need Node {least} or later", found.hint)]
    node = ok("node", f"{home.state()['node'] or 'there'} ({least} or later is needed), with npm")
    return [node, await trio.to_thread.run_sync(_pnpm, packages)]


def _pnpm(packages: Path) -> Finding:
    """Say whether what installs packages is there: a server fetches it, and nothing is fetched here. Blocks."""
    tools = packages / TOOLS
    if find_pnpm(tools) is not None:
        return ok("pnpm", f"{VERSION}, which installs the packages of projects")
    if tools.is_dir():
        return note("pnpm", f"{VERSION} could not be fetched, or not yet: npm installs the packages of projects", HINT)
    return ok("pnpm", f"not fetched yet: the server has npm fetch {VERSION} by itself")


def _claude(settings: Settings) -> Iterator[Finding]:
    """Say where the SDK is; that it is not there is said of the generator that needs it."""
    found = find_environment(settings.claude_dir)
    if found.environment is not None:
        yield ok("claude sdk", f"{found.environment.version}, in {found.environment.root}")
