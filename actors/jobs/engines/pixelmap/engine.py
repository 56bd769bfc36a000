"""The `pixelmap` engine: photos to a textured mesh, in a child process that it owns."""

import importlib.util
import json
import math
import os
import signal
import site
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Literal, Optional, Protocol

import trio
from pydantic import BaseModel, Field

from actors.jobs.engines.base import Availability, EngineFailed, Job, Output, Progress, Report
from actors.jobs.engines.glb import GlbError
from actors.jobs.engines.glb_inspect import GlbInfo, inspect_glb
from actors.jobs.engines.pixelmap.session import Session
from actors.processes.environment import base_environment
from actors.processes.sandbox.limits import Limits
from actors.processes.tree import Exit, Tree

CHILD = "actors.jobs.engines.pixelmap.child"
PACKAGES = ("pixelmap_multiview", "numpy", "PIL")
INSTALL = "pip install 'callboard[reconstruct]'"
MODEL_NAME = "model.glb"
ORDER_NAME = "order.json"
LOG_NAME = "engine.log"
MAX_FILE = 2 * 1024**3
MEGABYTE = 1024**2
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")
CHECKERS = 2
MIN_IMAGES = 3
"""`MIN_VIEWS` of the package, which is not imported here: it may be missing, and its child alone works with it."""


class PixelmapParameters(BaseModel):
    """What a job may ask of the `pixelmap` engine."""

    quality: Literal["low", "medium", "high"] = Field(
        "low",
        description="How much work goes into each pair of photos: medium takes about 4 times as long as low, high 10.",
    )
    focal_35mm: Optional[float] = Field(
        None,
        ge=8,
        le=800,
        description="The focal length in mm, 35 mm equivalent; as the photos say (EXIF), or estimated, when not given.",
    )
    seed: int = Field(0, ge=0, le=2**32 - 1, description="Of every random choice: the same seed, the same model.")
    time_limit_s: float = Field(3600, ge=1, le=86_400, description="The job fails when it takes longer, in seconds.")
    memory_limit_mb: int = Field(
        4096, ge=512, le=262_144, description="The job fails when it needs more memory (address space), in MB."
    )

    class Config:
        """Nothing else is taken, and nothing changes later."""

        extra = "forbid"
        allow_mutation = False


class OpenTree(Protocol):
    """How the engine starts its child: `actors.processes.tree.open_tree`, bound to this server's data directory."""

    def __call__(
        self, argv: Sequence[str], *, owner: str, cwd: Path, env: Mapping[str, str], limits: Limits
    ) -> AbstractAsyncContextManager[Tree]:
        """A context in which the program runs; nothing of it is left when it is left."""


class PixelmapEngine:
    """Structure from motion on the CPU with the package `pixelmap-multiview-python`.

    Args:
        open_tree: How to start the child.
        python: The interpreter that runs it.
        child: Its arguments up to the path of the order.
    """

    name = "pixelmap"
    title = "Pixelmap: photos to a textured 3D model on this machine's processor"
    parameters: type[BaseModel] = PixelmapParameters
    min_images = MIN_IMAGES

    def __init__(
        self, open_tree: OpenTree, *, python: str = sys.executable, child: Sequence[str] = ("-m", CHILD)
    ) -> None:
        self._open_tree = open_tree
        self._argv = (python, "-I", "-X", "faulthandler", *child)
        self._checkers = trio.CapacityLimiter(CHECKERS)

    def availability(self) -> Availability:
        """Whether the child will find what it imports."""
        specs = {package: importlib.util.find_spec(package) for package in PACKAGES}
        missing = [package for package, spec in specs.items() if spec is None]
        if missing:
            return Availability(available=False, reason=f"not installed: {', '.join(missing)}", hint=INSTALL)
        user_site = site.getusersitepackages()
        hidden = [package for package, spec in specs.items() if spec and (spec.origin or "").startswith(user_site)]
        if hidden:
            # An isolated interpreter does not look there.
            reason = f"installed for this user only, where an isolated process cannot see it: {', '.join(hidden)}"
            return Availability(available=False, reason=reason, hint=f"In a virtual environment: {INSTALL}")
        return Availability(available=True)

    async def run(self, job: Job, report: Report) -> Output:
        """Reconstruct, check the file, and say what is known about it.

        Raises:
            EngineFailed: There is no model: because of the photos, the limits, or the child's own failure.
            StartFailed: The child could not be started.
            OSError: The disk did not take what the engine itself writes.
        """
        parameters = PixelmapParameters.parse_obj(job.parameters.dict())
        started = trio.current_time()
        with trio.move_on_after(parameters.time_limit_s):
            metadata = await self._reconstruct(job, parameters, report)
            info = await self._check(job.workdir / MODEL_NAME)
            report(Progress("normalising", 1.0))
            facts = {"triangles": info.triangles, "vertices": info.vertices, "bytes": info.bytes}
            seconds = round(trio.current_time() - started, 1)
            return Output(job.workdir / MODEL_NAME, {**metadata, **facts, "seconds": seconds})
        raise EngineFailed(
            f"the reconstruction took longer than {parameters.time_limit_s:g} s, the time limit of this job",
            code="time_limit",
            hint="Give it fewer photos (half as many take a quarter of the time), a lower quality or more time.",
        )

    async def _reconstruct(self, job: Job, parameters: PixelmapParameters, report: Report) -> dict[str, Any]:
        """Run the child to its end and return the facts that it tells."""
        order = job.workdir / ORDER_NAME
        await trio.Path(order).write_text(json.dumps(_order(job, parameters)), encoding="utf-8")
        session = Session(report, job.workdir / LOG_NAME)
        limits = Limits(memory=parameters.memory_limit_mb * MEGABYTE, file_size=MAX_FILE)
        argv = (*self._argv, str(order.absolute()))
        async with (
            self._open_tree(argv, owner=job.id, cwd=job.workdir, env=_environment(), limits=limits) as tree,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(session.read_errors, tree.stderr)
            nursery.start_soon(session.read_messages, tree.stdout, tree.stop)
            end = await tree.wait()
        if session.result is not None and end.ok:
            return session.result.metadata
        raise _failure(session, end, parameters)

    async def _check(self, model: Path) -> GlbInfo:
        """Look into the file that is to be published."""
        try:
            return await trio.to_thread.run_sync(inspect_glb, model, limiter=self._checkers)
        except (GlbError, OSError) as error:
            raise EngineFailed(
                f"the engine ended without a usable model: {error}",
                code="invalid_model",
                hint=f"This is a fault of the engine; its messages are in {LOG_NAME} in the job's directory.",
            ) from None


def _order(job: Job, parameters: PixelmapParameters) -> dict[str, Any]:
    """What the child is told; see `child.Order`."""
    return {
        "paths": [str(image.path.absolute()) for image in job.images],
        "names": [image.name for image in job.images],
        "target": str((job.workdir / MODEL_NAME).absolute()),
        "quality": parameters.quality,
        "focal_35mm": parameters.focal_35mm,
        "seed": parameters.seed,
    }


def _environment() -> dict[str, str]:
    """The child's environment: as many threads as there are processors for this server."""
    cores = str(len(os.sched_getaffinity(0)))
    return base_environment(dict.fromkeys(THREADS, cores))


def _failure(session: Session, end: Exit, parameters: PixelmapParameters) -> EngineFailed:
    """Why the child ended without a model."""
    failure = session.failure
    if (failure is not None and failure.code == "out_of_memory") or session.allocation_failed:
        limit = parameters.memory_limit_mb
        return EngineFailed(
            f"the reconstruction needed more memory than {limit} MB, the memory limit of this job",
            code="out_of_memory",
            hint=f"Give it fewer photos, or a memory_limit_mb of {min(262_144, 2 ** math.ceil(math.log2(limit + 1)))}.",
        )
    if failure is not None and failure.code != "engine_crashed":
        return EngineFailed(failure.problem, code=failure.code, hint=failure.hint)
    if end.signal == signal.SIGKILL and not session.misbehaviour:
        return EngineFailed(
            "the engine's process was killed from outside: most likely the machine ran out of memory",
            code="killed",
            hint="Give it fewer photos, or run fewer jobs at once.",
        )
    said: Optional[str] = failure.problem if failure is not None else session.tail
    return EngineFailed(
        f"the engine's process failed ({session.misbehaviour or end})" + (f": {said}" if said else ""),
        code="engine_crashed",
        hint=f"This is a fault of the engine; its messages are in {LOG_NAME} in the job's directory.",
    )
