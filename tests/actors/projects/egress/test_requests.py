"""What clients may ask for, and the table of what hostile ones try."""

import pytest

from actors.projects.egress.names import Allowed, canonical_host
from actors.projects.egress.requests import Refused, Target, check_target, read_request

ALLOWED = Allowed(hosts=frozenset({("registry.example.test", 443), ("192.0.2.7", 8443)}))
GOOD = b"CONNECT registry.example.test:443 HTTP/1.1\r\nHost: registry.example.test:443"


def judge(head: bytes) -> Target:
    """Return what a request asks for, when it is listed."""
    target = read_request(head)
    check_target(target, ALLOWED)
    return target


@pytest.mark.parametrize(
    "head",
    [
        GOOD,
        b"CONNECT registry.example.test:443 HTTP/1.0",
        b"CONNECT REGISTRY.Example.Test:443 HTTP/1.1\r\nHost: anything.example.test",
        GOOD + b"\r\nProxy-Authorization: Basic eDp5\r\nX-Empty:",
    ],
)
def test_a_listed_host_is_found_however_it_is_capitalised(head: bytes) -> None:
    """Names are compared without regard to case."""
    assert judge(head) == Target("registry.example.test", 443)


def test_a_listed_address_is_found() -> None:
    """A registry may be named by its address."""
    assert judge(b"CONNECT 192.0.2.7:8443 HTTP/1.1") == Target("192.0.2.7", 8443)


HOSTILE = {
    "other host": (b"CONNECT evil.example.test:443 HTTP/1.1", 403),
    "other port": (b"CONNECT registry.example.test:22 HTTP/1.1", 403),
    "suffix": (b"CONNECT registry.example.test.evil.test:443 HTTP/1.1", 403),
    "prefix": (b"CONNECT xregistry.example.test:443 HTTP/1.1", 403),
    "below": (b"CONNECT a.registry.example.test:443 HTTP/1.1", 403),
    "userinfo": (b"CONNECT registry.example.test:443@evil.test:443 HTTP/1.1", 400),
    "userinfo before": (b"CONNECT user@registry.example.test:443 HTTP/1.1", 400),
    "trailing dot": (b"CONNECT registry.example.test.:443 HTTP/1.1", 400),
    "double dot": (b"CONNECT registry..example.test:443 HTTP/1.1", 400),
    "percent": (b"CONNECT registry.example%2etest:443 HTTP/1.1", 400),
    "ipv6": (b"CONNECT [::1]:443 HTTP/1.1", 400),
    "mapped": (b"CONNECT [::ffff:192.0.2.7]:8443 HTTP/1.1", 400),
    "ipv6 bare": (b"CONNECT ::1:443 HTTP/1.1", 400),
    "one number": (b"CONNECT 2130706433:443 HTTP/1.1", 400),
    "hexadecimal": (b"CONNECT 0x7f000001:443 HTTP/1.1", 400),
    "octal": (b"CONNECT 0300.0.2.7:8443 HTTP/1.1", 400),
    "short": (b"CONNECT 127.1:443 HTTP/1.1", 400),
    "hexadecimal end": (b"CONNECT 127.0.0.0x1:443 HTTP/1.1", 400),
    "loopback": (b"CONNECT 127.0.0.1:443 HTTP/1.1", 403),
    "idna raw": ("CONNECT registry.ex\u00e4mple.test:443 HTTP/1.1".encode(), 400),
    "fullwidth dot": ("CONNECT registry\uff0eexample.test:443 HTTP/1.1".encode(), 400),
    "punycode": (b"CONNECT xn--registr-9za.example.test:443 HTTP/1.1", 403),
    "zero byte": (b"CONNECT registry.example.test\0.evil.test:443 HTTP/1.1", 400),
    "port twice": (b"CONNECT registry.example.test:443:443 HTTP/1.1", 400),
    "port signed": (b"CONNECT registry.example.test:+443 HTTP/1.1", 400),
    "port padded": (b"CONNECT registry.example.test:0443 HTTP/1.1", 400),
    "port wraps": (b"CONNECT registry.example.test:65979 HTTP/1.1", 400),
    "port digits of elsewhere": ("CONNECT registry.example.test:\u0664\u0664\u0663 HTTP/1.1".encode(), 400),
    "no port": (b"CONNECT registry.example.test HTTP/1.1", 400),
    "path": (b"CONNECT registry.example.test:443/x HTTP/1.1", 400),
    "get": (b"GET http://registry.example.test/ HTTP/1.1\r\nHost: registry.example.test", 405),
    "lower case": (b"connect registry.example.test:443 HTTP/1.1", 405),
    "http 0.9": (b"CONNECT registry.example.test:443", 400),
    "http 2": (b"PRI * HTTP/2.0", 400),
    "two spaces": (b"CONNECT  registry.example.test:443 HTTP/1.1", 400),
    "bare newline": (b"CONNECT registry.example.test:443 HTTP/1.1\nX: y", 400),
    "newline in field": (GOOD + b"\r\nX: a\nCONNECT evil.test:443 HTTP/1.1", 400),
    "folded": (GOOD + b"\r\n more", 400),
    "space before colon": (GOOD + b"\r\nContent-Length : 5", 400),
    "body": (GOOD + b"\r\nContent-Length: 5", 400),
    "chunked": (GOOD + b"\r\ntransfer-encoding: chunked", 400),
    "long": (b"CONNECT " + b"a" * 2000 + b":443 HTTP/1.1", 400),
    "long label": (b"CONNECT " + b"a" * 64 + b".test:443 HTTP/1.1", 400),
    "tls": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "empty": (b"", 400),
}


@pytest.mark.parametrize(("head", "status"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_requests_are_refused(head: bytes, status: int) -> None:
    """Whatever is tried is refused, with a reason, and without passing on what could confuse a log."""
    with pytest.raises(Refused) as refused:
        judge(head)
    assert refused.value.status == status
    assert refused.value.why
    assert refused.value.host.isascii()
    assert refused.value.host == "" or refused.value.host.isprintable()
    assert len(refused.value.host) <= 253


@pytest.mark.parametrize("host", ["Registry.example.test", "registry.example.test.", "127.1", "", "::1"])
def test_a_list_that_could_never_match_is_an_error(host: str) -> None:
    """A host that is spelled in another way than it is compared would silently not be reachable."""
    with pytest.raises(ValueError, match="as they are compared"):
        Allowed(hosts=frozenset({(host, 443)}))


def test_what_may_be_private_has_to_be_listed() -> None:
    """Another list of exceptions would be one that nobody looks at."""
    with pytest.raises(ValueError, match="at all"):
        Allowed(private=frozenset({("registry.example.test", 443)}))


def test_names_have_one_spelling() -> None:
    """Canonical names stay as they are."""
    assert canonical_host("My_Registry.Example.TEST") == "my_registry.example.test"
    assert canonical_host("a.b-c.d1") == "a.b-c.d1"
    assert canonical_host("10.1.2.3") == "10.1.2.3"
