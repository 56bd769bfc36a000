"""The engine against children that misbehave: small programs in place of the one that reconstructs."""

import json
import os
import textwrap
from pathlib import Path

import pytest
import trio

from actors.jobs.engines.base import EngineFailed, Output
from actors.jobs.engines.glb import write_glb
from actors.jobs.engines.pixelmap.engine import LOG_NAME, OpenTree, PixelmapEngine
from actors.jobs.engines.pixelmap.session import MAX_LOG
from actors.jobs.engines.planet import planet
from tests.actors.jobs.engines.support import Recorder, files_in, make_job, our_children

pytestmark = pytest.mark.real

PREAMBLE = """
import json, os, sys, time
order = json.load(open(sys.argv[1]))
def say(kind, **fields):
    print(json.dumps({"type": kind, **fields}), flush=True)
def log(message):
    say("log", level="info", message=message)
def model():
    import shutil
    shutil.copy(os.path.join(os.path.dirname(order["target"]), "..", "ready.glb"), order["target"])
"""


class Stage:
    """A place where the engine runs a program of the test's.

    Args:
        root: A directory of the test's own.
        spawn: How trees are opened.
    """

    def __init__(self, root: Path, spawn: OpenTree) -> None:
        self.recorder = Recorder()
        self.workdir = root / "work"
        self._root = root
        self._spawn = spawn
        write_glb(root / "ready.glb", planet(0, 1))

    async def run(self, program: str, **parameters: object) -> Output:
        """Run the engine with this program as its child."""
        path = self._root / "child.py"
        path.write_text(PREAMBLE + textwrap.dedent(program), encoding="utf-8")
        engine = PixelmapEngine(self._spawn, child=(str(path),))
        return await engine.run(make_job(engine, self.workdir, parameters=dict(parameters)), self.recorder)

    async def fail(self, program: str, **parameters: object) -> EngineFailed:
        """Run the engine with this program, which must fail, leaving no process and no record."""
        before = our_children()
        with pytest.raises(EngineFailed) as caught:
            await self.run(program, **parameters)
        assert our_children() <= before
        assert not files_in(self._root / "records")
        return caught.value


@pytest.fixture
def stage(tmp_path: Path, spawn: OpenTree) -> Stage:
    """A stage in the test's own directory."""
    return Stage(tmp_path, spawn)


async def test_the_order_has_all_that_was_asked(stage: Stage) -> None:
    """Photos, names, target and parameters; the result comes back with what the engine measured."""
    output = await stage.run(
        """
        model()
        say("result", metadata={"seed": order["seed"], "photos": len(order["paths"]), "quality": order["quality"]})
        """,
        seed=5,
        quality="high",
    )
    assert output.metadata["seed"] == 5
    assert output.metadata["photos"] == 3
    assert output.metadata["quality"] == "high"
    assert output.metadata["triangles"] == 80
    assert output.metadata["seconds"] >= 0


async def test_progress_never_falls(stage: Stage) -> None:
    """Even when the child's does."""
    await stage.run(
        """
        for fraction in (0.1, 0.5, 0.2, 0.6):
            say("progress", stage="pairs", fraction=fraction)
        model()
        say("result", metadata={})
        """
    )
    assert stage.recorder.fractions == [0.1, 0.5, 0.5, 0.6, 1.0]


async def test_an_error_of_the_child_is_told(stage: Stage) -> None:
    """With its code and hint."""
    failed = await stage.fail("say('error', code='no_usable_pair', problem='none', hint='step'); sys.exit(1)")
    assert (failed.code, failed.problem, failed.hint) == ("no_usable_pair", "none", "step")


async def test_a_crash_is_told_with_its_last_words(stage: Stage) -> None:
    """They are in the log too."""
    failed = await stage.fail("print('some words', file=sys.stderr); sys.exit(3)")
    assert failed.code == "engine_crashed"
    assert "exit code 3" in failed.problem
    assert "some words" in failed.problem
    assert "some words" in (stage.workdir / LOG_NAME).read_text(encoding="utf-8")


async def test_a_signal_is_named(stage: Stage) -> None:
    """As the system names it."""
    failed = await stage.fail("os.kill(os.getpid(), 11)")
    assert "SIGSEGV" in failed.problem


async def test_being_killed_is_explained(stage: Stage) -> None:
    """Most likely by the kernel, for memory."""
    assert (await stage.fail("os.kill(os.getpid(), 9)")).code == "killed"


async def test_a_result_without_a_model_is_no_result(stage: Stage) -> None:
    """The engine looks at the file itself."""
    failed = await stage.fail("say('result', metadata={})")
    assert failed.code == "invalid_model"
    failed = await stage.fail("open(order['target'], 'wb').write(b'glTF'); say('result', metadata={})")
    assert failed.code == "invalid_model"


async def test_a_result_with_a_failed_exit_is_no_result(stage: Stage) -> None:
    """What it said before counts for nothing."""
    assert (await stage.fail("model(); say('result', metadata={}); sys.exit(1)")).code == "engine_crashed"


@pytest.mark.parametrize(
    "program",
    [
        "print('stray words', flush=True); time.sleep(600)",  # a child that has to be ended
        "sys.stdout.write('x' * 10_000_000); time.sleep(600)",  # a child that has to be ended
        "model(); say('result', metadata={}); log('more'); time.sleep(600)",  # a child that has to be ended
        "say('progress', stage='pairs', fraction=7); time.sleep(600)",  # a child that has to be ended
    ],
)
async def test_a_child_that_breaks_the_protocol_is_stopped(stage: Stage, program: str) -> None:
    """At once, not when it ends by itself."""
    with trio.fail_after(20):
        failed = await stage.fail(program)
    assert failed.code == "engine_crashed"
    assert "protocol" in failed.problem


async def test_the_time_limit_ends_it(stage: Stage) -> None:
    """The message says the limit and what to change."""
    deaf = "import signal; signal.signal(15, signal.SIG_IGN); time.sleep(600)"  # a child that has to be ended
    failed = await stage.fail(deaf, time_limit_s=1)
    assert failed.code == "time_limit"
    assert "longer than 1 s" in failed.problem


@pytest.mark.parametrize(
    "program",
    [
        "say('error', code='out_of_memory', problem='Unable to allocate', hint=''); sys.exit(1)",
        "sys.stderr.write('memory allocation of 8589934592 bytes failed\\\\n'); sys.stderr.flush(); os.abort()",
    ],
)
async def test_too_little_memory_is_told_with_the_limit(stage: Stage, program: str) -> None:
    """Whether Python or native code ran out of it."""
    failed = await stage.fail(program, memory_limit_mb=600)
    assert failed.code == "out_of_memory"
    assert "more memory than 600 MB" in failed.problem
    assert "1024" in failed.hint


async def test_the_memory_limit_is_in_force(stage: Stage) -> None:
    """The child cannot get more than it was given."""
    failed = await stage.fail(
        """
        try:
            bytearray(700 * 1024 * 1024)
        except MemoryError:
            say("error", code="out_of_memory", problem="", hint="")
        sys.exit(1)
        """,
        memory_limit_mb=600,
    )
    assert failed.code == "out_of_memory"


async def test_the_log_is_bounded(stage: Stage) -> None:
    """A flood on the standard error neither fills the disk nor holds the child up."""
    with trio.fail_after(60):
        await stage.run("sys.stderr.write('x' * 8_000_000); model(); say('result', metadata={})")
    assert MAX_LOG <= (stage.workdir / LOG_NAME).stat().st_size < MAX_LOG + 100


async def test_nothing_of_the_servers_environment_slips_in(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets do not; the number of threads does."""
    monkeypatch.setenv("SECRET_KEY", "x")
    await stage.run("log(json.dumps(dict(os.environ))); model(); say('result', metadata={})")
    environment = json.loads(stage.recorder.logs[0])
    assert "SECRET_KEY" not in environment
    assert environment["OMP_NUM_THREADS"] == str(len(os.sched_getaffinity(0)))


async def test_a_grandchild_that_holds_the_pipe_does_not_hold_the_job(stage: Stage) -> None:
    """It is ended with the tree."""
    with trio.fail_after(30):
        await stage.run(
            """
            if os.fork() == 0:
                os.setsid()
                time.sleep(600)  # it has to be ended
            model()
            say("result", metadata={})
            """
        )
