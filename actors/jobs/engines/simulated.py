"""The `simulated` engine: the workflow of a reconstruction without one.

It takes its time in named stages like a real engine, then hands out a small planet. Everything above the engine runs
exactly as for a real one, which is what it is for: trying the service, with no photos worth reconstructing.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

import trio
from pydantic import BaseModel, Field

from actors.jobs.engines.base import Availability, EngineFailed, Job, Log, Output, Progress, Report
from actors.jobs.engines.glb import write_glb
from actors.jobs.engines.planet import planet

STAGES: Mapping[str, float] = {
    "feature_extraction": 0.15,
    "matching": 0.3,
    "structure_from_motion": 0.2,
    "meshing": 0.2,
    "texturing": 0.15,
}
DEMO_SECONDS = 10.0
MODEL_NAME = "model.glb"
WHY = "the 'simulated' engine does not look at the photos: it shows the workflow and makes up a planet from the seed"
WRITERS = 4


class SimulatedParameters(BaseModel):
    """What a job may ask of the `simulated` engine."""

    seed: int = Field(0, ge=0, le=2**32 - 1, description="Which planet, and which random delays.")
    steps: int = Field(40, ge=len(STAGES), le=1000, description="How many steps of progress.")
    speed: float = Field(
        1.0,
        ge=0,
        le=60,
        description="Multiplies the random delays: 0 for none, 1 for about 10 seconds in all, 6 for about a minute.",
    )
    detail: int = Field(4, ge=0, le=5, description="How fine the planet is: 20 * 4^detail triangles.")
    fail_at: Optional[float] = Field(
        None,
        ge=0,
        le=1,
        description="Fail on purpose when this part of the work is done (0 to 1), to try how a failure looks.",
    )

    class Config:
        """Nothing else is taken, and nothing changes later."""

        extra = "forbid"
        allow_mutation = False


@dataclass(frozen=True)
class Step:
    """One step of a simulated run.

    Attributes:
        stage: The stage that it belongs to.
        number: Its number in the stage, from 1.
        of: How many steps the stage has.
        fraction: How much of the whole is done when it is.
        delay: How long it takes, in seconds.
    """

    stage: str
    number: int
    of: int
    fraction: float
    delay: float


def _shares(steps: int) -> dict[str, int]:
    """How many steps each stage gets: at least one, the sum is `steps`."""
    spare = steps - len(STAGES)
    shares = {stage: 1 + int(spare * weight) for stage, weight in STAGES.items()}
    shares["matching"] += steps - sum(shares.values())
    return shares


def plan(parameters: SimulatedParameters) -> tuple[Step, ...]:
    """The steps of a run: the same parameters give the same steps. Pure."""
    chance = random.Random(parameters.seed)  # noqa: S311 - scenery, not a secret
    weights = [chance.uniform(0.3, 1.7) for _ in range(parameters.steps)]
    seconds = DEMO_SECONDS * parameters.speed / sum(weights)
    steps: list[Step] = []
    for stage, of in _shares(parameters.steps).items():
        for number in range(1, of + 1):
            done = len(steps) + 1
            steps.append(Step(stage, number, of, done / parameters.steps, weights[done - 1] * seconds))
    return tuple(steps)


class SimulatedEngine:
    """An engine that imitates one; runs in the server itself, since there is nothing to keep apart."""

    name = "simulated"
    title = "Simulated: the whole workflow in seconds, and a made-up planet in place of a model"
    parameters: type[BaseModel] = SimulatedParameters
    min_images = 1

    def __init__(self) -> None:
        self._writers = trio.CapacityLimiter(WRITERS)

    def availability(self) -> Availability:
        """Always: it needs nothing."""
        return Availability(available=True)

    async def run(self, job: Job, report: Report) -> Output:
        """Take the steps, then write the planet.

        Raises:
            EngineFailed: The parameter `fail_at` asked for it.
            OSError: The disk did not take the file.
        """
        parameters = SimulatedParameters.parse_obj(job.parameters.dict())
        report(Log("warning", f"This run is simulated: {WHY}."))
        for step in plan(parameters):
            await self._take(step, parameters.fail_at, report)
        return await self._finish(job, parameters)

    async def _take(self, step: Step, fail_at: Optional[float], report: Report) -> None:
        """One step: its delay (a checkpoint in any case), then its report."""
        if step.number == 1:
            report(Log("info", f"{step.stage.replace('_', ' ')}: {step.of} steps"))
        await trio.sleep(step.delay)
        if fail_at is not None and step.fraction >= fail_at:
            raise EngineFailed(
                f"the simulated run failed on purpose in {step.stage} at {fail_at:.0%}, as `fail_at` asked",
                code="asked_to_fail",
                hint="Leave out the parameter fail_at.",
            )
        report(Progress(step.stage, step.fraction, step.number, step.of))

    async def _finish(self, job: Job, parameters: SimulatedParameters) -> Output:
        """Make the planet and write it."""
        facts: dict[str, Any] = {"simulated": True, "why": WHY, "seed": parameters.seed}
        target = job.workdir / MODEL_NAME

        def make() -> dict[str, Any]:
            mesh = planet(parameters.seed, parameters.detail)
            size = write_glb(target, mesh, facts)
            return {"triangles": mesh.triangles, "vertices": mesh.vertices, "bytes": size}

        measured = await trio.to_thread.run_sync(make, limiter=self._writers)
        return Output(target, {**facts, **measured, "engine": self.name, "photos": len(job.images)})
