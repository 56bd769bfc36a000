"""The `simulated` engine: its plan, its planets, its failures on purpose."""

import math
from array import array
from pathlib import Path

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from actors.jobs.engines.base import EngineFailed
from actors.jobs.engines.glb import write_glb
from actors.jobs.engines.glb_inspect import inspect_glb
from actors.jobs.engines.planet import planet, sphere
from actors.jobs.engines.simulated import STAGES, SimulatedEngine, SimulatedParameters, plan
from tests.actors.jobs.engines.support import Recorder, files_in, make_job
from tests.validator.khronos import assert_valid


@given(
    seed=st.integers(0, 2**32 - 1),
    steps=st.integers(len(STAGES), 1000),
    speed=st.floats(0, 60, allow_nan=False),
)
@settings(max_examples=50, deadline=None)
def test_a_plan_is_whole_whatever_the_parameters(seed: int, steps: int, speed: float) -> None:
    """Every stage in order, every step counted, progress to exactly 1, about the promised time."""
    parameters = SimulatedParameters(seed=seed, steps=steps, speed=speed)
    found = plan(parameters)
    assert found == plan(parameters)
    assert len(found) == steps
    assert list(dict.fromkeys(step.stage for step in found)) == list(STAGES)
    assert all(before.fraction < after.fraction for before, after in zip(found, found[1:]))
    assert found[-1].fraction == 1
    assert all(1 <= step.number <= step.of for step in found)
    assert math.isclose(sum(step.delay for step in found), 10 * speed, abs_tol=1e-6)


@pytest.mark.parametrize("detail", range(4))
def test_a_sphere_is_closed(detail: int) -> None:
    """As many triangles as promised, and Euler's formula holds."""
    points, faces = sphere(detail)
    edges = {frozenset(pair) for a, b, c in faces for pair in ((a, b), (b, c), (c, a))}
    assert len(faces) == 20 * 4**detail
    assert len(points) - len(edges) + len(faces) == 2


@pytest.mark.parametrize("seed", [0, 1, 7, 2**32 - 1])
def test_planets_are_valid_and_look_outwards(seed: int, tmp_path: Path) -> None:
    """The validator has nothing to say, and each normal points away from the centre."""
    mesh = planet(seed, 3)
    positions, normals = array("f", mesh.positions), array("f", mesh.normals or b"")
    products = (p * n for p, n in zip(positions, normals))
    assert all(sum(triple) > 0 for triple in zip(products, products, products))
    path = tmp_path / "planet.glb"
    write_glb(path, mesh)
    assert_valid(path)


def test_a_seed_names_a_planet() -> None:
    """The same seed gives the same planet, another seed another one."""
    assert planet(5, 2) == planet(5, 2)
    assert planet(5, 2) != planet(6, 2)


async def test_the_model_says_that_it_is_simulated(tmp_path: Path) -> None:
    """In the metadata, in the file and in the log."""
    engine, recorder = SimulatedEngine(), Recorder()
    output = await engine.run(make_job(engine, tmp_path, parameters={"speed": 0, "detail": 1}), recorder)
    assert output.metadata["simulated"] is True
    assert "does not look at the photos" in output.metadata["why"]
    assert inspect_glb(output.model).extras["simulated"] is True
    assert recorder.logs[0].startswith("This run is simulated")


@pytest.mark.parametrize(("fail_at", "last"), [(0, None), (0.5, 0.475), (1, 0.975)])
async def test_it_fails_where_it_was_asked_to(tmp_path: Path, fail_at: float, last: float) -> None:
    """At that part of the work, not a step later, and without a file."""
    engine, recorder = SimulatedEngine(), Recorder()
    with pytest.raises(EngineFailed, match="on purpose") as caught:
        await engine.run(make_job(engine, tmp_path, parameters={"speed": 0, "fail_at": fail_at}), recorder)
    assert caught.value.code == "asked_to_fail"
    assert recorder.fractions[-1:] == ([] if last is None else [last])
    assert files_in(tmp_path) == []


async def test_the_demo_takes_about_ten_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With speed 1, by the clock of the run."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(trio, "sleep", sleep)
    engine = SimulatedEngine()
    await engine.run(make_job(engine, tmp_path, parameters={"detail": 0}), Recorder())
    assert math.isclose(sum(slept), 10)


async def test_without_delays_others_still_run(tmp_path: Path) -> None:
    """Speed 0 has a checkpoint at every step."""
    engine, turns = SimulatedEngine(), 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(count)
        await engine.run(make_job(engine, tmp_path, parameters={"speed": 0, "detail": 0, "steps": 200}), Recorder())
        nursery.cancel_scope.cancel()
    assert turns >= 200


async def test_a_cancel_ends_it_at_once(tmp_path: Path, autojump_clock: MockClock) -> None:
    """In the middle of a delay."""
    engine, recorder = SimulatedEngine(), Recorder()
    with trio.move_on_after(5) as scope:
        await engine.run(make_job(engine, tmp_path), recorder)
    assert scope.cancelled_caught
    assert 0 < recorder.fractions[-1] < 1
    assert files_in(tmp_path) == []
