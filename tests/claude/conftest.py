"""Fixtures: who plays the workers."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Union
from uuid import uuid4

import pytest

from actors.processes.tree import Spawn, open_tree
from tests.actors.processes.programs import gone_now, marked
from tests.claude.company import VARIABLE, Fakes, Reals, real_python
from tests.claude.loopback import messages_api
from tests.claude.stage import Stage
from tests.needs import missing


@pytest.fixture
def spawn() -> Iterator[Spawn]:
    """A way to start processes; none of them may be left."""
    identity = f"test-{uuid4().hex}"
    yield partial(open_tree, data_id=identity)
    gone_now(*marked(identity), seconds=1.0)


@pytest.fixture(params=[pytest.param("real", marks=pytest.mark.slow), "fake"])
def company(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Union[Fakes, Reals]]:
    """The real workers, where there is an environment for them, and the fake ones."""
    if request.param == "fake":
        yield Fakes()
        return
    python = real_python()
    if python is None:
        missing(f"{VARIABLE} does not name the Python of the SDK's environment; `./run test` sets it up")
    with messages_api(tmp_path) as api:
        yield Reals(python, api)


@pytest.fixture
def stage(company: Union[Fakes, Reals], spawn: Spawn, tmp_path: Path) -> Stage:
    """A place for a scenario."""
    return Stage(tmp_path / "stage", spawn, company)
