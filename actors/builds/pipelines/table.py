"""The table of pipelines: a new one is one module here, or a generator in the table of those."""

from collections.abc import Mapping
from typing import Optional

from actors.builds.base import Pipeline
from actors.builds.pipelines.app_factory import AppFactory
from actors.builds.pipelines.generated import GeneratorPipeline
from actors.generators.base import Generator
from actors.runtime.errors import InvalidInput


def make_pipelines(app_factory: AppFactory, generators: Mapping[str, Generator]) -> dict[str, Pipeline]:
    """Every pipeline of this version by its name, in the order in which they are preferred."""
    pipelines: list[Pipeline] = [app_factory, *map(GeneratorPipeline, generators.values())]
    return {pipeline.name: pipeline for pipeline in pipelines}


def choose_pipeline(pipelines: Mapping[str, Pipeline], name: Optional[str] = None) -> Pipeline:
    """The pipeline that builds run: the one that is named, or the first that can run here.

    Raises:
        InvalidInput: There is no such one, or it cannot run here.
    """
    if name is None:
        return next(pipeline for pipeline in pipelines.values() if pipeline.availability().available)
    pipeline = pipelines.get(name)
    if pipeline is None:
        raise InvalidInput(f"There is no pipeline {name!r}.", hint=f"There are {', '.join(pipelines)}.")
    found = pipeline.availability()
    if not found.available:
        raise InvalidInput(f"The pipeline {name} cannot run here: {found.reason}", hint=found.hint)
    return pipeline
