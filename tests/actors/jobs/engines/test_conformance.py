"""The contract of an engine, held against every engine of the table: a new one is tested by being listed."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union

import pytest
import trio
from pydantic import ValidationError

from actors.jobs.engines.base import Engine, EngineFailed, Log, Progress
from actors.jobs.engines.glb_inspect import inspect_glb
from actors.jobs.engines.pixelmap.engine import OpenTree
from actors.jobs.engines.table import make_engines
from tests import needs
from tests.actors.jobs.engines.support import Recorder, files_in, make_job, models_in, our_children
from tests.validator.khronos import assert_valid


@dataclass(frozen=True)
class Case:
    """How an engine is tried here.

    Attributes:
        quick: Parameters that make it fast, and as long as it takes to be cancelled in the middle.
        failing: Parameters or photos with which it cannot succeed.
        failing_photos: How many photos it gets then.
    """

    quick: Mapping[str, object]
    failing: Mapping[str, object]
    failing_photos: int = 3


CASES = {
    "simulated": Case({"speed": 0.01}, {"speed": 0, "fail_at": 0.5}),
    "pixelmap": Case({}, {}, failing_photos=2),
}
HEAVY = [pytest.mark.real, pytest.mark.slow]
MARKS: Mapping[str, list[pytest.MarkDecorator]] = {"simulated": []}


def _no_tree(*arguments: Any, **options: Any) -> Any:
    """Never called: the names of the table are all that is wanted of it."""
    raise NotImplementedError


NAMES = [pytest.param(name, marks=MARKS.get(name, HEAVY)) for name in make_engines(_no_tree)]


@pytest.fixture
def engine(name: str, spawn: OpenTree) -> Engine:
    """The engine of that name, where it can run."""
    found = make_engines(spawn)[name]
    availability = found.availability()
    if not availability.available:
        # An engine's package is an extra, which a person may do without; the checks install it, so there it must run.
        needs.missing(availability.reason)
    return found


@pytest.mark.parametrize("name", list(make_engines(_no_tree)))
def test_parameters_are_bounded_and_have_defaults(name: str) -> None:
    """No parameter is required, each number has a range, each has a description, and others are refused."""
    parameters = make_engines(_no_tree)[name].parameters
    assert parameters()
    with pytest.raises(ValidationError):
        parameters.parse_obj({"no_such_parameter": 1})
    for field in parameters.schema()["properties"].values():
        assert field["description"].endswith(".")
        assert "enum" in field or {"minimum", "maximum"} <= field.keys()


@pytest.mark.parametrize("name", NAMES)
async def test_a_run_gives_a_valid_model(engine: Engine, name: str, tmp_path: Path) -> None:
    """Inside the workdir, with true facts, after progress in stages that never falls and ends at 1."""
    recorder, before = Recorder(), our_children()
    output = await engine.run(make_job(engine, tmp_path / "work", parameters=dict(CASES[name].quick)), recorder)
    info = inspect_glb(output.model)
    assert output.model.parent == tmp_path / "work"
    assert output.metadata["simulated"] is (name == "simulated")
    assert (output.metadata["triangles"], output.metadata["vertices"]) == (info.triangles, info.vertices)
    assert output.metadata["bytes"] == info.bytes
    assert output.metadata["engine"] == name
    assert recorder.fractions == sorted(recorder.fractions)
    assert recorder.fractions[0] >= 0
    assert recorder.fractions[-1] == 1
    assert len(recorder.stages) > 3
    assert all(stage.replace("_", "").isalnum() and stage.islower() for stage in recorder.stages)
    assert our_children() <= before
    assert_valid(output.model)


@pytest.mark.parametrize("name", NAMES)
async def test_a_failure_is_a_result(engine: Engine, name: str, tmp_path: Path) -> None:
    """`EngineFailed` with a code and a hint, and no model."""
    case, before = CASES[name], our_children()
    job = make_job(engine, tmp_path / "work", case.failing_photos, dict(case.failing))
    with pytest.raises(EngineFailed) as caught:
        await engine.run(job, Recorder())
    assert caught.value.code
    assert caught.value.hint
    assert not models_in(job.workdir)
    assert our_children() <= before


@pytest.mark.parametrize("report", [1, 5, 12])
@pytest.mark.parametrize("name", NAMES)
async def test_a_cancel_leaves_nothing(engine: Engine, name: str, report: int, tmp_path: Path) -> None:
    """Wherever it comes: no model, no process, in at most the promised two seconds."""
    before = our_children()
    with trio.CancelScope() as scope:

        def act(message: Union[Progress, Log]) -> None:
            if len(recorder.heard) == report:
                scope.cancel()
                cancelled.append(trio.current_time())

        recorder, cancelled = Recorder(act), list[float]()
        await engine.run(make_job(engine, tmp_path / "work", parameters=dict(CASES[name].quick)), recorder)
    assert scope.cancelled_caught
    assert trio.current_time() - cancelled[0] < 2
    assert not models_in(tmp_path / "work")
    assert our_children() <= before
    assert not files_in(tmp_path / "records")
