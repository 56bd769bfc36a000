"""`callboard setup` as a process."""

import json
import signal
from pathlib import Path

import pytest

from actors.processes.table import read_process
from client.exits import Exit
from tests.actors.projects.generators.claude.environment.fake import FakePython
from tests.client.local.process import running
from tests.waiting import until

pytestmark = pytest.mark.real


@pytest.fixture
def python(tmp_path: Path) -> FakePython:
    """What it is made with."""
    return FakePython(tmp_path / "python")


@pytest.fixture
def arguments(tmp_path: Path, python: FakePython) -> list[str]:
    """The command, with everything in the test's folder."""
    return ["setup", "claude", "--directory", str(tmp_path / "claude"), "--python", str(python.path)]


def ended(tmp_path: Path, *arguments: str) -> tuple[int, str]:
    """Runs the command to its end; what it printed, and its exit code."""
    with running(*arguments, log=tmp_path / "log", environment={"XDG_DATA_HOME": str(tmp_path)}) as command:
        return command.wait_for_end(), command.shown


def test_alone_it_lists(tmp_path: Path) -> None:
    """What can be installed, whether it is, and the command."""
    code, shown = ended(tmp_path, "setup")

    assert code == Exit.OK
    assert "claude" in shown
    assert "not installed. Run `callboard setup claude` (" in shown


def test_from_nothing_to_nothing(tmp_path: Path, arguments: list[str]) -> None:
    """Look, install with what is said meanwhile, look, repeat, remove."""
    assert ended(tmp_path, *arguments, "--check")[0] == Exit.JOB_FAILED
    code, shown = ended(tmp_path, *arguments)
    assert code == Exit.OK, shown
    assert [line.split()[0] for line in shown.splitlines()] == [
        "claude-agent-sdk",
        "making",
        "asking",
        "downloading",
        "received",
        "received",
        "installing",
        "checking",
        "the",
    ]
    assert "MB to download" in shown
    assert "the Claude Agent SDK 1.2.3 with Claude Code 4.5.6, on Python 3.12.1, is ready" in shown

    code, shown = ended(tmp_path, "--json", *arguments, "--check")
    found = json.loads(shown)
    assert code == Exit.OK
    assert found["available"] is True
    assert Path(found["python"]).is_file()
    code, shown = ended(tmp_path, *arguments)
    assert code == Exit.OK
    assert "1.2.3" in shown
    assert "is there already" in shown

    assert ended(tmp_path, *arguments, "--remove")[0] == Exit.OK
    assert not (tmp_path / "claude").exists()
    assert "nothing is there" in ended(tmp_path, *arguments, "--remove")[1]


def test_what_cannot_be_done_is_said(tmp_path: Path, arguments: list[str], python: FakePython) -> None:
    """With an exit code that tells a wrong command from a failure."""
    python.behave("fail WARNING: Retrying (Retry(total=0)): Network is unreachable")
    code, shown = ended(tmp_path, *arguments)
    assert code == Exit.JOB_FAILED
    assert "could not be reached" in shown
    assert "try:" in shown

    for wrong, word in (
        (["setup", "claude", "--python", "/nowhere"], "no Python that runs"),
        (["setup", "claude", "--check", "--remove"], "only one of"),
        (["setup", "--remove"], "callboard setup claude"),
        (["setup", "gpt"], "claude"),
    ):
        code, shown = ended(tmp_path, *wrong)
        assert (code, word in shown) == (Exit.USAGE, True), shown
        assert "Traceback" not in shown


async def test_ctrl_c(tmp_path: Path, arguments: list[str], python: FakePython) -> None:
    """What was begun is gone, and pip with it."""
    python.behave("hang")
    with running(*arguments, log=tmp_path / "log") as command:
        await until(lambda: python.noted("pip.pid"))
        command.process.send_signal(signal.SIGINT)
        assert command.wait_for_end() == Exit.INTERRUPTED
        assert "interrupted: what was begun is removed" in command.shown

    assert read_process(int(python.noted("pip.pid"))) is None
    assert not (tmp_path / "claude").exists()


async def test_kill_9(tmp_path: Path, arguments: list[str], python: FakePython) -> None:
    """Pip ends with it, there is no environment, and the next run cleans up and installs."""
    python.behave("hang")
    with running(*arguments, log=tmp_path / "log") as command:
        await until(lambda: python.noted("pip.pid"))
        command.process.kill()
        await until(lambda: read_process(int(python.noted("pip.pid"))) is None)
    (left,) = (tmp_path / "claude").glob("env-*")
    assert ended(tmp_path, *arguments, "--check")[0] == Exit.JOB_FAILED

    python.behave("good")
    assert ended(tmp_path, *arguments)[0] == Exit.OK
    assert not left.exists()
    assert len(list((tmp_path / "claude").glob("env-*"))) == 1


async def test_two_at_once(tmp_path: Path, arguments: list[str], python: FakePython) -> None:
    """The second says whom it waits for, and finds it there."""
    python.behave("hang")
    with running(*arguments, log=tmp_path / "one") as first:
        await until(lambda: python.noted("pip.pid"))
        with running(*arguments, log=tmp_path / "two") as second:
            await until(lambda: f"process {first.process.pid} is at work" in second.shown)
            python.go()
            assert first.wait_for_end() == second.wait_for_end() == Exit.OK
            assert "is ready" in first.shown
            assert "is there already" in second.shown


def test_a_variable_says_where(tmp_path: Path) -> None:
    """As it does for the server."""
    where = tmp_path / "elsewhere"
    with running(
        "setup", "claude", "--check", log=tmp_path / "log", environment={"CALLBOARD_CLAUDE_DIR": str(where)}
    ) as c:
        assert c.wait_for_end() == Exit.JOB_FAILED
        assert f"--directory {where}" in c.shown
