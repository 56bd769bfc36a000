"""Threats by web pages that somebody has open in a browser on the machine."""

import json

from tests.app.served import PHOTOS
from tests.threats.browser import EVIL, from_page
from tests.threats.ground import Ground, nonce
from tests.threats.threat import SERVER, Attack, Threat, Who, give, wall

REBOUND = "evil.example"
"""A name whose owner lets it point to 127.0.0.1, once a page is loaded from it."""


ORIGINS = wall(app__security__judge___judge_browser=give(None))


class Anything(str):
    """A text that no other differs from."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False


async def rebind(ground: Ground) -> bool:
    """Read as a page of a name that points here."""
    return (await ground.client.get("/jobs", headers={"host": f"{REBOUND}:{ground.port}"})).is_success


async def rebind_to_build(ground: Ground) -> bool:
    """Build as the orchestrator on this machine does, from a page of a name that points here."""
    host = f"{REBOUND}:{ground.port}"
    headers = {"host": host, **from_page(f"http://{host}", "same-origin")}
    body = {"runId": nonce(), "prompt": "mine", "workspaceId": nonce()}
    return (await ground.client.post("/api/build", json=body, headers=headers)).is_success


async def rebind_stream(ground: Ground) -> bool:
    """Follow a job as a page of a name that points here."""
    host = f"{REBOUND}:{ground.port}"
    return await ground.upgrade(f"/ws/{await ground.victim()}", f"Host: {host}", f"Origin: http://{host}")


async def cross_stream(ground: Ground) -> bool:
    """Open a WebSocket from a page of another site: no browser asks first."""
    return await ground.upgrade(f"/ws/{await ground.victim()}", f"Origin: {EVIL}")


async def cross_stream_later(ground: Ground) -> bool:
    """The same on a connection that a request came over before, where another part of the server takes it."""
    before = f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{ground.port}\r\n\r\n".encode()
    return await ground.upgrade("/ws", f"Origin: {EVIL}", before=before)


async def post_form(ground: Ground) -> bool:
    """Have a browser post a form with files."""
    photo = PHOTOS / "IMG_0001.jpg"
    photo = photo if photo.exists() else min(PHOTOS.glob("*.jpg"))
    files = {"images": ("a.jpg", photo.read_bytes(), "image/jpeg")}
    headers = from_page(mode="navigate", dest="document")
    return (await ground.client.post("/upload", files=files, data={"speed": "0"}, headers=headers)).is_success


async def remove_as_nobody(ground: Ground) -> bool:
    """Remove a job from a frame without an origin."""
    ground.job = ""
    headers = from_page("null")
    return (await ground.client.delete(f"/jobs/{await ground.victim()}", headers=headers)).is_success


async def ask_as_neighbour(ground: Ground) -> bool:
    """Change something as a page of another program on this machine."""
    headers = from_page("http://localhost:9", "same-site")
    answer = await ground.client.post("/api/generate", json={"prompt": "mine"}, headers=headers)
    return answer.status_code not in (403, 415)


def untyped(kind: str, body: bytes) -> Attack:
    """Return an attack with a body that a form can send, from a browser that names no origin."""

    async def attack(ground: Ground) -> bool:
        headers = {"content-type": kind}
        answer = await ground.client.post("/api/build", content=body, headers=headers)
        return bool(answer.is_success)

    return attack


TEXT = json.dumps({"runId": "x", "prompt": "mine", "workspaceId": "w", "=": ""}).encode()


URLENCODED = b'{"runId": "y", "prompt": "mine", "workspaceId": "w", "a": "=b"}'


THREATS = (
    Threat(
        "DNS rebinding",
        Who.PAGE,
        "lets its own name point to this machine, and reads the answers",
        "`Host` has to be a name of ours",
        rebind,
        wall(app__security__judge___is_loopback_host=give(True)),
        SERVER,
    ),
    Threat(
        "DNS rebinding where the orchestrator is trusted",
        Who.PAGE,
        "does so on a machine whose own address is a trusted peer, and builds",
        "`Host` has to be a name of ours for trusted peers too",
        rebind_to_build,
        wall(app__security__judge__judge_host=give(None)),
        {"trusted_peers": ("127.0.0.1",)},
    ),
    Threat(
        "DNS rebinding of a stream",
        Who.PAGE,
        "does so with a WebSocket",
        "the same policy for upgrades",
        rebind_stream,
        wall(app__security__judge___is_loopback_host=give(True)),
        SERVER,
    ),
    Threat(
        "cross-site WebSocket",
        Who.PAGE,
        "opens a stream, which no browser asks about first",
        "`Origin` has to be ours, or listed",
        cross_stream,
        ORIGINS,
        SERVER,
    ),
    Threat(
        "cross-site WebSocket on a used connection",
        Who.PAGE,
        "does so behind a request on the same connection, where the application takes it",
        "the same policy in the edge",
        cross_stream_later,
        ORIGINS,
        SERVER,
    ),
    Threat(
        "cross-site form with files",
        Who.PAGE,
        "has a browser post photos",
        "`Origin` has to be ours, or listed",
        post_form,
        ORIGINS,
        SERVER,
    ),
    Threat(
        "request of a page without an origin",
        Who.PAGE,
        "removes a job from a sandboxed frame (`Origin: null`)",
        "`null` is nobody's origin",
        remove_as_nobody,
        ORIGINS,
        SERVER,
    ),
    Threat(
        "page of another port",
        Who.PAGE,
        "is of another program on this machine, which is the same site, and starts something",
        "the port belongs to the origin",
        ask_as_neighbour,
        ORIGINS,
        SERVER,
    ),
    Threat(
        "cross-site text form",
        Who.PAGE,
        "posts JSON as `text/plain` from a browser that names no origin",
        "bodies have to be `application/json`, which no form can send",
        untyped("text/plain", TEXT),
        wall(app__contracts__bodies__JSON=Anything()),
        SERVER,
    ),
    Threat(
        "cross-site form of fields",
        Who.PAGE,
        "hides JSON in a form's fields (`x-www-form-urlencoded`)",
        "bodies have to be `application/json`",
        untyped("application/x-www-form-urlencoded", URLENCODED),
        wall(app__contracts__bodies__JSON=Anything()),
        SERVER,
    ),
)
