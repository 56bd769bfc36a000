"""The keeper: a gate goes by the file, and by the last good one when the file is damaged."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from app.security import Caller, Gate, Policy, Scope
from app.security.issuing import added, removed
from app.security.keeper import LOOK_SECONDS, TokenKeeper, describe
from app.security.tokenfile import FILE, change_tokens
from tests.app.security.test_tokens import NOW, made
from tests.threadless import threadless
from tests.waiting import until

ASKS = Caller("GET", "/jobs", host="127.0.0.1:3002", peer="192.0.2.1", authorization="Bearer s")


class World:
    """A gate, a file and who keeps them together."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self.gate = Gate(Policy(3002), lambda: NOW)
        self.keeper = TokenKeeper(self.path, self.gate)

    @property
    def lets_in(self) -> bool:
        """Whether the token is good."""
        return self.gate.judge(ASKS) is None

    def add(self) -> None:
        """Add the token."""
        change_tokens(self.path, lambda now: added(now, made(), NOW))


@pytest.fixture
def world(tmp_path: Path) -> World:
    """All of them."""
    return World(tmp_path)


async def test_it_goes_by_the_file(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """And says what has changed, by name."""
    caplog.set_level(logging.INFO)
    await world.keeper.look()
    assert not world.lets_in
    world.add()
    await world.keeper.look()
    assert world.lets_in
    change_tokens(world.path, lambda now: removed(now, "ci"))
    await world.keeper.look()
    assert not world.lets_in
    await world.keeper.look()
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        "the tokens have changed: added ci. There are 1 now",
        "the tokens have changed: removed ci. There are 0 now",
    ]


@pytest.mark.parametrize("damage", ["damaged", "open", "folder"])
async def test_a_damaged_file_changes_nothing(world: World, damage: str, caplog: pytest.LogCaptureFixture) -> None:
    """The log says so once, loudly; a good one is taken over when it is there, which the log says, too."""
    caplog.set_level(logging.INFO)
    world.add()
    await world.keeper.look()
    good = world.path.read_bytes()
    world.path.unlink()
    if damage == "folder":
        world.path.mkdir()
    else:
        world.path.write_bytes(good if damage == "open" else good[:-10])
        world.path.chmod(0o644 if damage == "open" else 0o600)
    for _ in range(3):
        await world.keeper.look()
    assert world.lets_in
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1
    assert "the tokens so far stay in force" in errors[0]
    assert str(world.path) in errors[0]
    if damage == "folder":
        world.path.rmdir()
    else:
        world.path.unlink()
    change_tokens(world.path, lambda _: ())
    caplog.clear()
    for _ in range(2):
        await world.keeper.look()
    assert not world.lets_in
    assert [record.getMessage() for record in caplog.records] == [
        "the tokens have changed: removed ci. There are 0 now",
        f"{world.path} can be used again: the tokens are as it has them",
    ]


async def test_the_same_file_again_is_said_to_be_well(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Also when no token has changed by it."""
    caplog.set_level(logging.INFO)
    world.add()
    await world.keeper.look()
    world.path.chmod(0o644)
    good = world.path.read_bytes()
    world.path.write_bytes(good[:-10])
    await world.keeper.look()
    world.path.write_bytes(good)
    world.path.chmod(0o600)
    caplog.clear()
    await world.keeper.look()
    assert [record.getMessage() for record in caplog.records] == [
        f"{world.path} can be used again: the tokens are as it has them"
    ]


async def test_a_file_that_is_gone_has_no_tokens(world: World) -> None:
    """Whoever removes it ends all of them."""
    world.add()
    await world.keeper.look()
    world.path.unlink()
    await world.keeper.look()
    assert not world.lets_in


async def test_it_looks_each_second(world: World) -> None:
    """Until it is stopped."""
    async with trio.open_nursery() as nursery:
        await nursery.start(world.keeper.run)
        world.add()
        await until(lambda: world.lets_in, 10 * LOOK_SECONDS)
        nursery.cancel_scope.cancel()


async def test_a_new_token_is_good_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request that brings it has the file looked at; one without any does not."""
    monkeypatch.setattr("app.security.keeper.LOOK_SECONDS", 3600.0)
    async with trio.open_nursery() as nursery:
        await nursery.start(world.keeper.run)
        world.add()
        assert world.gate.judge(ASKS) is not None
        assert await world.gate.admit(replace(ASKS, authorization=None)) is not None
        assert world.gate.judge(ASKS) is not None, "it was looked for nobody's sake"
        assert await world.gate.admit(ASKS) is None
        nursery.cancel_scope.cancel()


async def test_wrong_tokens_of_one_moment_share_a_look(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, and an address that is slowed down causes none."""
    looks = 0
    look = world.keeper.look

    async def counted() -> None:
        nonlocal looks
        looks += 1
        await look()

    async with trio.open_nursery() as nursery:
        await nursery.start(world.keeper.run)
        monkeypatch.setattr(world.keeper, "look", counted)
        async with trio.open_nursery() as crowd:
            for number in range(200):
                crowd.start_soon(world.gate.admit, replace(ASKS, authorization=f"Bearer wrong-{number}"))
        assert 1 <= looks < 10
        before = looks
        denial = await world.gate.admit(replace(ASKS, authorization="Bearer wrong-again"))
        assert denial is not None
        assert denial.status == 429
        assert looks == before
        nursery.cancel_scope.cancel()


async def test_a_disk_that_does_not_answer_holds_no_request_for_long(world: World, autojump_clock: MockClock) -> None:
    """It is judged by the tokens so far."""
    del autojump_clock
    world.gate.look = trio.sleep_forever
    denial = await world.gate.admit(ASKS)
    assert denial is not None
    assert denial.status == 401


def test_changes_in_words() -> None:
    """Names alone."""
    before = [made("a"), made("b"), made("c")]
    after = [made("b"), made("c", Scope.READ), made("d")]
    assert describe(before, after) == "added d; removed a; changed c. There are 3 now"
    assert describe(before, before[::-1]) == "their order. There are 3 now"


async def test_it_waits_for_a_thread(world: World) -> None:
    """Where the machine has none left for a while: it is permanent, and would be given up otherwise."""
    world.add()
    with threadless(3) as refused:
        await world.keeper.look()
    assert len(refused) == 3
    assert world.lets_in


async def test_without_a_thread_the_tokens_so_far_stay(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """The log says so once."""
    world.add()
    await world.keeper.look()
    change_tokens(world.path, lambda _: ())
    with threadless():
        for _ in range(2):
            await world.keeper.look()
    assert world.lets_in
    assert [record.getMessage()[:31] for record in caplog.records] == ["the tokens so far stay in force"]
    await world.keeper.look()
    assert not world.lets_in
