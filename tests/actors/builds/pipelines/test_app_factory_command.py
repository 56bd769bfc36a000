"""How the App Factory is called: arguments, variables, what is imported, and what is missing."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from actors.builds.pipelines.app_factory import AppFactoryConfig
from actors.builds.pipelines.app_factory_command import MAX_ARGUMENT, command, environment
from tests.actors.builds.pipelines.app_factory_world import CHECKOUT, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world of the test's own."""
    return World(tmp_path)


@pytest.mark.real
async def test_the_longest_prompt(world: World) -> None:
    """100 KB pass; what no argument can be is refused with the reason."""
    world.prompt = "\u00e9" * 50_000
    assert await world.run()

    for prompt, code in (
        ("x" * MAX_ARGUMENT, "prompt_too_long"),
        ("\0", "prompt_unusable"),
        ("\ud800", "prompt_unusable"),
    ):
        world.prompt = prompt
        assert (await world.fail()).code == code


@pytest.mark.real
async def test_arguments_that_are_too_many_together(world: World) -> None:
    """The kernel's limit for arguments and variables together shows up at the start."""
    failure = await world.fail(env={f"V{n}": "x" * 120_000 for n in range(60)})

    assert failure.code == "prompt_too_long"


@pytest.mark.real
async def test_a_python_without_the_package(world: World) -> None:
    """Only running shows that; the hint names the setting."""
    failure = await world.fail(checkout=None)

    assert failure.code == "pipeline_exit"
    assert "APP_FACTORY_DIR" in failure.hint


def test_the_command_is_the_contracts(world: World) -> None:
    """The flags to the letter; the module and not a file of that name."""
    factory = world.factory()
    argv = command(factory._config, world.order())

    assert argv[0] == sys.executable
    assert "'app_factory.main_v2'" in argv[2]
    assert argv[3:] == ["--user-prompt=a shop", "--app-name=shop", "--skip-questions", "--iterative-stage-1"]


def test_the_environment_is_picked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is passed on is what was asked for; the checkout comes first."""
    monkeypatch.setenv("SERVER_SECRET", "x")
    config = AppFactoryConfig(checkout=CHECKOUT, env={"A": "1", "PYTHONPATH": f"/x{os.pathsep}{os.pathsep}y"})

    passed = environment(config)

    assert passed["A"] == "1"
    assert passed["PYTHONPATH"] == f"{CHECKOUT}{os.pathsep}/x"
    assert "SERVER_SECRET" not in passed


def test_what_is_missing_is_said(world: World) -> None:
    """Each with the setting that mends it."""
    missing = world.root / "missing"

    nothing = world.factory(python=None, checkout=None).availability()
    no_package = world.factory(checkout=world.root).availability()
    no_python = world.factory(python=missing).availability()
    no_cwd = world.factory(cwd=missing).availability()

    assert world.factory().availability().available
    assert "not configured" in nothing.reason
    assert "APP_FACTORY_DIR" in nothing.hint
    assert f"app_factory/main_v2.py in {world.root}" in no_package.reason
    assert "APP_FACTORY_DIR" in no_package.hint
    assert str(missing) in no_python.reason
    assert "APP_FACTORY_PYTHON" in no_python.hint
    assert str(missing) in no_cwd.reason


async def test_a_pipeline_that_is_not_there(world: World) -> None:
    """Asked to run all the same, it says what is missing."""
    assert (await world.fail(python=world.root / "missing")).code == "pipeline_unavailable"


def test_the_checkouts_own_python_is_found(world: World) -> None:
    """A virtual environment in the checkout is what its developers run it with; its link is not resolved."""
    checkout = world.root / "checkout"
    shutil.copytree(CHECKOUT / "app_factory", checkout / "app_factory")
    (checkout / ".venv" / "bin").mkdir(parents=True)
    python = checkout / ".venv" / "bin" / "python"
    python.symlink_to(sys.executable)

    argv = command(world.factory(python=None, checkout=checkout)._config, world.order())

    assert argv[0] == str(python)


def test_it_is_not_repeated_by_itself(world: World) -> None:
    """Unless it is configured to be: each run may cost."""
    assert not world.factory().resumable
    assert world.factory(resumable=True).resumable


@pytest.mark.real
async def test_nothing_in_the_workspace_is_imported(world: World) -> None:
    """An app's container writes there: what it writes must not run with the pipeline's keys."""
    hostile = "import os; open('owned', 'w').write(__name__)\n"
    (world.workspace / "app_factory").mkdir()
    names = (
        "app_factory/__init__",
        "app_factory/main_v2",
        "argparse",
        "shutil",
        "runpy",
        "sitecustomize",
        "usercustomize",
    )
    for name in names:
        (world.workspace / f"{name}.py").write_text(hostile, encoding="utf-8")

    await world.run(env={"PYTHONPATH": os.pathsep.join(("", ".", "apps"))})

    assert not (world.workspace / "owned").exists()
