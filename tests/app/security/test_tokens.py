"""Named tokens: what they are made of, how one is found, and what an operator does with them."""

import hashlib
import re
from typing import Optional

import pytest

from actors.runtime.errors import CallboardError, Conflict, InvalidInput, NotFound
from app.security import Scope
from app.security.issuing import Tokens, added, issued, removed, rotated
from app.security.tokens import (
    DEFAULT,
    MAX_SECRETS,
    MAX_TOKENS,
    PREFIX,
    Secret,
    Token,
    TokenSet,
    digest_of,
    make_secret,
)

NOW = 1_800_000_000.0


def made(name: str = "ci", scope: Scope = Scope.RUN, secret: str = "s", expires: Optional[float] = None) -> Token:
    """A token."""
    return issued(name, scope, secret, NOW, expires)


def good(tokens: Tokens, now: float, *secrets: str) -> list[bool]:
    """Which of these secrets is good."""
    return [TokenSet(tokens).find(digest_of(secret), now) is not None for secret in secrets]


def test_a_token_has_256_random_bits_and_fits_everywhere() -> None:
    """A header, a subprotocol, a shell, and a program that looks for lost secrets."""
    secrets = {make_secret() for _ in range(100)}
    assert len(secrets) == 100
    for one in secrets:
        assert re.fullmatch(rf"{PREFIX}[A-Za-z0-9_-]{{43}}", one)


def test_only_the_hash_is_kept() -> None:
    """The SHA-256 of it."""
    secret = make_secret()
    token = made(secret=secret)
    assert token.secrets[0].digest == hashlib.sha256(secret.encode()).digest()
    assert secret not in repr(token)


def test_who_has_a_secret_is_found_until_it_ends() -> None:
    """By the whole of it, whichever it is."""
    tokens = TokenSet((made("a", Scope.READ, "one"), made("b", Scope.ADMIN, "two", NOW + 10)))
    first, second = tokens.find(digest_of("one"), NOW), tokens.find(digest_of("two"), NOW)
    assert first is not None
    assert second is not None
    assert (first.name, first.scope, first.ends) == ("a", Scope.READ, None)
    assert (second.name, second.scope, second.ends) == ("b", Scope.ADMIN, NOW + 10)
    assert tokens.find(digest_of("two"), NOW + 10) is None
    for wrong in ("", "ONE", "one ", "on", "one\0", "\xe9", "x" * 100_000):
        assert tokens.find(digest_of(wrong), NOW) is None


def test_the_setting_is_an_admin_called_default() -> None:
    """And no token at all is not an empty one."""
    holder = TokenSet().with_default("the-setting").find(digest_of("the-setting"), NOW)
    assert holder is not None
    assert (holder.name, holder.scope, holder.ends) == (DEFAULT, Scope.ADMIN, None)
    assert len(TokenSet().with_default(None)) == 0
    assert TokenSet().with_default(None).find(digest_of(""), NOW) is None


def test_each_known_secret_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """In constant time, and all of them, whichever fits: the first, the last or none."""
    compared: list[bytes] = []

    def compare(known: bytes, sent: bytes) -> bool:
        compared.append(known)
        return known == sent

    monkeypatch.setattr("hmac.compare_digest", compare)
    tokens = TokenSet(tuple(made(f"t{number}", secret=f"s{number}") for number in range(5)))
    for sent in ("s0", "s4", "none"):
        compared.clear()
        tokens.find(digest_of(sent), NOW)
        assert len(compared) == 5


@pytest.mark.parametrize("name", ["", DEFAULT, "a b", "-a", ".a", "a/b", "é", "a\n", "x" * 65, "a,b"])
def test_names_that_cannot_be(name: str) -> None:
    """They stand in logs and in answers."""
    with pytest.raises(InvalidInput):
        added((), made(name), NOW)


def test_a_name_is_taken_once_and_free_again_after_its_end() -> None:
    """An expired token does not stand in the way of a new one."""
    tokens = added((), made("ci", expires=NOW + 5), NOW)
    with pytest.raises(Conflict, match="already"):
        added(tokens, made("ci"), NOW)
    again = added(tokens, made("ci", secret="new"), NOW + 5)
    assert good(again, NOW + 5, "s", "new") == [False, True]
    with pytest.raises(InvalidInput):
        added((), made("ci", expires=NOW), NOW)


def test_there_are_so_many_and_no_more() -> None:
    """Each request is compared with all of them."""
    tokens: Tokens = ()
    for number in range(MAX_TOKENS):
        tokens = added(tokens, made(f"t{number}"), NOW)
    with pytest.raises(Conflict, match="no more"):
        added(tokens, made("one-more"), NOW)


def test_a_removed_token_is_gone() -> None:
    """And the others stay."""
    tokens = (made("a", secret="a"), made("b", secret="b"))
    assert good(removed(tokens, "a"), NOW, "a", "b") == [False, True]
    with pytest.raises(NotFound):
        removed(tokens, "c")
    with pytest.raises(NotFound):
        rotated(tokens, "c", "x", NOW, 0)


def test_a_rotated_token_has_two_secrets_for_a_while() -> None:
    """And keeps its name, its scope and its end."""
    tokens = rotated((made(expires=NOW + 100),), "ci", "new", NOW, 60)
    assert good(tokens, NOW + 59, "s", "new") == [True, True]
    assert good(tokens, NOW + 60, "s", "new") == [False, True]
    assert good(tokens, NOW + 100, "s", "new") == [False, False]
    assert (tokens[0].name, tokens[0].scope, tokens[0].created) == ("ci", Scope.RUN, NOW)
    assert good(rotated(tokens, "ci", "third", NOW, 0), NOW, "s", "new", "third") == [False, False, True]


def test_rotating_never_lets_an_old_secret_live_longer() -> None:
    """One that is on its way out stays on it."""
    tokens = rotated(rotated((made(),), "ci", "second", NOW, 10), "ci", "third", NOW, 1000)
    assert good(tokens, NOW + 10, "s", "second", "third") == [False, True, True]


def test_so_many_secrets_at_once() -> None:
    """And there is always a way to rotate now."""
    tokens: Tokens = (made(),)
    for number in range(MAX_SECRETS - 1):
        tokens = rotated(tokens, "ci", f"s{number}", NOW, 60)
    with pytest.raises(Conflict, match="still"):
        rotated(tokens, "ci", "more", NOW, 60)
    assert len(rotated(tokens, "ci", "more", NOW, 0)[0].secrets) == 1
    assert len(rotated(tokens, "ci", "more", NOW + 60, 60)[0].secrets) == 2


def test_what_has_expired_is_not_rotated() -> None:
    """It would be good again."""
    with pytest.raises(CallboardError, match="expired"):
        rotated((made(expires=NOW),), "ci", "new", NOW, 60)


def test_a_secret_ends_with_its_token() -> None:
    """Whichever comes first."""
    token = Token("a", Scope.READ, (Secret(b"x", NOW + 5),), expires=NOW + 3)
    assert token.ends(token.secrets[0]) == NOW + 3
    assert token.ends(Secret(b"y")) == NOW + 3
    assert token.ends(Secret(b"z", NOW + 1)) == NOW + 1
