"""One request and its answer, as ASGI has them (asgi.readthedocs.io, HTTP & WebSocket, version 2.3)."""

import logging
from collections.abc import Callable
from time import perf_counter
from typing import Any, Final, Protocol
from urllib.parse import unquote

import trio

from app.asgi import MEMO, Message, Scope
from app.front.connection import Address
from app.front.head import Head
from app.front.http.answer import (
    CLOSE,
    LAST_CHUNK,
    UNANSWERED,
    BadAnswer,
    Framing,
    encode_head,
    encode_part,
    framing_of,
    length_of,
)
from app.front.http.bodies import BadBody, CutOff, body_of
from app.front.requests import Requests
from app.problems import Header, Problem
from app.requestid import HEADER as REQUEST_ID
from app.requestid import put_request_id

logger = logging.getLogger(__name__)

HANGUP: Final = "callboard.hangup"
"""An extension of ours: what it holds is called with what to call when the client has hung up."""

THERE: Final = "callboard.there"
"""An extension of ours: what it holds says whether the next `receive` gives the whole body, and does not wait."""

COUNTED_AS: Final = "callboard.counted_as"
"""What an application puts into the state of ASGI's scope where a request is not to be counted by its own target."""

SEND_FILE: Final = "http.response.zerocopysend"
"""ASGI's extension for what the kernel copies by itself."""

_ERRORS: Final = 400
_GONE: Final[Message] = {"type": "http.disconnect"}
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_JOINED: Final = 64 * 1024
"""Bytes that are copied to be sent with the head at once; more are sent by themselves."""


class Line(Protocol):
    """The connection, as an exchange needs it.

    Attributes:
        addresses: Of the client and of the server.
        gone: Set when nobody is there any more.
        requests: Counts them.
        stopping: Whether this is its last exchange.
    """

    addresses: tuple[Address, Address]
    gone: trio.Event
    requests: Requests

    @property
    def stopping(self) -> bool:
        """Whether the server stops."""

    async def read(self) -> bytes:
        """Bytes of a body; nothing when it ended, or stood still for too long."""

    async def write(self, data: bytes) -> None:
        """Send all of it, or lose the connection."""

    async def write_file(self, number: int, offset: int, count: int) -> int:
        """Send a part of an open file; how many bytes."""

    def hang_up(self) -> None:
        """Take the client for gone, though what was sent to it may still arrive."""

    def lose(self) -> None:
        """Take the client for gone, and close at once."""

    def reset(self) -> None:
        """Break the connection off, so that the client knows that something is missing."""

    def on_hangup(self, call: Callable[[], None]) -> None:
        """Have something called when the client hangs up."""


class Exchange:
    """One request, and the answer to it.

    Args:
        line: The connection.
        head: The request's head, which is checked.
        limit: Bytes of a chunk's head.

    Attributes:
        over: Whether the connection ends with it.
        rest: What came after the request, once it is over.
    """

    def __init__(self, line: Line, head: Head, limit: int) -> None:
        self._came = perf_counter()
        self._state: dict[str, Any] = {}
        self._line = line
        self._head = head
        self._body = body_of(head, line.read, limit)
        self._expected = head.version == "1.1" and "100-continue" in head.tokens(b"expect")
        self._given = False
        self._status = 0
        self._headers: list[Header] = []
        self._framing = Framing.NOTHING
        self._begun = False
        self._ended = False
        self._left = -1
        self.over = head.version == "1.0" or "close" in head.tokens(b"connection")

    @property
    def rest(self) -> bytes:
        """What came after the request."""
        return self._body.rest

    def scope(self) -> Scope:
        """ASGI's description of the request."""
        path, _, query = self._head.target.partition("?")
        client, server = self._line.addresses
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": self._head.version,
            "method": self._head.method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode("ascii"),
            "query_string": query.encode("ascii"),
            "root_path": "",
            "headers": list(self._head.headers),
            "client": client,
            "server": server,
            "state": self._state,
            "extensions": {
                HANGUP: self._line.on_hangup,
                THERE: self._is_there,
                SEND_FILE: {},
                MEMO: self._head.memo,
            },
        }

    def _is_there(self) -> bool:
        return self._body.there and not self._given

    async def receive(self) -> Message:
        """Give the application a part of the body, or word that the client has gone; waits for either."""
        if self._given:
            await self._line.gone.wait()
            return _GONE
        try:
            data = await self._read()
        except CutOff:
            self._given = True
            self._line.lose()
            return _GONE
        except BadBody as error:
            self._given = True
            await self._refuse(error)
            return _GONE
        self._given = self._body.whole
        return {"type": "http.request", "body": data, "more_body": not self._given}

    async def _read(self) -> bytes:
        if self._expected and not self._body.begun and not self._body.whole and not self._begun:
            self._expected = False
            await self._line.write(_CONTINUE)
        return await self._body.read()

    async def _refuse(self, error: BadBody) -> None:
        self.over = True
        if self._begun and not self._ended:
            self._line.reset()  # half an answer is there, and the application will not send the other half
        elif not self._ended:
            problem = Problem(400, f"The body of this request cannot be read: {error}.", "Send it as RFC 9112 has it.")
            await self._answer(problem)
        self._line.hang_up()

    async def send(self, message: Message) -> None:
        """Take a message of the application; what comes after the client has gone is dropped, and after the end, too.

        Raises:
            BadAnswer: It is not one that can be sent: a bug of the application.
        """
        if self._ended or self._line.gone.is_set():
            await trio.lowlevel.checkpoint()
        elif message["type"] == "http.response.start":
            self._start(int(message["status"]), message.get("headers", ()))
        elif not self._status:
            raise BadAnswer("its body came before its head")
        elif message["type"] == SEND_FILE:
            await self._send_file(message["file"].fileno(), message["offset"], message["count"])
        elif message["type"] == "http.response.body":
            await self._send_part(message.get("body", b""), more=bool(message.get("more_body")))
        else:
            raise BadAnswer(f"{message['type']!r} is no message of it")

    def _start(self, status: int, headers: "list[Header]") -> None:
        if self._status:
            raise BadAnswer("it has two heads")
        if not 200 <= status <= 999:
            raise BadAnswer(f"{status} is not the status of an answer")  # below 200 another one would follow
        headers = [(bytes(name), bytes(value)) for name, value in headers]
        if status >= _ERRORS or REQUEST_ID in self._head.names:
            put_request_id(headers, self._head.request_id)
        self._left = length_of(headers)
        self._framing = framing_of(self._head.method, self._head.version, status, self._left)
        self._status, self._headers = status, headers

    def _opening(self, *, body: bytes, more: bool) -> bytes:
        """The head, the first time; nothing later."""
        if self._begun:
            return b""
        if self._framing is Framing.CHUNKS and not more:
            self._framing, self._left = Framing.LENGTH, 0
            self._headers.append((b"content-length", b"%d" % len(body)))
        # An answer that does not wait for the whole request is the connection's last one (RFC 9112, section 9.6), and a
        # client that does not know sends its next request into the closing.
        self.over |= not self._body.whole or self._line.stopping or CLOSE in self._headers
        self.over |= self._framing is Framing.CLOSING
        head = encode_head(self._status, self._headers, self._framing, last=self.over)
        self._begun = True
        self._note()
        return head

    async def _send_part(self, body: bytes, *, more: bool) -> None:
        if self._framing is Framing.LENGTH:
            self._count(len(body))
        head = self._opening(body=body, more=more)
        if self._framing is Framing.NOTHING:
            body = b""
        data = encode_part(body, self._framing) if body else b""
        if not more and self._framing is Framing.CHUNKS:
            data += LAST_CHUNK
        if len(data) <= _JOINED:
            await self._line.write(head + data)
        else:
            await self._line.write(head)
            await self._line.write(data)
        if more:
            await trio.lowlevel.checkpoint()  # a fast reader must not hold up all others
        else:
            self._end()

    async def _send_file(self, number: int, offset: int, count: int) -> None:
        if self._framing is Framing.LENGTH:
            self._count(count)
        elif self._framing is not Framing.NOTHING:
            raise BadAnswer("it has a file, and does not say its length")
        await self._line.write(self._opening(body=b"", more=True))
        if self._framing is Framing.LENGTH:
            self._left += count - await self._line.write_file(number, offset, count)
        self._end()

    def _count(self, size: int) -> None:
        if size > self._left:
            raise BadAnswer(f"it is at least {size - self._left} bytes longer than it says")
        self._left -= size

    def _end(self) -> None:
        self._ended = True
        if self._framing is Framing.LENGTH and self._left and not self._line.gone.is_set():
            # Of a file that has become shorter meanwhile, say: the client sees that something is missing.
            logger.info("an answer ended before all of it was there, and its connection with it")
            self.over = True

    async def finish(self) -> None:
        """Do what an application has left undone that ended."""
        if self._ended or self._line.gone.is_set():
            if not self._begun:
                self._status = 0
                self._note()
            return
        if not self._begun:
            await self._answer(UNANSWERED)
        elif self._framing is Framing.CLOSING:
            self._line.reset()  # a client could not tell it from a whole one otherwise
        self.over = self._ended = True

    def _note(self) -> None:
        target = self._state.get(COUNTED_AS, self._head.target)
        self._line.requests.answered(self._head.method, target, self._status, perf_counter() - self._came)

    async def _answer(self, problem: Problem) -> None:
        body = problem.body
        self._status = 0
        self._start(problem.status, problem.headers(body))
        self.over = True
        await self._send_part(body, more=False)
