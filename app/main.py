"""The composition root: everything that a server is made of, opened in one place and closed in reverse."""

import logging
import os
import resource
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import trio

from actors.board.board import open_board
from actors.builds.line import Limits
from actors.builds.outbox import Outbox
from actors.datadir import DataDir, check_journal, open_data_dir, remove_strays
from actors.janitor import Janitor, Retention
from actors.jobs.imagecheck.checker import ImageChecker
from actors.journal import sqlite
from actors.journal.journal import Journal
from actors.journal.lastgood import LastGood
from actors.journal.place import Place
from actors.journal.streams import Streams
from actors.processes.owned import Owned
from actors.processes.sweep import sweep
from actors.projects.directories import remove_strays as remove_stray_projects
from actors.projects.generators.claude.keptkey import KeptKey
from actors.runtime.supervisor import ChildSpec, Supervisor, open_supervisor
from actors.runtime.timeofday import TimeOfDay
from app.application import BODY_SECONDS, make_app
from app.composition.builds import make_builds
from app.composition.jobs import make_checker, make_jobs
from app.composition.left_projects import cancel_left, left_by_builds
from app.composition.projects import make_home, make_preview_settings, make_projects
from app.composition.uploads import make_uploads
from app.contracts.builds.orchestrator import Orchestrator, open_orchestrator
from app.front.front import Front, open_front
from app.front.limits import FrontLimits
from app.front.listener import serve_front
from app.garbage import set_start_aside
from app.lifecycle.draining import LAST_EVENTS_S, drain
from app.lifecycle.life import Life
from app.lifecycle.orders import SIGNALS
from app.lifecycle.reloading import Reload, make_reload
from app.lifecycle.terminal import terminal_question
from app.notify import READY, STOPPING, notify
from app.preview import open_previews
from app.security import Gate, Policy, check_binding
from app.security.keeper import TokenKeeper
from app.security.tokenfile import FILE, read_tokens
from app.security.tokens import TokenSet
from app.services import Services
from app.settings import Settings
from app.sockets import open_listeners
from app.telemetry import TracedApp, open_telemetry

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Server:
    """A server that accepts connections.

    Attributes:
        port: Where it listens.
        services: What is behind it.
        front: What is before it.
        reload: Reads again what can change while it runs.
    """

    port: int
    services: Services
    front: Front
    reload: Reload


@asynccontextmanager
async def open_server(settings: Settings) -> AsyncIterator[Server]:
    """Open a whole server; leaving the block stops it in order.

    Raises:
        CallboardError: It cannot start, and why.
        ExceptionGroup: Something permanent gave up while it ran.
    """
    file = settings.data_dir / FILE
    tokens = TokenSet(await trio.to_thread.run_sync(read_tokens, file))
    check_binding(settings.bind, _policy(settings, settings.port, tokens))
    _raise_descriptor_limit()
    root = settings.data_dir / "memory" if settings.journal == "memory" else settings.data_dir
    await _try_port(settings, root)
    async with AsyncExitStack() as stack:
        # First, so that all that is started has it, and what ends with the server is sent.
        tracer = await stack.enter_async_context(open_telemetry(settings.otlp_endpoint))
        data = stack.enter_context(open_data_dir(root))
        # The sweep comes first: what a dead server left must not meet what this one starts.
        report = await trio.to_thread.run_sync(sweep, data.trees, data.id)
        if report.ended or report.left:
            logger.warning("a server before this one left processes: %s", report)
        listeners = await open_listeners(settings.bind, settings.port)
        for listener in listeners:
            stack.push_async_callback(listener.aclose)
        port = int(listeners[0].socket.getsockname()[1])
        # Before the supervisor, and so closed after it: what is stopped still says something to the orchestrator.
        orchestrator = await stack.enter_async_context(open_orchestrator(settings.orchestrator_url))
        supervisor = await stack.enter_async_context(open_supervisor("server"))
        key = KeptKey(settings.claude_key_file, os.environ)
        services, checker = await _open_services(settings, data, supervisor, orchestrator, port, key)
        gate = Gate(_policy(settings, port, tokens))
        keeper = TokenKeeper(file, gate)
        await supervisor.start(ChildSpec("tokens", keeper.run))
        limits = _front_limits(settings)
        previews = await stack.enter_async_context(
            open_previews(services.projects, make_preview_settings(settings), gate, limits, services.front.requests)
        )
        app = make_app(services, checker, gate, previews=previews)
        app = app if tracer is None else TracedApp(app, tracer)
        front = await stack.enter_async_context(
            open_front(services.streams, gate.admit, app, limits, previews, lease=gate.lease, figures=services.front)
        )
        async with trio.open_nursery() as nursery:
            stopping, figures = front.stopping, services.front
            serve = partial(serve_front, listeners, front.handle, limits=limits, stopping=stopping, figures=figures)
            await nursery.start(serve)
            logger.info("listening on port %d, data in %s", port, root)
            reload = make_reload(keeper, key, settings.token_file, gate)
            yield Server(port, services, front, reload)
            # Each stream ends with what was published last, and with word to come back. What follows one over HTTP
            # would be waited for otherwise, and then cut off.
            services.streams.close()
            services.board.close()
            with trio.move_on_after(LAST_EVENTS_S):
                await front.until_left()
            front.stop()


async def _try_port(settings: Settings, root: Path) -> None:
    """Find out whether the port can be had before a new directory is made, which would be left behind for nothing.

    Not with a directory that is there: who holds that is the better answer, and what a dead server left may have the
    port until it is swept.

    Raises:
        CannotListen: It cannot.
    """
    if not await trio.to_thread.run_sync(os.path.lexists, root):
        for listener in await open_listeners(settings.bind, settings.port):
            await listener.aclose()


async def run_server(settings: Settings, *, task_status: "trio.TaskStatus[Server]" = trio.TASK_STATUS_IGNORED) -> None:
    """Serve until SIGINT or SIGTERM; see `app.lifecycle.orders` for what each signal means."""
    terminal = terminal_question()
    with trio.open_signal_receiver(*SIGNALS) as signals:
        async with trio.open_nursery() as nursery:
            life = Life(nursery.cancel_scope, terminal)
            nursery.start_soon(life.heed, signals)
            async with open_server(settings) as server:
                set_start_aside()
                notify(READY, f"listening on port {server.port}")
                task_status.started(server)
                await life.serve(server.reload)
                notify(STOPPING, "draining" if life.drains else "stopping")
                await drain(server.services, settings.drain_seconds if life.drains else 0.0)
                logger.info("stopping")
            nursery.cancel_scope.cancel()


async def _open_services(
    settings: Settings, data: DataDir, supervisor: Supervisor, orchestrator: Orchestrator, port: int, key: KeptKey
) -> tuple[Services, ImageChecker]:
    up = trio.Event()
    journal = await _open_journal(settings, data, supervisor, up)
    streams = Streams(journal)
    board = await open_board(journal, streams)
    owned = Owned()
    spawn = partial(owned.open, data_id=data.id, records=data.trees)
    jobs = make_jobs(settings, data, journal, streams, spawn)
    time = TimeOfDay()
    waiting = Limits(waiting=settings.outbox_waiting, hours=settings.outbox_hours)
    outbox = Outbox(journal, orchestrator, waiting, time=time)
    home = make_home(settings, data, spawn)
    projects = make_projects(settings, data, journal, streams, home, spawn, port, key)
    builds = make_builds(settings, data, journal, streams, spawn, orchestrator, outbox, projects)
    checker = make_checker(settings, data, owned)
    uploads = make_uploads(settings, data, checker, jobs)
    await supervisor.start(ChildSpec("checker", checker.run))
    await supervisor.start(ChildSpec("projects' home", home.run))
    known = frozenset([*await jobs.ids(), *await builds.ids(), *await projects.ids()])
    await uploads.load(known)
    await trio.to_thread.run_sync(remove_stray_projects, settings.projects_root, data.projects, known)
    removed = await trio.to_thread.run_sync(remove_strays, data, known | uploads.ids)
    if removed:
        logger.warning("removed what nobody owns: %s", ", ".join(removed))
    await supervisor.start(ChildSpec("outbox", outbox.run))
    await supervisor.start(ChildSpec("uploads", uploads.run))
    left = await trio.to_thread.run_sync(left_by_builds, data.builds)
    # Each may take two seconds to end its processes, and all end at once.
    await supervisor.start(ChildSpec("jobs", jobs.run, stop_timeout=10.0))
    await supervisor.start(ChildSpec("builds", builds.run, stop_timeout=10.0))
    trouble = await projects.trouble()
    if trouble:
        logger.warning("no project can be made: %s", trouble)
    # After the builds, so that it stops before them: a build that is ended with the server must not end its project.
    await supervisor.start(ChildSpec("projects", projects.run, stop_timeout=10.0))
    await cancel_left(projects, left)
    retention = Retention(settings.keep_days, settings.keep_jobs, settings.keep_bytes)
    kinds = ((jobs, retention), (builds, retention), (projects, replace(retention, count=settings.keep_projects)))
    await supervisor.start(ChildSpec("janitor", Janitor(kinds, time=time).run))
    up.set()
    parts = (settings, journal, streams, jobs, builds, outbox, projects, board, uploads)
    services = Services(*parts, restarts=supervisor.restarts, owned=owned)
    await supervisor.start(ChildSpec("delay", services.delay.run))
    return services, checker


async def _open_journal(settings: Settings, data: DataDir, supervisor: Supervisor, up: trio.Event) -> Journal:
    journal = Journal(sqlite.MEMORY if settings.journal == "memory" else data.journal)
    if settings.journal == "file":
        await trio.to_thread.run_sync(check_journal, data)
    await supervisor.start(ChildSpec("journal", journal.run))
    if settings.journal == "file":
        await supervisor.start(ChildSpec("journal's copy", LastGood(journal, Place(data.journal), up=up).run))
    return journal


def _policy(settings: Settings, port: int, tokens: TokenSet) -> Policy:
    return Policy(
        port,
        settings.hosts,
        settings.origins,
        settings.token,
        settings.require_token,
        settings.trusted_peers,
        settings.trusted_proxies,
        tokens,
    )


def _front_limits(settings: Settings) -> FrontLimits:
    connections = settings.connections
    return replace(
        FrontLimits(),
        connections=connections,
        streams=max(1, connections * 3 // 4),
        lag=settings.subscriber_lag,
        stall=settings.subscriber_stall_seconds,
        # Whoever reads a body says so itself, with an answer; the connection's own deadline must come later.
        upload_stall=max(settings.upload_idle_seconds, BODY_SECONDS) + 30,
    )


def _raise_descriptor_limit() -> None:
    """Use all descriptors that this process may have: each connection is one, and many shells start with 1024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if sys.platform != "linux":  # pragma: no cover - said here so that an import elsewhere explains itself
    raise ImportError("The server runs on Linux only; the client runs anywhere.")
