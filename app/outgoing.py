"""What every answer of this server says beside its own, whoever makes it."""

from collections.abc import Iterable
from typing import Final, Optional

from app.asgi import Message, Send
from app.problems import NO_PAGE, NO_STORE, SECURITY, Header

_NO_FRAME: Final[Header] = (b"x-frame-options", b"DENY")


class Outgoing:
    """A `send` that adds the headers which every answer has.

    Args:
        send: Of ASGI.
        cors: What lets a page of another origin read the answer.
        varies: Whether that depends on who asks.

    Attributes:
        status: Of the answer; 0 until some of it was sent: until then another answer can take its place.
        private: Whether a token was needed for it, so that it is kept nowhere.
    """

    def __init__(self, send: Send, cors: tuple[Header, ...], *, varies: bool) -> None:
        self._send = send
        self._cors = cors
        self._varies = varies
        self._head: Optional[Message] = None  # goes with the first of the body, as it does on the wire
        self.status = 0
        self.private = False

    async def __call__(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start":
            self._head = {**message, "headers": self._dressed(message.get("headers", ()))}
            return
        if self._head is not None:
            head, self._head = self._head, None
            self.status = int(head["status"])
            await self._send(head)
        await self._send(message)

    def _dressed(self, headers: Iterable[Header]) -> list[Header]:
        dressed = [(bytes(name).lower(), bytes(value)) for name, value in headers]
        if self.private:
            dressed = [header for header in dressed if header[0] != NO_STORE[0]]
        present = {name for name, _ in dressed}
        frames = () if _may_be_framed(dressed) else (_NO_FRAME,)
        # What does not say how long it may be kept, a browser or a proxy would keep for as long as it likes.
        ours = (*SECURITY, NO_PAGE, NO_STORE, *self._cors, *frames)
        dressed.extend([header for header in ours if header[0] not in present])
        if self._varies:
            dressed.append((b"vary", b"Origin"))
        return dressed


def _may_be_framed(headers: Iterable[Header]) -> bool:
    """Whether a page says itself who may frame it, and that is not nobody."""
    return any(b"frame-ancestors" in value and b"frame-ancestors 'none'" not in value for _, value in headers)
