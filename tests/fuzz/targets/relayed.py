"""What passes between a browser and an app, by way of us: headers, locations, and who a proxy says was there."""

import ipaddress
import re
from contextlib import suppress
from typing import Optional

from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, Event, Message, Ping, Pong

from app.front.head import BadHead, Head, HeadParser
from app.front.http.bodies import BadBody, body_of
from app.front.strict import check_head
from app.front.talk import Talk
from app.preview.headers import framing, from_app, is_preflight, mapped, subprotocols, to_app
from app.preview.naming import Place
from app.security.peers import passed_on_for
from tests.fuzz.targets.inputs import Target, pieces, text

_LIMIT = 2048
_PROJECT = "project-00000000-0000-0000-0000-000000000000"
_PLACES = (Place(_PROJECT, "path", f"/api/projects/{_PROJECT}/preview/app/"), Place(_PROJECT, "host"))
_PROXIES = ("10.0.0.0/8", "192.0.2.7", "fd00::/8")
_GET = b"GET / HTTP/1.1\r\nHost: x\r\n"


def forwarded(data: bytes) -> None:
    """Whoever asked is the last one that no trusted proxy vouches for; what stands before was written by anybody."""
    peer, _, told = text(data).partition("\n")
    hops = [hop.strip() for hop in told.split(",")]
    found = passed_on_for(peer, told, _PROXIES)
    if not _is_trusted(peer):
        assert found == peer
        return
    vouched = 0
    while vouched < len(hops) and _address(hops[-1 - vouched]) is not None:
        vouched += 1
        if not _is_trusted(hops[-vouched]):
            break
    assert found == (hops[-vouched] if vouched else peer)
    # Whatever a stranger writes before what the first proxy of ours has added changes nothing.
    if found is not None and not _is_trusted(found):
        assert passed_on_for(peer, f"198.51.100.66, {told}", _PROXIES) == found
        assert passed_on_for(peer, f"10.0.0.1, {told}", _PROXIES) == found


def _address(written: str) -> Optional[object]:
    with suppress(ValueError):
        ip = ipaddress.ip_address(written)
        return (ip.ipv4_mapped or ip) if isinstance(ip, ipaddress.IPv6Address) else ip
    return None


def _is_trusted(written: str) -> bool:
    ip = _address(written)
    return ip is not None and any(ip in ipaddress.ip_network(network) for network in _PROXIES)


def talk(data: bytes) -> None:
    """A client is heard as wsproto hears it, however its bytes are cut; only empty pongs may be passed over."""
    plain = Connection(ConnectionType.SERVER)
    plain.receive_data(data[1:])
    expected = _heard(list(plain.events()))
    assert _heard(list(Talk().hear(data[1:]))) == expected
    apart, events = Talk(), list[Event]()
    for piece in pieces(data):
        events += apart.hear(piece)
        if any(isinstance(event, CloseConnection) for event in events):
            break
    assert _heard(events) == expected
    assert not apart.closed
    goodbye = apart.goodbye(1000, "")
    assert goodbye[:1] in (b"\x88", b"")
    assert not apart.goodbye(1000, "")


def _heard(events: list[Event]) -> list[object]:
    """What was said up to a goodbye: whole messages, whatever pieces they came in, and no empty pongs."""
    said: list[object] = []
    open_parts: list[object] = []
    for event in events:
        if isinstance(event, Message):
            open_parts.append(event.data)
            if event.message_finished:
                said.append((type(event), type(event.data)().join(open_parts)))
                open_parts = []
        elif isinstance(event, Ping) or (isinstance(event, Pong) and event.payload):
            said.append((type(event), bytes(event.payload)))
        elif isinstance(event, CloseConnection):
            return [*said, (CloseConnection, event.code)]
    return said


def location(data: bytes) -> None:
    """A location is left as it is, or becomes a path of the app, which no browser reads as another host."""
    given = data.replace(b"\r", b"").replace(b"\n", b"")
    found = mapped(given)
    if found == given:
        # What it leaves alone names none of the addresses that only the app knows.
        assert not re.match(rb"(?i)(?:https?:)?//(?:localhost|127\.0\.0\.1)(?::\d{1,4})?(?:[/?#]|$)", given)
        return
    assert found.startswith(b"/")
    # As the URL standard reads it: tabs are nothing, and a backslash is a slash.
    assert found.replace(b"\t", b"")[1:2] not in (b"/", b"\\")
    assert mapped(found) == found


def relayed(data: bytes) -> None:
    """An app gets none of our secrets and one host; a browser gets nothing from it that is ours to say."""
    found = _head_of(_GET + data[1:] + b"\r\n\r\n")
    if found is None:
        return
    headers = list(found.headers)
    sent = to_app(headers)
    names = [name for name, _ in sent]
    assert [value for name, value in sent if name == b"host"] == [b"localhost"]
    assert {value for name, value in sent if name == b"origin"} <= {b"http://localhost"}
    assert not {b"cookie", b"authorization", b"proxy-authorization", b"forwarded", b"referer", b"connection"} & {*names}
    assert not any(name.startswith((b"x-forwarded-", b"sec-fetch-")) for name in names)
    offered = [value.lower() for name, value in sent if name == b"sec-websocket-protocol"]
    assert not any(one.strip().startswith(b"bearer.") for value in offered for one in value.split(b","))
    assert all("," not in name and name == name.strip() != "" for name in subprotocols(headers))
    assert is_preflight("OPTIONS", headers) == any(name == b"access-control-request-method" for name, _ in headers)
    for place in _PLACES:
        _check_answer(headers, place)
    _check_framing(found)


def _check_answer(headers: list[tuple[bytes, bytes]], place: Place) -> None:
    kept = from_app(headers, place)
    names = {name for name, _ in kept}
    assert names == {name.lower() for name in names}
    assert (
        not {b"set-cookie", b"clear-site-data", b"x-frame-options", b"www-authenticate", b"transfer-encoding"} & names
    )
    assert not {b"strict-transport-security", b"content-location", b"alt-svc", b"connection", b"x-sendfile"} & names
    assert not any(name.startswith((b"x-accel-", b"proxy-")) for name in names)
    assert place.mode != "path" or not any(name.startswith(b"access-control-") for name in names)
    for name, value in kept:
        assert name == b"location" or not {b"\r", b"\n", b"\0"} & {*value}
        if name == b"content-security-policy":
            directives = (part.strip().lower() for policy in value.split(b",") for part in policy.split(b";"))
            assert not any(directive.split()[:1] == [b"frame-ancestors"] for directive in directives)


def _check_framing(head: Head) -> None:
    """What is told the app of a body's length is what we read of it ourselves."""

    async def nothing() -> bytes:
        return b""

    try:
        check_head(head)
        body = body_of(head, nothing, _LIMIT)
    except (BadHead, BadBody):
        return
    told = framing(list(head.headers))
    lengths = [value for name, value in head.headers if name == b"content-length"]
    assert told or body.whole
    assert told in ([], [(b"transfer-encoding", b"chunked")], [(b"content-length", value) for value in lengths])


def _head_of(raw: bytes) -> Optional[Head]:
    with suppress(BadHead):
        return HeadParser(_LIMIT).feed(raw)
    return None


def _frame(opcode: int, payload: bytes, mask: bytes = b"\0\0\0\0") -> bytes:
    masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    return bytes((0x80 | opcode, 0x80 | len(payload))) + mask + masked


_PONG = _frame(10, b"")

TARGETS = {
    "forwarded": Target(
        forwarded,
        (
            b"10.0.0.1\n198.51.100.1, 203.0.113.9, 192.0.2.7",
            b"203.0.113.9\n10.0.0.1",
            b"10.0.0.1\n203.0.113.9, unknown, fd00::7",
            b"::ffff:10.0.0.1\n fe80::1%eth0,::ffff:10.1.1.1 ,",
            b"10.0.0.1\n203.0.113.9:443, 10.0.0.2",
        ),
    ),
    "talk": Target(
        talk,
        (
            b"\x02" + _PONG + _PONG + _frame(1, b"hello", b"abcd") + _PONG,
            b"\x05" + _PONG[:1] + b"\x85" + b"\0\0\0\0" + b"words" + _PONG,
            b"\x01\x01\x83\0\0\0\0\xe2\x82\xac" + _PONG + b"\x80\x80\0\0\0\0" + _frame(9, b"p"),
            b"\x03" + _frame(8, b"\x03\xe8bye") + _PONG,
            b"\x07\x8a\x00" + _PONG,
        ),
    ),
    "location": Target(
        location,
        (
            b"http://localhost:5173/x?y=1#z",
            b"//localhost//evil.example",
            b"http://localhost[::1]/\\evil.example",
            b"http://127.0.0.1/\t/evil.example",
            b"http://[::1",
            b"/inside",
        ),
    ),
    "relayed": Target(
        relayed,
        (
            b"0Cookie: a=b\r\nAuthorization: Bearer x\r\nX-Forwarded-For: y\r\nOrigin: http://a\r\nTE: trailers",
            b"0Connection: close, x-own, host\r\nX-Own: 1\r\nContent-Length: 5\r\nSec-Fetch-Site: none",
            b"0Sec-WebSocket-Protocol: callboard, bearer.s3cret\r\nSec-WebSocket-Protocol: x,,Bearer.y",
            b"0Content-Security-Policy: a b; frame-ancestors x, Frame-Ancestors y;c\r\nSet-Cookie: z\r\nX-Accel-Z: 1",
            b"0Transfer-Encoding: chunked\r\nAccess-Control-Request-Method: PUT\r\nLocation: http://localhost/\\x",
        ),
    ),
}
