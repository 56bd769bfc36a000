"""Trusted peers: an orchestrator without a token starts builds, and gets nothing else by it."""

from dataclasses import replace
from typing import Any, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.runtime.errors import InvalidInput
from app.security import Caller, Policy, caller_of_request, check_binding, judge

TOKEN = "s3cret-token-of-16"
POLICY = Policy(
    port=3002,
    hosts=("host.docker.internal",),
    origins=("https://app.example",),
    token=TOKEN,
    trusted_peers=("172.17.0.0/16", "192.0.2.7", "fd00::/8", "fe80::/10"),
)
ORCHESTRATOR = Caller("POST", "/api/build", host="172.17.0.1:3002", peer="172.17.0.2")


def status(policy: Policy = POLICY, **changes: Any) -> Optional[int]:
    """What a caller gets; None when it may go on."""
    denial = judge(replace(ORCHESTRATOR, **changes), policy)
    return denial.status if denial else None


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("172.17.0.2", None),
        ("172.17.255.255", None),
        ("::ffff:172.17.0.2", None),
        ("::ffff:ac11:2", None),
        ("192.0.2.7", None),
        ("fd00::7", None),
        ("fe80::1%eth0", None),
        ("172.18.0.2", 401),
        ("192.0.2.8", 401),
        ("::ffff:172.18.0.2", 401),
        ("::172.17.0.2", 401),
        ("64:ff9b::172.17.0.2", 401),
        ("2001:db8::1", 401),
        ("172.17.0.2, 172.18.0.2", 401),
        ("172.17.0.02", 401),
        ("172.17.0.2:5", 401),
        ("orchestrator", 401),
        ("", 401),
        (None, 401),
    ],
)
def test_the_address_of_the_socket_counts(peer: Optional[str], expected: Optional[int]) -> None:
    """In each way in which a system writes it; what is no address is nobody."""
    assert status(peer=peer, host="host.docker.internal:3002") == expected


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("POST", "/api/build", None),
        ("GET", "/api/builds", None),
        ("GET", "/api/builds/run-7", None),
        ("DELETE", "/api/builds/run.7_x", None),
        ("GET", "/health", None),
        ("GET", "/api/builds/", 421),
        ("GET", "/api/builds/..", 421),
        ("GET", "/api/builds/.", 421),
        ("GET", "/api/builds/../jobs", 421),
        ("GET", "/api/builds/a/b", 421),
        ("GET", "/api/builds/a\n", 421),
        ("POST", "/api/build\n", 421),
        ("POST", "/api/build/", 421),
        ("POST", "//api/build", 421),
        ("POST", "/API/build", 421),
        ("GET", "/api/builds-of-others", 421),
        ("GET", "/x/api/builds", 421),
        ("GET", "/health/ready", 421),
        ("GET", "/jobs", 421),
        ("POST", "/upload", 421),
        ("GET", "/ws/run-7", 421),
        ("GET", "/events/run-7", 421),
    ],
)
def test_only_builds_are_opened(method: str, path: str, expected: Optional[int]) -> None:
    """By address; under a name of ours it is the token that is missing elsewhere."""
    assert status(method=method, path=path) == expected
    by_name = status(method=method, path=path, host="host.docker.internal:3002")
    assert by_name == (None if expected is None else 401)
    assert status(method=method, path=path, host="127.0.0.1:3002", authorization=f"Bearer {TOKEN}") is None


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("172.17.0.1:3002", None),
        ("172.17.0.1", None),
        ("192.0.2.1:8002", None),
        ("[fd00::1]:3002", None),
        ("[fd00:0::1]", None),
        ("host.docker.internal:3002", None),
        ("localhost:3002", None),
        ("other.docker.internal:3002", 421),
        ("evil.example:3002", 421),
        ("172.17.0.1.evil.example:3002", 421),
        ("172.17.0.1.nip.io", 421),
        ("172.17.1:3002", 421),
        ("2886795265:3002", 421),
        ("0xac110001:3002", 421),
        ("172.17.0.001:3002", 421),
        ("172.17.0.1.:3002", 421),
        ("localhost:3003", 421),
        ("[fe80::1%eth0]:3002", 400),
        ("172.17.0.1:3002, evil.example", 400),
        ("fd00::1", 400),
        (None, 400),
    ],
)
def test_an_address_is_no_name_that_could_be_pointed_here(host: Optional[str], expected: Optional[int]) -> None:
    """A name has to be one of ours, also for a trusted peer."""
    assert status(host=host) == expected
    if expected is None and host != "host.docker.internal:3002" and host != "localhost:3002":
        assert status(host=host, peer="198.51.100.1") == 421


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://172.17.0.1:9000"},
        {"origin": "http://172.17.0.3:3002"},
        {"fetch_site": "cross-site"},
        {"fetch_site": "same-site"},
    ],
)
def test_a_browser_beside_the_orchestrator_is_not_the_orchestrator(changes: dict[str, Any]) -> None:
    """What a page elsewhere makes it send is refused as ever."""
    assert status(**changes) == 403
    assert status(**changes, host="host.docker.internal:3002") == 403


@pytest.mark.parametrize(
    "name", ["X-Forwarded-For", "x-forwarded-host", "X-FORWARDED-PROTO", "Forwarded", "Via", "X-Real-IP"]
)
@pytest.mark.parametrize("value", ["172.17.0.2", "127.0.0.1", "for=172.17.0.2", "", "\xff"])
def test_no_header_makes_a_peer_trusted(name: str, value: str) -> None:
    """It only takes away: what a proxy passed on is not the peer's own."""
    for peer in ("172.17.0.2", "198.51.100.1"):
        for host in ("host.docker.internal", "172.17.0.1:3002"):
            headers = [(b"Host", host.encode()), (name.encode(), value.encode("latin-1"))]
            denial = judge(caller_of_request("POST", "/api/build", headers, peer), POLICY)
            assert denial is not None
            assert denial.status == (401 if host == "host.docker.internal" else 421)


def test_the_path_is_compared_decoded() -> None:
    """As the routes see it."""
    headers = [(b"Host", b"172.17.0.1:3002")]
    for target, allowed in (
        ("/api/builds/run%2D7?limit=1", True),
        ("/api/builds/%2e%2e", False),
        ("/api/builds/..%2fjobs", False),
        ("/api/builds/%2e%2e%2fjobs", False),
        ("/api/builds/a%00", False),
        ("/jobs?/api/build", False),
    ):
        denial = judge(caller_of_request("GET", target, headers, "172.17.0.2"), POLICY)
        assert (denial is None) is allowed, target


def test_where_the_token_is_asked_for_on_loopback_too() -> None:
    """Trusted is trusted; and without trusted peers nothing is opened."""
    strict = replace(POLICY, require_token=True)
    assert status(strict) is None
    assert status(strict, peer="127.0.0.1", host="127.0.0.1:3002") == 401
    assert status(replace(POLICY, trusted_peers=()), host="host.docker.internal") == 401
    assert status(replace(POLICY, trusted_peers=())) == 421


@pytest.mark.parametrize(
    ("network", "says"),
    [
        ("0.0.0.0/0", "strangers"),
        ("::/0", "strangers"),
        ("0.0.0.0/1", "strangers"),
        ("128.0.0.0/1", "strangers"),
        ("2000::/3", "strangers"),
        ("::ffff:0:0/96", "IPv4"),
        ("::ffff:172.17.0.0/112", "IPv4"),
        ("172.17.0.2/16", "host bits"),
        ("172.17.0.0/33", "172.17.0.0/33"),
        ("172.17.0.0/255.255.0.255", "255.255.0.255"),
        ("172.17", "172.17"),
        ("172.017.0.2", "172.017.0.2"),
        ("orchestrator", "orchestrator"),
        ("*", "*"),
        ("", "''"),
        ("172.17.0.0/16,10.0.0.0/8", "172.17.0.0/16,10.0.0.0/8"),
        ("fe80::%eth0/64", "interface"),
    ],
)
def test_a_network_that_cannot_be_meant_is_refused(network: str, says: str) -> None:
    """At the start, with what to write instead."""
    with pytest.raises(InvalidInput) as caught:
        Policy(port=3002, token=TOKEN, trusted_peers=("192.0.2.7", network))
    assert says in caught.value.problem
    assert "172.17.0.0/16" in caught.value.hint


@pytest.mark.parametrize("network", ["10.0.0.0/8", "fc00::/7", "127.0.0.1", "::1", "172.17.0.0/255.255.0.0"])
def test_networks_of_ones_own_are_taken(network: str) -> None:
    """The largest private ones too."""
    assert Policy(port=3002, token=TOKEN, trusted_peers=(network,)).trusted_peers == (network,)


def test_trusted_peers_do_not_replace_the_token() -> None:
    """There is more than builds on the port."""
    with pytest.raises(InvalidInput) as caught:
        check_binding(["0.0.0.0"], replace(POLICY, token=None))
    assert "Set a token" in caught.value.hint
    check_binding(["0.0.0.0"], POLICY)


CALLERS = st.builds(
    Caller,
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    path=st.one_of(
        st.sampled_from(["/api/build", "/api/builds", "/api/builds/x", "/jobs", "/upload", "/ws/x", "/events/x"]),
        st.text(max_size=20).map("/api/builds/{}".format),
    ),
    host=st.sampled_from(["172.17.0.1:3002", "127.0.0.1:3002", "host.docker.internal", "evil.example", "[::1]:3002"]),
    origin=st.sampled_from([None, "null", "http://172.17.0.1:3002", "https://evil.example"]),
    fetch_site=st.sampled_from([None, "none", "same-origin", "cross-site"]),
    peer=st.sampled_from(["172.17.0.2", "::ffff:172.17.0.2", "198.51.100.1", "127.0.0.1", None]),
    forwarded=st.booleans(),
)


@given(CALLERS)
def test_trust_gives_builds_and_nothing_else(caller: Caller) -> None:
    """What is allowed by trust alone is a build, asked for by such a peer, through no proxy, and by no other page."""
    if judge(caller, POLICY) is not None or judge(caller, replace(POLICY, trusted_peers=())) is None:
        return
    assert caller.path in ("/api/build", "/api/builds") or caller.path.startswith("/api/builds/")
    assert caller.peer in ("172.17.0.2", "::ffff:172.17.0.2")
    assert not caller.forwarded
    assert caller.host in ("172.17.0.1:3002", "host.docker.internal", "127.0.0.1:3002", "[::1]:3002")
    assert caller.origin in (None, "http://172.17.0.1:3002")
    assert caller.fetch_site != "cross-site"


@given(CALLERS)
def test_trust_takes_nothing_away(caller: Caller) -> None:
    """Who may without it may with it."""
    if judge(caller, replace(POLICY, trusted_peers=())) is None:
        assert judge(caller, POLICY) is None
