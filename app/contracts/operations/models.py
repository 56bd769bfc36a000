"""The shapes of operations."""

from typing import Any

from pydantic import BaseModel, Field


class HealthModel(BaseModel):
    """What the builder contract wants to the letter."""

    status: str
    service: str


class LiveModel(BaseModel):
    """That the process answers."""

    status: str


class ReadyModel(BaseModel):
    """What an operator wants to know."""

    ready: bool
    reason: str = Field(..., description="Why it cannot work; empty when it can.")
    version: str
    jobs: dict[str, int] = Field(..., description="`running`, `queued`, and the limits of both.")
    engines: dict[str, Any] = Field(..., description="Each engine, and whether it can run here.")
    default_engine: str
    builds: dict[str, int] = Field(..., description="`running`, `queued`, and the limits of both.")
    pipelines: dict[str, Any] = Field(..., description="Each pipeline, and whether it can run here.")
    default_pipeline: str
    workspaces: str = Field(..., description="Where workspaces are that are given by their id alone.")
    orchestrator: str = Field(..., description="Where messages of builds go.")
    projects: dict[str, int] = Field(..., description="`running`, `queued`, and the limits of both.")
    projects_trouble: str = Field(..., description="Why no project can be made; empty when one can.")
    generators: dict[str, Any] = Field(..., description="Each generator of projects, and whether it can run here.")
    default_generator: str
    sandbox: dict[str, Any] = Field(
        ...,
        description="The sandbox's `level` (null until it is found), what was shown by trying, what is missing; Node.",
    )
    streams: int = Field(..., description="Actors that live.")
    disk_free: int = Field(..., description="Bytes, where the data directory is.")
    journal: str = Field(..., description="`file`, or `memory`, which forgets everything at the end.")
