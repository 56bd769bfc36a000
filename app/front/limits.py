"""Every bound of the front, in one place, with its unit."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FrontLimits:
    """What a client may cost, and how long it may take.

    There is no limit for one peer: behind a proxy, and on loopback, all clients are one peer.

    Attributes:
        connections: Connections open at once; one more is answered 503 and closed.
        streams: Of those, WebSocket streams; the rest stays free for HTTP.
        refusals: Connections that are being told 503 at once; one more is reset.
        head_size: Bytes of a request's head.
        head_time: Seconds that the first head of a connection may take.
        keep_alive: Seconds from an answer to the end of the next request's head.
        upload_stall: Seconds in which a request's body must bring a byte.
        send_stall: Seconds in which an answer's reader must take a byte.
        linger: Seconds that what a client still sends is read and dropped after the last answer, so that it gets there.
        peer_gone: Seconds after which the kernel gives up a peer that acknowledges nothing (TCP_USER_TIMEOUT).
        grace: Seconds that open requests get when the server stops.
        lag: Bytes that a subscriber who had caught up may be behind; no more than a topic's tail holds.
        lag_time: Seconds that it may be that far behind.
        stall: Seconds in which a subscriber's socket must take a byte.
        finish: Seconds for the last half-sent frame, the close frame and the client's answer to it.
        turn: Bytes written to one subscriber who catches up, before others get a turn.
        send_buffer: Bytes that the kernel may hold for a subscriber.
        message: Bytes of one message from a subscriber; it has nothing to say.
        relayed: Bytes of one message to an app, where the message cannot be passed on as it comes.
        client_rate: Bytes a second that are read from a subscriber.
        pongs: Pings of a subscriber that wait for their answer; further ones are dropped.
        ping_every: Seconds between pings to a subscriber.
        pings: Pings in a row that a subscriber may leave unanswered.
    """

    connections: int = 2000
    streams: int = 1500
    refusals: int = 64
    head_size: int = 16 * 1024
    head_time: float = 10
    keep_alive: float = 15
    upload_stall: float = 60
    send_stall: float = 30
    linger: float = 5
    peer_gone: float = 30
    grace: float = 5
    lag: int = 128 * 1024
    lag_time: float = 1
    stall: float = 20
    finish: float = 5
    turn: int = 64 * 1024
    send_buffer: int = 128 * 1024
    message: int = 16 * 1024
    relayed: int = 256 * 1024
    client_rate: int = 256 * 1024
    pongs: int = 16
    ping_every: float = 20
    pings: int = 3


DEFAULT_LIMITS = FrontLimits()
