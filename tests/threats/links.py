"""Threats by who has a shared link: making one, changing one, and using one that has ended."""

import base64
import hmac
import re
import time
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Optional

from app.contracts.shared.key import FILE
from app.problems import SECURITY
from app.security.signing import KEY_BYTES, Grant, sign, verify
from app.web.assets import Asset
from tests.app.served import ended, upload
from tests.threats.browser import names_itself
from tests.threats.ground import REMOTE, TOKEN, Ground, elsewhere
from tests.threats.leaks import logged
from tests.threats.threat import Threat, Who, give, wall

ASKS = {"token": TOKEN}
PAGE_HEADERS: Callable[[Asset], dict[str, str]] = vars(Asset)["headers"].fget
ALWAYS = SimpleNamespace(compare_digest=give(True), digest=hmac.digest)
"""A comparison of signatures that finds each of them right."""


async def forge(ground: Ground) -> bool:
    """Make a link to a job whose id is known, with a key of one's own."""
    job = await ground.victim()
    await ground.client.post(f"/jobs/{job}/share")
    return await _shows(ground, sign(bytes(KEY_BYTES), Grant(job, int(time.time()) + 1000)))


async def alter(ground: Ground) -> bool:
    """Change a good link so that it shows another job."""
    other = await ground.victim()
    mine = await upload(ground.client)
    await ended(ground.client, mine)
    raw = _decoded(await _link(ground, mine))
    return await _shows(ground, _encoded(raw.replace(mine.encode(), other.encode())))


async def prolong(ground: Ground) -> bool:
    """Change a link that has ended so that it goes on."""
    await _link(ground, await ground.victim())
    raw = _decoded(_old_link(ground, ground.job))
    return await _shows(ground, _encoded(raw[:1] + (int(time.time()) + 1000).to_bytes(5, "big") + raw[6:]))


async def use_expired(ground: Ground) -> bool:
    """Follow a link after its end."""
    job = await ground.victim()
    await _link(ground, job)
    return await _shows(ground, _old_link(ground, job))


async def find_in_log(ground: Ground) -> bool:
    """Read a link where its use was refused, and follow it."""
    link = await _link(ground, await ground.victim())
    with logged() as said:
        await ground.client.get(f"/shared/{link}/model", headers={"host": "evil.example"})
        await ground.client.get(f"/SHARED/{link}/model", headers={"host": "evil.example"})
    return link in said.getvalue()


async def hear_of_link(ground: Ground) -> bool:
    """Have a browser name it to the site that a link on its page leads to."""
    page = await ground.client.get(f"/shared/{await _link(ground, await ground.victim())}")
    assert page.is_success, page.text
    return names_itself(page)


async def guess(ground: Ground) -> bool:
    """Try many links, of which the last is right."""
    job = await ground.victim()
    link = await _link(ground, job)
    with elsewhere(REMOTE):
        for number in range(45):
            wrong = sign(number.to_bytes(KEY_BYTES, "big"), Grant(job, time.monotonic_ns() % 2**39))
            await ground.client.get(f"/shared/{wrong}/model")
        return (await ground.client.get(f"/shared/{link}/model")).is_success


async def _link(ground: Ground, job: str) -> str:
    """Have somebody share a job."""
    answer = await ground.client.post(f"/jobs/{job}/share")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["path"]).rpartition("/")[2]


def _old_link(ground: Ground, job: str) -> str:
    """A link that the server made in its time, and that has ended."""
    return sign((ground.data / FILE).read_bytes(), Grant(job, int(time.time()) - 10))


async def _shows(ground: Ground, link: str) -> bool:
    with elsewhere(REMOTE):
        return (await ground.client.get(f"/shared/{link}/model")).is_success


def _decoded(link: str) -> bytes:
    return base64.b32decode(link.upper() + "=" * (-len(link) % 8))


def _encoded(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=").lower()


def _for_ever(key: bytes, token: str) -> Optional[Grant]:
    """What a link says, but for its end."""
    grant = verify(key, token)
    return grant and replace(grant, expires=2**39)


def _silent(asset: Asset) -> dict[str, str]:
    """The headers of a page, without its word on what is told elsewhere."""
    return {name: value for name, value in PAGE_HEADERS(asset).items() if name != "Referrer-Policy"}


THREATS = (
    Threat(
        "forged link",
        Who.NETWORK,
        "makes a link to a job whose id he knows",
        "links are signed (HMAC-SHA256), with a key that only the server has",
        forge,
        wall(app__security__signing__hmac=ALWAYS),
        ASKS,
    ),
    Threat(
        "altered link",
        Who.GUEST,
        "changes a link to one model so that it shows another",
        "the id is signed",
        alter,
        wall(app__security__signing__hmac=ALWAYS),
        ASKS,
    ),
    Threat(
        "prolonged link",
        Who.GUEST,
        "changes the end of a link that has expired",
        "the end is signed",
        prolong,
        wall(app__security__signing__hmac=ALWAYS),
        ASKS,
    ),
    Threat(
        "expired link",
        Who.GUEST,
        "follows a link after its end",
        "each use looks at the clock",
        use_expired,
        wall(app__contracts__shared__shares__verify=_for_ever),
        ASKS,
    ),
    Threat(
        "link in the log",
        Who.READER,
        "finds a link in a line about its refusal",
        "what is secret in a path is left out of lines",
        find_in_log,
        wall(app__edge___SECRET_PATH=re.compile("()(?!)")),
        ASKS,
    ),
    Threat(
        "link in a referrer",
        Who.PAGE,
        "is where a link on a shared model's page leads to, and is told by the browser from where",
        "`Referrer-Policy: no-referrer` on our pages",
        hear_of_link,
        wall(app__web__assets__Asset__headers=property(_silent)),
        ASKS,
        also={
            "on each answer, from the edge": wall(
                app__outgoing__SECURITY=tuple(one for one in SECURITY if one[0] != b"referrer-policy")
            ),
        },
    ),
    Threat(
        "guessing links",
        Who.NETWORK,
        "tries one link after the other",
        "wrong links of an address are counted, as wrong tokens are",
        guess,
        wall(app__security__failures__Failures__wait=give(0.0)),
        ASKS,
        fresh=True,
        slow=True,
    ),
)
