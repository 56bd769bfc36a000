"""A thread of one's own."""

import sys
import threading
import weakref
from pathlib import Path
from threading import Event

import pytest
import trio

from actors.runtime.threads import NO_THREAD, NoThread
from actors.runtime.worker import Worker
from tests.threadless import threadless
from tests.waiting import until


class Thing:
    """Something that is told apart."""


def names() -> list[str]:
    """The threads that there are."""
    return [thread.name for thread in threading.enumerate()]


def descriptors() -> set[str]:
    """What pipes this process has open."""
    found = set()
    for one in Path("/proc/self/fd").iterdir():
        try:
            found.add(str(one.readlink()))
        except OSError:
            continue  # that of the listing itself
    return {one for one in found if one.startswith("pipe:")}


async def test_it_does_one_thing_after_another_in_one_thread() -> None:
    """And gives back what each returned; at its end neither thread nor pipe is left."""
    before = descriptors()
    worker = await Worker.start("mine")
    assert [await worker.call(divmod, number, 3) for number in range(5)] == [divmod(number, 3) for number in range(5)]
    seen = {await worker.call(threading.get_ident) for _ in range(3)}
    assert len(seen) == 1
    assert threading.get_ident() not in seen
    assert "mine" in names()
    worker.close()
    await until(lambda: "mine" not in names() and descriptors() <= before, 5, "its end")


async def test_an_error_is_raised_where_it_was_asked_for() -> None:
    """The next call knows nothing of it."""
    worker = await Worker.start("mine")
    for wrong in ("x", "y"):
        with pytest.raises(ValueError, match=wrong):
            await worker.call(int, wrong)
        assert await worker.call(int, "7") == 7
    worker.close()


async def test_a_thread_that_was_ended_is_told_of() -> None:
    """By what it did, which is no error of the kind that is passed on; who asked does not wait for ever."""
    worker = await Worker.start("mine")
    for _ in range(2):
        with trio.fail_after(5), pytest.raises(RuntimeError, match="has ended"):
            await worker.call(sys.exit)
    worker.close()


async def test_a_cancel_waits_until_it_is_done() -> None:
    """What was asked for is known to have happened, and the thread is free for the next."""
    worker, go = await Worker.start("mine"), Event()
    done: list[bool] = []
    async with trio.open_nursery() as nursery:

        async def ask() -> None:
            done.append(await worker.call(go.wait, 10))
            await trio.lowlevel.checkpoint()
            pytest.fail("the cancel was not heard")

        nursery.start_soon(ask)
        await trio.testing.wait_all_tasks_blocked(0.01)
        nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True):
            await trio.testing.wait_all_tasks_blocked(0.01)
            assert done == []
        go.set()
    assert done == [True]
    assert await worker.call(int, "7") == 7
    worker.close()


async def test_one_thing_at_a_time() -> None:
    """A second one is refused, and the first one gets what is its own."""
    worker, go = await Worker.start("mine"), Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(worker.call, go.wait, 10)
        await trio.testing.wait_all_tasks_blocked(0.01)
        with pytest.raises(trio.BusyResourceError):
            await worker.call(pytest.fail, "it was called")
        go.set()
    worker.close()


async def test_it_keeps_nothing_of_what_it_did() -> None:
    """Neither what it was given, nor what it returned."""
    worker, thing = await Worker.start("mine"), Thing()
    held = weakref.ref(thing)
    assert await worker.call(id, thing) == id(thing)
    assert await worker.call(held) is thing
    del thing
    await until(lambda: held() is None, 5, "what it was given to go")
    worker.close()


async def test_it_waits_for_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where trio has none, and where it gets none of its own; once it is there it needs no other."""
    real, refused = threading.Thread.start, 0

    def start(thread: threading.Thread) -> None:
        nonlocal refused
        if thread.name == "mine" and refused < 3:
            refused += 1
            raise RuntimeError(NO_THREAD)
        real(thread)

    with threadless(3) as none_of_trios, monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        worker = await Worker.start("mine")
    assert (len(none_of_trios), refused) == (3, 3)
    with threadless():
        assert await worker.call(int, "7") == 7
    worker.close()


async def test_one_that_gets_no_thread_leaves_nothing() -> None:
    """Its pipe is closed."""
    before = descriptors()
    with threadless(), pytest.raises(NoThread):
        await Worker.start("mine")
    assert descriptors() <= before
