"""The App Factory, by its stand-in: what is told, what counts as an app, and how it fails."""

import shutil
import stat
from pathlib import Path

import pytest

from actors.builds.base import ACTION, STATUS, SUCCESS, WARNING, Said, Step
from tests.actors.builds.pipelines.app_factory_world import CHECKOUT, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world of the test's own."""
    return World(tmp_path)


@pytest.mark.real
async def test_a_run_that_goes_well(world: World) -> None:
    """What is printed is told in order, steps go forward, the app is where it was made, the cost is known."""
    built = await world.run()

    assert built.frontend == world.workspace / "apps" / "shop" / "frontend"
    assert built.facts == {"cost_usd": 1.03}
    assert {"package.json", ".gitignore", ".env.example", "app"} <= {path.name for path in built.frontend.iterdir()}
    assert world.steps == sorted(world.steps)
    assert world.steps[-1] is Step.FRONTEND
    agents = ["PRD Agent", "Interaction Spec Agent", "Wireframe Agent", "Frontend Writer"]
    assert [
        agent for content in world.contents(ACTION) for agent in agents if f"{agent}: Starting" in content
    ] == agents
    assert "Writer iteration 1/2" in world.contents(ACTION)
    assert "Critic score 8.5" in world.contents(STATUS)
    assert world.contents(SUCCESS)[0] == "\u2705 PRD Agent complete. Cost: $0.12"
    assert "[HEARTBEAT] PRD Agent active for 60s" in world.log()
    assert (world.workspace / "checkpoints" / "shop_checkpoint.json").is_file()


@pytest.mark.real
async def test_the_group_may_write_what_is_made(world: World) -> None:
    """The container runs as another user of the same group."""
    built = await world.run()

    assert stat.S_IMODE((built.frontend / "package.json").stat().st_mode) == 0o664
    assert stat.S_IMODE((built.frontend / "app").stat().st_mode) & 0o775 == 0o775


@pytest.mark.real
async def test_an_app_in_the_checkout_is_found(world: World) -> None:
    """The pipeline may write below its own root."""
    checkout = world.root / "checkout"
    shutil.copytree(CHECKOUT, checkout)

    built = await world.run(env={"STANDIN_WHERE": "checkout", "STANDIN_KIND": "plain"}, checkout=checkout)

    assert built.frontend == checkout / "apps" / "shop" / "frontend"
    assert (built.frontend / "server.js").is_file()


@pytest.mark.real
@pytest.mark.parametrize(
    ("mode", "code", "said"),
    [
        ("stage-fails", "pipeline_no_app", "without an app"),
        ("asks", "pipeline_exit", "exit code 1; it said last"),
        ("crashes", "pipeline_exit", "the model is not available"),
        ("crashes-late", "pipeline_exit", "the last check failed"),
        ("killed", "pipeline_killed", "SIGKILL"),
        ("links", "pipeline_link", "elsewhere"),
    ],
)
async def test_runs_that_fail(world: World, mode: str, code: str, said: str) -> None:
    """Each says what failed and what to do; none is mistaken for a success, and the pipeline says no `error`."""
    failure = await world.fail(mode)

    assert failure.code == code
    assert said in failure.problem
    assert "error" not in {message.type for message in world.said}


@pytest.mark.real
async def test_a_traceback_is_one_warning(world: World) -> None:
    """Its frames are in the log."""
    await world.fail("crashes")

    assert world.contents(WARNING) == ["RuntimeError: the model is not available"]
    assert "Traceback (most recent call last):" in world.log()
    assert not [said for said in world.said if "File " in said.content]


@pytest.mark.real
async def test_nobody_answers_questions(world: World) -> None:
    """The input is at its end at once; a pipeline that can live with that goes on."""
    assert await world.run("asks-kindly")

    assert any("Nobody there" in content for content in world.contents(STATUS))


@pytest.mark.real
async def test_noise_is_readable(world: World) -> None:
    """Bounded lines, no control characters, few frames of a bar; stderr is told too."""
    await world.run("noise")

    told = world.contents(STATUS)
    assert "red and plain" in told
    assert "bad \ufffd\ufffd bytes" in told
    assert "NUL and bell" in told
    assert "a word on stderr" in told
    assert len([content for content in told if content.startswith("Downloading")]) == 5
    assert max(map(len, told)) <= 4000


@pytest.mark.real
async def test_secrets_are_not_shown(world: World) -> None:
    """Neither in messages nor in the log, when the pipeline prints what it was given."""
    world.prompt = "use sk-abcdefgh please"

    await world.run(env={"SOME_API_KEY": "sk-abcdefgh"})

    assert "Building shop: use [SOME_API_KEY] please" in world.contents(STATUS)
    assert "sk-abcdefgh" not in world.log()


@pytest.mark.real
async def test_an_app_of_an_earlier_run_does_not_count(world: World) -> None:
    """Only a package.json that this run has written; the same content written anew is fine."""
    await world.run()

    failure = await world.fail("stage-fails")
    again = await world.run()

    assert failure.code == "pipeline_no_app"
    assert "earlier run" in failure.problem
    assert again.frontend.is_dir()


@pytest.mark.real
async def test_files_show_the_steps_of_a_quiet_pipeline(world: World) -> None:
    """A pipeline that prints nothing that is known: its directories are watched."""
    checkout = world.root / "quiet"
    (checkout / "app_factory").mkdir(parents=True)
    (checkout / "app_factory" / "main_v2.py").write_text(
        "import pathlib, time\n"
        "app = pathlib.Path('apps/shop/frontend'); app.mkdir(parents=True)\n"
        "while not pathlib.Path('go').exists(): time.sleep(0.01)\n"  # in a process that nothing here can wake
        "(app / 'package.json').write_text('{}')\n",
        encoding="utf-8",
    )

    async def tell(said: Said) -> None:
        await world.tell(said)
        (world.workspace / "go").touch()

    await world.factory(checkout=checkout).run(world.order(), tell)

    assert world.said == [Said(STATUS, "", Step.STRUCTURE), Said(STATUS, "", Step.FRONTEND)]


@pytest.mark.real
async def test_a_link_on_the_way_is_refused_before_the_start(world: World) -> None:
    """The pipeline would write to wherever it leads."""
    (world.root / "outside").mkdir()
    (world.workspace / "apps").symlink_to(world.root / "outside")

    failure = await world.fail()

    assert failure.code == "pipeline_link"
    assert not world.said


@pytest.mark.real
async def test_a_directory_of_its_own_to_work_in(world: World) -> None:
    """Where it is configured, the app is looked for there."""
    cwd = world.root / "elsewhere"
    cwd.mkdir()

    built = await world.run(cwd=cwd)

    assert built.frontend == cwd / "apps" / "shop" / "frontend"
    assert not list(world.workspace.iterdir())
