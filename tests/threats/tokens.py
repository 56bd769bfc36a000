"""Threats against tokens: guessing, timing, doing more than they allow, and keeping on when they have ended."""

import hmac
import operator
import time
from types import SimpleNamespace
from typing import Optional

from app.preview.keys import Keys
from app.security.scopes import CANCEL, Rule, Scope, rule_of
from app.security.signing import KEY_BYTES, Grant, sign, verify
from app.security.tokens import Holder, Secret, Token, TokenSet, digest_of
from tests.threats.ground import TOKEN, Ground, elsewhere
from tests.threats.threat import Threat, Wall, Who, give, wall

ASKED = {"require_token": True}


GUESSES = 45


LEAKING = SimpleNamespace(compare_digest=operator.eq, digest=hmac.digest)
"""A comparison that ends at the first difference, as `==` does."""


class Timed(bytes):
    """A secret whose comparison somebody times: it knows when it was compared as any other bytes are."""

    leaked = False

    def __eq__(self, other: object) -> bool:
        type(self).leaked = True
        return bytes(self) == other

    __hash__ = bytes.__hash__


class TimedText(str):
    """The same for a text."""

    __slots__ = ()
    leaked = False

    def __eq__(self, other: object) -> bool:
        type(self).leaked = True
        return str(self) == other

    __hash__ = str.__hash__


async def time_tokens(ground: Ground) -> bool:
    """Learn a token's hash from how long it takes to refuse others."""
    del ground
    Timed.leaked = False
    holder = Holder("one", Scope.READ, Timed(digest_of("right")))
    tokens = TokenSet((Token("one", Scope.READ, (Secret(holder.digest),)),))
    tokens.find(digest_of("wrong"), 0.0)
    return Timed.leaked


async def time_links(ground: Ground) -> bool:
    """Learn the signature of a link."""
    del ground
    Timed.leaked = False
    key = bytes(KEY_BYTES)
    token = sign(key, Grant("job-1", 1))
    with Wall({"app.security.signing._mac": lambda key, body: Timed(b"x" * 20)}).taken_out():
        verify(key, token)
    return Timed.leaked


async def time_keys(ground: Ground) -> bool:
    """Learn the signature of a preview's cookie."""
    del ground
    TimedText.leaked = False
    keys = Keys()
    with Wall({"app.preview.keys.Keys._signature": lambda *_: TimedText("x")}).taken_out():
        keys.is_session("1.holder.y", "project")
    return TimedText.leaked


async def guess(ground: Ground) -> bool:
    """Try many tokens, of which the last is right, from one address."""
    with elsewhere():
        for number in range(GUESSES):
            headers = {"authorization": f"Bearer guess-{number}-{time.monotonic_ns()}"}
            await ground.client.get("/jobs", headers=headers)
        return (await ground.client.get("/jobs", headers={"authorization": f"Bearer {TOKEN}"})).is_success


async def guess_by_many_names(ground: Ground) -> bool:
    """The same, saying each time that it comes from another address."""
    with elsewhere():
        for number in range(GUESSES):
            told = {
                "authorization": f"Bearer other-{number}-{time.monotonic_ns()}",
                "x-forwarded-for": f"192.0.2.{number}",
            }
            await ground.client.get("/jobs", headers=told)
        right = {"authorization": f"Bearer {TOKEN}", "x-forwarded-for": "192.0.2.250"}
        return (await ground.client.get("/jobs", headers=right)).is_success


async def run_as_reader(ground: Ground) -> bool:
    """Start an upload with a token that may read."""
    answer = await ground.client.post("/upload", content=b"", headers=ground.bearer("reader"))
    return answer.status_code != 403


async def remove_as_runner(ground: Ground) -> bool:
    """Remove a job with a token that may start jobs."""
    answer = await ground.client.delete("/jobs/job-0", headers=ground.bearer("runner"))
    return answer.status_code != 403


async def remove_by_another_spelling(ground: Ground) -> bool:
    """Remove as if it were a cancel, in spellings that two readers could take differently."""
    queries = ("cancel_only=true&cancel_only=false", "cancel_only=false&x=cancel_only=true", "x&cancel_only=true", "")
    asked = [f"/jobs/job-0?{query}" for query in queries]
    answers = [await ground.client.delete(path, headers=ground.bearer("runner")) for path in asked]
    return any(answer.status_code != 403 for answer in answers)


LADDER = Wall({"app.security.scopes.Scope.includes": give(True)})


def _loosely(method: str, path: str, query: str = "") -> Optional[Rule]:
    """Find a rule by whatever looks like a cancel."""
    return rule_of(method, path, CANCEL if CANCEL in query else query)


THREATS = (
    Threat(
        "timing of tokens",
        Who.NETWORK,
        "measures how long a wrong token takes to be refused, and comes closer byte by byte",
        "hashes are compared, by `hmac.compare_digest`",
        time_tokens,
        wall(app__security__tokens__hmac=LEAKING),
    ),
    Threat(
        "timing of links",
        Who.GUEST,
        "does so with the signature of a shared link",
        "`hmac.compare_digest`",
        time_links,
        wall(app__security__signing__hmac=LEAKING),
    ),
    Threat(
        "timing of a preview's key",
        Who.NETWORK,
        "does so with the cookie that opens a preview",
        "`hmac.compare_digest`",
        time_keys,
        wall(app__preview__keys__hmac=LEAKING),
    ),
    Threat(
        "guessing tokens",
        Who.NETWORK,
        "tries one token after the other",
        "wrong tokens of an address are counted; after 30 at once, one a second is looked at",
        guess,
        wall(app__security__failures__Failures__wait=give(0.0)),
        {"token": TOKEN},
        fresh=True,
        slow=True,
    ),
    Threat(
        "guessing under many addresses",
        Who.NETWORK,
        "does so, and says in `X-Forwarded-For` that each comes from somebody else",
        "only `trusted_proxies` are believed for whom they ask",
        guess_by_many_names,
        wall(app__security__gate__passed_on_for=lambda _peer, told, _proxies: told),
        {"token": TOKEN},
        fresh=True,
        slow=True,
    ),
    Threat(
        "read token that runs",
        Who.HOLDER,
        "starts a job with a token that may read",
        "each route needs a scope",
        run_as_reader,
        LADDER,
        ASKED,
        {"reader": Scope.READ},
    ),
    Threat(
        "run token that removes",
        Who.HOLDER,
        "removes a job with a token that may run",
        "removing needs `admin`",
        remove_as_runner,
        LADDER,
        ASKED,
        {"runner": Scope.RUN},
    ),
    Threat(
        "removing as cancelling",
        Who.HOLDER,
        "removes a job with a query that is taken for a cancel",
        "only `cancel_only=true`, written so, needs less",
        remove_by_another_spelling,
        wall(app__security__scopes__rule_of=_loosely),
        ASKED,
        {"runner": Scope.RUN},
    ),
)
