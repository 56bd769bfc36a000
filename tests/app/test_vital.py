"""A server that does not move any more."""

import subprocess
import sys

import pytest

from app.vital import EXIT_CODE
from client.exits import Exit

PROGRAM = """
import resource, sys, time, trio
from app.vital import vital_signs

async def main():
    with vital_signs(5, 0.1) as beat:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(beat)
            await trio.sleep(1)  # in a process of its own: longer than its patience
            {happening}
            print("well", flush=True)
            nursery.cancel_scope.cancel()

trio.run(main)
"""


def _run(happening: str) -> "subprocess.CompletedProcess[str]":
    program = PROGRAM.format(happening=happening)
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.real
@pytest.mark.parametrize(
    "happening",
    [
        "time.sleep(600)",  # what holds the loop
        "import threading; threading.Thread.start = lambda _: None; await trio.sleep(600)",  # threads that died
    ],
)
def test_it_ends_itself_when_nothing_moves(happening: str) -> None:
    """And says so."""
    done = _run(happening)
    assert done.returncode == EXIT_CODE
    assert "nothing has moved in this server" in done.stderr


@pytest.mark.real
def test_threads_that_cannot_be_started() -> None:
    """With no memory for their stacks."""
    done = _run(
        "import threading; threading.stack_size(1 << 30);"
        " resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30));"
        " await trio.sleep(600)"  # it is ended long before
    )
    assert (done.returncode, done.stdout) == (EXIT_CODE, "")


LOST = """
import threading
def lost(*_):
    raise MemoryError
{where} = lost
threading.Thread().start()
"""


@pytest.mark.real
@pytest.mark.parametrize("where", ["threading.Thread.run", "threading.Thread._bootstrap"])
def test_a_thread_that_has_no_memory_to_tell_that_it_is_done(where: str) -> None:
    """Nobody would ever know, so that its patience is not asked for."""
    done = _run(f"exec({LOST.format(where=where)!r}); await trio.sleep(600)  # it is ended at once")
    assert (done.returncode, done.stdout) == (EXIT_CODE, "")
    assert "a thread had no memory left" in done.stderr


@pytest.mark.real
def test_a_thread_that_fails_otherwise() -> None:
    """Is told as ever, and ends nothing."""
    done = _run("import threading; threading.Thread(target=lambda: 1 / 0).start(); await trio.sleep(0.1)  # its end")
    assert (done.returncode, done.stdout) == (0, "well\n")
    assert "ZeroDivisionError" in done.stderr


def test_its_exit_code_is_that_of_the_reference() -> None:
    """Which the client keeps."""
    assert int(Exit.STUCK) == EXIT_CODE


@pytest.mark.real
def test_it_goes_on_while_it_moves() -> None:
    """Longer than its patience."""
    done = _run("await trio.sleep(1.5)")  # three times as long
    assert (done.returncode, done.stdout, done.stderr) == (0, "well\n", "")
