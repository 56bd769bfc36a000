"""What the clients of a proxy may use."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EgressLimits:
    """The bounds of one proxy; reaching one ends a connection, never the proxy.

    Attributes:
        connections: Connections at once; one more is answered 503.
        head_bytes: Bytes of a request's head; more is answered 431.
        head_seconds: Seconds that a request's head may take; longer is answered 408.
        connect_seconds: Seconds to find and reach a host; longer is answered 504.
        idle_seconds: Seconds without a byte in either direction, after which a tunnel is closed.
        tunnel_seconds: Seconds that a tunnel may be open at all.
        sent: Bytes to the outside, of all connections together: this is the way by which things could leak.
        received: Bytes from the outside, of all connections together.
        reports: Decisions that are reported; the last one says that there are no more.
    """

    connections: int = 128
    head_bytes: int = 8192
    head_seconds: float = 10.0
    connect_seconds: float = 15.0
    idle_seconds: float = 60.0
    tunnel_seconds: float = 900.0
    sent: int = 32 * 2**20
    received: int = 4 * 2**30
    reports: int = 1000
