"""A copy of a project: its agent remembers what the original's said, and the original's knows nothing of it."""

from pathlib import Path

import pytest

from tests.e2e.claude.world import World, texts

pytestmark = [pytest.mark.real, pytest.mark.slow]


def _sessions(world: World) -> dict[Path, bytes]:
    """All conversations that are kept, and what is in them."""
    return {path: path.read_bytes() for path in world.place.rglob("*.jsonl")}


async def test_a_copy_goes_its_own_way(world: World) -> None:
    """Both have a conversation of their own from then on, which begins with the same words."""
    async with world.open() as visit:
        project = await visit.made("Make a page. scenario=page")
        first = await project.status()
        kept = _sessions(world)
        forked = await project.post("fork")
        assert (await visit.project(forked["id"]).status())["forked_from"]["id"] == project.id
        copy = visit.project(forked["id"])
        await copy.send("Make it green. scenario=page-more")
        second = await copy.ended("succeeded")
        assert "Green" in await copy.file("index.html")
        assert "Green" not in await project.file("index.html")
        assert second["result"]["session"] != first["result"]["session"]
        after = _sessions(world)
        assert {path: after[path] for path in kept} == kept
        assert len(after) > len(kept)
        asked = texts(world.asked("page-more")[0])
        for words in ("Make a page.", "I write a page.", "It is there.", "Make it green."):
            assert words in asked
        # What the original had cost is not the copy's.
        assert second["usage"]["cost_usd"] == pytest.approx(first["usage"]["cost_usd"])
        await project.send("Say hello. scenario=again")
        assert (await project.ended("succeeded"))["result"]["session"] == first["result"]["session"]
        told = texts(world.asked("again")[0])
        assert "Make a page." in told
        assert "Make it green." not in told


async def test_a_copy_is_cancelled_at_once(world: World) -> None:
    """Its conversation has begun with its first prompt, and goes on from there."""
    async with world.open() as visit:
        project = await visit.made("Make a page. scenario=page")
        copy = visit.project((await project.post("fork"))["id"])
        await copy.send("Make it green. scenario=silence-in-stream")
        await copy.told("assistant_message")
        await copy.cancel()
        cancelled = await copy.ended("cancelled")
        assert cancelled["usage"]["turns"] >= 1
        (world.api.scripts / "silence-in-stream.json").write_text('[{"text": "I go on."}]')
        await copy.go_on()
        await copy.ended("succeeded")
        asked = texts(world.asked("silence-in-stream")[-1])
        for words in ("Make a page.", "It is there.", "Make it green.", "You were broken off"):
            assert words in asked, words
