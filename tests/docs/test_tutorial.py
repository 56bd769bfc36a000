"""The tutorials work as they are typed: their commands run one after the other, against real servers.

What is changed: `./run` is the installed command (setting up an environment is tested elsewhere), the ports are free
ones, the job that takes a minute takes seconds, a command is asked for again for two seconds and not for thirty, and
`JOB_ID` and `RUN_ID` are the id that was last printed. A person's Ctrl-C is a signal.
"""

import json
import signal
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.docs.markdown import blocks, read
from tests.docs.terminal import PATIENCE, Terminal
from tests.ports import free_port

pytestmark = [pytest.mark.real, pytest.mark.slow]


def test_the_first_model_is_made_as_it_is_typed(tmp_path: Path) -> None:
    """In order, with the server killed where the page says so."""
    typed = [block.text.strip() for block in blocks(read("tutorial/first-model.md"), "sh")]
    demo, serve, ask, upload, photos, long, watch, again, watch_again, curl, follow = typed
    terminal = Terminal(tmp_path, {"speed=6": "speed=0.3"})

    with terminal.running(demo, "Ctrl-C ends it") as process:
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) in {0, 130}
    assert (tmp_path / "callboard-demo.glb").read_bytes()[:4] == b"glTF"

    with ExitStack() as first:
        server = first.enter_context(terminal.running(serve, "listening on port"))
        assert "happy-llama-agent-python" in terminal.type(ask)
        assert "succeeded" in terminal.type(upload)
        assert "succeeded" in terminal.type(photos)
        assert (tmp_path / "monkey.glb").read_bytes()[:4] == b"glTF"
        terminal.type(long)
        server.kill()
        server.wait()

    assert again == serve
    assert watch_again == watch
    with terminal.running(again, "listening on port"):
        assert "succeeded" in terminal.type(watch_again)
        terminal.type(curl)
        assert "event: end" in terminal.type(follow)
        assert (tmp_path / f"{terminal.job}.glb").read_bytes()[:4] == b"glTF"


def interrupt(process: "subprocess.Popen[bytes]") -> None:
    """Press Ctrl-C, and wait for the end."""
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) in {0, 130}


def test_the_first_build_is_made_as_it_is_typed(tmp_path: Path) -> None:
    """In order: agent, orchestrator, an app that runs, and a build without an orchestrator."""
    typed = [block.text.strip() for block in blocks(read("tutorial/first-build.md"), "sh")]
    serve, orchestrator, orchestrate, ask, story, by_hand, look, remove = typed
    port = free_port()
    terminal = Terminal(
        tmp_path,
        {
            "run orchestrator": f"run orchestrator --no-open --port {port}",
            "run orchestrate ": f"run orchestrate --port {port} ",
        },
        {"ORCHESTRATOR_URL": f"http://localhost:{port}", "CALLBOARD_EXEC_RETRY_SECONDS": "2"},
    )

    with terminal.running(serve, "listening on port"):
        with terminal.running(orchestrator, "the orchestrator listens on", "orchestrator.log") as process:
            shown = terminal.type(orchestrate)
            assert "No model was asked" in shown
            assert "is healthy" in shown
            (build,) = first_value(terminal.type(ask))["builds"]
            assert build["delivery"]["delivered"] == build["messages"]
            assert "event: end" in terminal.type(story)
            interrupt(process)
        assert '"status":"started"' in terminal.type(by_hand).replace(" ", "")
        build = until_ended(terminal, look)
        assert build["state"] == "failed"
        assert build["delivery"]["waiting"] == build["messages"]
        assert "could not be run" in build["reason"]
        terminal.type(remove)
        assert (Path(build["workspace"]) / "package.json").is_file()


def first_value(shown: str) -> dict[str, Any]:
    """The JSON object that was printed first; what curl says of its progress follows."""
    value: dict[str, Any] = json.JSONDecoder().raw_decode(shown)[0]
    return value


def until_ended(terminal: Terminal, look: str) -> dict[str, Any]:
    """Ask about a build until it has ended."""
    deadline = time.monotonic() + PATIENCE
    while True:
        build: dict[str, Any] = first_value(terminal.type(look))
        if build["state"] not in {"queued", "running"}:
            return build
        assert time.monotonic() < deadline, build
        time.sleep(0.2)  # between looks, with a deadline: each is a command of its own
