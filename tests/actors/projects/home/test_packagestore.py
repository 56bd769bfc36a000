"""The store of packages, and its bound."""

import errno
from pathlib import Path

import pytest
import trio

from actors.projects.home.packagestore import PackageStore
from tests.threadless import threadless
from tests.waiting import until


@pytest.fixture
def store(tmp_path: Path) -> PackageStore:
    """Return a store that may hold 100 KB and two installs."""
    (tmp_path / "store").mkdir()
    return PackageStore(tmp_path / "store", 100_000, 2)


async def test_two_at_once_the_third_waits(store: PackageStore) -> None:
    """In the order in which they came, and a turn is given back whatever happens."""
    async with store.installing(), store.installing():
        assert store.busy
        with trio.move_on_after(0.01) as scope:
            async with store.installing():
                pass
        assert scope.cancelled_caught
    assert not store.busy
    with pytest.raises(ZeroDivisionError):
        async with store.installing():
            raise ZeroDivisionError
    async with store.installing(), store.installing():
        pass


async def test_a_small_one_is_left_alone(store: PackageStore) -> None:
    """It is what makes the next install quick."""
    (store.directory / "package").write_bytes(b"x" * 50_000)
    assert not await store.tidy()
    assert (store.directory / "package").exists()


async def test_a_large_one_is_emptied_when_nobody_installs(store: PackageStore, nursery: trio.Nursery) -> None:
    """Not under the hands of one that runs; and what is new in it afterwards stays."""
    (store.directory / "package").write_bytes(b"x" * 200_000)
    emptied: list[bool] = []

    async def tidy() -> None:
        emptied.append(await store.tidy())

    async with store.installing() as directory:
        nursery.start_soon(tidy)
        await until(lambda: store.busy)
        await trio.testing.wait_all_tasks_blocked()
        assert (directory / "package").exists()
        assert not emptied
    with trio.fail_after(5):
        async with store.installing() as directory:
            (directory / "new").touch()
        await until(lambda: emptied)
    assert [path.name for path in store.directory.iterdir()] == ["new"]
    assert [path.name for path in store.directory.parent.iterdir()] == ["store"]


async def test_one_that_cannot_be_replaced_stays(store: PackageStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk installs would else find none until the next start; the next try goes well."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (store.directory / "package").write_bytes(b"x" * 200_000)
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.mkdir", full)
        with pytest.raises(OSError, match="No space"):
            await store.tidy()
    assert (store.directory / "package").exists()
    assert await store.tidy()
    assert [path.name for path in store.directory.parent.iterdir()] == ["store"]


async def test_what_a_dead_server_left_of_an_old_one_goes(store: PackageStore) -> None:
    """It was moved aside, and not removed yet."""
    old = store.directory.with_name("store.old-1234")
    old.mkdir()
    assert not await store.tidy()
    assert not old.exists()


async def test_it_is_looked_at_after_installs(store: PackageStore, nursery: trio.Nursery) -> None:
    """At the start too."""
    (store.directory / "package").write_bytes(b"x" * 200_000)
    nursery.start_soon(store.keep)
    await until(lambda: not list(store.directory.iterdir()))
    async with store.installing():
        pass


async def test_a_disk_that_fails_is_not_the_end_of_the_server(
    store: PackageStore, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It says so, goes on, and looks again later, also when nothing was installed meanwhile."""

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("actors.projects.home.packagestore.PERIOD", 0.0)
    (store.directory / "package").write_bytes(b"x" * 200_000)
    with monkeypatch.context() as patch:
        patch.setattr("actors.projects.home.packagestore.disk_usage", fail)
        nursery.start_soon(store.keep)
        await until(lambda: "cannot be looked after" in caplog.text)
    await until(lambda: not list(store.directory.iterdir()))


async def test_no_thread_is_not_the_end_of_the_server(
    store: PackageStore, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The same."""
    monkeypatch.setattr("actors.projects.home.packagestore.PERIOD", 0.0)
    (store.directory / "package").write_bytes(b"x" * 200_000)
    with threadless():
        nursery.start_soon(store.keep)
        await until(lambda: "no thread left" in caplog.text)
    await until(lambda: not list(store.directory.iterdir()))
