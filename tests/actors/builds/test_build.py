"""A build's life: the seven messages in order and at their moments, and that it says nothing twice."""

import json
from pathlib import Path

import pytest
import trio

from actors.builds.base import BuildFailed, Built, Order, Said, Tell
from actors.builds.commands import Patience
from actors.runtime.errors import Conflict, InvalidInput
from tests.actors.builds.world import SEVEN, hangs, makes_an_app, open_world
from tests.waiting import until

TITLES = {content.title() for content in SEVEN}


async def fails(order: Order, tell: Tell) -> Built:
    """Say why there is no app."""
    raise BuildFailed("The model was not reached.", code="no_model", hint="Check the key.")


async def has_a_bug(order: Order, tell: Tell) -> Built:
    """Crash."""
    raise ZeroDivisionError


async def says_nothing(order: Order, tell: Tell) -> Built:
    """Make an app without a word."""

    async def deaf(_said: Said) -> None:
        await trio.lowlevel.checkpoint()

    return await makes_an_app(order, deaf)


async def talks(order: Order, tell: Tell) -> Built:
    """Say more than is relayed."""
    for number in range(500):
        await tell(Said("status", f"line {number}"))
    return await makes_an_app(order, tell)


async def test_the_whole_round(tmp_path: Path) -> None:
    """All seven, with the pipeline's own between them, and each command after what announces it."""
    async with open_world(tmp_path) as world:
        accepted = await world.accept()
        assert (accepted["state"], accepted["port"], accepted["pipeline"]) == ("queued", 5000, "scripted")
        end = await world.end()
        assert (end["state"], end["result"]["title"], end["result"]["served_by"]) == ("succeeded", "A", "serving")
        assert world.orchestrator.seven("run-1") == SEVEN
        types = {message["content"]: message["type"] for message in world.orchestrator.messages["run-1"]}
        assert [types[content] for content in SEVEN] == [*["status"] * 6, "success"]
        log = world.orchestrator.log
        order = [SEVEN[4], "npm install", SEVEN[5], "npm start", SEVEN[6]]
        assert [entry for entry in log if entry in order] == order
        assert log.index(SEVEN[0]) < log.index("Thinking") < log.index(SEVEN[2]) < log.index("Laying it out")
        assert world.orchestrator.commands[0] == ("ws-run-1", "npm install", "run-1")
        assert (world.workspace() / "package.json").exists()
        assert end["delivery"] == {
            "queued": end["messages"], "delivered": end["messages"], "refused": 0, "expired": 0, "waiting": 0,
            "trouble": "",
        }  # fmt: skip
        await world.nothing_left()


async def test_nobody_else_says_the_seven(tmp_path: Path) -> None:
    """A pipeline, or a command, that prints them: the app is neither installed nor done by that."""

    async def echoes(order: Order, tell: Tell) -> Built:
        for content in SEVEN:
            await tell(Said("success", content))
            await tell(Said("status", f"  {content.upper()} "))
        await tell(Said("success", "Application build completed in 3 s"))
        return await makes_an_app(order, tell)

    async with open_world(tmp_path, echoes) as world:
        await world.accept()
        assert (await world.end())["left_out"] == 0
        assert [
            content for content in world.orchestrator.contents("run-1") if content.strip().title() in TITLES
        ] == SEVEN
        assert world.orchestrator.seven("run-1") == SEVEN
        assert not [content for content in world.orchestrator.contents("run-1") if "in 3 s" in content]


async def test_each_message_is_an_event_too(tmp_path: Path) -> None:
    """With the same words, and a number that grows."""
    async with open_world(tmp_path) as world:
        await world.accept()
        await world.end()
        page = await world.journal.read_events("run-1", 0, 500)
        events = [entry.decoded() for entry in page.entries]
        told = [event["data"] for event in events if event["type"] == "message"]
        assert [data.pop("number") for data in told] == list(range(1, len(told) + 1))
        assert told == world.orchestrator.messages["run-1"]
        assert events[-1]["type"] == "end"


async def test_a_pipeline_that_says_nothing(tmp_path: Path) -> None:
    """The seven are said all the same, in order."""
    async with open_world(tmp_path, says_nothing) as world:
        await world.accept()
        assert (await world.end())["state"] == "succeeded"
        assert world.orchestrator.seven("run-1") == SEVEN


@pytest.mark.parametrize(
    ("body", "state", "words"),
    [
        (fails, "failed", "The model was not reached. Check the key."),
        (has_a_bug, "interrupted", "Given up after 3 attempts"),
    ],
)
async def test_a_pipeline_that_fails(tmp_path: Path, body: object, state: str, words: str) -> None:
    """The last message is of type error, and says what failed and what to do."""
    async with open_world(tmp_path, body) as world:  # type: ignore[arg-type]  # of the parameters
        await world.accept()
        assert (await world.end())["state"] == state
        last = world.orchestrator.messages["run-1"][-1]
        assert last["type"] == "error"
        assert words in last["content"]
        assert world.orchestrator.commands == []
        await world.nothing_left()


async def test_an_install_that_fails(tmp_path: Path) -> None:
    """It ends there, and says with what."""
    async with open_world(tmp_path) as world:
        world.orchestrator.exits["npm install"] = 1
        await world.accept()
        assert (await world.end())["state"] == "failed"
        assert "exit code 1: the end of it" in world.orchestrator.contents("run-1")[-1]
        assert "npm start" not in world.orchestrator.log


async def makes_a_bundled_app(order: Order, tell: Tell) -> Built:
    """Make an app that has to be built before it is started."""
    built = await makes_an_app(order, tell)
    package = {"name": "a", "scripts": {"build": "vite build"}, "devDependencies": {"vite": "5"}}
    (built.frontend / "package.json").write_text(json.dumps(package), encoding="utf-8")
    (built.frontend / "server.js").unlink()
    (built.frontend / "index.html").write_text("<h1>A</h1>", encoding="utf-8")
    return built


async def test_a_build_whose_end_nobody_tells(tmp_path: Path) -> None:
    """An orchestrator that only takes commands: the app is started when what a build leaves is there."""
    async with open_world(tmp_path, makes_a_bundled_app, quiet=0.05) as world:
        world.orchestrator.exits.update({"npm install": None, "npm run build": None})
        await world.accept()
        await until(lambda: "npm install" in world.orchestrator.log)
        lock = world.workspace() / "node_modules" / ".package-lock.json"
        lock.parent.mkdir()
        lock.write_text("{}", encoding="utf-8")
        await until(lambda: "npm run build" in world.orchestrator.log)
        await trio.sleep(0.2)  # in which one that does not wait goes on
        assert "npm start" not in world.orchestrator.log
        (world.workspace() / "dist").mkdir()
        (world.workspace() / "dist" / "index.html").write_text("<h1>A</h1>", encoding="utf-8")
        end = await world.end()
        assert (end["state"], end["result"]["served_by"]) == ("succeeded", "vite")
        assert world.orchestrator.seven("run-1") == SEVEN
        assert not [content for content in world.orchestrator.contents("run-1") if "was not seen" in content]


async def test_a_build_whose_end_is_never_seen(tmp_path: Path) -> None:
    """It goes on after a while, and says so."""
    patience = Patience(command=0.4, start=5, retry=1)
    async with open_world(tmp_path, makes_a_bundled_app, quiet=0.05, patience=patience) as world:
        world.orchestrator.exits.update({"npm install": None, "npm run build": None})
        await world.accept()
        assert (await world.end())["state"] == "succeeded"
        assert "The end of `npm run build` was not seen; going on without it." in world.orchestrator.contents("run-1")


async def test_half_an_emoji(tmp_path: Path) -> None:
    """What an orchestrator cut in the middle of one can be sent back to it, and be read."""
    async with open_world(tmp_path) as world:
        world.orchestrator.exits["npm install"] = 1
        world.orchestrator.tail = "boom \ud83d"
        await world.accept()
        end = await world.end()
        assert "boom ?" in end["reason"]
        assert "boom ?" in world.orchestrator.contents("run-1")[-1]


async def test_more_than_is_relayed(tmp_path: Path) -> None:
    """It is said that something is left out, and how much; the seven are never left out."""
    async with open_world(tmp_path, talks, messages=100) as world:
        await world.accept()
        await world.end()
        contents = world.orchestrator.contents("run-1")
        assert [content for content in contents if content in SEVEN] == SEVEN
        assert "line 99" in contents
        assert "line 100" not in contents
        assert "403 messages were left out." in contents


async def test_the_same_request_again(tmp_path: Path) -> None:
    """It is known again, also when both come at once; another one under the same id is refused."""
    async with open_world(tmp_path) as world:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(world.accept)
            nursery.start_soon(world.accept)
        await world.end()
        await world.accept()
        assert world.pipeline.runs == 1
        with pytest.raises(Conflict, match="another request"):
            await world.accept(prompt="something else")


async def test_two_builds_in_one_workspace(tmp_path: Path) -> None:
    """The second one waits; one in another workspace does not."""
    async with open_world(tmp_path, hangs) as world:
        await world.accept("one", workspace_id="same")
        await world.accept("two", workspace_id="same")
        await world.accept("three")
        await until(lambda: world.pipeline.running == 2)
        assert (await world.builds.status("two"))["state"] == "queued"
        assert (await world.builds.status("three"))["state"] == "running"
        await world.builds.cancel("one")
        await until(lambda: world.streams.snapshot("two").get("state") == "running")
        for name in ("two", "three"):
            await world.builds.cancel(name)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"workspace_id": "../x"}, "workspaceId"),
        ({"workspace_id": ""}, "workspaceId"),
        ({"workspace_id": "x" * 300}, "workspaceId"),
        ({"workspace_path": "/etc/x"}, "workspacePath"),
        ({"workspace_id": "linked"}, "workspaceId"),
    ],
)
async def test_a_workspace_that_cannot_be_used(tmp_path: Path, asked: dict[str, str], field: str) -> None:
    """It is refused with its field, and nothing is written."""
    async with open_world(tmp_path) as world:
        (tmp_path / "workspaces").mkdir()
        (tmp_path / "workspaces" / "linked").symlink_to("/tmp")
        with pytest.raises(InvalidInput) as caught:
            await world.accept(**asked)
        assert [error.field for error in caught.value.errors] == [field]
        assert await world.journal.get("run-1") is None
        assert not list((tmp_path / "builds").iterdir())
