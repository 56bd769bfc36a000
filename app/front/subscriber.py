"""One subscriber of a stream: a position, at most one half-sent frame, and one writer.

Bytes reach the socket in one place (`_send`), and only after `_due` is empty: what is due ends at a frame boundary, so
that a pong or a close frame cannot land inside an event. Who is caught up is written to by the channel's pump; who is
not, by a task of its own, until it is.
"""

import logging
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Optional

import trio
from wsproto.events import CloseConnection, Event, Message, Ping
from wsproto.frame_protocol import CloseReason

from actors.runtime.topic import Subscription, TopicClosed
from app.front.connection import abort, shut
from app.front.figures import REASON_OF
from app.front.frames import Frames
from app.front.limits import FrontLimits
from app.front.talk import PING, Talk

if TYPE_CHECKING:
    from app.front.channel import Channel

logger = logging.getLogger(__name__)

_READ = 4096

_TOO_SLOW: Final = (CloseReason.TRY_AGAIN_LATER, "too slow; come back with after")


class Subscriber:
    """One WebSocket that follows a topic.

    Args:
        stream: Its connection.
        subscription: Its cursor.
        channel: The topic's others, and the frames that they share.
        nursery: For its writer; cancelled when the connection is over.
        limits: What it may cost.

    Attributes:
        position: The seq of the last event of which a byte was sent; while it is settled, the channel knows it instead.
        fileno: Tells its socket's descriptor, which is -1 once that was closed.
    """

    __slots__ = (
        *("_behind_since", "_blocked", "_caught_up", "_channel", "_closing", "_deaf", "_due", "_limits", "_nursery"),
        *("_over", "_page", "_stream", "_subscription", "_talk", "_unanswered", "_writing", "fileno", "position"),
    )

    def __init__(
        self,
        stream: trio.SocketStream,
        subscription: Subscription,
        channel: "Channel",
        nursery: trio.Nursery,
        limits: FrontLimits,
    ) -> None:
        self._stream = stream
        self.fileno = stream.socket.fileno
        self._talk = Talk()
        self._subscription = subscription
        self.position = subscription.position
        self._channel = channel
        self._nursery = nursery
        self._limits = limits
        self._due = b""
        self._unanswered = 0
        self._behind_since: Optional[float] = None
        self._page: Optional[Frames] = None
        self._writing = self._blocked = self._caught_up = False
        self._closing = self._deaf = self._over = False

    def __enter__(self) -> "Subscriber":
        """Be one of the channel's members."""
        self._channel.add(self)
        return self

    def __exit__(self, *exc: object) -> None:
        """Say goodbye as far as that is possible without waiting; a reset tells those who cannot hear it."""
        self.close(CloseReason.SERVICE_RESTART, "the server is stopping")
        if not self._over and not self._flush():
            abort(self._stream)
        self._channel.remove(self)

    # What others ask of it; none of these waits.

    def fall_short(self, position: int, due: bytes) -> None:
        """Go on by itself, since its socket did not take all: it is at `position`, and of that event `due` is left."""
        self._blocked = True
        self.wake()
        self.position, self._due = position, due

    def lose(self) -> None:
        """Give it up: its socket is broken."""
        self._hang_up()
        abort(self._stream)

    def control(self, data: bytes) -> None:
        """Send whole control frames, at the next frame boundary."""
        self._due += data
        if not self._writing and not self._flush():
            self.wake()

    def ping(self) -> None:
        """Ask whether it is still there, or give it up when it left too many such questions unanswered."""
        if self._closing or self._writing:
            return
        if self._unanswered >= self._limits.pings:
            self._channel.figures.let_go.add("silent")
            self.lose()
            return
        self._unanswered += 1
        self.control(PING)

    @property
    def blocked(self) -> bool:
        """Whether its socket did not take what was sent last."""
        return self._blocked

    def close(self, code: int, reason: str = "", *, asked: bool = False) -> None:
        """Send no more events, finish the frame that was begun, and say goodbye, all within `finish` seconds.

        Args:
            code: Why, as RFC 6455 has it.
            reason: The same for people.
            asked: Whether the client wants it so, and is not let go.
        """
        if self._closing or self._over:
            return
        if code in REASON_OF and not asked:
            self._channel.figures.let_go.add(REASON_OF[code])
        self._closing = True
        self._channel.unsettle(self)
        self._nursery.cancel_scope.deadline = trio.current_time() + self._limits.finish
        if goodbye := self._talk.goodbye(code, reason):
            self.control(goodbye)

    def wake(self) -> None:
        """Start the writer, unless it runs."""
        if not self._writing and not self._over:
            self._writing = True
            self._behind_since = trio.current_time() if self._caught_up else None
            self._channel.unsettle(self)
            self._nursery.start_soon(self._write)

    # The reader.

    async def follow(self, answer: bytes, data: bytes) -> None:
        """Send the handshake's answer and all that follows; take what the client sends, until the connection is over.

        Args:
            answer: To the handshake.
            data: What the client has sent behind it.
        """
        self.control(answer)
        self.wake()
        # Not `receive_some`: three more coroutines would wait for as long as the client says nothing.
        with suppress(OSError, trio.ClosedResourceError):
            while True:
                if data and not self._deaf:
                    self._take(data)
                await trio.sleep(len(data) / self._limits.client_rate)
                if self._over:
                    break
                await trio.lowlevel.wait_readable(self._stream.socket)
                data = b""
                with suppress(BlockingIOError):
                    data = os.read(self.fileno(), _READ)
                    if not data:
                        break
        self._hang_up()

    def _take(self, data: bytes) -> None:
        self._unanswered = 0
        try:
            for event in self._talk.hear(data):
                self._on_event(event)
        except Exception:
            logger.exception("what a stream's client sent could not be read")
            self._deaf = True
            self.close(CloseReason.INTERNAL_ERROR)

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Ping) and not self._closing:
            self.control(self._talk.pong(event, self._limits.pongs))
        elif isinstance(event, Message) and self._talk.measure(event) > self._limits.message:
            self.close(CloseReason.MESSAGE_TOO_BIG, f"over {self._limits.message} bytes; this stream takes no messages")
        elif isinstance(event, CloseConnection):
            self._on_close(event)

    def _on_close(self, event: CloseConnection) -> None:
        if self._talk.closed:
            self._hang_up()  # the answer to our goodbye
        else:
            # The client's goodbye, which is answered in kind, or an error in what it sent.
            self._deaf = True
            self.close(event.code, event.reason or "", asked=True)

    # The writer.

    async def _write(self) -> None:
        try:
            await self._catch_up()
        except TopicClosed:
            self.close(CloseReason.SERVICE_RESTART, "this stream broke off; come back with after")
        except Exception:
            logger.exception("a stream could not be read")
            self.close(CloseReason.INTERNAL_ERROR, "the stream could not be read")
        finally:
            self._writing = False
        if not self._over and not self._flush():
            self.wake()

    async def _catch_up(self) -> None:
        while not self._over:
            if self._blocked:
                await self._wait_writable()
            elif self._due:
                self._flush()
            elif self._closing:
                return
            elif self._channel.settle(self):
                self._caught_up, self._behind_since, self._page = True, None, None
                return
            elif not self._closing:
                await self._go_on()

    async def _go_on(self) -> None:
        """Take one step towards the log's end."""
        if self._is_slow():
            self.close(*_TOO_SLOW)
        elif self.position > self._channel.frames.last or self._send_next():
            # It came with more than the pump has seen, which runs now; or its turn is over.
            await trio.lowlevel.checkpoint()
        else:
            self._page = await self._channel.read(self._subscription, self.position)

    async def _wait_writable(self) -> None:
        with trio.move_on_after(self._limits.stall) as waiting, suppress(trio.ClosedResourceError):
            await trio.lowlevel.wait_writable(self._stream.socket)
        if waiting.cancelled_caught:
            self.close(*_TOO_SLOW)
        else:
            self._blocked = False

    def _send_next(self) -> bool:
        """Send a turn's worth of what follows the position; False when neither the shared log nor the page has it."""
        for frames in (self._channel.frames, self._page):
            if frames is not None and frames.has_beyond(self.position):
                index = frames.index_after(self.position)
                data = frames.joined(index, self._limits.turn)
                sent = self._send(data)
                if sent:
                    self.position, self._due = frames.split(index, sent)
                self._blocked = sent < len(data)
                return True
        return False

    def _is_slow(self) -> bool:
        """Whether it had caught up, and was too far behind for too long."""
        if self._behind_since is None:
            return False
        late = trio.current_time() - self._behind_since > self._limits.lag_time
        return late and self._subscription.topic.bytes_after(self.position) > self._limits.lag

    # The socket.

    def _flush(self) -> bool:
        """Send what is due; True when the socket took it all."""
        if self._due:
            self._due = self._due[self._send(self._due) :]
        self._blocked = bool(self._due)
        if self._due:
            return False
        self._talk.sent()
        if self._closing and self._talk.closed:
            self._hang_up()
        elif self._closing and self._deaf:
            shut(self._stream)  # after an error no answer is waited for
        return True

    def _send(self, data: bytes) -> int:
        try:
            return os.write(self.fileno(), data)
        except BlockingIOError:
            return 0
        except OSError:
            self.lose()
            return 0

    def _hang_up(self) -> None:
        self._over = True
        self._channel.unsettle(self)
        self._nursery.cancel_scope.cancel()
