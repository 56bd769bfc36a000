"""The worker with the real SDK, where its environment is named; see `tests/claude` for all that it has to get through.

It talks to a stand-in of the API in a network of its own, where there is nothing else.
"""

import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from actors.processes.table import read_table
from actors.processes.tree import open_tree
from actors.projects.generators.claude.protocol import (
    Call,
    Close,
    Delta,
    End,
    Exit,
    Fatal,
    Interrupt,
    Prompt,
    Used,
)
from actors.projects.generators.claude.sessions import open_session
from tests.actors.processes.programs import gone_now, marked
from tests.claude.company import VARIABLE, real_python
from tests.claude.loopback import Loopback, messages_api
from tests.claude.stage import KEY, Stage, Talk
from tests.needs import missing

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
]


class Company:
    """Real workers, and nothing in between.

    Args:
        python: Of the SDK's environment.
        api: The stand-in that they talk to.
    """

    def __init__(self, python: Path, api: Loopback) -> None:
        self._python = api.python(python)
        self.url = api.url
        self.asked = api.asked

    def python(self, place: Path) -> Path:
        """Return what a worker is started with."""
        del place
        return self._python


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A place for real workers; none of their processes may be left."""
    python, identity = real_python(), f"test-{uuid4().hex}"
    if python is None:
        missing(f"{VARIABLE} does not name the Python of the SDK's environment; `./run test` sets it up")
    assert python is not None
    with messages_api(tmp_path) as api:
        yield Stage(tmp_path / "stage", partial(open_tree, data_id=identity), Company(python, api))
    gone_now(*marked(identity), seconds=1.0)


def find(pid: int, name: str) -> bytes:
    """Return what the kernel tells of a process."""
    return Path(f"/proc/{pid}/{name}").read_bytes()


def left_in_pipe(pid: int) -> bytes:
    """Return what is left in the pipe that the key came through."""
    variables = find(pid, "environ").split(b"\0")
    (text,) = [text for text in variables if text.startswith(b"CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR=")]
    pipe = os.open(f"/proc/{pid}/fd/{int(text.split(b'=')[1])}", os.O_RDONLY | os.O_NONBLOCK)
    try:
        return os.read(pipe, 100)
    finally:
        os.close(pipe)


def programs(talk: Talk) -> list[int]:
    """Return the processes that a worker has started."""
    return [pid for pid, process in read_table().items() if process.parent == talk.worker.pid and process.alive]


async def fatal(talk: Talk) -> Fatal:
    """Return why a worker cannot go on; its exit follows."""
    while not isinstance(said := await talk.hear(), Fatal):
        pass
    end = await talk.worker.receive()
    assert isinstance(end, Exit)
    assert end.code == 1
    return said


async def test_key_is_handed_over_and_kept_nowhere(stage: Stage) -> None:
    """The API gets the key; no environment, no command, no file and no descriptor has it."""
    async with stage.open() as talk:
        turn = await talk.ask("scenario=one-tool")
        assert (turn.end.failed, turn.said) == (False, "I look. I looked.")
        (program,) = programs(talk)
        told = [find(pid, name) for pid in (talk.worker.pid, program) for name in ("environ", "cmdline")]
        assert not [text for text in told if KEY.encode() in text]
        assert left_in_pipe(program) == b""
    assert {request["headers"]["x-api-key"] for request in stage.company.asked()} == {KEY}
    files = [path for path in (stage.place / "config").rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if KEY[-12:].encode() in path.read_bytes()]


async def test_costs_are_those_of_the_conversation(stage: Stage) -> None:
    """What it had cost before is counted in, when resumed and by a fork; how much that was is known before."""
    config = stage.place / "config"
    session = open_session(config, "project-1")
    async with stage.open(session=session.id) as talk:
        first, second = [(await talk.ask("scenario=hello")).end.cost_usd for _ in range(2)]
        await talk.worker.send(Close())
        assert await talk.worker.receive() == Exit(0, None, "")
    assert 0 < first == pytest.approx(second / 2)
    resumed = open_session(config, "project-1")
    copied = open_session(config, "project-2")
    assert resumed.cost_usd == copied.cost_usd == pytest.approx(second)
    for opened in (copied, resumed):
        wanted = {"session": opened.id, "resume": opened.resume, "fork_from": opened.fork_from}
        async with stage.open(**wanted) as talk:
            cost = (await talk.ask("scenario=hello")).end.cost_usd
        assert cost - opened.cost_usd == pytest.approx(first)


async def test_interrupt_at_once(stage: Stage) -> None:
    """An interrupt that comes before the prompt has begun is not lost; one without a prompt does nothing."""
    async with stage.open() as talk:
        await talk.worker.send(Interrupt())
        turn = await talk.begin("scenario=slow")
        await talk.worker.send(Interrupt())
        await talk.finish(turn)
        assert turn.end.stopped == "aborted_streaming"
        assert len(turn.of(Delta)) < 5
        await talk.worker.send(Interrupt())
        assert not (await talk.ask("scenario=hello")).end.failed


async def test_interrupted_call_is_dropped(stage: Stage) -> None:
    """A call that is under way is dropped, its late result does no harm, and closing tells what was used."""
    async with stage.open() as talk:
        turn = await talk.begin("scenario=one-tool")
        await talk.until(Call, turn)
        # A call begins while its answer may still be coming; that answer's end is told by what it used.
        await talk.until(Used, turn)
        *_, end = await talk.worker.aclose(30.0)
        assert isinstance(end, End)
        assert end.stopped == "aborted_tools"
        assert end.cost_usd > 0
        assert await talk.worker.receive() == Exit(0, None, "")


async def test_two_prompts_at_once(stage: Stage) -> None:
    """A prompt while one is under way is a mistake of the server's."""
    async with stage.open() as talk:
        await talk.begin("scenario=slow")
        await talk.worker.send(Prompt("scenario=hello"))
        said = await fatal(talk)
    assert (said.kind, said.text) == ("protocol", "ValueError: there is a prompt under way")


async def test_no_such_conversation(stage: Stage) -> None:
    """What cannot be resumed is said so."""
    async with stage.start(resume=True) as talk:
        said = await fatal(talk)
    assert said.kind == "sdk"
    assert "No conversation found" in said.text


async def test_program_of_the_sdk_is_killed(stage: Stage) -> None:
    """When the program that the SDK runs dies, the worker says so and exits."""
    async with stage.open() as talk:
        turn = await talk.begin("scenario=slow")
        await talk.until(Delta, turn)
        (program,) = programs(talk)
        os.kill(program, signal.SIGKILL)
        assert (await fatal(talk)).kind == "sdk"


async def test_no_key(stage: Stage) -> None:
    """Without a key nobody is asked, and there is no other that it could find."""
    async with stage.open(key=None) as talk:
        end = (await talk.ask("scenario=hello")).end
    assert (end.failed, end.error) == (True, "authentication_failed")
    assert stage.company.asked() == []
