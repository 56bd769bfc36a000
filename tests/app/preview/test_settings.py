"""How apps are shown, as it is configured; names and headers, which are pure."""

from typing import Optional

import pytest

from actors.runtime.errors import InvalidInput
from app.addresses import Authority
from app.preview import PreviewSettings, base_of
from app.preview.headers import framing, from_app, mapped, subprotocols
from app.preview.naming import Names, Place, address_of
from app.security import Policy
from tests.app.preview.standin import ONE

POLICY = Policy(3002, hosts=("board.example", "lab.example:8443"))


@pytest.mark.parametrize(
    ("domain", "url"),
    [
        ("apps.example", f"https://{ONE}.apps.example/"),
        ("https://apps.example/", f"https://{ONE}.apps.example/"),
        ("http://apps.example:8080", f"http://{ONE}.apps.example:8080/"),
        (None, None),
    ],
)
def test_a_domain(domain: Optional[str], url: Optional[str]) -> None:
    """With a scheme and a port where they are not the usual ones."""
    names = Names(PreviewSettings(domain=domain), POLICY)
    assert names.host_url(ONE, Authority("board.example", None)) == url
    assert names.host_url(ONE, Authority("127.0.0.1", 3002)) == f"http://{ONE}.localhost:3002/"


@pytest.mark.parametrize("domain", ["*.apps.example", "ftp://apps.example", "apps.example/x", "", "[::1]", ".example"])
def test_what_is_no_domain_is_refused(domain: str) -> None:
    """At the start, by name."""
    with pytest.raises(InvalidInput, match="domain"):
        PreviewSettings(domain=domain)


def test_ports() -> None:
    """One or a range; what is none is refused."""
    assert PreviewSettings(ports="40000-40002").port_range == range(40000, 40003)
    assert PreviewSettings(ports="40000").port_range == range(40000, 40001)
    assert PreviewSettings().port_range is None
    for ports in ("x", "2-1", "0", "1-99999", "-5"):
        with pytest.raises(InvalidInput, match="ports"):
            PreviewSettings(ports=ports)


@pytest.mark.parametrize(
    ("bind", "own"),
    [
        (("127.0.0.1", "::1"), True),
        (("localhost",), True),
        (("127.0.0.5",), True),
        (("::1",), False),
        (("[::1]",), False),
        (("127.0.0.1", "192.168.1.2"), False),
        (("0.0.0.0",), False),
    ],
)
def test_addresses_of_their_own(bind: tuple[str, ...], own: bool) -> None:
    """On loopback, for who came by a name of it."""
    names = Names(PreviewSettings(bind=bind), POLICY)
    for host in ("127.0.0.1", "localhost"):
        assert names.own_address(ONE, Authority(host, 3002)) == (address_of(ONE) if own else None)
    assert names.own_address(ONE, Authority("board.example", None)) is None


def test_an_address_is_one_projects() -> None:
    """Always the same one, which nothing else is likely to have."""
    found = [address_of(f"project-{number}") for number in range(3000)]
    assert found == [address_of(f"project-{number}") for number in range(3000)]
    assert len(set(found)) >= 2995
    for address in found:
        first, *others = map(int, address.split("."))
        assert first == 127
        assert all(2 <= part <= 254 for part in others)


def test_where_an_app_is_asked_for() -> None:
    """By its host or by its path, as far as these are ways to show it."""
    auto, path = Names(PreviewSettings(domain="apps.example"), POLICY), Names(PreviewSettings(mode="path"), POLICY)
    below = f"/api/projects/{ONE}/preview/app"
    assert auto.place(f"{ONE}.LOCALHOST:3002", "/") == Place(ONE, "host")
    assert auto.place(f"{ONE}.apps.example", "/") == Place(ONE, "host")
    assert auto.place("localhost:3002", f"{below}/x") is None
    assert path.place("localhost:3002", f"{below}/x") == Place(ONE, "path", f"{below}/")
    assert path.place("localhost:3002", below) == Place(ONE, "path", f"{below}/")
    assert path.place("localhost:3002", f"{below}le") is None
    assert path.place(f"{ONE}.localhost:3002", "/") is None
    assert auto.place(None, "/") is None
    assert base_of(PreviewSettings(mode="path"), ONE) == f"{below}/"
    assert base_of(PreviewSettings(), ONE) == "/"


def test_who_may_frame_an_app() -> None:
    """Our own pages, by all names that the server has."""
    found = Names(PreviewSettings(), POLICY).ancestors()
    assert {"http://127.0.0.1:3002", "http://localhost:3002", "https://board.example"} < set(found)
    assert "https://lab.example:8443" in found


def test_what_a_socket_offers() -> None:
    """The server's token is not among it."""
    offered = [(b"Sec-WebSocket-Protocol", b"callboard, Bearer.x"), (b"sec-websocket-protocol", b"bearer.y,vite-hmr")]
    assert subprotocols(offered) == ["callboard", "vite-hmr"]


def test_locations() -> None:
    """With the part behind the hash; what cannot be read is left as it is."""
    assert mapped(b"http://localhost:5173/x?y=1#z") == b"/x?y=1#z"
    assert mapped(b"//localhost//evil.example") == b"/evil.example"
    assert mapped(b"http://localhost/\\evil.example") == b"/evil.example"
    assert mapped(b"http://127.0.0.1:5173/\\/\\evil.example?y=1") == b"/evil.example?y=1"
    assert mapped(b"http://localhost/\t/\t\\evil.example") == b"/evil.example"
    assert mapped(b"http://[::1") == b"http://[::1"
    assert mapped(b"ftp://localhost/x") == b"ftp://localhost/x"


def test_bodies_are_framed_once() -> None:
    """Chunks when they came so, a length when there was one, and nothing without a body."""
    assert framing([(b"transfer-encoding", b"chunked")]) == [(b"transfer-encoding", b"chunked")]
    assert framing([(b"content-length", b"3")]) == [(b"content-length", b"3")]
    assert framing([(b"host", b"x")]) == []


def test_a_policy_of_the_app_stays_but_for_frames() -> None:
    """Several of them too, in a line each or in one."""
    headers = [
        (b"Content-Security-Policy", b"frame-ancestors 'none'"),
        (b"content-security-policy", b"a b; Frame-Ancestors x"),
        (b"content-security-policy", b"c d, frame-ancestors 'none', e f;frame-ancestors x;g h"),
    ]
    policies = [b"a b", b"c d, e f;g h"]
    assert from_app(headers, Place(ONE, "host")) == [(b"content-security-policy", policy) for policy in policies]
