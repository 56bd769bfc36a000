"""How the photogrammetry jobs are put together."""

import logging
from collections.abc import Mapping

from actors.datadir import DataDir
from actors.jobs.engines.base import Engine
from actors.jobs.engines.table import choose_engine, default_engine, make_engines
from actors.jobs.imagecheck.checker import ImageChecker
from actors.jobs.imagecheck.decoder import CheckLimits, child_decoders
from actors.jobs.service import Jobs
from actors.jobs.work import Engines, job_context
from actors.journal.journal import Journal
from actors.journal.streams import Streams
from actors.processes.owned import Owned
from actors.processes.tree import Spawn
from actors.runtime.admission import Admission
from app.settings import Settings
from app.uploads.reception import QUESTIONS

logger = logging.getLogger(__name__)


def make_jobs(settings: Settings, data: DataDir, journal: Journal, streams: Streams, spawn: Spawn) -> Jobs:
    """Make the service of jobs."""
    table = make_engines(spawn)
    engines = Engines(table, _default(settings, table))
    admission = Admission(settings.jobs_at_once, settings.jobs_queued)
    context = job_context(data.jobs, journal, admission, engines, events_per_second=settings.events_per_second)
    return Jobs(context, streams, engines)


def make_checker(settings: Settings, data: DataDir, owned: Owned) -> ImageChecker:
    """Make what checks the photos of uploads."""
    limits = CheckLimits(pixels=settings.upload_pixels, memory=settings.check_memory, seconds=settings.check_seconds)
    decoders = child_decoders(limits, data_id=data.id, cwd=data.root, records=data.trees, opening=owned.open)
    # Each upload asks about one photo or many, but has no more than so many questions open.
    return ImageChecker(decoders, limits, capacity=QUESTIONS * settings.uploads_at_once)


def _default(settings: Settings, engines: Mapping[str, Engine]) -> str:
    engine = choose_engine(engines, settings.default_engine) if settings.default_engine else default_engine(engines)
    if engine.name == "simulated":
        logger.info("the default engine is `simulated`: it makes up a model, whatever the photos show")
    else:
        logger.info("the default engine is `%s`", engine.name)
    return engine.name
