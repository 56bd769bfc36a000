"""The bridge: copies bytes between sockets on two sides of a network namespace, in a small process of its own.

Two routes are known: a port on the inside's loopback to a unix socket of the outside (the egress proxy), and a socket
that the outside listens on to a port of the inside (the dev server's). One thread, one `epoll`, at most `MOST`
connections at once (further ones wait in the listener's queue), at most `CHUNK` bytes held for each direction: who
does not read stops who writes.
"""

from __future__ import annotations

import os
import select
import signal
import socket

CHUNK = 64 * 1024
MOST = 128
BACKLOG = 64
READ = select.EPOLLIN
WRITE = select.EPOLLOUT


class Route:
    """From a listener to an address.

    Args:
        listener: Where connections come from.
        target: A unix socket's path, or a host and port.
    """

    def __init__(self, listener: socket.socket, target: str | tuple[str, int]) -> None:
        self.listener = listener
        self.target = target
        listener.setblocking(False)

    def connect(self) -> socket.socket:
        """Begin a connection to the target; it may still be under way, or fail later."""
        family = socket.AF_UNIX if isinstance(self.target, str) else socket.AF_INET
        stream = socket.socket(family, socket.SOCK_STREAM)
        stream.setblocking(False)
        try:
            stream.connect(self.target)
        except BlockingIOError:
            return stream
        except OSError:
            stream.close()
            raise
        return stream


class Side:
    """One socket of a connection, and what waits to be sent on it.

    Args:
        stream: The socket, non-blocking.
    """

    def __init__(self, stream: socket.socket) -> None:
        self.stream = stream
        self.waiting = b""
        self.other = self
        self.at_end = False
        self.end_sent = False
        self.polled = 0

    @property
    def wanted(self) -> int:
        """What to wait for: bytes, as long as there is room for them on the other side; room, when bytes wait."""
        reading = READ if not self.at_end and len(self.other.waiting) < CHUNK else 0
        return reading | (WRITE if self.waiting else 0)

    def receive(self) -> None:
        """Take what is there, for the other side."""
        try:
            data = self.stream.recv(CHUNK)
        except BlockingIOError:
            return
        self.at_end = not data
        self.other.waiting += data

    def send(self) -> None:
        """Send what waits, as far as there is room, and pass on the other side's end after it."""
        if self.waiting:
            try:
                self.waiting = self.waiting[self.stream.send(self.waiting) :]
            except BlockingIOError:
                return
        if not self.waiting and self.other.at_end and not self.end_sent:
            self.end_sent = True
            self.stream.shutdown(socket.SHUT_WR)


class Bridge:
    """All connections of some routes.

    Args:
        routes: Where from, and where to.
    """

    def __init__(self, routes: list[Route]) -> None:
        self.poll = select.epoll()
        self.routes = {route.listener.fileno(): route for route in routes}
        self.sides: dict[int, Side] = {}
        self.accepting = False
        self.accept_more()

    def accept_more(self) -> None:
        """Listen while there is room for a connection, and only then."""
        room = len(self.sides) < 2 * MOST
        if room != self.accepting:
            for number in self.routes:
                if room:
                    self.poll.register(number, READ)
                else:
                    self.poll.unregister(number)
            self.accepting = room

    def serve(self) -> None:
        """Copy for ever: the process ends with its namespace, or its tree."""
        while True:
            for number, events in self.poll.poll():
                if number in self.routes:
                    self.open(self.routes[number])
                elif number in self.sides:
                    self.step(self.sides[number], events)
            self.accept_more()

    def open(self, route: Route) -> None:
        """Take one connection, and join it to one of its route's target."""
        try:
            stream, _ = route.listener.accept()
        except OSError:
            return
        try:
            target = route.connect()
        except OSError:
            stream.close()
            return
        stream.setblocking(False)
        near, far = Side(stream), Side(target)
        near.other, far.other = far, near
        for side in (near, far):
            self.sides[side.stream.fileno()] = side
            self.watch(side)

    def step(self, side: Side, events: int) -> None:
        """Do what one socket is ready for; when it broke, or both ends came, its connection is over."""
        try:
            if side.wanted & READ and events & ~WRITE:
                side.receive()
            side.other.send()
            side.send()
        except OSError:
            self.close(side)
            return
        if side.end_sent and side.other.end_sent:
            self.close(side)
            return
        self.watch(side)
        self.watch(side.other)

    def watch(self, side: Side) -> None:
        """Poll a socket for what is wanted of it; not at all for nothing: a closed peer would be told for ever."""
        number, wanted = side.stream.fileno(), side.wanted
        if wanted == side.polled:
            return
        if not wanted:
            self.poll.unregister(number)
        elif side.polled:
            self.poll.modify(number, wanted)
        else:
            self.poll.register(number, wanted)
        side.polled = wanted

    def close(self, side: Side) -> None:
        """Close both sides of a connection."""
        for each in (side, side.other):
            number = each.stream.fileno()
            del self.sides[number]
            if each.polled:
                self.poll.unregister(number)
            each.stream.close()


def listen(port: int) -> socket.socket:
    """Return a socket that listens on this port of 127.0.0.1; on any free one for 0."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(BACKLOG)
    return listener


def inherited(descriptor: int) -> socket.socket:
    """Return a listening socket that came as a descriptor."""
    return socket.socket(fileno=os.dup(descriptor))


def start(routes: list[Route]) -> None:
    """Leave the bridge running beside this process, as nobody's child in particular, and let go of its sockets."""
    child = os.fork()
    if child == 0:
        if os.fork() == 0:
            run(routes)
        os._exit(0)
    os.waitpid(child, 0)
    for route in routes:
        route.listener.close()


def run(routes: list[Route]) -> None:
    """Be the bridge; never returns. It keeps no stream of the program's, and no directory."""
    try:
        os.setsid()
        os.chdir("/")
        null = os.open(os.devnull, os.O_RDWR)
        for standard in range(3):
            os.dup2(null, standard)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        Bridge(routes).serve()
    finally:
        os._exit(1)
