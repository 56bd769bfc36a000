"""Threats by generated apps, at the addresses where people look at them."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Optional

from app.problems import Header
from tests.app.preview.standin import ONE, TWO, World, open_world
from tests.threats.browser import from_page, runs_as_page
from tests.threats.ground import Ground
from tests.threats.threat import Attack, Threat, Who, give, wall

Look = Callable[[World], Awaitable[bool]]


HOP = frozenset({b"connection", b"transfer-encoding", b"host", b"content-length", b"upgrade"})
"""What cannot be passed on, whoever passes it on."""


def shown(look: Look, policy: Optional[dict[str, Any]] = None, **settings: Any) -> Attack:
    """Return an attack on a server that shows two apps.

    Args:
        look: What is done there.
        policy: Of the server.
        settings: Of the previews.
    """

    async def attack(ground: Ground) -> bool:
        for name in ("1.sock", "2.sock"):
            with suppress(FileNotFoundError):
                (ground.directory / name).unlink()
        async with open_world(ground.directory, policy, **settings) as world:
            return await look(world)

    return attack


async def hear_secrets(world: World) -> bool:
    """Hear what a browser or a client sends to the server."""
    headers = {"cookie": "session=secret", "authorization": "Bearer secret"}
    await world.get("/", headers=headers)
    return any("secret" in value for _, value in world.app.last.headers)


async def hear_protocol(world: World) -> bool:
    """Hear the token in the offer of a WebSocket."""
    lines = (
        "GET /ws HTTP/1.1", f"Host: {world.host()}", "Connection: Upgrade", "Upgrade: websocket",
        "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        f"Origin: http://{world.host()}", "Sec-WebSocket-Protocol: callboard, bearer.secret",
    )  # fmt: skip
    async with await world.connect() as stream:
        await stream.send_all("\r\n".join([*lines, "", ""]).encode())
        await stream.receive_some(4096)
    return any("secret" in value for _, value in world.app.last.headers)


async def set_cookie(world: World) -> bool:
    """Set a cookie for the host, or have the browser forget what it has of others there."""
    found = await world.get("/naughty")
    return any(name in found.headers for name in ("set-cookie", "clear-site-data", "www-authenticate"))


async def steer_proxy(world: World) -> bool:
    """Have the proxy in front send a file of its machine."""
    return "x-accel-redirect" in (await world.get("/naughty")).headers


async def read_other_app(world: World) -> bool:
    """Read another app, as a page of this one."""
    found = await world.get("/", TWO, headers=from_page(f"http://{world.host()}", "same-site"))
    return found.is_success


async def call_api(world: World) -> bool:
    """Remove a project, as a page of an app."""
    headers = {"host": f"127.0.0.1:{world.port}", **from_page(f"http://{world.host()}", "cross-site")}
    await world.client.delete(f"http://127.0.0.1:{world.port}/api/projects/{TWO}", headers=headers)
    return TWO in world.calls


async def ask_by_its_host(world: World) -> bool:
    """Reach the API under the app's own name, where its pages may ask."""
    await world.get(f"/api/projects/{TWO}", method="DELETE")
    return TWO in world.calls


async def run_below_path(world: World) -> bool:
    """Run as a page of the server's own origin, where apps are shown below a path."""
    found = await world.client.get(f"http://127.0.0.1:{world.port}/api/projects/{ONE}/preview/app/")
    assert found.is_success, found.text
    return runs_as_page(found)


async def stay_for_ever(world: World) -> bool:
    """Leave a service worker at the server's address, which would answer there for ever."""
    address = f"http://127.0.0.1:{world.port}/api/projects/{ONE}/preview/app/sw.js"
    return (await world.client.get(address, headers={"service-worker": "script"})).is_success


def _all_to_app(headers: Sequence[Header]) -> list[Header]:
    """Pass on what came."""
    return [(b"host", b"localhost"), *(one for one in headers if one[0].lower() not in HOP)]


def _all_from_app(headers: Sequence[Header], _place: object) -> list[Header]:
    """Pass on what the app says."""
    return [(name.lower(), value) for name, value in headers if name.lower() not in HOP]


PAGES = wall(app__preview__guard__Guard___judge_browser=give(None))


THREATS = (
    Threat(
        "cookies and tokens for an app",
        Who.APP,
        "reads the cookies and the `Authorization` of who looks at it",
        "neither is passed on, nor who asked",
        shown(hear_secrets),
        wall(app__preview__relay__to_app=_all_to_app),
    ),
    Threat(
        "token in a WebSocket for an app",
        Who.APP,
        "reads the token that a page sends as a subprotocol",
        "that is left out",
        shown(hear_protocol),
        wall(
            app__preview__headers__subprotocols=lambda headers: [
                value.decode() for name, value in headers if name.lower() == b"sec-websocket-protocol"
            ]
        ),
    ),
    Threat(
        "cookies from an app",
        Who.APP,
        "sets cookies for the host, asks for a password in the server's name, or has a browser forget others' data",
        "a list of headers that no app may say",
        shown(set_cookie),
        wall(app__preview__relay__from_app=_all_from_app),
    ),
    Threat(
        "words for the proxy",
        Who.APP,
        "tells the proxy in front to send a file (`X-Accel-Redirect`)",
        "the same",
        shown(steer_proxy),
        wall(app__preview__relay__from_app=_all_from_app),
    ),
    Threat(
        "one app reads another",
        Who.APP,
        "asks for another app, which is the same site to a browser",
        "each app has an origin of its own, and takes requests of its own pages alone",
        shown(read_other_app),
        PAGES,
    ),
    Threat(
        "app that calls the API",
        Who.APP,
        "removes a project in the name of who looks at it",
        "an app's origin is not ours",
        shown(call_api),
        wall(app__security__judge___judge_browser=give(None)),
    ),
    Threat(
        "API at an app's address",
        Who.APP,
        "reaches the API under its own name, where its pages may ask",
        "at an app's host there is the app, and nothing of ours",
        shown(ask_by_its_host),
        wall(app__preview__server__PreviewServer__finds=give(False)),
        also={"`Host` has to be a name of ours": wall(app__security__judge___is_loopback_host=give(True))},
    ),
    Threat(
        "app on the page's origin",
        Who.APP,
        "is shown below a path, and so at our origin, and runs with our page's rights",
        "there it is in a sandbox that is an origin of its own",
        shown(run_below_path, mode="path"),
        wall(app__preview__headers__SANDBOX="default-src *"),
    ),
    Threat(
        "service worker of an app",
        Who.APP,
        "stays at our address by a service worker",
        "none is let in but at an app's own host",
        shown(stay_for_ever, mode="path"),
        PAGES,
    ),
)
