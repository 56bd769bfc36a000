"""A tree from its start to an ordinary end."""

import json
import os
import resource
import signal
import stat
import threading
from pathlib import Path
from subprocess import PIPE

import pytest
import trio
import trio._core._thread_cache as thread_cache

from actors.processes import launch
from actors.processes.environment import base_environment
from actors.processes.lines import relay_lines
from actors.processes.sandbox.limits import Limits
from actors.processes.table import read_process
from actors.processes.tree import StartFailed
from tests.actors.processes.conftest import OpenTree
from tests.actors.processes.programs import alive, descriptors, gone, marked, python, resident
from tests.waiting import until

pytestmark = pytest.mark.real


async def read_all(stream: trio.abc.ReceiveStream) -> str:
    """Return what comes until the end, which must come."""
    chunks = []
    with trio.fail_after(10):
        while chunk := await stream.receive_some():
            chunks.append(bytes(chunk))
    return b"".join(chunks).decode()


@pytest.mark.parametrize(
    ("script", "code", "number", "text"),
    [
        ("exit 0", 0, None, "exit code 0"),
        ("exit 3", 3, None, "exit code 3"),
        ("kill -9 $$", None, signal.SIGKILL, "killed by SIGKILL"),
        ("kill -TERM $$", None, signal.SIGTERM, "killed by SIGTERM"),
        ("kill -40 $$", None, 40, "killed by signal 40"),
    ],
)
async def test_exit(open_one: OpenTree, script: str, code: int, number: int, text: str) -> None:
    """How the main process ended is reported as it was."""
    async with open_one(["sh", "-c", script]) as tree:
        end = await tree.wait()
        assert await tree.wait() == await tree.stop() == end == tree.exit
    assert (end.code, end.signal, str(end)) == (code, number, text)
    assert (end.ok, end.reaped, end.left, end.lost) == (code == 0, 0, (), False)


@pytest.mark.parametrize(
    ("argv", "changes", "words"),
    [
        (["no-such-program"], {}, "no-such-program could not be started: the program, or the interpreter"),
        (["/etc/passwd"], {}, "Permission denied"),
        (["true"], {"cwd": "/no/such/directory"}, "its directory /no/such/directory cannot be entered"),
        (["true"], {"env": {"PATH": "/no/such"}}, "No such file or directory"),
        ([], {}, "without a name"),
        (["true", "a\0b"], {}, "with a NUL"),
    ],
)
async def test_cannot_start(open_one: OpenTree, argv: list[str], changes: dict[str, object], words: str) -> None:
    """A program that cannot be run says why, and leaves nothing."""
    with pytest.raises(StartFailed, match=words):
        async with open_one(argv, **changes):
            pytest.fail("it ran")


async def test_streams(open_one: OpenTree) -> None:
    """All three standard streams are the program's own."""
    async with open_one(["sh", "-c", "read line; echo out $line; echo err >&2"], stdin=PIPE) as tree:
        assert tree.stdin is not None
        await tree.stdin.send_all(b"hello\n")
        assert (await read_all(tree.stdout), await read_all(tree.stderr)) == ("out hello\n", "err\n")
        assert (await tree.wait()).ok


async def test_bytes_for_stdin(open_one: OpenTree) -> None:
    """Bytes are read to their end, more than a pipe holds; without any the input is empty."""
    data = b"x" * 300_000
    async with open_one(["wc", "-c"], stdin=data) as tree:
        assert int(await read_all(tree.stdout)) == len(data)
    async with open_one(["wc", "-c"]) as tree:
        assert int(await read_all(tree.stdout)) == 0


async def test_merged_streams(open_one: OpenTree) -> None:
    """Merged, both come in order on stdout, and stderr is at its end."""
    async with open_one(["sh", "-c", "echo a; echo b >&2; echo c"], merge_stderr=True) as tree:
        assert (await read_all(tree.stdout), await read_all(tree.stderr)) == ("a\nb\nc\n", "")


async def test_the_reaper_holds_no_stream(open_one: OpenTree) -> None:
    """A stream that the program closes is at its end, while the program runs on."""
    async with open_one(["sh", "-c", "exec <&- >&- 2>&-; while :; do sleep 60; done"], stdin=PIPE) as tree:
        assert (await read_all(tree.stdout), await read_all(tree.stderr)) == ("", "")
        assert tree.stdin is not None
        with pytest.raises(trio.BrokenResourceError):
            await tree.stdin.send_all(b"x")
        assert alive(tree.pid)


async def test_a_clean_start(open_one: OpenTree, tmp_path: Path) -> None:
    """The program has a session of its own, its directory, default signals, and no descriptor but three."""
    source = """
import os, signal
handlers = [s for s in signal.valid_signals() - {9, 19} if signal.getsignal(s) == signal.SIG_IGN]
print(os.getcwd(), os.getsid(0) == os.getpid(), signal.pthread_sigmask(signal.SIG_BLOCK, ()), os.umask(0))
print([int(s) for s in handlers if s not in (signal.SIGPIPE, signal.SIGXFSZ)], sorted(os.listdir("/proc/self/fd"))[:-1])
"""
    async with open_one(python(source), umask=0o27) as tree:
        lines = (await read_all(tree.stdout)).splitlines()
    assert lines == [f"{tmp_path} True set() 23", "[] ['0', '1', '2']"]


async def test_environment(open_one: OpenTree, monkeypatch: pytest.MonkeyPatch, data_id: str, tmp_path: Path) -> None:
    """Nothing of the server's environment is passed on that is not in the list, by the reaper neither."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "secret")
    monkeypatch.setenv("LC_TIME", "C")
    async with open_one(["sh", "-c", "env; cat /proc/$PPID/environ"], env=base_environment({"EXTRA": "1"})) as tree:
        text = await read_all(tree.stdout)
    assert "ANTHROPIC" not in text
    assert "secret" not in text
    assert {"EXTRA=1", "LC_TIME=C", f"PATH={os.environ['PATH']}"} <= set(text.splitlines())
    assert f"CALLBOARD_TREE={data_id}:job-1:" in text


async def test_limits(open_one: OpenTree) -> None:
    """The limits hold inside, core dumps and new privileges are off."""
    source = """
import resource as r
print([r.getrlimit(n) for n in (r.RLIMIT_AS, r.RLIMIT_CPU, r.RLIMIT_NOFILE, r.RLIMIT_FSIZE, r.RLIMIT_CORE)])
print(next(line for line in open("/proc/self/status") if line.startswith("NoNewPrivs")).split()[1])
try:
    bytearray(600 * 2**20)
except MemoryError:
    print("no memory")
"""
    limits = Limits(memory=2**29, cpu=30, open_files=64, file_size=4096)
    async with open_one(python(source), limits=limits) as tree:
        lines = (await read_all(tree.stdout)).splitlines()
    wanted = [(2**29, 2**29), (30, 31), (64, 64), (4096, 4096), (0, 0)]
    assert lines == [str(wanted), "1", "no memory"]


async def test_limits_above_our_own(open_one: OpenTree) -> None:
    """A limit that is higher than the server's own is lowered to that."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    async with open_one(["sh", "-c", "ulimit -n"], limits=Limits(open_files=hard * 2)) as tree:
        assert int(await read_all(tree.stdout)) <= hard * 2
        assert (await tree.wait()).ok


async def test_processor_time(open_one: OpenTree) -> None:
    """A process that computes for longer than it may is ended by the kernel."""
    async with open_one(["sh", "-c", "while :; do :; done"], limits=Limits(cpu=1)) as tree:
        with trio.fail_after(30):
            assert (await tree.wait()).signal == signal.SIGXCPU


async def test_record(open_one: OpenTree, tmp_path: Path) -> None:
    """A record is there while the tree lives, and only then."""
    records = tmp_path / "records"
    async with open_one(["sleep", "60"], records=records) as tree:
        (path,) = records.iterdir()
        record = json.loads(path.read_text(encoding="utf-8"))
        child, reaper = read_process(tree.pid), read_process(tree.reaper_pid)
        assert child is not None
        assert reaper is not None
        assert (record["pid"], record["start"]) == (tree.pid, child.start)
        assert (record["reaper_pid"], record["reaper_start"]) == (tree.reaper_pid, reaper.start)
        assert stat.S_ISREG(path.stat().st_mode)
    assert list(records.iterdir()) == []


async def test_many_may_wait(open_one: OpenTree) -> None:
    """Several tasks wait for the same end, and one that gives up takes nothing from the others."""
    ends = []
    async with open_one(["cat"], stdin=PIPE) as tree:

        async def wait() -> None:
            ends.append(await tree.wait())

        async with trio.open_nursery() as nursery:
            with trio.move_on_after(0.05):
                await tree.wait()
            nursery.start_soon(wait)
            nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked()
            assert tree.stdin is not None
            await tree.stdin.aclose()
    assert [end.ok for end in ends] == [True, True]


async def test_it_does_not_follow_a_worker_thread(open_one: OpenTree, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tree outlives the thread that trio started it from, which ends after some idle time (trap 7)."""
    monkeypatch.setattr(thread_cache, "IDLE_TIMEOUT", 0.01)
    before = set(threading.enumerate())
    async with open_one(["sleep", "60"]) as tree:
        await until(lambda: not set(threading.enumerate()) - before, seconds=15)
        await trio.sleep(0.05)  # in which it would be killed
        assert alive(tree.pid)
        assert alive(tree.reaper_pid)


async def test_a_flood_waits(open_one: OpenTree) -> None:
    """What a process prints faster than it is read stays with the process."""
    taken = 0

    def take(lines: tuple[str, ...]) -> None:
        nonlocal taken
        taken += len(lines)

    command = ["yes", "a line of output that is repeated for ever"]
    async with open_one(command) as tree, trio.open_nursery() as nursery:
        nursery.start_soon(relay_lines, tree.stdout, take)
        await until(lambda: taken > 1000, what="a thousand lines")
        before, count = resident(), taken
        await trio.sleep(0.5)  # in which what is not read would pile up
        await until(lambda: taken > count, what="more lines")
        assert resident() - before < 16 * 2**20
        assert resident(tree.pid) < 16 * 2**20
        nursery.cancel_scope.cancel()


async def test_trees_do_not_hold_each_other(open_one: OpenTree) -> None:
    """Letting go of one lifeline ends its tree, and no other, in either order of their starts."""
    command = ["sleep", "60"]
    async with open_one(command) as first, open_one(command) as second, open_one(command) as third:
        first._let_go()
        await gone(first.pid, first.reaper_pid)
        assert alive(second.pid)
        assert alive(third.pid)
        third._let_go()
        await gone(third.pid, third.reaper_pid)
        assert alive(second.pid)


async def test_nothing_runs_when_idle(open_one: OpenTree) -> None:
    """A reaper that waits uses no processor time."""

    def ticks() -> int:
        text = Path(f"/proc/{tree.reaper_pid}/stat").read_text(encoding="utf-8")
        return sum(int(field) for field in text.rsplit(")", 1)[1].split()[11:13])

    async with open_one(["sleep", "60"]) as tree:
        before = ticks()
        await trio.sleep(0.3)  # in which it would be busy
        assert ticks() - before <= 1


async def test_no_descriptor_is_left(open_one: OpenTree) -> None:
    """Opening and closing trees, also ones that fail, leaves no descriptor."""

    async def once() -> None:
        async with open_one(["true"], stdin=PIPE) as tree:
            await tree.wait()
        with pytest.raises(StartFailed):
            async with open_one(["no-such-program"], stdin=b"x"):
                pass

    await once()
    before = descriptors()
    for _ in range(3):
        await once()
    assert descriptors() == before


async def test_a_reaper_that_is_stuck(open_one: OpenTree, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What cannot be killed is reported, and nobody waits for it for ever."""
    program = tmp_path / "stuck.py"
    program.write_text(
        "import os, sys, time\n"
        "os.write(int(sys.argv[1]), b'started %d 1 1\\nexited 0 -\\nstuck 12 34\\n' % os.getpid())\n"
        "time.sleep(60)\n",  # it is killed below
        encoding="utf-8",
    )
    monkeypatch.setattr(launch, "REAPER", str(program))
    async with open_one(["true"]) as tree:
        end = await tree.wait()
    assert (end.code, end.left) == (0, ("12", "34"))
    os.kill(tree.reaper_pid, signal.SIGKILL)
    await tree._process.wait()


async def test_its_record_cannot_be_written(open_one: OpenTree, data_id: str, tmp_path: Path) -> None:
    """It is refused in words, as what takes room on the disk is, and nothing of it runs on."""
    (tmp_path / "file").touch()
    with pytest.raises(StartFailed, match="sleep could not be started: Not a directory") as caught:
        async with open_one(["sleep", "60"], records=tmp_path / "file" / "records"):
            pytest.fail("it ran")
    assert "room on its disk" in caught.value.hint
    assert not marked(data_id)
