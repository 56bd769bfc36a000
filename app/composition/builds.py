"""How the builder is put together."""

import logging
import os
from collections.abc import Mapping

from actors.builds.base import Pipeline
from actors.builds.commands import Patience
from actors.builds.outbox import Outbox
from actors.builds.outside import Executor
from actors.builds.pipelines.app_factory import AppFactory, AppFactoryConfig
from actors.builds.pipelines.table import choose_pipeline, make_pipelines
from actors.builds.service import Builds, Pipelines, build_context
from actors.builds.work import BuildSettings
from actors.datadir import DataDir
from actors.generators.table import make_generators
from actors.journal.journal import Journal
from actors.journal.streams import Streams
from actors.processes.tree import Spawn
from actors.projects.service import Projects
from actors.runtime.admission import Admission
from app.composition.project_pipeline import ProjectPipeline
from app.composition.suggesting import Suggesting
from app.settings import Settings

logger = logging.getLogger(__name__)

_CLAUDE = "claude"
"""The generator of projects that makes the apps of builds too, where somebody says so."""


def make_builds(
    settings: Settings,
    data: DataDir,
    journal: Journal,
    streams: Streams,
    spawn: Spawn,
    executor: Executor,
    outbox: Outbox,
    projects: Projects,
) -> Builds:
    """Make the service of builds."""
    table = make_pipelines(AppFactory(spawn, _app_factory(settings)), make_generators())
    table[_CLAUDE] = ProjectPipeline(_CLAUDE, projects, streams)
    pipelines = _chosen(settings, table, projects)
    logger.info("builds run the pipeline `%s` in %s", pipelines.default, settings.workspaces)
    patience = Patience(command=settings.install_seconds, retry=settings.exec_retry_seconds)
    limits = BuildSettings(
        roots=(settings.workspaces, *settings.workspace_roots),
        total=settings.build_seconds,
        messages=settings.build_messages,
        patience=patience,
    )
    admission = Admission(settings.builds_at_once, settings.builds_queued)
    context = build_context(data.builds, journal, admission, pipelines, executor, outbox, limits)
    return Builds(context, streams, pipelines, outbox, limits)


def _chosen(settings: Settings, table: Mapping[str, Pipeline], projects: Projects) -> Pipelines:
    """Find the pipeline that new builds run.

    Raises:
        InvalidInput: It is not there, or cannot run here.
    """
    # Who configures one means it: builds by another one instead would surprise, and nobody would know why.
    configured = AppFactory.name if settings.app_factory_python or settings.app_factory_dir else None
    named = settings.pipeline or configured
    if named is None and settings.generator == _CLAUDE:
        # As with projects, the server starts without a key, and each request says that there is none.
        return Pipelines(table, _CLAUDE)
    default = choose_pipeline(table, named)
    if named is None and settings.generator is None:
        table = {**table, default.name: Suggesting(default, lambda: _suggestion(projects, default.name))}
    return Pipelines(table, default.name)


def _suggestion(projects: Projects, used: str) -> str:
    """Say how to switch to what could be used; empty where there is nothing."""
    other = projects.alternative
    if other is None:
        return ""
    return (
        f"`{used}` makes this app, since nobody said otherwise. `{other}` could make it too, and costs money: start "
        f"the server with CALLBOARD_PIPELINE={other}; with CALLBOARD_PIPELINE={used} this is not said again."
    )


def _app_factory(settings: Settings) -> AppFactoryConfig:
    return AppFactoryConfig(
        python=settings.app_factory_python,
        checkout=settings.app_factory_dir,
        cwd=settings.app_factory_cwd,
        env={name: os.environ[name] for name in settings.app_factory_env if name in os.environ},
        total_seconds=settings.build_seconds,
        idle_seconds=settings.build_idle_seconds,
        resumable=settings.app_factory_rerun,
    )
