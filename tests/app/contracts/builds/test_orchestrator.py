"""Messages and commands over real sockets: what is sent to the byte, and each way in which it can fail."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import trio

from actors.builds.outside import Delivery, ExecRefused, Executed
from actors.runtime.errors import InvalidInput
from app.contracts.builds import executor
from app.contracts.builds.orchestrator import Orchestrator, open_orchestrator
from app.contracts.builds.url import checked_url
from tests.standins.orchestrator import CUT, HANG, Answer, Command, StandIn, ndjson
from tests.standins.orchestrator import open_orchestrator as open_standin

pytestmark = pytest.mark.real

MESSAGE = {"type": "success", "content": "\u2705 done \ud800", "timestamp": "2026-01-01T00:00:00.000+00:00"}
SHORT = 0.3


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    """An orchestrator."""
    async with open_standin() as standin:
        yield standin


@pytest.fixture
async def orchestrator(standin: StandIn) -> AsyncIterator[Orchestrator]:
    """The way to it, with the patience that a busy machine needs."""
    async with open_orchestrator(standin.url + "/", deliver_seconds=20) as orchestrator:
        yield orchestrator


async def test_a_message_is_sent_as_the_contract_says(standin: StandIn, orchestrator: Orchestrator) -> None:
    """Three fields and no others, to a path with the run's id percent-encoded, on one connection for all."""
    for run in ("run-1", "a b/\u00fc%", "run-1"):
        assert await orchestrator.deliver(run, {**MESSAGE, "number": 3}) == Delivery(accepted=True)
    request = standin.requests[1]
    assert request.path == "/api/runs/a%20b%2F%C3%BC%25/message"
    assert (request.method, request.headers["content-type"]) == ("POST", "application/json")
    assert "accept-encoding" in request.headers
    assert standin.messages == {"run-1": [MESSAGE, MESSAGE], "a b/\u00fc%": [MESSAGE]}
    assert standin.connections == 1


async def test_many_messages_go_at_once(standin: StandIn, orchestrator: Orchestrator) -> None:
    """Each takes a while; none waits for another."""
    standin.default = Answer(delay=0.05)
    async with trio.open_nursery() as nursery:
        for number in range(64):
            nursery.start_soon(orchestrator.deliver, f"run-{number}", MESSAGE)
    assert len(standin.accepted) == 64


TAKEN: dict[str, Answer] = {
    "201": Answer(status=201),
    "204 without a body": Answer(status=204, body=b"", content_type=""),
    "a body that is cut off": Answer(body=b"x" * 100, cut=10),
    "a body that never ends": Answer(chunks=(b"x",), hang=True),
    "a giant body": Answer(size=3_000_000),
    "a body that lies about its coding": Answer(body=b"x", headers=(("Content-Encoding", "gzip"),)),
}


@pytest.mark.parametrize("name", TAKEN)
async def test_a_2xx_is_enough(standin: StandIn, orchestrator: Orchestrator, name: str) -> None:
    """Whatever follows it; and the next message gets through."""
    standin.script["a"] = [TAKEN[name]]
    for _ in range(2):
        assert await orchestrator.deliver("a", MESSAGE) == Delivery(accepted=True)


FAILING: dict[str, tuple[Answer, str, bool]] = {
    "500": (
        Answer(status=500, value={"error": "the\ndatabase\x1b[31m"}),
        'Internal Server Error: {"error": "the',
        False,
    ),
    "503 without a body": (Answer(status=503, body=b"", content_type=""), "answered 503 Service Unavailable.", False),
    "404": (Answer(status=404), "answered 404 Not Found", False),
    "400": (Answer(status=400), "answered 400 Bad Request", True),
    "413": (Answer(status=413), "answered 413", True),
    "422": (Answer(status=422), "answered 422", True),
    "a redirect": (Answer(status=302, headers=(("Location", "/elsewhere"),)), "redirects are not followed", False),
    "a giant error": (Answer(status=500, size=3_000_000), "answered 500", False),
    "an error that never ends": (Answer(status=500, chunks=(b"x",), hang=True), "answered 500", False),
    "a closed connection": (CUT, "closed the connection before it answered", False),
    "no HTTP": (Answer(status=1_000_000), "before it answered", False),
}


@pytest.mark.parametrize("name", FAILING)
async def test_trouble_is_a_result(standin: StandIn, orchestrator: Orchestrator, name: str) -> None:
    """With the address and what happened, in one line; the next message gets through."""
    answer, problem, refused = FAILING[name]
    standin.script["a"] = [answer]
    delivery = await orchestrator.deliver("a", MESSAGE)
    assert (delivery.accepted, delivery.refused) == (False, refused)
    assert f"{standin.url}/api/runs/a/message {problem}" in delivery.problem or problem in delivery.problem
    assert delivery.problem.startswith(standin.url)
    assert delivery.problem.isprintable()
    assert await orchestrator.deliver("a", MESSAGE) == Delivery(accepted=True)
    assert len(standin.messages["a"]) == 2


async def test_no_answer_is_waited_for_within_bounds(standin: StandIn) -> None:
    """And then said."""
    standin.script["a"] = [HANG, Answer(delay=20)]
    async with open_orchestrator(standin.url, deliver_seconds=SHORT) as orchestrator:
        for _ in range(2):
            problem = f"{standin.url}/api/runs/a/message did not answer within {SHORT:g} s."
            assert await orchestrator.deliver("a", MESSAGE) == Delivery(accepted=False, problem=problem)


async def test_an_orchestrator_that_goes_and_comes_back(standin: StandIn, orchestrator: Orchestrator) -> None:
    """Between two messages on a connection that is kept, and the same client goes on."""
    assert (await orchestrator.deliver("a", MESSAGE)).accepted
    await standin.refuse()
    for _ in range(2):
        delivery = await orchestrator.deliver("a", MESSAGE)
        assert not delivery.accepted
        assert "cannot be reached" in delivery.problem
    with pytest.raises(ExecRefused, match="cannot be reached") as caught:
        await run(orchestrator)
    assert caught.value.retry
    assert "ORCHESTRATOR_URL" in caught.value.hint
    await standin.come_back()
    assert (await orchestrator.deliver("a", MESSAGE)).accepted


async def test_a_restart_between_two_messages_costs_none(standin: StandIn, orchestrator: Orchestrator) -> None:
    """The connection that was kept is dead; that is seen before anything is sent on it."""
    for _ in range(5):
        assert (await orchestrator.deliver("a", MESSAGE)).accepted
        await standin.refuse()
        await standin.come_back()
    assert len(standin.messages["a"]) == 5


async def test_no_proxy_of_the_environment_is_used(standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """It could not reach this machine, or would read every message."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with open_orchestrator(standin.url) as orchestrator:
        assert (await orchestrator.deliver("a", MESSAGE)).accepted


async def run(orchestrator: Orchestrator, *, seconds: float = 20.0, lines: Any = None) -> Executed:
    """Have a command run."""
    told: list[str] = [] if lines is None else lines
    return await orchestrator.execute("space", "npm install", metrics="run-1", seconds=seconds, on_line=told.append)


async def test_a_command_is_sent_as_the_contract_says(standin: StandIn, orchestrator: Orchestrator) -> None:
    """Two fields, and what shapes of an answer are welcome."""
    standin.default = Answer(value={"exitCode": 0, "stdout": "added 1 package\n"})
    assert await run(orchestrator) == Executed(0, "added 1 package")
    await orchestrator.execute("a b", "npm start", metrics="r", seconds=20, on_line=print)
    assert standin.requests[1].path == "/api/workspaces/a%20b/exec"
    assert standin.requests[0].headers["accept"] == "application/x-ndjson, application/json"
    assert standin.requests[0].json == {"command": "npm install", "metrics": "run-1"}
    assert standin.commands[1] == Command("a b", "npm start", "r")


async def test_lines_are_told_as_they_come(standin: StandIn, orchestrator: Orchestrator) -> None:
    """Before the command has ended; and its end is its exit code, not the connection's."""
    standin.default = Answer(chunks=(b'{"output": "one"}\n',), content_type="application/x-ndjson", hang=True)
    lines: list[str] = []
    with pytest.raises(ExecRefused, match=r"within 0\.5 s") as caught:
        await run(orchestrator, seconds=0.5, lines=lines)
    assert lines == ["one"]
    assert not caught.value.retry
    assert "more time" in caught.value.hint
    end = b'{"exitCode": 3}\n'
    standin.default = Answer(chunks=(b'{"output": "one"}\n', end), content_type="application/x-ndjson", hang=True)
    assert await run(orchestrator) == Executed(3, "one")
    standin.default = ndjson({"output": "one"}, {"exitCode": 0})
    assert await run(orchestrator) == Executed(0, "one")


REFUSED: dict[str, tuple[Answer, str, bool]] = {
    "404": (Answer(status=404), "answered 404", False),
    "401": (Answer(status=401), "answered 401", False),
    "400": (Answer(status=400, body=b"no such command"), "Bad Request: no such command", False),
    "302": (Answer(status=302, headers=(("Location", "/x"),)), "redirects are not followed", False),
    "429": (Answer(status=429), "answered 429", True),
    "500": (Answer(status=500), "answered 500", True),
    "501": (Answer(status=501), "answered 501", False),
    "599": (Answer(status=599), "answered 599", True),
    "a closed connection": (CUT, "closed the connection before it answered", True),
    "a cut answer": (Answer(body=b'{"exitCode": 0}', cut=9), "its answer was cut off", True),
    "a cut stream": (ndjson({"output": "one"}, {"exitCode": 0}, cut=18), "its answer was cut off", True),
    "a cut text": (Answer(chunks=(b"one\n", b"two"), content_type="text/plain", cut=5), "its answer was cut off", True),
    "a giant object": (Answer(size=9_000_000), "more than is read", False),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_was_not_taken_says_whether_to_try_again(
    standin: StandIn, orchestrator: Orchestrator, name: str
) -> None:
    """With the address, what happened and what to do; the next command gets through."""
    answer, problem, retry = REFUSED[name]
    standin.script["space"] = [answer]
    with pytest.raises(ExecRefused) as caught:
        await run(orchestrator)
    assert problem in caught.value.problem
    assert caught.value.problem.startswith(f"{standin.url}/api/workspaces/space/exec ")
    assert caught.value.retry is retry
    assert caught.value.hint
    assert (await run(orchestrator)).exit_code is None


ACCEPTED: dict[str, Answer] = {
    "no body": Answer(status=202, body=b"", content_type=""),
    "no exit code": Answer(value={"success": True, "pid": 17}),
    "a stream without an end": ndjson({"note": "started"}),
    "a coding that was not asked for": Answer(body=b"\x1f\x8b...", headers=(("Content-Encoding", "gzip"),)),
}


@pytest.mark.parametrize("name", ACCEPTED)
async def test_any_2xx_is_taken(standin: StandIn, orchestrator: Orchestrator, name: str) -> None:
    """With nothing known of its end."""
    standin.default = ACCEPTED[name]
    assert await run(orchestrator) == Executed(None)


async def test_an_output_without_end_is_broken_off(
    standin: StandIn, orchestrator: Orchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bound is on what is read; what is kept is the end of it."""
    standin.default = Answer(content_type="text/plain", body=b"y\n" * 100_000, size=1_000_000)
    assert len((await run(orchestrator)).output) == 64 * 1024
    monkeypatch.setattr(executor, "LONGEST", 1_000_000)
    with pytest.raises(ExecRefused, match="more than is read") as caught:
        await run(orchestrator)
    assert not caught.value.retry


async def test_a_command_that_nobody_answers_is_bounded_and_closes_its_connection(
    standin: StandIn, orchestrator: Orchestrator
) -> None:
    """By the total time, as is a cancelled one."""
    standin.default = HANG
    with pytest.raises(ExecRefused, match=r"within 0\.2 s"):
        await run(orchestrator, seconds=0.2)
    with trio.move_on_after(0.2) as scope:
        await run(orchestrator)
    assert scope.cancelled_caught
    standin.default = Answer()
    assert await run(orchestrator) == Executed(None)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:3001",
        "ftp://host",
        "http://",
        "http://host:port",
        "http://u:p@host",
        "http://h/?a",
        "http://h/#a",
        "//h",
    ],
)
async def test_a_url_that_is_none_is_said(url: str) -> None:
    """With the setting to mend, and without a password in it."""
    with pytest.raises(InvalidInput) as caught:
        async with open_orchestrator(url):
            pass
    assert "ORCHESTRATOR_URL" in caught.value.hint
    assert "u:p" not in caught.value.problem


@pytest.mark.parametrize(
    ("url", "checked"),
    [
        (" http://localhost:3001/ ", "http://localhost:3001"),
        ("https://host", "https://host"),
        ("http://[::1]:3001/base/", "http://[::1]:3001/base"),
    ],
)
def test_a_url_may_have_a_path(url: str, checked: str) -> None:
    """And loses its last slash."""
    assert checked_url(url) == checked
