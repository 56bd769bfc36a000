"""Who may do what: a table for each rule, and what must hold whatever is sent."""

from dataclasses import replace
from typing import Any, Optional

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.addresses import Authority, is_loopback, parse_authority, parse_origin
from app.security import Caller, Policy, caller_of_request, caller_of_scope, is_public, judge

TOKEN = "s3cret-token-of-16"
OPEN = Policy(port=3002)
GUARDED = Policy(port=3002, hosts=("board.example", "lab.example:8443"), origins=("https://app.example",), token=TOKEN)
LOCAL = Caller("GET", "/jobs", host="127.0.0.1:3002", peer="127.0.0.1")
BEARER = f"Bearer {TOKEN}"
LINK = {"fetch_site": "cross-site", "fetch_mode": "navigate", "fetch_dest": "document"}


def status(caller: Caller, policy: Policy = GUARDED, **changes: Any) -> Optional[int]:
    """What a caller gets; None when it may go on."""
    denial = judge(replace(caller, **changes), policy)
    return denial.status if denial else None


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1:3002", None),
        ("localhost:3002", None),
        ("LocalHost:3002", None),
        ("[::1]:3002", None),
        ("[0:0:0:0:0:0:0:1]:3002", None),
        ("board.example", None),
        ("board.example:443", None),
        ("BOARD.example:3002", None),
        ("lab.example:8443", None),
        ("localhost", 421),
        ("localhost:3003", 421),
        ("localhost:80", 421),
        ("localhost.:3002", 421),
        ("localhost.evil.com:3002", 421),
        ("evil.localhost:3002", 421),
        ("job-1.localhost:3002", 421),
        ("127.0.0.1.nip.io:3002", 421),
        ("127.0.0.2:3002", 421),
        ("127.1:3002", 421),
        ("2130706433:3002", 421),
        ("0.0.0.0:3002", 421),
        ("[::ffff:127.0.0.1]:3002", 421),
        ("[::]:3002", 421),
        ("board.example:8080", 421),
        ("lab.example", 421),
        ("evil.board.example", 421),
        (None, 400),
        ("", 400),
        ("localhost:3002, evil.com", 400),
        ("localhost:3002\n", 400),
        ("localhost:", 400),
        ("localhost:99999", 400),
        ("localhost:\u0663002", 400),
        ("user@localhost:3002", 400),
        ("::1:3002", 400),
        ("[::1%lo]:3002", 400),
        ("local\u212aost:3002", 400),
    ],
)
def test_the_host_must_be_ours(host: Optional[str], expected: Optional[int]) -> None:
    """A name that is not ours is 421, what is no name 400. With the token, so that it is the name that is judged."""
    assert status(LOCAL, host=host, authorization=BEARER) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"origin": "http://127.0.0.1:3002"}, None),
        ({"origin": "http://127.0.0.1:3002", "fetch_site": "same-origin"}, None),
        ({"origin": "https://app.example"}, None),
        ({"origin": "https://app.example", "fetch_site": "cross-site"}, None),
        ({"origin": "HTTPS://APP.example:443"}, None),
        ({"fetch_site": "none"}, None),
        ({"fetch_site": "same-origin"}, None),
        (LINK, None),
        ({**LINK, "fetch_site": "same-site"}, None),
        ({"origin": "https://board.example", "host": "board.example", "authorization": BEARER}, None),
        ({"origin": "http://board.example", "host": "board.example", "authorization": BEARER}, None),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
        ({"origin": "http://localhost:3002"}, 403),
        ({"origin": "https://127.0.0.1:3002"}, 403),
        ({"origin": "http://127.0.0.1:3003"}, 403),
        ({"origin": "http://127.0.0.1"}, 403),
        ({"origin": "http://job-1.localhost:3002"}, 403),
        ({"origin": "http://127.0.0.1:3002.evil.com"}, 403),
        ({"origin": "http://127.0.0.1:3002, http://evil.com"}, 403),
        ({"origin": "http://app.example"}, 403),
        ({"origin": "https://app.example.evil.com"}, 403),
        ({"origin": "chrome-extension://app.example"}, 403),
        ({"origin": "http://127.0.0.1:3002", "fetch_site": "cross-site"}, 403),
        ({"fetch_site": "cross-site"}, 403),
        ({"fetch_site": "same-site"}, 403),
        ({"fetch_site": "something-new"}, 403),
        ({**LINK, "method": "POST"}, 403),
        ({**LINK, "fetch_mode": "no-cors"}, 403),
        ({**LINK, "fetch_mode": "websocket"}, 403),
        ({**LINK, "fetch_dest": "iframe"}, 403),
        ({**LINK, "origin": "null"}, 403),
    ],
)
def test_a_browser_must_come_from_a_page_that_we_know(changes: dict[str, Any], expected: Optional[int]) -> None:
    """Our own origin, a listed one, or a link that opens a page."""
    assert status(LOCAL, **changes) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"peer": "::1"}, None),
        ({"peer": "::ffff:127.0.0.1"}, None),
        ({"peer": "192.0.2.1"}, 401),
        ({"peer": "::ffff:192.0.2.1"}, 401),
        ({"peer": None}, 401),
        ({"peer": "unix"}, 401),
        ({"forwarded": True}, 401),
        ({"host": "board.example"}, 401),
        ({"peer": "192.0.2.1", "authorization": BEARER}, None),
        ({"peer": "192.0.2.1", "authorization": f"bearer  {TOKEN}"}, None),
        ({"peer": "192.0.2.1", "authorization": TOKEN}, 401),
        ({"peer": "192.0.2.1", "authorization": f"Basic {TOKEN}"}, 401),
        ({"peer": "192.0.2.1", "authorization": BEARER[:-1]}, 401),
        ({"peer": "192.0.2.1", "authorization": "Bearer "}, 401),
        ({"peer": "192.0.2.1", "authorization": "Bearer \xff"}, 401),
        ({"peer": "192.0.2.1", "authorization": f"{BEARER}, {BEARER}"}, 401),
        ({"peer": "192.0.2.1", "protocols": ("callboard", f"bearer.{TOKEN}")}, None),
        ({"peer": "192.0.2.1", "protocols": ("callboard", "bearer.x")}, 401),
        ({"peer": "192.0.2.1", "protocols": ("callboard", TOKEN)}, 401),
        ({"peer": "192.0.2.1", "path": "/health"}, None),
        ({"peer": "192.0.2.1", "path": "/jobs/job-1/view"}, None),
        ({"peer": "192.0.2.1", "path": "/assets/model.js", "method": "HEAD"}, None),
        ({"peer": "192.0.2.1", "path": "/shared/abc234/model"}, None),
        ({"peer": "192.0.2.1", "path": "/shared/abc234", "forwarded": True}, None),
        ({"peer": "192.0.2.1", "path": "/shared/abc234", "method": "POST"}, 401),
        ({"peer": "192.0.2.1", "path": "/jobs/job-1/share", "method": "POST"}, 401),
        ({"peer": "192.0.2.1", "path": "/jobs/job-1/retry", "method": "POST"}, 401),
        ({"peer": "192.0.2.1", "path": "/health", "method": "POST"}, 401),
        ({"peer": "192.0.2.1", "path": "/health/ready"}, 401),
        ({"peer": "192.0.2.1", "path": "/jobs/job-1/model"}, 401),
        ({"peer": "192.0.2.1", "method": "OPTIONS"}, None),
    ],
)
def test_others_than_loopback_need_the_token(changes: dict[str, Any], expected: Optional[int]) -> None:
    """And a proxy's caller is not on loopback, wherever the proxy is."""
    assert status(LOCAL, **changes) == expected


def test_the_token_can_be_asked_for_on_loopback_too() -> None:
    """Where generated code could be the caller."""
    strict = replace(GUARDED, require_token=True)
    assert status(LOCAL, strict) == 401
    assert status(LOCAL, strict, authorization=BEARER) is None
    assert status(LOCAL, strict, path="/health") is None


def test_without_a_token_nobody_else_gets_in() -> None:
    """No token is not an empty token."""
    for given_ in (None, "Bearer ", "Bearer None"):
        assert status(LOCAL, OPEN, peer="192.0.2.1", authorization=given_) == 401
    denial = judge(replace(LOCAL, peer="192.0.2.1"), OPEN)
    assert denial is not None
    assert "Start the server with a token" in denial.hint
    assert dict(denial.as_problem().extra) == {"www-authenticate": 'Bearer realm="callboard"'}


@pytest.mark.parametrize(
    ("path", "public"),
    [
        ("/assets/a/b.js", True),
        ("/assets/../jobs", False),
        ("/assets/..", False),
        ("/assets//etc", False),
        ("/assets/", False),
        ("/jobs/job-1/view/", False),
        ("/jobs/a/b/view", False),
        ("/jobs/job-1/view\n", False),
        ("/shared/abc234", True),
        ("/shared/abc234/model", True),
        ("/shared/ABC.", True),
        ("/shared", False),
        ("/shared/", False),
        ("/shared//model", False),
        ("/shared/../model", False),
        ("/shared/abc234/", False),
        ("/shared/abc234/model/", False),
        ("/shared/abc234/events", False),
        ("/shared/abc234/model/../events", False),
        ("/shared/abc234\n", False),
        ("/health\n", False),
        ("//health", False),
    ],
)
def test_what_is_public_is_written_in_one_way(path: str, public: bool) -> None:
    """Nothing else is reached under its name."""
    assert is_public(path) is public


HOSTS = st.one_of(
    st.sampled_from(["localhost:3002", "127.0.0.1:3002", "[::1]:3002", "board.example", "evil.com", "", "x:y"]),
    st.text(max_size=20),
)
ORIGINS = st.one_of(
    st.builds("{}://{}".format, st.sampled_from(["http", "https", "file"]), HOSTS), st.just("null"), st.text()
)
CALLERS = st.builds(
    Caller,
    method=st.sampled_from(["GET", "POST", "OPTIONS", "DELETE"]),
    path=st.sampled_from(["/", "/jobs", "/health", "/assets/x", "/upload"]),
    scheme=st.sampled_from(["http", "https"]),
    host=st.none() | HOSTS,
    origin=st.none() | ORIGINS,
    fetch_site=st.sampled_from([None, "none", "same-origin", "same-site", "cross-site"]),
    fetch_mode=st.sampled_from([None, "navigate", "cors"]),
    fetch_dest=st.sampled_from([None, "document", "empty"]),
    authorization=st.sampled_from([None, BEARER, "Bearer x"]),
    protocols=st.sampled_from([(), (f"bearer.{TOKEN}",)]),
    peer=st.sampled_from([None, "127.0.0.1", "::1", "192.0.2.1"]),
    forwarded=st.booleans(),
)

# The first draw of a text makes tables of all characters, which takes seconds on a busy machine.
PATIENT = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


@PATIENT
@given(CALLERS)
def test_nothing_with_a_foreign_origin_or_host_gets_through(caller: Caller) -> None:
    """Whatever else it brings, the token included."""
    if judge(caller, GUARDED) is not None:
        return
    asked = parse_authority(caller.host or "")
    assert asked is not None
    assert asked.host in {"localhost", "127.0.0.1", "::1", "board.example", "lab.example"}
    if caller.origin is not None and parse_origin(caller.origin) != ("https", Authority("app.example", 443)):
        origin = parse_origin(caller.origin)
        assert origin is not None
        assert origin[1].host == asked.host
    elif caller.origin is None and caller.fetch_site in ("cross-site", "same-site"):
        assert (caller.method, caller.fetch_mode) == ("GET", "navigate")


@PATIENT
@given(CALLERS)
def test_without_the_token_only_loopback_gets_data(caller: Caller) -> None:
    """And only without a proxy in between."""
    plain = replace(caller, authorization=None, protocols=())
    if judge(plain, GUARDED) is None and plain.method != "OPTIONS" and plain.path not in ("/", "/health", "/assets/x"):
        assert is_loopback(plain.peer)
        assert not plain.forwarded


def test_the_caller_of_a_scope_and_of_a_request_are_the_same() -> None:
    """One policy for both ways in."""
    headers = [
        (b"Host", b"localhost:3002"),
        (b"Origin", b"http://localhost:3002"),
        (b"Sec-Fetch-Site", b"same-origin"),
        (b"Sec-Fetch-Mode", b"websocket"),
        (b"Sec-Fetch-Dest", b"empty"),
        (b"Authorization", b"Bearer x"),
        (b"Sec-WebSocket-Protocol", b"callboard, bearer.x"),
        (b"Sec-WebSocket-Protocol", b"other"),
        (b"X-Forwarded-For", b"192.0.2.1"),
    ]
    by_hand = caller_of_request("get", "/ws/a%20b?after=1", headers, "::1")
    scope = {"type": "websocket", "scheme": "ws", "path": "/ws/a b", "headers": headers, "client": ("::1", 5)}
    scope["query_string"] = b"after=1"
    assert by_hand == caller_of_scope(scope)
    assert by_hand.protocols == ("callboard", "bearer.x", "other")
    assert by_hand.forwarded
    assert by_hand.method == "GET"


@pytest.mark.parametrize("name", [b"host", b"origin", b"sec-fetch-site", b"authorization"])
def test_a_header_given_twice_helps_nobody(name: bytes) -> None:
    """The second could be what another hop goes by."""
    good = {
        b"host": b"127.0.0.1:3002",
        b"origin": b"http://127.0.0.1:3002",
        b"sec-fetch-site": b"same-origin",
        b"authorization": BEARER.encode(),
    }
    once = caller_of_request("GET", "/jobs", list(good.items()), "192.0.2.1")
    assert judge(once, GUARDED) is None
    twice = caller_of_request("GET", "/jobs", [*good.items(), (name, good[name])], "192.0.2.1")
    assert judge(twice, GUARDED) is not None


@pytest.mark.parametrize("header", [b"Forwarded", b"Via", b"X-Real-IP", b"X-Forwarded-Host", b"x-forwarded-proto"])
def test_proxies_are_noticed(header: bytes) -> None:
    """By any header that they add."""
    assert caller_of_request("GET", "/", [(header, b"x")], "127.0.0.1").forwarded
