"""Threats by visitors of apps, and by apps that have visitors."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import trio

from app.security import Caller
from tests.app.preview.standin import ONE, TOKEN, TWO, World
from tests.threats.browser import may_frame
from tests.threats.ground import REMOTE, elsewhere
from tests.threats.previews import shown
from tests.threats.threat import Threat, Wall, Who, give, wall
from tests.waiting import until


async def frame(world: World) -> bool:
    """Show an app in a frame of a page of another site."""
    return may_frame(await world.get("/"))


async def look_without_token(world: World) -> bool:
    """Look at an app from another machine, without a token."""
    with elsewhere(REMOTE):
        return (await world.get("/")).is_success


async def use_key_of_other(world: World) -> bool:
    """Look at an app with the key for another."""
    key = world.previews.keys.session(TWO, _holder(world))
    with elsewhere(REMOTE):
        return (await world.get("/", headers={"cookie": f"callboard-{ONE}={key}"})).is_success


async def lead_away(world: World) -> bool:
    """Use the way into an app to send people to another site."""
    key = world.previews.keys.session(ONE, _holder(world))
    headers = {"cookie": f"callboard-{ONE}={key}"}
    found = await world.get("/.callboard/entered?key=x&to=//evil.example/", headers=headers)
    return str(found.headers.get("location", "")).startswith("//evil.example")


async def fill_head(world: World) -> bool:
    """Fill the memory with the head of an answer."""
    try:
        return (await world.get("/huge")).status_code != 502
    except httpx.RemoteProtocolError:
        return True  # it was passed on, and too long for the client


async def flood(world: World) -> bool:
    """Use up the server with requests for one app."""
    asked = 0

    async def hang() -> None:
        nonlocal asked
        found = await world.get("/hang")
        asked -= found.status_code == 503

    async with trio.open_nursery() as nursery:
        for _ in range(12):
            asked += 1
            nursery.start_soon(hang)
        await until(lambda: sum(one.target == "/hang" for one in world.app.heard) >= asked)
        heard = sum(one.target == "/hang" for one in world.app.heard)
        nursery.cancel_scope.cancel()
    return heard > 8


def _holder(world: World) -> str:
    """What stands for the token in keys."""
    return world.previews.gate.holder_id(Caller("GET", "/", authorization=f"Bearer {TOKEN}")) or ""


@contextmanager
def _any_visit(_site: object) -> Iterator[None]:
    """Let everybody in."""
    yield


ASKED = {"token": TOKEN, "require_token": True}


KEYLESS = wall(app__preview__guard__Guard___judge_key=give(None))


THREATS = (
    Threat(
        "clickjacking of an app",
        Who.PAGE,
        "shows an app in a frame",
        "only our own pages may",
        shown(frame),
        Wall({"app.preview.naming.Names.ancestors": give(("*",))}),
    ),
    Threat(
        "app without a token",
        Who.NETWORK,
        "looks at people's apps",
        "an app needs the token, or a key that our page was given with it",
        shown(look_without_token, ASKED),
        KEYLESS,
    ),
    Threat(
        "key of another app",
        Who.HOLDER,
        "looks at one app with the key for another",
        "a key is signed for one project",
        shown(use_key_of_other, ASKED),
        wall(app__preview__keys__Keys___signature=give("same")),
    ),
    Threat(
        "way in that leads away",
        Who.PAGE,
        "uses our address to send people elsewhere",
        "the way in leads to paths of the app alone",
        shown(lead_away, ASKED),
        wall(app__preview__entry___inside=lambda path: path),
    ),
    Threat(
        "head without end of an app",
        Who.APP,
        "fills the memory with the head of an answer",
        "64 KiB for it",
        shown(fill_head),
        wall(app__preview__upstream__HEAD_LIMIT=1 << 30),
    ),
    Threat(
        "app that never answers",
        Who.APP,
        "holds as many connections as people open to it",
        "`preview_connections` for one app",
        shown(flood, connections=8),
        Wall({"app.preview.site.Site._visit": _any_visit}),
    ),
)
