"""The command line from end to end: what it prints, and its exit codes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Optional

import pytest
import trio
from PIL import Image

from client.cli import COMMANDS, cli
from client.exits import MEANINGS, Exit
from tests.client.standin import AGAIN, JOB, MODEL, Standin, open_standin, some_events

pytestmark = pytest.mark.real
Setup = Callable[[Standin], object]


@contextmanager
def served(setup: Setup = lambda _: None) -> Iterator[Standin]:
    """Run a stand-in in a thread, as the command is a process of its own."""
    ready, standins, tokens = Event(), [], []
    done: list[trio.Event] = []

    async def serve() -> None:
        """Serve until told to stop."""
        async with open_standin() as standin:
            setup(standin)
            standins.append(standin)
            done.append(trio.Event())
            tokens.append(trio.lowlevel.current_trio_token())
            ready.set()
            await done[0].wait()

    thread = Thread(target=trio.run, args=(serve,))
    thread.start()
    assert ready.wait(10)
    try:
        yield standins[0]
    finally:
        tokens[0].run_sync_soon(done[0].set)
        thread.join(10)


def callboard(*arguments: str, url: Optional[str] = None) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CALLBOARD")}
    if url:
        environment["CALLBOARD_URL"] = url
    command = [sys.executable, "-m", "client", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def is_plain(text: str) -> bool:
    """Whether there is no control character but line ends."""
    return not any(ord(character) < 32 and character != "\n" for character in text)


def test_an_upload_is_watched_and_saved(tmp_path: Path) -> None:
    """One line a change, no control characters, and the model at the end."""
    with served() as standin:
        done = callboard("upload", "--random", "3", "--seed", "1", "--output", str(tmp_path / "m.glb"), url=standin.url)
    assert done.returncode == Exit.OK, done.stderr
    assert f"accepted as {JOB}" in done.stdout
    assert " 20% matching (2 of 8, 3 s left)" in done.stdout
    assert f"/jobs/{JOB}/view" in done.stdout
    assert is_plain(done.stdout)
    assert not done.stderr
    assert (tmp_path / "m.glb").read_bytes() == MODEL


def test_json_lines_and_nothing_else(tmp_path: Path) -> None:
    """Every line of stdout is an object; the events are as the server sent them."""
    with served() as standin:
        done = callboard("--json", "upload", "--random", "2", "-o", str(tmp_path), url=standin.url)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["type"] for line in lines] == ["accepted", "state", *["progress"] * 6, "end", "saved"]
    assert lines[1:-1] == some_events()
    assert lines[-1]["bytes"] == len(MODEL)
    assert not done.stderr


@pytest.mark.parametrize("state", ["failed", "cancelled", "interrupted"])
def test_a_job_that_does_not_succeed(state: str) -> None:
    """The exit code says so."""
    with served(lambda standin: setattr(standin, "events", some_events(state))) as standin:
        done = callboard("watch", JOB, url=standin.url)
    assert done.returncode == Exit.JOB_FAILED
    assert state in done.stdout


def test_watching_goes_on_after_a_break() -> None:
    """The reconnection is told, and no event twice."""

    def setup(standin: Standin) -> None:
        """Let the first connection drop."""
        standin.sockets.append(("close", 1013, 3))

    with served(setup) as standin:
        done = callboard("watch", JOB, "--after", "1", url=standin.url)
    assert done.returncode == Exit.OK
    assert "the server let us go as too slow; coming back in" in done.stdout
    assert [line.split("%")[0].strip() for line in done.stdout.splitlines() if "% matching" in line] == [
        str(percent) for percent in range(20, 80, 10)
    ]


def test_photos_from_a_folder(tmp_path: Path) -> None:
    """What is skipped is said; options work before and after the command's name."""
    for name in ("b10.JPG", "b9.jpg"):
        Image.new("RGB", (8, 8)).save(tmp_path / name, "JPEG")
    (tmp_path / "notes.txt").write_text("x")
    with served() as standin:
        done = callboard(
            "--url", "http://127.0.0.1:1", "upload", str(tmp_path), "--no-watch", "--param", "n=1", "--url", standin.url
        )
        body = next(seen.body for seen in standin.seen if seen.target == "/upload")
    assert done.returncode == Exit.OK, done.stderr
    assert "notes.txt (not a photo by its name)" in done.stdout
    assert body.index(b"b9.jpg") < body.index(b"b10.JPG")
    assert b'{"n": 1}' in body


def test_the_options_before_the_command_win_over_the_environment() -> None:
    """What was typed counts, wherever."""
    with served() as standin:
        done = callboard("--url", standin.url, "status", JOB, url="http://127.0.0.1:1")
    assert done.returncode == Exit.OK, done.stderr


def test_lists_and_single_jobs(tmp_path: Path) -> None:
    """jobs, status, cancel, remove, engines and download each say what they have to say."""
    with served() as standin:
        url = standin.url
        jobs = callboard("jobs", "--limit", "130", "--json", url=url)
        assert [json.loads(line)["id"] for line in jobs.stdout.splitlines()] == [
            f"job-{n}" for n in range(250, 120, -1)
        ]
        assert "job-250" in callboard("jobs", url=url).stdout
        assert "running" in callboard("status", JOB, url=url).stdout
        assert "speed (number, minimum 0, maximum 60, default 1.0)" in callboard("engines", url=url).stdout
        assert callboard("remove", JOB, url=url).returncode == Exit.REFUSED
        assert callboard("cancel", JOB, url=url).stdout == f"{JOB}: cancelled\n"
        assert callboard("remove", JOB, url=url).stdout == f"{JOB}: removed\n"
        assert callboard("download", JOB, "-o", str(tmp_path), url=url).returncode == Exit.OK
    assert (tmp_path / "model of job-1.glb").read_bytes() == MODEL


def test_again() -> None:
    """A job with what is to be different, and a build, which has nothing of that kind; the new one is followed."""
    with served() as standin:
        url = standin.url
        done = callboard("retry", JOB, "--engine", "simulated", "--param", "speed=2", url=url)
        asked = json.loads(standin.seen[0].body)
        build = callboard("retry", "run-1", "--no-watch", "--json", url=url)
    assert done.returncode == Exit.OK, done.stderr
    assert done.stdout.startswith(f"{JOB} is tried again as {AGAIN}\n")
    assert "succeeded" in done.stdout
    assert asked == {"engine": "simulated", "params": {"speed": 2}}
    (line,) = build.stdout.splitlines()
    assert json.loads(line) == {"type": "retried", "id": AGAIN, "of": "run-1", "status": "started", "runId": AGAIN}


def test_a_link_is_printed_alone() -> None:
    """So that a script can take it; until when it is good is said besides."""
    with served() as standin:
        done = callboard("share", JOB, "--days", "0.5", url=standin.url)
        (asked,) = standin.seen
        plain = callboard("share", JOB, url=standin.url)
    assert done.stdout == f"{standin.url}/shared/signed\n"
    assert done.stderr == "good until 2027-01-01T00:00:00.000Z\n"
    assert json.loads(asked.body) == {"seconds": 43200}
    assert json.loads(standin.seen[-1].body) == {}
    assert plain.returncode == Exit.OK


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["status", "job-9"], Exit.REFUSED, "there is no such job"),
        (["watch", "job-9"], Exit.REFUSED, "there is no such job"),
        (["download", "job-9"], Exit.REFUSED, "try: see the list"),
        (["upload"], Exit.USAGE, "name photos or folders"),
        (["upload", "absent.jpg"], Exit.USAGE, "there is no file or folder absent.jpg"),
        (["upload", "--random", "1", "--engine", "none"], Exit.REFUSED, "no engine 'none'"),
        (["upload", "--random", "1", "--param", "x"], Exit.USAGE, "--param name=value"),
        (["upload", "--random", "1", "--no-watch", "-o", "x"], Exit.USAGE, "--no-watch"),
        (["status", JOB, "--url", "http://127.0.0.1:1"], Exit.UNREACHABLE, "callboard serve"),
        (["status", JOB, "--url", "ftp://x"], Exit.USAGE, "not an http or https address"),
        (["watch", JOB, "--after", "-1"], Exit.USAGE, "--after"),
        (["retry", "job-9"], Exit.REFUSED, "there is no such job"),
        (["retry", "project-1"], Exit.USAGE, "callboard continue project-1"),
        (["share", "job-9"], Exit.REFUSED, "there is no such job"),
        (["share", JOB, "--days", "0"], Exit.USAGE, "--days"),
        (["frobnicate"], Exit.USAGE, "No such command"),
    ],
)
def test_exit_codes_and_messages(arguments: list[str], code: Exit, words: str) -> None:
    """Each kind of failure has its code, and says on stderr what to do; stdout stays empty."""
    with served() as standin:
        done = callboard(*arguments, url=standin.url)
    assert (done.returncode, done.stdout) == (code, ""), done
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_refusal_as_json() -> None:
    """With --json the error is an object on stderr."""
    with served() as standin:
        done = callboard("status", "job-9", "--json", url=standin.url)
    assert not done.stdout
    assert json.loads(done.stderr)["status"] == 404
    assert json.loads(done.stderr)["exit_code"] == done.returncode == Exit.REFUSED


def test_garbage_is_the_servers_fault() -> None:
    """Something else listens there."""
    with served(lambda standin: setattr(standin, "garbage", b"SSH-2.0-x\r\n")) as standin:
        done = callboard("jobs", url=standin.url)
    assert done.returncode == Exit.SERVER_ERROR
    assert "did not answer in HTTP" in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str) -> None:
    """The script is one for that shell, and completes the commands."""
    done = callboard("completion", shell)
    assert done.returncode == Exit.OK, done.stderr
    assert "_CALLBOARD_COMPLETE" in done.stdout


def test_help_loads_no_command() -> None:
    """The table's summaries are the commands' own, and every exit code is in the help."""
    for name, entry in COMMANDS.items():
        if not entry.needs_server:
            command = cli.get_command(None, name)  # type: ignore[arg-type]  # the context is not used
            assert command is not None
            assert command.get_short_help_str(200) == entry.summary
    shown = callboard("--help").stdout
    assert all(meaning in shown for meaning in MEANINGS.values())


def test_the_modules_run_by_their_path() -> None:
    """No module of the client hides one of the standard library when it is run as a file."""
    taken = {name for name in sys.modules if "." not in name} | set(getattr(sys, "stdlib_module_names", ()))
    folder = Path(__file__).parents[3] / "client"
    mine = {path.stem for path in folder.glob("*.py")} - {"__init__", "__main__"}
    assert not {
        name for name in mine & taken if not getattr(sys.modules.get(name), "__file__", "").startswith(str(folder))
    }
