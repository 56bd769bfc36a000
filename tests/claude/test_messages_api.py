"""The stand-in of the Messages API, without anybody's client."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection, HTTPResponse, RemoteDisconnected
from pathlib import Path
from select import select
from typing import Any

import pytest

from tests.standins.messages_api.conversation import Conversations
from tests.standins.messages_api.log import RequestLog
from tests.standins.messages_api.script import OWN, Answer, find_script, parse_script, pick
from tests.standins.messages_api.server import Server

pytestmark = pytest.mark.real


class Asking:
    """A client.

    Args:
        port: Where the stand-in is.
        log: What it notes.
    """

    def __init__(self, port: int, log: Path) -> None:
        self.port = port
        self._log = log
        self._opened = ExitStack()

    def close(self) -> None:
        """Let go of all connections."""
        self._opened.close()

    def ask(self, *texts: str, session: str = "s", stream: bool = True) -> HTTPResponse:
        """Ask for a message, after these texts of the user."""
        connection = self._opened.enter_context(closing(HTTPConnection("127.0.0.1", self.port, timeout=10)))
        messages = [{"role": "user", "content": text} for text in texts]
        body = {"model": "m", "stream": stream, "messages": messages, "metadata": {"user_id": session}}
        connection.request("POST", "/v1/messages?beta=true", json.dumps(body), {"x-api-key": "k"})
        return self._opened.enter_context(connection.getresponse())

    def events(self, *texts: str) -> list[dict[str, Any]]:
        """Ask for a message, and return its events."""
        lines = self.ask(*texts).read().decode().splitlines()
        return [json.loads(line[len("data: ") :]) for line in lines if line.startswith("data: ")]

    def log(self) -> list[dict[str, Any]]:
        """Return what was noted."""
        return [json.loads(line) for line in self._log.read_text().splitlines()]


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[Asking]:
    """A stand-in, and a client of it; further scripts are looked for in `tmp_path`."""
    with Server(0, Conversations([tmp_path], "hello"), RequestLog(tmp_path / "log")) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        with closing(Asking(server.server_port, tmp_path / "log")) as asking:
            yield asking
        server.shutdown()
        thread.join()


def script(directory: Path, *answers: dict[str, Any]) -> None:
    """Write the script `own`."""
    (directory / "own.json").write_text(json.dumps({"notes": "for a test", "answers": answers}))


def test_all_scripts_can_be_read() -> None:
    """All that are here are right."""
    for path in OWN.glob("*.json"):
        assert find_script(path.stem, [])


def test_wrong_scripts() -> None:
    """A word that means nothing is refused, and so is what is not there."""
    with pytest.raises(ValueError, match="an answer has no colour"):
        parse_script([{"colour": "red"}])
    for name in ("nobody-wrote-this", "../scripts/hello"):
        with pytest.raises(LookupError):
            find_script(name, [OWN])


def test_each_answer_in_its_turn() -> None:
    """Answers are counted as often as they are given; after the last one there is an error."""
    answers = parse_script([{"status": 529, "times": 2}, {"text": "a"}])
    assert [pick(answers, place).status for place in range(4)] == [529, 529, 200, 400]


def test_streamed(asking: Asking, tmp_path: Path) -> None:
    """A message comes as the real API sends it: text first, then tools, in pieces."""
    use = {"name": "write", "input": {"path": "a"}, "filling": {"content": 100_000}}
    script(tmp_path, {"text": ["one ", "two"], "tools": [use], "usage": {"input_tokens": 7}})
    events = asking.events("scenario=own")
    assert [event["type"] for event in events if event["type"] != "content_block_delta"] == [
        "message_start", "ping", "content_block_start", "content_block_stop", "content_block_start",
        "content_block_stop", "message_delta", "message_stop",
    ]  # fmt: skip
    deltas = [event["delta"] for event in events if event["type"] == "content_block_delta"]
    assert [delta["text"] for delta in deltas[:2]] == ["one ", "two"]
    parameters = json.loads("".join(delta["partial_json"] for delta in deltas[2:]))
    assert (len(deltas) > 3, parameters) == (True, {"path": "a", "content": "x" * 100_000})
    assert events[0]["message"]["usage"]["input_tokens"] == 7
    assert events[-2]["delta"]["stop_reason"] == "tool_use"


def test_whole(asking: Asking, tmp_path: Path) -> None:
    """Who does not want a stream gets the same at once."""
    script(tmp_path, {"text": ["one ", "two"], "tools": [{"name": "look"}]})
    message = json.loads(asking.ask("scenario=own", stream=False).read())
    assert [block.get("text", block.get("name")) for block in message["content"]] == ["one two", "look"]


def test_errors(asking: Asking, tmp_path: Path) -> None:
    """An error has the API's words and its wait; then it passes."""
    script(tmp_path, {"status": 429, "retry_after": 1.5}, {"text": "a"})
    first, second, third = (asking.ask("scenario=own") for _ in range(3))
    assert (first.status, first.headers["retry-after"]) == (429, "1.5")
    assert json.loads(first.read())["error"] == {"type": "rate_limit_error", "message": "rate_limit_error"}
    assert (second.status, third.status) == (200, 400)


def test_places(asking: Asking, tmp_path: Path) -> None:
    """Each conversation has its own place, and one begins anew with a new prompt; what names none is greeted."""
    script(tmp_path, {"text": "a"}, {"text": "b"})
    for texts, session in (
        (["scenario=own"], "s"),
        (["scenario=own"], "t"),
        (["scenario=own", "scenario=own"], "s"),
        (["scenario=own"], "s"),
        (["hello"], "s"),
        (["scenario=nobody"], "s"),
    ):
        asking.ask(*texts, session=session).read()
    noted = [(line["scenario"], line["place"]) for line in asking.log()]
    assert noted == [("own", 0), ("own", 0), ("own", 0), ("own", 1), ("hello", 0), ("nobody", 0)]


def test_cut_and_broken(asking: Asking, tmp_path: Path) -> None:
    """A stream may end in its middle, by itself or with an error."""
    script(tmp_path, {"text": ["a", "b"], "cut_after": 1}, {"text": "a", "broken_by": "overloaded_error"})
    assert asking.events("scenario=own")[-1]["delta"]["text"] == "a"
    assert asking.events("scenario=own")[-1]["error"]["type"] == "overloaded_error"


def test_cut_before_anything(asking: Asking, tmp_path: Path) -> None:
    """Who wants no stream gets nothing of what is cut."""
    script(tmp_path, {"text": "a", "cut_after": 0})
    with pytest.raises(RemoteDisconnected):
        asking.ask("scenario=own", stream=False)


@pytest.mark.parametrize(("after", "last"), [(-1, b""), (0, b"content_block_start"), (1, b'"a"')])
def test_silence(asking: Asking, tmp_path: Path, after: int, last: bytes) -> None:
    """Silence lasts until the client goes, and that is noted."""
    script(tmp_path, {"text": ["a", "b"], "silent_after": after})
    with socket.create_connection(("127.0.0.1", asking.port), timeout=10) as connection:
        body = json.dumps({"stream": True, "messages": [{"role": "user", "content": "scenario=own"}]}).encode()
        connection.sendall(b"POST /v1/messages HTTP/1.1\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
        received = b""
        while last not in received:
            received += connection.recv(65536)
        assert select([connection], [], [], 0.1)[0] == [] or after >= 0
    assert (b'"a"' in received, b'"b"' in received) == (after > 0, False)
    for _ in range(1000):
        if asking.log()[-1] == {"gone": 1}:
            return
        threading.Event().wait(0.01)
    pytest.fail("nobody noted that the client is gone")


def test_log(asking: Asking) -> None:
    """The key, the address and the messages are noted, long texts by their beginning."""
    asking.ask("y" * 10_000).read()
    (line,) = asking.log()
    assert (line["headers"]["x-api-key"], line["path"], line["model"]) == ("k", "/v1/messages?beta=true", "m")
    assert line["messages"][0]["content"].endswith("y[10000 characters]")
    assert line["bytes"] > 10_000


def test_elsewhere(asking: Asking) -> None:
    """There is nothing but messages."""
    for method, path, status in (("GET", "/", 404), ("HEAD", "/", 200), ("POST", "/v1/other", 404)):
        connection = HTTPConnection("127.0.0.1", asking.port, timeout=10)
        connection.request(method, path, "{}" if method == "POST" else None)
        response = connection.getresponse()
        response.read()
        assert response.status == status
        connection.close()


def test_plain_answer() -> None:
    """An answer that says nothing is a turn that ends."""
    assert Answer() == parse_script([{}])[0]
