"""`callboard selftest` as it is typed."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import StringIO

import pytest
import trio

from client.address import parse_address
from client.commands.selftest import Listen, parse_listen, show_report
from client.errors import LocalProblem
from client.exits import Exit
from client.render.jsonlines import JsonRenderer
from client.selftest.checks import HOLDS, Result, fails
from client.selftest.kit import Report

pytestmark = pytest.mark.real


async def typed(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    """Run the command to its end."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CALLBOARD")}
    command = [sys.executable, "-m", "client", "selftest", *arguments]
    with trio.fail_after(60):
        return await trio.run_process(command, env=environment, capture_stdout=True, capture_stderr=True, check=False)


@asynccontextmanager
async def taken_port() -> AsyncIterator[int]:
    """Listen on a port."""
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with listener:
        yield listener.socket.getsockname()[1]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("127.0.0.1:3001", Listen("127.0.0.1", 3001)),
        ("0.0.0.0:0", Listen("0.0.0.0", 0)),
        ("[::1]:80", Listen("::1", 80)),
        ("3001", Listen("127.0.0.1", 3001)),
    ],
)
def test_where_to_listen(text: str, where: Listen) -> None:
    """An address with a port, or a port alone."""
    assert parse_listen(text) == where


@pytest.mark.parametrize("text", ["", "here", ":3001", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:-1"])
def test_where_nobody_can_listen(text: str) -> None:
    """Says what would be right."""
    with pytest.raises(LocalProblem):
        parse_listen(text)


async def test_a_port_that_is_taken() -> None:
    """Is said, with what to do."""
    async with taken_port() as port:
        done = await typed("--as-orchestrator", "http://127.0.0.1:1", "--listen", f"127.0.0.1:{port}")
    assert done.returncode == Exit.USAGE
    assert f"port {port} of 127.0.0.1 is taken" in done.stderr.decode()
    assert "ORCHESTRATOR_URL" in done.stderr.decode()


async def test_no_agent() -> None:
    """Is said, with what to do."""
    async with taken_port() as port:
        pass
    done = await typed("--as-orchestrator", f"http://127.0.0.1:{port}", "--listen", "127.0.0.1:0")
    assert done.returncode == Exit.UNREACHABLE
    assert "there is no agent to test" in done.stderr.decode()


def test_json_is_an_object_a_line() -> None:
    """Each check, and the sum."""
    out = StringIO()
    results = [
        Result("All", "one", "a thing", "The thing", HOLDS),
        Result("All", "two", "a thing", "The thing", fails("that", "this")),
    ]
    show_report(JsonRenderer(out), parse_address("http://127.0.0.1:3002"), Report(tuple(results)))
    one, two, summary = [json.loads(line) for line in out.getvalue().splitlines()]
    assert (one["type"], one["id"], one["result"]) == ("check", "one", "holds")
    assert (two["result"], two["contract"], two["seen"], two["expected"]) == ("fails", "The thing", "that", "this")
    assert summary == {
        "type": "selftest",
        "agent": "http://127.0.0.1:3002",
        "conforms": False,
        "holds": 1,
        "fails": 1,
        "not_tested": 0,
        "yes": 0,
        "no": 0,
    }
