"""A worker as a process: small programs stand for it."""

import signal
from pathlib import Path

import pytest
import trio

from actors.processes.tree import StartFailed
from actors.projects.generators.claude import process
from actors.projects.generators.claude.process import Worker
from actors.projects.generators.claude.protocol import (
    MAX_LINE,
    Call,
    Delta,
    End,
    Exit,
    Prompt,
    ProtocolError,
    Ready,
    Result,
    Text,
    Used,
)
from tests.actors.processes.programs import alive
from tests.actors.projects.generators.claude.conftest import KEY, OpenWorker
from tests.waiting import until

pytestmark = pytest.mark.real

HEAD = """
import json, os, sys, time

def say(say, **rest):
    print(json.dumps({"say": say, **rest}), flush=True)

def heard():
    line = sys.stdin.readline()
    return json.loads(line) if line else {"op": "end of input"}

def end(**changes):
    content = {"failed": False, "subtype": "success", "turns": 1, "cost_usd": 0.5, "status": None, "error": None,
               "stopped": "completed", "text": "done"}
    say("end", **{**content, **changes})

start = heard()
say("ready", sdk="1", cli="2", pid=os.getpid())
"""

ORDINARY = """
said = heard()
while said["op"] == "prompt":
    say("delta", text=said["text"])
    say("call", id=1, name="read_file", parameters={"path": "a"})
    result = heard()
    say("text", text=result["text"])
    end()
    said = heard()
say("delta", text=said["op"])
"""

INTERRUPTED = """
heard()
while True:
    say("delta", text="x" * 60000)
    import select
    if select.select([sys.stdin], [], [], 0)[0]:
        break
if heard()["op"] == "interrupt":
    say("usage", message="m", model="m", input_tokens=1, cache_read_tokens=2, cache_creation_tokens=3, output_tokens=4)
    end(failed=True, stopped="aborted_streaming")
sys.exit(0 if heard()["op"] == "close" else 9)
"""


async def last(worker: Worker) -> Exit:
    """Return how a worker ended, which it must."""
    with trio.fail_after(10):
        said = await worker.receive()
        while not isinstance(said, Exit):
            said = await worker.receive()
    return said


async def test_conversation(open_scripted: OpenWorker) -> None:
    """It is told and says the words, one prompt after another, and its end is told again and again."""
    async with open_scripted(HEAD + ORDINARY) as worker:
        ready = await worker.receive()
        assert ready == Ready("1", "2", worker.pid)
        for text in ("one", "two"):
            await worker.send(Prompt(text))
            assert worker.asked
            assert await worker.receive() == Delta(text)
            assert await worker.receive() == Call(1, "read_file", {"path": "a"})
            await worker.send(Result(1, "content \u00e4", failed=False))
            assert await worker.receive() == Text("content \u00e4")
            assert isinstance(await worker.receive(), End)
            assert not worker.asked
        assert await worker.aclose(10.0) == ()  # of which little is used
        assert await worker.receive() == await worker.receive() == Exit(0, None, "")
        assert await worker.aclose() == ()
        await worker.send(Prompt("nobody listens"))


async def test_interrupt_then_close(open_scripted: OpenWorker) -> None:
    """A worker that writes all the time is interrupted, then closed; what it says last is not lost."""
    async with open_scripted(HEAD + INTERRUPTED) as worker:
        await worker.send(Prompt("write"))
        assert isinstance(await worker.receive(), Ready)
        used, ended = await worker.aclose(5.0)
        assert isinstance(used, Used)
        assert isinstance(ended, End)
        assert (ended.failed, ended.cost_usd, ended.stopped) == (True, 0.5, "aborted_streaming")
        assert await worker.receive() == Exit(0, None, "")


async def test_deaf_worker_is_killed(open_scripted: OpenWorker) -> None:
    """A worker that does not react, and what it started, is gone after the grace, when the context is cancelled too."""
    deaf = HEAD + "import signal, subprocess\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    deaf += "say('ready', sdk='', cli='', pid=subprocess.Popen(['sleep', '600'], start_new_session=True).pid)\n"
    with trio.CancelScope() as scope:
        async with open_scripted(deaf + "time.sleep(600)") as worker:  # it has to be killed
            await worker.receive()
            child = await worker.receive()
            assert isinstance(child, Ready)
            await worker.send(Prompt("anything"))
            began = trio.current_time()
            pid = child.pid
            scope.cancel()
    assert trio.current_time() - began < process.GRACE + process.STOP_TIME
    assert not alive(worker.pid)
    assert not alive(pid)
    assert await worker.receive() == Exit(None, signal.SIGKILL, "")


@pytest.mark.parametrize(
    ("source", "code", "number"),
    [
        ("sys.exit(3)", 3, None),
        ("os.kill(os.getpid(), 9)", None, signal.SIGKILL),
        ("raise ValueError('oops')", 1, None),
    ],
)
async def test_exit(open_scripted: OpenWorker, source: str, code: int, number: int) -> None:
    """How it ended is told as it was, with what it printed last."""
    async with open_scripted(HEAD + "print('a word', file=sys.stderr, flush=True)\n" + source) as worker:
        end = await last(worker)
    assert (end.code, end.signal) == (code, number)
    assert end.stderr_tail.startswith("a word\n")
    assert ("ValueError: oops" in end.stderr_tail) == ("oops" in source)


async def test_mute_worker_is_ended(open_scripted: OpenWorker) -> None:
    """A worker that closed its output and goes on is ended."""
    async with open_scripted(HEAD + "os.close(1)\ntime.sleep(600)") as worker:  # it has to be ended
        assert (await last(worker)).signal == signal.SIGKILL


async def test_errors_are_bounded_and_hide_the_key(open_scripted: OpenWorker) -> None:
    """Of what it prints as errors the end is kept, without the key, also where that is cut in two."""
    flood = "line = ('-' * 997 + start['key']) * 100\nsys.stderr.write(line[int(sys.argv[0] == ''):])\n"
    shift = "for n in range(0, 40):\n    sys.stderr.write(start['key'] * 400 + '.' * n)\n"
    for source in (flood, shift):
        async with open_scripted(HEAD + source) as worker:
            tail = (await last(worker)).stderr_tail
        assert len(tail) <= process.MAX_TAIL
        assert process.HIDDEN in tail
        assert all(KEY[cut : cut + 8] not in tail for cut in range(len(KEY) - 8))


async def test_errors_do_not_block(open_scripted: OpenWorker) -> None:
    """More errors than a pipe holds do not stop what is said."""
    async with open_scripted(HEAD + "sys.stderr.write('e' * 1000000)\nsay('delta', text='after')\n") as worker:
        with trio.fail_after(10):
            assert isinstance(await worker.receive(), Ready)
            assert await worker.receive() == Delta("after")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("print('hello', flush=True)", "not JSON: b'hello'"),
        ("say('something')", "not known: 'something'"),
        (f"sys.stdout.write('x' * {MAX_LINE + 200000}); sys.stdout.flush()", "more than 8388608 bytes"),
    ],
)
async def test_nonsense_ends_it(open_scripted: OpenWorker, source: str, words: str) -> None:
    """A worker that says what is not a word is ended; its end follows."""
    async with open_scripted(HEAD + source + "\ntime.sleep(600)") as worker:  # it has to be ended
        assert isinstance(await worker.receive(), Ready)
        with trio.fail_after(10), pytest.raises(ProtocolError, match=words):
            await worker.receive()
        assert not alive(worker.pid)
        assert (await last(worker)).signal == signal.SIGKILL


async def test_long_lines_both_ways(open_scripted: OpenWorker) -> None:
    """Megabytes go in and come out as they are."""
    text = "\u00e4\n\u2028" * 400_000
    async with open_scripted(HEAD + "say('text', text=heard()['text'])") as worker:
        with trio.fail_after(20):
            await worker.send(Prompt(text))
            await worker.receive()
            assert await worker.receive() == Text(text)
        with pytest.raises(ProtocolError, match="too long"):
            await worker.send(Prompt("x" * MAX_LINE))


async def test_torn_line_ends_the_conversation(open_scripted: OpenWorker) -> None:
    """After a send that was cancelled in its middle nothing is sent, and closing does not wait."""
    async with open_scripted(HEAD + "time.sleep(600)") as worker:  # it reads nothing, and has to be ended
        await worker.receive()
        with trio.move_on_after(0.05) as scope:
            await worker.send(Prompt("x" * 1_000_000))
        assert scope.cancelled_caught
        with trio.fail_after(1):
            await worker.send(Prompt("another"))
        await worker.aclose(60.0)
        assert (await last(worker)).signal == signal.SIGKILL


async def test_slow_reader_slows_it(open_scripted: OpenWorker) -> None:
    """What nobody asks for is not read."""
    source = "os.set_blocking(1, False)\nwhile True: say('delta', text='x' * 100)"
    async with open_scripted(HEAD + source) as worker:
        await until(lambda: not alive(worker.pid))
        assert "BlockingIOError" in (await last(worker)).stderr_tail


async def test_cannot_start(open_scripted: OpenWorker) -> None:
    """A directory that is not there is said so."""
    with pytest.raises(StartFailed, match="cannot be entered"):
        async with open_scripted(HEAD, cwd="/no/such/directory"):
            pass


async def test_environment_has_no_key(open_scripted: OpenWorker) -> None:
    """The key is neither in its environment nor in its arguments."""
    async with open_scripted(HEAD + "heard()") as worker:
        await worker.receive()
        process_files = Path(f"/proc/{worker.pid}")
        assert b"worker.py" in (process_files / "cmdline").read_bytes()
        assert KEY.encode() not in (process_files / "cmdline").read_bytes()
        assert KEY.encode() not in (process_files / "environ").read_bytes()
