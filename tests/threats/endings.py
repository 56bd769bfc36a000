"""Threats by tokens that have ended, or that were kept where others find them."""

import base64
import re
import stat
import time
from functools import partial
from types import SimpleNamespace
from typing import Optional

import trio

from actors.runtime.errors import StorageFailed
from app.security.gate import Gate
from app.security.issuing import issued
from app.security.scopes import Scope
from app.security.tokenfile import FILE, change_tokens, read_tokens
from app.security.tokens import PREFIX, Holder, Secret, Token, TokenSet, digest_of, make_secret
from tests.app.served import upload
from tests.threats.ground import Ground
from tests.threats.threat import Threat, Wall, Who, give, wall
from tests.threats.tokens import ASKED
from tests.waiting import until

LOOK = 0.05
"""Seconds between two looks at the file of tokens, in these tests."""


USE = Gate.use


OPEN_SECONDS = 0.5
"""That a stream is watched for its end, which comes at once."""


CLOSE = b"\x88"
"""What the frame that closes a WebSocket begins with."""


async def use_expired(ground: Ground) -> bool:
    """Use a token after its end."""
    secret = make_secret()
    expired = Token("old", Scope.ADMIN, (Secret(digest_of(secret)),), 0.0, time.time() - 1)
    await _change(ground, *(one for one in read_tokens(ground.data / FILE) if one.name != "old"), expired)
    return await _is_good(ground, secret)


async def use_rotated(ground: Ground) -> bool:
    """Use the secret that a token had before it was rotated, behind the overlap."""
    secret = make_secret()
    old = Secret(digest_of(secret), time.time() - 1)
    turned = Token("turned", Scope.ADMIN, (Secret(digest_of(make_secret())), old))
    await _change(ground, *(one for one in read_tokens(ground.data / FILE) if one.name != "turned"), turned)
    return await _is_good(ground, secret)


async def use_removed(ground: Ground) -> bool:
    """Use a token that was removed while the server runs."""
    secret = make_secret()
    await _change(ground, *_kept(ground), issued("leaver", Scope.ADMIN, secret, 0.0, None))
    await _change(ground, *_kept(ground))
    return await _is_good(ground, secret)


async def stay_on_the_board(ground: Ground) -> bool:
    """Go on reading all that happens, when the token was removed."""
    return await _stays(ground, "/ws")


async def stay_with_a_job(ground: Ground) -> bool:
    """Go on reading a job's events, when the token was removed."""
    job = await upload(ground.client_with("keeper"), {"speed": "60"})
    return await _stays(ground, f"/ws/{job}")


async def _stays(ground: Ground, path: str) -> bool:
    secret = make_secret()
    await _change(ground, *_kept(ground), issued("leaver", Scope.READ, secret, 0.0, None))
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{ground.port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        f"Authorization: Bearer {secret}",
    )
    async with await trio.open_tcp_stream("127.0.0.1", ground.port) as stream:
        await stream.send_all("\r\n".join([*lines, "", ""]).encode())
        assert b" 101 " in await stream.receive_some(65536)
        await _change(ground, *_kept(ground))
        with trio.move_on_after(OPEN_SECONDS):
            while (got := await stream.receive_some(65536)) and CLOSE not in got:
                pass
            return False
    return True


async def use_file(ground: Ground) -> bool:
    """Read the file of tokens, and use what is in it."""
    text = (ground.data / FILE).read_text(encoding="ascii")
    found = [*re.findall(r'"([^"]*)"', text)]
    hashes = [bytes.fromhex(one) for one in found if re.fullmatch("[0-9a-f]{64}", one)]
    found += [PREFIX + base64.urlsafe_b64encode(one).decode().rstrip("=") for one in hashes]
    return any([await _is_good(ground, one) for one in found if one.isprintable()])


async def put_file(ground: Ground) -> bool:
    """Have the server take a file of tokens that others may write."""
    file = ground.directory / FILE
    change_tokens(file, lambda _: (issued("mine", Scope.ADMIN, make_secret(), 0.0, None),))
    file.chmod(0o666)
    try:
        return bool(read_tokens(file))
    except StorageFailed:
        return False


def _kept(ground: Ground) -> tuple[Token, ...]:
    return tuple(one for one in read_tokens(ground.data / FILE) if one.name == "keeper")


async def _is_good(ground: Ground, secret: str) -> bool:
    return (await ground.client.get("/jobs", headers={"authorization": f"Bearer {secret}"})).is_success


async def _change(ground: Ground, *tokens: Token) -> None:
    """Write the tokens, and wait until the server has read them: it then knows one that only this knows."""
    marker = make_secret()
    mark = issued("marker", Scope.READ, marker, 0.0, None)
    change_tokens(ground.data / FILE, lambda _: (*(one for one in tokens if one.name != "marker"), mark))
    with Wall({"app.security.keeper.LOOK_SECONDS": LOOK}).taken_out():
        await until(partial(_is_good, ground, marker))


def _whatever_ends(tokens: TokenSet, digest: bytes, now: float) -> Optional[Holder]:
    """Find a token, be it good still or not."""
    del now
    return next((one for one in tokens.holders if one.digest == digest), None)


def _take_more(gate: Gate, tokens: TokenSet) -> None:
    """Take tokens that are new, and drop none."""
    named = {one.name for one in tokens.tokens}
    USE(gate, TokenSet((*tokens.tokens, *(one for one in gate.policy.tokens.tokens if one.name not in named))))


def _plain(secret: str) -> bytes:
    """Keep a token as it is."""
    try:
        return base64.urlsafe_b64decode(secret[len(PREFIX) :] + "=").ljust(32, b"-")[:32]
    except ValueError:
        return digest_of(secret)


UNHASHED = wall(
    app__security__issuing__digest_of=_plain,
    app__security__judge__digest_of=_plain,
    app__security__gate__digest_of=_plain,
)


THREATS = (
    Threat(
        "expired token",
        Who.HOLDER,
        "uses a token after its end",
        "each request looks at the clock",
        use_expired,
        Wall({"app.security.tokens.TokenSet.find": _whatever_ends}),
        ASKED,
        {"keeper": Scope.ADMIN},
    ),
    Threat(
        "rotated token",
        Who.HOLDER,
        "uses a secret that the token was rotated away from",
        "each secret has an end of its own",
        use_rotated,
        Wall({"app.security.tokens.TokenSet.find": _whatever_ends}),
        ASKED,
        {"keeper": Scope.ADMIN},
    ),
    Threat(
        "removed token",
        Who.HOLDER,
        "uses a token that was removed while the server runs",
        "the file is looked at once a second",
        use_removed,
        Wall({"app.security.gate.Gate.use": _take_more}),
        ASKED,
        {"keeper": Scope.ADMIN},
    ),
    Threat(
        "open board of a removed token",
        Who.HOLDER,
        "had the board open when the token was removed",
        "what is open has a lease, which ends with its token",
        stay_on_the_board,
        wall(app__security__gate__Gate__end_leases=give(None)),
        ASKED,
        {"keeper": Scope.ADMIN},
    ),
    Threat(
        "open stream of a removed token",
        Who.HOLDER,
        "had a job's stream open",
        "the same at the front",
        stay_with_a_job,
        wall(app__security__gate__Gate__end_leases=give(None)),
        ASKED,
        {"keeper": Scope.ADMIN},
    ),
    Threat(
        "tokens read from the disk",
        Who.READER,
        "reads `tokens.json`, in a backup perhaps, and uses what is in it",
        "only hashes are kept",
        use_file,
        UNHASHED,
        ASKED,
        {"keeper": Scope.ADMIN},
        fresh=True,
    ),
    Threat(
        "tokens put by another user",
        Who.USER,
        "adds a token of his own to a file that he may write",
        "a file of tokens that others may read or write is refused",
        put_file,
        wall(app__security__tokenfile__stat=SimpleNamespace(S_ISREG=stat.S_ISREG, S_IMODE=give(0))),
    ),
)
