"""The composition root: everything that a server is made of, opened in one place and closed in reverse."""

import logging
import resource
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

import trio

from actors.datadir import DataDir, check_journal, open_data_dir, remove_strays
from actors.janitor import Janitor, Retention
from actors.jobs.engines.base import Engine
from actors.jobs.engines.table import choose_engine, default_engine, make_engines
from actors.jobs.imagecheck.checker import ImageChecker
from actors.jobs.imagecheck.decoder import CheckLimits, child_decoders
from actors.jobs.service import Jobs
from actors.jobs.work import Engines, job_context
from actors.journal import sqlite
from actors.journal.journal import Journal
from actors.journal.streams import Streams
from actors.processes.sweep import sweep
from actors.processes.tree import open_tree
from actors.runtime.admission import Admission
from actors.runtime.supervisor import ChildSpec, Supervisor, open_supervisor
from app.application import make_app
from app.front.front import Front, open_front
from app.front.limits import FrontLimits
from app.front.listener import serve_front
from app.security import Policy, check_binding, judge
from app.services import Services
from app.settings import Settings
from app.sockets import open_listeners
from app.uploads.store import Store

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Server:
    """A server that accepts connections.

    Attributes:
        port: Where it listens.
        services: What is behind it.
        front: What is before it.
    """

    port: int
    services: Services
    front: Front


@asynccontextmanager
async def open_server(settings: Settings) -> AsyncIterator[Server]:
    """Open a whole server; leaving the block stops it in order.

    Raises:
        CallboardError: It cannot start, and why.
        ExceptionGroup: Something permanent gave up while it ran.
    """
    check_binding(settings.bind, _policy(settings, settings.port))
    _raise_descriptor_limit()
    root = settings.data_dir / "memory" if settings.journal == "memory" else settings.data_dir
    async with AsyncExitStack() as stack:
        data = stack.enter_context(open_data_dir(root))
        # The sweep comes first: what a dead server left must not meet what this one starts.
        report = await trio.to_thread.run_sync(sweep, data.trees, data.id)
        if report.ended or report.left:
            logger.warning("a server before this one left processes: %s", report)
        listeners = await open_listeners(settings.bind, settings.port)
        for listener in listeners:
            stack.push_async_callback(listener.aclose)
        port = int(listeners[0].socket.getsockname()[1])
        supervisor = await stack.enter_async_context(open_supervisor("server"))
        services, checker = await _start_services(settings, data, supervisor)
        policy = _policy(settings, port)
        app = make_app(services, checker, Store(data.uploads), policy)
        limits = _front_limits(settings)
        front = await stack.enter_async_context(
            open_front(services.streams, partial(judge, policy=policy), app, limits)
        )
        async with trio.open_nursery() as nursery:
            await nursery.start(partial(serve_front, listeners, front.handle, limits=limits, stopping=front.stopping))
            logger.info("listening on port %d, data in %s", port, root)
            yield Server(port, services, front)
            await front.stop()
            # What follows a job over HTTP would be waited for, and then cut off.
            services.streams.close()


async def run_server(settings: Settings, *, task_status: "trio.TaskStatus[Server]" = trio.TASK_STATUS_IGNORED) -> None:
    """Serve until SIGINT or SIGTERM: the first one stops in order, a second one, or one during the start, at once."""
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:
            started, stop = trio.Event(), trio.Event()
            nursery.start_soon(_heed, signals, started, stop, nursery.cancel_scope)
            async with open_server(settings) as server:
                started.set()
                task_status.started(server)
                await stop.wait()
                logger.info("stopping")
            nursery.cancel_scope.cancel()


async def _heed(signals: AsyncIterator[int], started: trio.Event, stop: trio.Event, scope: trio.CancelScope) -> None:
    async for _ in signals:
        if stop.is_set() or not started.is_set():
            scope.cancel()
        stop.set()


async def _start_services(settings: Settings, data: DataDir, supervisor: Supervisor) -> tuple[Services, ImageChecker]:
    journal = Journal(sqlite.MEMORY if settings.journal == "memory" else data.journal)
    if settings.journal == "file":
        await trio.to_thread.run_sync(check_journal, data)
    await supervisor.start(ChildSpec("journal", journal.run))
    streams = Streams(journal)
    spawn = partial(open_tree, data_id=data.id, records=data.trees)
    table = make_engines(spawn)
    engines = Engines(table, _default_engine(settings, table))
    admission = Admission(settings.jobs_at_once, settings.jobs_queued)
    context = job_context(data.jobs, journal, admission, engines, events_per_second=settings.events_per_second)
    jobs = Jobs(context, streams, engines)
    limits = CheckLimits(pixels=settings.upload_pixels, memory=settings.check_memory, seconds=settings.check_seconds)
    decoders = child_decoders(limits, data_id=data.id, cwd=data.root, records=data.trees)
    # Each upload has two photos in check at the most.
    checker = ImageChecker(decoders, limits, capacity=2 * settings.uploads_at_once)
    await supervisor.start(ChildSpec("checker", checker.run))
    removed = await trio.to_thread.run_sync(remove_strays, data, frozenset(await jobs.ids()))
    if removed:
        logger.warning("removed what no job owns: %s", ", ".join(removed))
    # A job may take two seconds to end its processes, and all end at once.
    await supervisor.start(ChildSpec("jobs", jobs.run, stop_timeout=10.0))
    retention = Retention(settings.keep_days, settings.keep_jobs, settings.keep_bytes)
    await supervisor.start(ChildSpec("janitor", Janitor(jobs, retention).run))
    return Services(settings, journal, streams, jobs, admission), checker


def _default_engine(settings: Settings, engines: dict[str, Engine]) -> str:
    engine = choose_engine(engines, settings.default_engine) if settings.default_engine else default_engine(engines)
    if engine.name == "simulated":
        logger.info("the default engine is `simulated`: it makes up a model, whatever the photos show")
    else:
        logger.info("the default engine is `%s`", engine.name)
    return engine.name


def _policy(settings: Settings, port: int) -> Policy:
    return Policy(port, settings.hosts, settings.origins, settings.token, settings.require_token)


def _front_limits(settings: Settings) -> FrontLimits:
    connections = settings.connections
    return replace(
        FrontLimits(),
        connections=connections,
        streams=max(1, connections * 3 // 4),
        lag=settings.subscriber_lag,
        stall=settings.subscriber_stall_seconds,
        # The upload says so itself, with an answer; the connection's own deadline must come later.
        upload_stall=settings.upload_idle_seconds + 30,
    )


def _raise_descriptor_limit() -> None:
    """Use all descriptors that this process may have: each connection is one, and many shells start with 1024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if sys.platform != "linux":  # pragma: no cover - said here so that an import elsewhere explains itself
    raise ImportError("The server runs on Linux only; the client runs anywhere.")
