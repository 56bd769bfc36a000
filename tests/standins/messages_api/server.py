"""The HTTP of the stand-in."""

import json
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.standins.messages_api.conversation import Conversations, Due
from tests.standins.messages_api.log import RequestLog
from tests.standins.messages_api.message import error_body, events, whole_message
from tests.standins.messages_api.script import Answer

_NOT_THERE = Answer(status=404, message="There is nothing at this address.")


class Server(ThreadingHTTPServer):
    """Listens on loopback.

    Args:
        port: Where; 0 for any that is free.
        conversations: Know what is answered.
        log: Takes note.
    """

    daemon_threads = True

    def __init__(self, port: int, conversations: Conversations, log: RequestLog) -> None:
        self.conversations = conversations
        self.log = log
        super().__init__(("127.0.0.1", port), Connection)


class Connection(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *ignored: Any) -> None:
        """Say nothing: the log is `RequestLog`."""

    def do_HEAD(self) -> None:
        """Be there."""
        self.server.log.asked(method="HEAD", path=self.path, headers=self._names())
        self._head(200, {"content-length": "0"})

    def do_GET(self) -> None:
        """Have nothing."""
        self.server.log.asked(method="GET", path=self.path, headers=self._names())
        self._error(_NOT_THERE)

    def do_POST(self) -> None:
        """Answer a message."""
        raw = self.rfile.read(int(self.headers.get("content-length", "0")))
        body = json.loads(raw)
        path = self.path.partition("?")[0]
        due = self.server.conversations.take(body) if path == "/v1/messages" else Due("", 0, _NOT_THERE)
        number = self._note(body, len(raw), due)
        try:
            if path == "/v1/messages/count_tokens":
                self._json(200, {"input_tokens": len(raw) // 4})
            elif due.answer.status != 200:
                self._error(due.answer)
            else:
                self._answer(due.answer, body)
        except ConnectionError:
            self.server.log.gone(number)
            self.close_connection = True

    def _note(self, body: Mapping[str, Any], size: int, due: Due) -> int:
        """Log a request."""
        return self.server.log.asked(
            method="POST",
            path=self.path,
            headers=self._names(),
            bytes=size,
            scenario=due.scenario,
            place=due.place,
            tools=[tool.get("name") for tool in body.get("tools", ())],
            **{word: body.get(word) for word in ("model", "stream", "max_tokens", "system", "metadata", "messages")},
        )

    def _answer(self, answer: Answer, body: Mapping[str, Any]) -> None:
        """Send a message, whole or as a stream, as far as it is to go."""
        model = str(body.get("model"))
        if answer.silent_after is not None and answer.silent_after < 0:
            self._wait_for_leave()
        if body.get("stream"):
            self._stream(answer, model)
        elif answer.cut_after is None:
            self._json(200, whole_message(answer, model))
        self.close_connection = self.close_connection or answer.cut_after is not None

    def _stream(self, answer: Answer, model: str) -> None:
        """Send a message as a stream."""
        self.close_connection = True
        self._head(200, {"content-type": "text/event-stream", "connection": "close"})
        sent = 0
        for is_content, event in events(answer, model):
            if is_content or sent:
                if sent == answer.silent_after:
                    self._wait_for_leave()
                if sent == answer.cut_after:
                    return
            if is_content:
                time.sleep(answer.pause)  # the pace that a script wants
                sent += 1
            self.wfile.write(event)

    def _wait_for_leave(self) -> None:
        """Send nothing until the client goes.

        Raises:
            ConnectionError: It went.
        """
        self.connection.recv(1)
        raise ConnectionAbortedError

    def _error(self, answer: Answer) -> None:
        """Send an error."""
        further = {} if answer.retry_after is None else {"retry-after": f"{answer.retry_after:g}"}
        self._json(answer.status, error_body(answer), further)

    def _json(self, status: int, value: Mapping[str, Any], further: Mapping[str, str] = {}) -> None:
        """Send JSON."""
        data = json.dumps(value).encode()
        self._head(status, {"content-type": "application/json", "content-length": str(len(data)), **further})
        self.wfile.write(data)

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        """Send the head of a response."""
        self.send_response(status)
        for name, value in {"request-id": "req_scripted", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _names(self) -> dict[str, str]:
        """The request's headers, by names in lower case."""
        return {name.lower(): value for name, value in self.headers.items()}
