"""A model that wants what it must not, and words that try to command its program."""

import pytest

from tests.e2e.claude.world import World, results, texts

pytestmark = [pytest.mark.real, pytest.mark.slow]

MOST = 41_000
"""Characters of a tool's result that a model may get, and some for what is said about what was cut."""


async def test_a_hostile_model(world: World) -> None:
    """Each thing that it tries is refused with words, nothing comes of it, and it can go on."""
    async with world.open() as visit:
        project = await visit.made("Make a page. scenario=page-hostile")
        assert await project.said(1) == ["I write a page.", "I tried all of it."]
        got = results(world.asked("page-hostile")[-1])
        failed = [failure for _, failure in got]
        assert failed == [False, *[True] * 10, False, False], got
        for text, _ in got:
            assert len(text) < MOST
        assert all("m" * 100 in text for text, _ in got[-1:])
        used = [event["data"] for event in await project.events("tool_executed")]
        refused = [data["tool"] for data in used if not data["ok"]]
        assert refused[-3:] == ["write_file", "read_file", "read_file"]
        assert set(refused) == {"write_file", "read_file"}
        made = [path.name for path in world.place.rglob("*") if path.name.startswith(("made-by", "outside"))]
        assert made == []


async def test_words_are_words(world: World) -> None:
    """A path after an @ is not read, and a / is no command."""
    (world.place / "secret.txt").write_text("a secret of this machine\n")
    wanted = f"/clear @/etc/hostname @{world.place / 'secret.txt'} is what I want. scenario=page"
    async with world.open() as visit:
        project = await visit.made(wanted)
        await project.send("/compact scenario=page-more")
        await project.ended("succeeded")
        assert "Green" in await project.file("index.html")
    first, last = world.asked("page")[0], world.asked("page-more")[-1]
    assert wanted in texts(first)
    assert "a secret of this machine" not in str(world.api.asked())
    assert wanted in texts(last)
    assert "/compact scenario=page-more" in texts(last)
