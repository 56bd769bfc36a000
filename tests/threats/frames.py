"""Threats by pages that load, read or frame what is ours."""

from collections.abc import Iterable

from app.problems import SECURITY, Header
from tests.threats.browser import EVIL, from_page, may_embed, may_frame, may_read
from tests.threats.ground import TOKEN, Ground
from tests.threats.pages import ORIGINS
from tests.threats.threat import SERVER, Threat, Wall, Who, give, wall


async def load_without_asking(ground: Ground) -> bool:
    """Load an answer into a page of another site, without CORS."""
    return (await ground.client.get("/jobs", headers=from_page("", mode="no-cors", dest="script"))).is_success


async def load_with_old_browser(ground: Ground) -> bool:
    """The same with a browser that says nothing of where a request comes from."""
    return any([may_embed(await ground.client.get(path)) for path in ("/jobs", "/jobs/none", "/openapi.json")])


async def read_from_page(ground: Ground) -> bool:
    """Read an answer with `fetch`."""
    return may_read(await ground.client.get("/jobs", headers=from_page()), EVIL)


async def ask_first(ground: Ground) -> bool:
    """Be allowed to send what a browser asks about first."""
    headers = {**from_page(), "access-control-request-method": "DELETE"}
    return may_read(await ground.client.options("/jobs/any", headers=headers), EVIL)


async def frame_page(ground: Ground) -> bool:
    """Show the page in a frame, under something else to click on."""
    return any([may_frame(await ground.client.get(path)) for path in ("/", "/docs", "/jobs/job-1/view")])


async def frame_answer(ground: Ground) -> bool:
    """Show an answer that is no page in a frame."""
    return any([may_frame(await ground.client.get(path)) for path in ("/jobs", "/nothing", "/assets/view.js")])


async def keep_answer(ground: Ground) -> bool:
    """Have a shared cache keep what was answered to a token."""
    found = await ground.client.get("/jobs", headers={"authorization": f"Bearer {TOKEN}"})
    assert found.is_success
    return "no-store" not in found.headers.get("cache-control", "")


def _without_framing(headers: Iterable[Header]) -> list[Header]:
    """The headers of a page, without its word on frames."""
    return [(bytes(name), b"" if b"frame-ancestors" in bytes(value) else bytes(value)) for name, value in headers]


LISTED = {"`Origin` has to be ours, or listed": wall(app__security__judge__is_listed_origin=give(True))}


THREATS = (
    Threat(
        "cross-site load",
        Who.PAGE,
        "loads an answer as a script or a picture",
        "`Sec-Fetch-Site` has to be ours, but for a link that is followed",
        load_without_asking,
        ORIGINS,
        SERVER,
    ),
    Threat(
        "cross-site load by an old browser",
        Who.PAGE,
        "does so in a browser that says nothing of the page",
        "`Cross-Origin-Resource-Policy` on each answer",
        load_with_old_browser,
        wall(app__outgoing__SECURITY=tuple(one for one in SECURITY if b"resource-policy" not in one[0])),
        SERVER,
    ),
    Threat(
        "cross-origin read",
        Who.PAGE,
        "reads an answer with `fetch`",
        "CORS for listed origins alone",
        read_from_page,
        wall(app__edge__is_listed_origin=give(True)),
        {"origins": ("https://app.example",)},
        also=LISTED,
    ),
    Threat(
        "cross-origin preflight",
        Who.PAGE,
        "is allowed to send DELETE",
        "CORS for listed origins alone",
        ask_first,
        wall(app__edge__is_listed_origin=give(True)),
        {"origins": ("https://app.example",)},
        also=LISTED,
    ),
    Threat(
        "clickjacking of the page",
        Who.PAGE,
        "shows our page in a frame, and has people click in it",
        "`frame-ancestors 'none'` and `X-Frame-Options` on pages",
        frame_page,
        Wall({"app.outgoing.Outgoing._dressed": lambda _self, headers: [*_without_framing(headers)]}),
        SERVER,
    ),
    Threat(
        "clickjacking of an answer",
        Who.PAGE,
        "shows an answer of the API in a frame",
        "`frame-ancestors 'none'` on what is no page either",
        frame_answer,
        wall(app__outgoing__NO_PAGE=(b"x-none", b"")),
        SERVER,
        also={
            "`X-Frame-Options` from the edge": wall(app__outgoing___may_be_framed=give(True)),
            "the first once more, from the HTTP server, where nothing behind it says so": wall(
                app__front__http__answer___UNDRESSED=()
            ),
        },
    ),
    Threat(
        "answer in a cache",
        Who.NETWORK,
        "gets from a shared cache what was answered to a token",
        "`Cache-Control: no-store` where a token was needed",
        keep_answer,
        wall(app__outgoing__NO_STORE=(b"x-none", b"")),
        {"token": TOKEN, "require_token": True},
    ),
)
