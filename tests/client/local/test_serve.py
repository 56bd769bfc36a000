"""`callboard serve` as a process."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from client.exits import Exit
from client.local.serve import _again
from tests.client.local.process import ROOT, running

pytestmark = pytest.mark.real


def test_what_it_starts_again_is_this_program(tmp_path: Path) -> None:
    """Not a user's own module of the same name, where `--reload` is used."""
    for name in ("client", "app", "actors"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a module of the user was run')\n")
    command = [sys.executable, "-c", _again(), "--version"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.split(",")[0]) == (0, "callboard"), done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it(tmp_path: Path, number: signal.Signals) -> None:
    """It says where it listens, serves, and ends in order with 0."""
    with running("serve", "--data-dir", str(tmp_path / "data"), "--port", "0", log=tmp_path / "log") as command:
        url = f"http://127.0.0.1:{command.port()}/health"
        assert httpx.get(url).json()["status"] == "ok"
        command.process.send_signal(number)
        assert command.wait_for_end() == Exit.OK
        assert "stopping" in command.shown
        assert "Traceback" not in command.shown


def test_a_second_one_is_refused(tmp_path: Path) -> None:
    """Two servers do not share a directory, nor a port; who comes second says why, and how to go on."""
    data = ("--data-dir", str(tmp_path / "data"))
    with running("serve", *data, "--port", "0", log=tmp_path / "log") as first:
        port = first.port()
        with running("serve", *data, "--port", "0", log=tmp_path / "log2") as second:
            assert second.wait_for_end() == Exit.USAGE
            assert f"process {first.process.pid}" in second.shown
            assert "--data-dir" in second.shown
        other = ("--data-dir", str(tmp_path / "other"), "--port", str(port))
        with running("serve", *other, log=tmp_path / "log3") as third:
            assert third.wait_for_end() == Exit.USAGE
            assert str(port) in third.shown
            assert "Traceback" not in third.shown


def test_settings(tmp_path: Path) -> None:
    """The environment counts, flags win, and mistakes are named; as JSON for a program."""
    environment = {"CALLBOARD_DATA_DIR": str(tmp_path / "data"), "PORT": "0", "CALLBOARD_LOG_FORMAT": "json"}
    with running("serve", "--log-level", "info", log=tmp_path / "log", environment=environment) as command:
        command.port()
        assert json.loads(command.shown.splitlines()[-1])["level"] == "info"
        assert (tmp_path / "data" / "journal.sqlite3").exists()
    with running("--json", "serve", log=tmp_path / "log2", environment={"CALLBOARD_PROT": "1"}) as command:
        assert command.wait_for_end() == Exit.USAGE
        assert "prot" in json.loads(command.shown)["problem"]
    with running("serve", "--bind", "0.0.0.0", log=tmp_path / "log3", environment=environment) as command:
        assert command.wait_for_end() == Exit.USAGE
        assert "token" in command.shown


@pytest.mark.parametrize("empty", [True, False])
def test_a_data_directory_that_is_none(tmp_path: Path, empty: bool) -> None:
    """Neither the directory where one happens to be, as when a variable is not set, nor a file."""
    (tmp_path / "file").touch()
    given = "" if empty else str(tmp_path / "file")
    with running("serve", "--data-dir", given, "--port", "0", log=tmp_path / "log") as command:
        assert command.wait_for_end() == Exit.USAGE
        assert ("it is empty" if empty else "cannot be used: ") in command.shown
        assert "tokens" not in command.shown


def test_reload(tmp_path: Path) -> None:
    """When a source changes, the server starts again, with the same flags."""
    root = tmp_path / "sources"
    for package in ("app", "actors", "client"):
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    flags = ("serve", "--reload", "--data-dir", str(tmp_path / "data"), "--port", "0")
    with running(*flags, log=tmp_path / "log", root=root) as command:
        command.port()
        with (root / "app" / "settings.py").open("a", encoding="utf-8") as source:
            source.write("\n# changed\n")
        command.wait_for("starting again")
        port = command.port(times=2)
        assert httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200
        command.process.terminate()
        assert command.wait_for_end() == Exit.OK
