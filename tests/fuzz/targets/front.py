"""What the front reads before anybody is trusted: heads, handshakes, authorities, ranges, links."""

from contextlib import suppress
from types import SimpleNamespace
from typing import Optional
from unittest.mock import patch
from urllib.parse import unquote

import h11
import trio
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from actors.runtime.errors import InvalidInput
from actors.runtime.topic import Entry
from app.addresses import DEFAULT_PORTS, is_loopback, parse_authority, parse_origin
from app.contracts import ranges
from app.front.frames import Frames, text_frame
from app.front.handshake import Handshake, read_wish
from app.front.head import BadHead, Head, HeadParser, check_lines, wants_stream, wants_websocket
from app.front.http.bodies import BadBody, CutOff, body_of
from app.front.plainhead import read_plain
from app.front.strict import check_head
from app.security.peers import is_in, parse_networks
from app.security.signing import KEY_BYTES, Grant, may_be_token, sign, verify
from tests.fuzz.targets.inputs import Target, pieces, text

_LIMIT = 2048
_KEY = bytes(KEY_BYTES)

_GET = b"GET /ws/job-1?after=7 HTTP/1.1\r\nHost: localhost:3002\r\n"
_UPGRADE = (
    _GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: callboard\r\n\r\n"
)


def head(data: bytes) -> None:
    """A head is cut where it ends, is as long as its limit at most, and the same however it arrives."""
    found = _head_of(list(pieces(data)))
    at_once = _head_of([data[1:]] if data[1:] else [])
    assert (found is None) == (at_once is None)
    if found is None or at_once is None:
        return
    # In pieces it is read by h11, and at once mostly not.
    assert (found.method, found.target, found.headers) == (at_once.method, at_once.target, at_once.headers)
    assert found.raw == at_once.raw
    assert data[1:].startswith(found.raw)
    assert len(found.raw) <= _LIMIT
    assert at_once.raw + at_once.rest == data[1:]
    assert found.version in ("1.0", "1.1")
    assert not any(byte in value for _, value in found.headers for byte in b"\r\n\0")
    assert not wants_stream(found) or wants_websocket(found)


def plain(data: bytes) -> None:
    """A head that is read in one look is one that h11 takes, and reads in the same way; see `check_head`, too."""
    found = read_plain(data)
    if found is None:
        return
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=len(data) + 1)
    connection.receive_data(data)
    event = connection.next_event()
    assert isinstance(event, h11.Request)
    assert (event.method.decode(), event.target.decode()) == (found.method, found.target)
    assert event.http_version == b"1.1"
    assert tuple((name, value) for name, value in event.headers) == found.headers
    assert connection.trailing_data[0] == data[found.end :]
    check_lines(data[: found.end])


def _head_of(chunks: list[bytes]) -> Optional[Head]:
    parser = HeadParser(_LIMIT)
    for chunk in chunks:
        with suppress(BadHead):
            found = parser.feed(chunk)
            if found is not None:
                return found
            continue
        return None
    return None


def handshake(data: bytes) -> None:
    """A handshake is refused, or accepted with 101 and without extensions; what it asks for has its bounds."""
    found = _head_of([data]) if data else None
    if found is None or not wants_stream(found):
        return
    with suppress(InvalidInput):
        wish = read_wish(found)
        assert 0 <= wish.after < 10**18
        assert wish.actor_id == unquote(found.path[len("/ws/") :])
    with suppress(BadHead):
        answer = Handshake(found).accept()
        assert answer.startswith(b"HTTP/1.1 101 ")
        assert b"permessage-deflate" not in answer.lower()


def requests(data: bytes) -> None:
    """What h11 leaves open is decided: no request has two lengths, and each target is a path."""
    found = _head_of([data[1:]]) if data[1:] else None
    with suppress(BadHead):
        if found is None:
            return
        check_head(found)
        names = {name for name, _ in found.headers}
        assert not {b"content-length", b"transfer-encoding"} <= names
        assert found.target.startswith("/") or found.target == "*"
        assert found.method == found.method.upper()


def bodies(data: bytes) -> None:
    """A body is the same however it arrives, ends where its end is told, and is what h11 reads, where that takes it."""
    chunked = data[:1] > b"\x7f"
    how = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % (len(data) // 2)
    opening = b"POST / HTTP/1.1\r\nHost: x\r\n" + how + b"\r\n\r\n"
    once = trio.run(_body_of, opening, [data[1:]])
    pieced = trio.run(_body_of, opening, list(pieces(data)))
    assert (once is None) == (pieced is None)
    if once is not None and pieced is not None:
        assert once[0] == pieced[0]
        assert data[1:].endswith(once[1])
        assert len(once[0]) + len(once[1]) <= len(data[1:])
        assert chunked or once[0] + once[1] == data[1:]
        assert _body_by_h11(opening + data[1:]) in (once, None)


async def _body_of(opening: bytes, chunks: list[bytes]) -> Optional[tuple[bytes, bytes]]:
    """A body, and what came with its end; None for one that is not whole, or none."""
    left = chunks[::-1]

    async def read() -> bytes:
        return left.pop() if left else b""

    head = _head_of([opening])
    assert head is not None
    body = body_of(head, read, _LIMIT)
    got = b""
    try:
        while not body.whole:
            got += await body.read()
    except (BadBody, CutOff):
        return None
    return got, body.rest


def _body_by_h11(whole: bytes) -> Optional[tuple[bytes, bytes]]:
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(whole)
    got = b""
    with suppress(h11.RemoteProtocolError):
        event = connection.next_event()
        while event is not h11.NEED_DATA and not isinstance(event, h11.EndOfMessage):
            got += bytes(event.data) if isinstance(event, h11.Data) else b""
            event = connection.next_event()
        return (got, connection.trailing_data[0]) if isinstance(event, h11.EndOfMessage) else None
    return None


def frames(data: bytes) -> None:
    """Frames that are sent in any parts are gone on with where the last part ended."""
    payloads = data.split(b"\n", 64)
    run = Frames(after=0)
    run.extend([Entry(seq, "log", payload) for seq, payload in enumerate(payloads, 1)])
    whole = run.joined(0)
    assert whole == b"".join(map(text_frame, payloads))
    for sent in range(1, len(whole) + 1, max(1, len(whole) // 17)):
        seq, left = run.split(0, sent)
        assert whole[:sent] + left + run.joined(run.index_after(seq)) == whole
        assert len(run.joined(0, sent)) <= max(sent, len(text_frame(payloads[0])))


def authority(data: bytes) -> None:
    """What is read of a host is the same when it is written again, and nothing of it could end a line."""
    given = text(data)
    found = parse_authority(given)
    if found is not None:
        assert found.host
        assert found.host == found.host.lower()
        assert not set(found.host) & set("\r\n\0 \t/@?#%\\")
        assert found.port is None or 0 < found.port < 65536
        host = f"[{found.host}]" if ":" in found.host else found.host
        again = host if found.port is None else f"{host}:{found.port}"
        assert parse_authority(again) == found
    origin = parse_origin(given)
    if origin is not None:
        scheme, where = origin
        assert scheme in DEFAULT_PORTS
        assert where.port is not None
        assert given.lower().startswith(f"{scheme}://")


def peers(data: bytes) -> None:
    """An address is in a network only if it is an address; no network lets the whole Internet in."""
    first, _, second = text(data).partition("\n")
    is_loopback(first)
    with suppress(InvalidInput):
        (network,) = parse_networks((second,))
        assert network.prefixlen >= 7
        assert not (is_in(first, (second,)) and not first)


def after_cursor(data: bytes) -> None:
    """A cursor is a number that was written as one, or refused."""
    target = "/ws/x?" + text(data).replace("\n", "")
    with suppress(InvalidInput):
        wish = read_wish(Head("GET", target, "1.1", (), b"", b""))
        assert 0 <= wish.after < 10**18


def byte_range(data: bytes) -> None:
    """A part lies inside the file, and is never empty."""
    given, _, version = text(data[1:]).partition("\n")
    size = data[0] if data else 0
    found = ranges.part_of(given, size)
    assert found is None or found[0] >= size or found[0] < found[1] <= size
    headers = {"Range": given, **({"If-Range": version} if version else {})}
    asked = SimpleNamespace(method="GET", headers=headers)
    with patch.object(ranges, "request", asked), suppress(RequestedRangeNotSatisfiable):
        part = ranges.asked_part(size, "tag")
        assert part is None or 0 <= part[0] < part[1] <= size


def token(data: bytes) -> None:
    """A signed link says what was signed; nothing else is good for anything."""
    given = text(data)
    found = verify(_KEY, given)
    assert found is None or sign(_KEY, found) == given
    assert found is None or may_be_token(given)
    name = "".join(chr(33 + byte % 94) for byte in data[:64])
    if name:
        grant = Grant(name, int.from_bytes(data[-5:], "big"))
        signed = sign(_KEY, grant)
        assert verify(_KEY, signed) == grant
        assert verify(_KEY[:-1] + b"x", signed) is None
        at = len(data) % len(signed)
        assert verify(_KEY, signed[:at] + ("a" if signed[at] != "a" else "b") + signed[at + 1 :]) is None


TARGETS = {
    "head": Target(head, (b"\x10" + _GET + b"\r\nrest", b"\x01GET / HTTP/1.0\r\n\r\n", b"\xffPRI * HTTP/2.0\r\n\r\n")),
    "plain": Target(
        plain,
        (
            _GET + b"Accept:*/*\r\nX-Empty:\r\nX-Latin: \xe9 \t\r\n\r\nrest",
            b"POST /x?y HTTP/1.1\r\nHost: a\r\nContent-Length: 002\r\nExpect: 100-continue\r\n\r\nab",
            b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            b"GET  / HTTP/1.1\r\nHost : a\r\n x: y\n\r\n",
        ),
    ),
    "handshake": Target(handshake, (_UPGRADE, _UPGRADE.replace(b"after=7", b"after=x&after=1"))),
    "requests": Target(
        requests,
        (
            b"\x20POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nabGET /y HTTP/1.1\r\nHost: a\r\n\r\n",
            b"\x20POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;e=1\r\na\r\n0\r\nX: y\r\n\r\n",
            b"\x20GET http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        ),
    ),
    "bodies": Target(
        bodies,
        (
            b"\x8aab\r\n" + b"5;e=1\r\nhello\r\n0\r\nX: y\r\n\r\nGET / HTTP/1.1",
            b"\xff5\r\nhello\r\n0\r\n\r\n",
            b"\xff0005 \r\nhello\r\n-1\r\n",
            b"\x20hello, and what follows",
        ),
    ),
    "frames": Target(frames, (b'{"seq": 1}\n' * 3, b"a" * 130 + b"\n" + b"b" * 125)),
    "authority": Target(
        authority, (b"localhost:3002", b"[::1]:80", b"https://a.example:443", b"null", b"[::ffff:127.0.0.1]", b"A.B.")
    ),
    "peers": Target(peers, (b"172.17.0.2\n172.17.0.0/16", b"::ffff:10.0.0.1\n10.0.0.0/8", b"fe80::1%eth0\nfe80::/10")),
    "after": Target(after_cursor, (b"after=7", b"after=7&after=8", b"after=%37", b"&" * 20, b"x=1&after=")),
    "range": Target(
        byte_range, (b"\x64bytes=0-9", b'\x64bytes=-5\n"tag"', b"\x00bytes=0-", b"\x64bytes=1-2,4-5", b"\x64bytes=5-2")
    ),
    "token": Target(token, (b"job-aaaaaaaaaaaa", sign(_KEY, Grant("job-1", 2**31)).encode())),
}
