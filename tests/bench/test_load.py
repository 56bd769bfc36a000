"""The load asks, counts and checks as it says: against servers of a few lines."""

import http.server
import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.bench.cases.lines import check
from tests.bench.ground import Ground
from tests.bench.load.clients import ask_many, watching
from tests.bench.load.uploads import expected_digest, form_head, parts
from tests.bench.sides import CALLBOARD, FLOOR, PEER, Side, open_side

pytestmark = [pytest.mark.real, pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")]


class Answering(http.server.BaseHTTPRequestHandler):
    """Answers with the path's status, and keeps what was asked."""

    protocol_version = "HTTP/1.1"
    seen: list[bytes]

    def do_POST(self) -> None:
        """Answer."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append(body)
        self.send_response(int(self.path[1:]))
        if body.endswith(b"close"):
            self.send_header("Connection", "close")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    """A folder."""
    return Ground(tmp_path, Path("/nowhere"))


@pytest.fixture
def answering() -> Iterator[Side]:
    """A server that answers."""
    Answering.seen = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Side(PEER, Path(), 0, server.server_address[1])
        server.shutdown()
        thread.join()


def request(status: int, body: bytes) -> bytes:
    """A request for an answer of this status."""
    return b"POST /%d HTTP/1.1\r\nHost: HOST\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)


def watched(ground: Ground, wanted: int, events: Sequence[Mapping[str, object]]) -> dict[str, float]:
    """What a watcher says of events; where they have no seq, they get the next one."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        arguments = [str(ground.binary("ws")), str(listener.getsockname()[1]), "/ws/x", "1", str(wanted)]
        with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x89\x02hi")
                # Who does not answer a ping is taken for gone.
                assert connection.recv(100) == b"\x8a\x82\0\0\0\0hi"
                for seq, event in enumerate(events, 1):
                    payload = json.dumps({"seq": seq, **event}, separators=(",", ":")).encode()
                    connection.sendall(bytes((0x81, len(payload))) + payload)
                said, _ = process.communicate(timeout=30)
    found: dict[str, float] = json.loads(said.removeprefix("READY\n"))
    return found


def test_as_many_requests_as_wanted_each_with_a_number_of_its_own(ground: Ground, answering: Side) -> None:
    """On all connections together."""
    found = ask_many(ground, answering, request(202, b"run-########"), connections=3, count=20, first=5)
    assert found["answers"] == 20
    assert sorted(Answering.seen) == [b"run-%08d" % number for number in range(5, 25)]
    assert 0 < found["p50"] <= found["p99"] <= found["most"]


def test_a_server_may_end_a_connection(ground: Ground, answering: Side) -> None:
    """When it says so; another one is opened, and nothing is asked twice."""
    assert ask_many(ground, answering, request(200, b"close"), connections=2, count=6)["ended"] == 6
    assert len(Answering.seen) == 6


def test_an_error_is_none_of_the_work(ground: Ground, answering: Side) -> None:
    """A server that refuses is fast, and has not done it."""
    with pytest.raises(RuntimeError, match="4 of 4 answers were errors"):
        ask_many(ground, answering, request(503, b""), connections=1, count=4)


def test_every_subscriber_has_every_event(ground: Ground, tmp_path: Path) -> None:
    """The floor sends them, and the watchers count them; afterwards all are let go."""
    with open_side(FLOOR, tmp_path / "its", ground.programs("floor")) as side:
        for _ in range(2):
            with watching(ground, side, "job-1", count=3, events=40) as watchers:
                side.control("publish", "job-1", count=40, gap=0, each=10)
                found = watchers.finish()
            assert found["frames"] == 120
            assert 0 < found["p50"] <= found["p99"]
            side.control("forget", "job-1")


def test_every_line_that_is_printed_is_accounted_for(ground: Ground, tmp_path: Path) -> None:
    """The floor sends each, and the watcher stays until the end."""
    command = [str(ground.binary("lines")), "5000"]
    with (
        open_side(FLOOR, tmp_path / "its", ground.programs("floor")) as side,
        watching(ground, side, "job-1", count=1, events=None) as watchers,
    ):
        side.control("print", "job-1", command=command, kept=True)
        found = watchers.finish()
    assert (found["lines"], found["left_out"], found["frames"]) == (5000, 0, 5001)


def test_lines_that_were_left_out_are_counted_as_they_are_told(ground: Ground) -> None:
    """And a line that comes twice is noticed."""
    said = ("line 1: a", "line 4: b", "2 lines came too fast and were left out", "line 4: b", "of something else")
    events = [{"type": "log", "data": {"level": "info", "message": one}} for one in said]
    found = watched(ground, -1, [*events, {"type": "end", "data": {}}])
    assert (found["lines"], found["left_out"], found["wrong"]) == (3, 2, 1)


@pytest.mark.parametrize(
    ("found", "ours", "growth", "kept", "wrong"),
    [
        ({"lines": 3, "left_out": 97}, True, 1 << 20, False, ""),
        ({"lines": 100, "left_out": 0}, False, 1 << 30, False, ""),
        ({"lines": 3, "left_out": 96}, True, 1 << 20, False, "100 lines were printed, and this came"),
        ({"lines": 3, "left_out": 97}, True, 1 << 20, True, "100 lines were printed, and this came"),
        ({"lines": 3, "left_out": 97}, False, 1 << 20, False, "100 lines were printed, and this came"),
        ({"lines": 100, "left_out": 0}, True, 65 << 20, True, "took 65 MiB"),
    ],
)
def test_a_million_lines_are_told_or_counted_in_bounded_memory(
    found: dict[str, float], ours: bool, growth: float, kept: bool, wrong: str
) -> None:
    """Callboard may leave out what it counts, where not every line is to be kept; the peer may not, but may grow."""
    side = Side(CALLBOARD if ours else PEER, Path(), 0, 0)
    with pytest.raises(RuntimeError, match=wrong) if wrong else nullcontext():
        check(side, 100, found, growth, kept=kept)


def test_an_event_that_is_missing_is_noticed(ground: Ground) -> None:
    """A stream with a hole is not the work that is measured."""
    found = watched(ground, 3, [{"seq": 1}, {"seq": 2}, {"seq": 4}])
    assert (found["frames"], found["wrong"]) == (3, 1)


def test_a_form_is_as_long_as_it_says() -> None:
    """With each photo of the size that was asked for."""
    length, pieces = parts(3000, 4, [("engine", "simulated")])
    body = b"".join(pieces)
    assert len(body) == length
    assert body.count(b'name="images"') == 4
    assert b"Content-Length: %d\r\n" % length in form_head(80, length)
    assert len(expected_digest(3000)) == 64
