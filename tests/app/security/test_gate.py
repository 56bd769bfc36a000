"""The gate: tokens as they are now, how often one may be wrong, and what ends with a token."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any, Optional

import pytest

from app.security import Caller, Gate, Policy, Scope
from app.security.access import LOCAL
from app.security.failures import TRIES
from app.security.tokens import TokenSet
from tests.app.security.test_tokens import NOW, made

SETTING = "the-setting-of-16"
FAR = Caller("GET", "/jobs", host="board.example", peer="192.0.2.1")
NEAR = Caller("GET", "/jobs", host="127.0.0.1:3002", peer="127.0.0.1")
TOKENS = TokenSet(
    (
        made("reader", Scope.READ, "read-secret"),
        made("runner", Scope.RUN, "run-secret"),
        made("boss", Scope.ADMIN, "admin-secret"),
        made("brief", Scope.ADMIN, "brief-secret", NOW + 10),
    )
)


class World:
    """A gate whose clocks are ours."""

    def __init__(self, **changes: Any) -> None:
        policy = Policy(3002, hosts=("board.example",), token=SETTING, tokens=TOKENS)
        self.now = NOW
        self.monotonic = 0.0
        self.gate = Gate(replace(policy, **changes), lambda: self.now, lambda: self.monotonic)

    def status(self, secret: Optional[str] = None, caller: Caller = FAR, **changes: Any) -> Optional[int]:
        """What a caller gets; None when it may go on."""
        authorization = None if secret is None else f"Bearer {secret}"
        denial = self.gate.judge(replace(caller, **{"authorization": authorization, **changes}))
        return denial.status if denial else None

    @contextmanager
    def open_with(self, secret: str, **changes: Any) -> Iterator[list[str]]:
        """Something that a secret opened; the list has an item once it was ended."""
        ended: list[str] = []
        caller = replace(FAR, authorization=f"Bearer {secret}", **changes)
        with self.gate.lease(caller, lambda: ended.append(secret)):
            yield ended


@pytest.mark.parametrize(
    ("secret", "look", "start", "cancel", "remove"),
    [
        ("read-secret", None, 403, 403, 403),
        ("run-secret", None, None, None, 403),
        ("admin-secret", None, None, None, None),
        (SETTING, None, None, None, None),
        ("other", 401, 401, 401, 401),
        (None, 401, 401, 401, 401),
    ],
)
def test_each_scope_may_what_it_is_for(
    secret: Optional[str], look: Optional[int], start: Optional[int], cancel: Optional[int], remove: Optional[int]
) -> None:
    """And what those before it are for."""
    world = World()
    assert world.status(secret) == look
    assert world.status(secret, method="HEAD", path="/jobs/job-1/model") == look
    assert world.status(secret, method="POST", path="/upload") == start
    assert world.status(secret, method="DELETE", path="/jobs/job-1", query="cancel_only=true") == cancel
    assert world.status(secret, method="DELETE", path="/jobs/job-1") == remove


def test_who_may_not_is_told_what_would_help() -> None:
    """The scope, for people and for programs, and whose token it was; never the token."""
    caller = replace(FAR, method="POST", path="/upload", authorization="Bearer read-secret")
    denial = World().gate.judge(caller)
    assert denial is not None
    assert "'reader' may read, and this needs a token that may run" in denial.problem
    assert "callboard token add NAME --scope run" in denial.hint
    assert denial.challenge == 'Bearer realm="callboard", error="insufficient_scope", scope="run"'
    assert "read-secret" not in str(denial)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"authorization": "Bearer read-secret"}, None),
        ({"authorization": "bearer read-secret"}, None),
        ({"authorization": "BEARER   read-secret"}, None),
        ({"authorization": "Bearer READ-SECRET"}, 401),
        ({"authorization": "Bearer read-secret read-secret"}, 401),
        ({"authorization": "Bearer read-secret, Bearer read-secret"}, 401),
        ({"authorization": "Bearer"}, 401),
        ({"authorization": "Bearer "}, 401),
        ({"authorization": ""}, 401),
        ({"authorization": "read-secret"}, 401),
        ({"authorization": "Token read-secret"}, 401),
        ({"authorization": "Basic cmVhZC1zZWNyZXQ6"}, 401),
        ({"authorization": "Bearer " + "x" * 100_000}, 401),
        ({"authorization": "Bearer re\xe4d-secret"}, 401),
        ({"authorization": "Bearer \ud800"}, 401),
        ({"query": "token=read-secret&access_token=read-secret"}, 401),
        ({"path": "/jobs;token=read-secret"}, 401),
        ({"protocols": ("callboard", "bearer.read-secret")}, None),
        ({"protocols": ("bearer.read-secret",)}, None),
        ({"protocols": ("Bearer.read-secret",)}, 401),
        ({"protocols": ("bearer.",)}, 401),
        ({"protocols": ("bearer.read-secret", "bearer.read-secret")}, 401),
        ({"protocols": ("bearer.wrong", "bearer.read-secret")}, 401),
        ({"protocols": ("bearer.read-secret",), "authorization": "Bearer read-secret"}, 401),
        ({"protocols": ("bearer.read-secret",), "authorization": "Bearer wrong"}, 401),
    ],
)
def test_a_token_is_sent_in_one_way_and_once(changes: dict[str, Any], expected: Optional[int]) -> None:
    """Whatever is not exactly that lets nobody in."""
    assert World().status(**{"caller": FAR, **changes}) == expected


def test_on_this_machine_no_token_is_looked_at() -> None:
    """A wrong one does no harm, and a weak one no good to leave out; unless it is required."""
    world = World()
    assert world.status(caller=NEAR) is None
    assert world.status("wrong", caller=NEAR, method="DELETE", path="/jobs/job-1") is None
    assert world.gate.access(replace(NEAR, authorization="Bearer read-secret")) == LOCAL
    strict = World(require_token=True)
    assert strict.status(caller=NEAR) == 401
    assert strict.status("read-secret", caller=NEAR) is None
    assert strict.status("read-secret", caller=NEAR, method="POST", path="/upload") == 403


def test_access_says_who_it_is() -> None:
    """The name, the scope and the end."""
    gate = World().gate
    access = gate.access(replace(FAR, authorization="Bearer brief-secret"))
    assert (access.name, access.scope, access.ends) == ("brief", Scope.ADMIN, NOW + 10)
    assert gate.access(replace(FAR, authorization=f"Bearer {SETTING}")).name == "default"


def test_an_expired_token_is_none() -> None:
    """From that moment."""
    world = World()
    assert world.status("brief-secret") is None
    world.now = NOW + 10
    assert world.status("brief-secret") == 401


def test_what_a_removed_token_opened_is_ended() -> None:
    """And nothing else is."""
    world = World()
    with ExitStack() as stack:
        opened = {secret: stack.enter_context(world.open_with(secret)) for secret in ("read-secret", "run-secret")}
        setting = stack.enter_context(world.open_with(SETTING))
        world.gate.use(TokenSet(TOKENS.tokens[1:]))
        assert opened == {"read-secret": ["read-secret"], "run-secret": []}
        world.gate.use(TokenSet())
        world.gate.end_leases()
        assert opened == {"read-secret": ["read-secret"], "run-secret": ["run-secret"]}
        assert setting == []
    assert world.gate._leases == set()


def test_what_an_expired_token_opened_is_ended() -> None:
    """Once somebody looks, which the keeper does each second."""
    world = World()
    with world.open_with("brief-secret") as ended:
        world.gate.end_leases()
        assert ended == []
        world.now = NOW + 10
        world.gate.end_leases()
        assert ended == ["brief-secret"]


def test_what_a_token_may_not_do_any_more_is_ended() -> None:
    """As when it is removed."""
    world = World()
    lower = TokenSet((made("runner", Scope.READ, "run-secret"),))
    with world.open_with("run-secret") as looking, world.open_with("run-secret", method="POST", path="/upload") as does:
        world.gate.use(lower)
        assert (looking, does) == ([], ["run-secret"])


def test_what_needed_no_token_is_never_ended() -> None:
    """Not on this machine, nor what is public."""
    world = World()
    ended: list[str] = []
    callers = (replace(NEAR, authorization="Bearer read-secret"), replace(FAR, path="/health"))
    with ExitStack() as stack:
        for caller in callers:
            stack.enter_context(world.gate.lease(caller, lambda: ended.append("x")))
        world.gate.use(TokenSet())
        assert ended == []


def test_who_guesses_is_slowed_down(caplog: pytest.LogCaptureFixture) -> None:
    """A right token from there is not looked at either; from elsewhere, and where it was right before, it is."""
    world = World()
    caplog.set_level(logging.INFO)
    assert world.status("admin-secret") is None
    assert [world.status(f"guess-{number}") for number in range(TRIES)] == [401] * TRIES
    denial = world.gate.judge(replace(FAR, authorization="Bearer run-secret"))
    assert denial is not None
    assert (denial.status, denial.wait) == (429, 1)
    assert dict(denial.as_problem().extra) == {"retry-after": "1"}
    assert world.status("one-more-guess") == 429
    assert world.status("admin-secret") is None
    assert world.status("run-secret", peer="192.0.2.2") is None
    assert world.status() == 401
    assert world.status(path="/health") is None
    world.monotonic += 1
    assert world.status("run-secret") is None
    assert caplog.text.count("is slowed down") == 1
    assert "guess" not in caplog.text


def test_a_token_that_may_not_is_right() -> None:
    """403 is no guess."""
    world = World()
    for _ in range(2 * TRIES):
        assert world.status("read-secret", method="POST", path="/upload") == 403


def test_behind_a_proxy_the_proxy_is_the_address() -> None:
    """What it says of others anybody could say; only a trusted one is believed, and only its last word."""
    for proxies, expected in (((), 429), (("192.0.2.1",), 401)):
        world = World(trusted_proxies=proxies)
        for number in range(TRIES):
            world.status(f"guess-{number}", forwarded=True, forwarded_for="198.51.100.7")
        assert world.status("guess", forwarded=True, forwarded_for="198.51.100.7, 198.51.100.8") == expected
    assert world.status("guess", forwarded=True, forwarded_for="198.51.100.9, 198.51.100.7") == 429
    assert world.status("guess", forwarded=True, forwarded_for="198.51.100.9, 198.51.100.7, 192.0.2.1") == 429
    assert world.status("guess", forwarded=True, forwarded_for="nonsense") == 401


def test_a_trusted_proxy_has_no_rights() -> None:
    """Whomever it says that it asks for."""
    world = World(trusted_proxies=("127.0.0.1",), trusted_peers=("198.51.100.7",))
    for forwarded_for in ("127.0.0.1", "198.51.100.7"):
        caller = replace(NEAR, path="/api/builds", forwarded=True, forwarded_for=forwarded_for)
        assert world.status(caller=caller) == 401


def test_wrong_links_are_counted_too() -> None:
    """Apart from tokens; who follows a good link goes on."""
    world = World()
    link = replace(FAR, path="/shared/good/model")
    world.gate.link_answered(link, 200)
    for number in range(TRIES):
        wrong = replace(FAR, path=f"/shared/wrong{number}")
        assert world.gate.judge(wrong) is None
        world.gate.link_answered(wrong, 404)
    assert world.status(path="/shared/another") == 429
    assert world.status(path="/shared/another", peer="192.0.2.9") is None
    assert world.gate.judge(link) is None
    assert world.status("run-secret") is None
    world.gate.link_answered(FAR, 404)


def test_an_id_stands_for_a_token_while_it_is_good() -> None:
    """It is another one in each run of the server."""
    world, other = World(), World()
    caller = replace(FAR, authorization="Bearer brief-secret")
    holder = world.gate.holder_id(caller)
    assert holder is not None
    assert holder != other.gate.holder_id(caller)
    assert world.gate.is_current(holder, Scope.ADMIN)
    assert not other.gate.is_current(holder, Scope.READ)
    assert not world.gate.is_current("", Scope.READ)
    world.now = NOW + 10
    assert not world.gate.is_current(holder, Scope.READ)
    assert world.gate.holder_id(FAR) is None
