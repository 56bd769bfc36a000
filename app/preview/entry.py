"""The few paths of ours at an app's address: whether it is here, and the way in with a key."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qs, quote

from app.asgi import Scope, Send, answer
from app.preview.down import answer_page
from app.preview.keys import SESSION_SECONDS, Keys, cookie, cookie_name, holder_in, set_cookie
from app.preview.naming import Place
from app.problems import Header
from app.security import Caller

PREFIX: Final = ".callboard/"
"""Below an app's base; what is there is ours and never the app's."""

_YEAR: Final = 365 * 24 * 3600
_NO_STORE: Final[Header] = (b"cache-control", b"no-store")


class Entry:
    """Answers what is asked below the prefix.

    Args:
        keys: What lets browsers in.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def answer(self, place: Place, caller: Caller, scope: Scope, send: Send) -> bool:
        """Answer, if the request is for one of these paths.

        Returns:
            Whether it was.
        """
        if not caller.path.startswith(place.base + PREFIX):
            return False
        what = caller.path[len(place.base + PREFIX) :]
        if what == "here" and caller.method in ("GET", "HEAD"):
            # It says nothing that asking did not say already, and our page has to be able to ask.
            await answer(send, 204, [(b"cross-origin-resource-policy", b"cross-origin"), _NO_STORE])
        elif what == "enter" and caller.method == "GET" and place.mode != "path":
            await self._enter(place, caller, scope, send)
        elif what == "entered" and caller.method == "GET" and place.mode != "path":
            await self._entered(place, scope, send)
        else:
            await answer(send, 404, [(b"content-length", b"0"), _NO_STORE])
        return True

    async def _enter(self, place: Place, caller: Caller, scope: Scope, send: Send) -> None:
        query = _query(scope)
        key = query.get("key", [""])[0]
        if not self._keys.is_entry(key, place.project):
            await answer_page(
                scope, send, 401, "This way in is closed", "It is good for a moment only. Load the preview page again."
            )
            return
        secure = caller.scheme == "https" or _header(scope, b"x-forwarded-proto") == "https"
        framed = caller.fetch_dest in ("iframe", "frame") and caller.fetch_site == "cross-site"
        value = set_cookie(
            cookie_name(place.project),
            self._keys.session(place.project, holder_in(key)),
            SESSION_SECONDS,
            framed=framed,
            secure=secure,
        )
        there = f"{place.base}{PREFIX}entered?key={quote(key)}&to={quote(_inside(query.get('to', ['/'])[0]))}"
        await answer(
            send, 303, [(b"location", there.encode()), (b"set-cookie", value), (b"content-length", b"0"), _NO_STORE]
        )

    async def _entered(self, place: Place, scope: Scope, send: Send) -> None:
        """Look whether the browser kept the cookie."""
        query = _query(scope)
        shown = cookie(scope["headers"], cookie_name(place.project))
        to = _inside(query.get("to", ["/"])[0])
        if shown is not None and self._keys.is_session(shown, place.project):
            await answer(
                send, 303, [(b"location", quote(to, safe="/%?=&").encode()), (b"content-length", b"0"), _NO_STORE]
            )
            return
        key = query.get("key", [""])[0]
        await answer_page(
            scope,
            send,
            403,
            "This browser keeps no cookie here",
            "The server asks for a token, and without a cookie nothing shows that this browser was let in. Open the app"
            " in a tab of its own, or allow cookies for this address.",
            link=f"{place.base}{PREFIX}enter?key={quote(key)}&to={quote(to)}",
        )

    def claim(self, place: Place, caller: Caller, headers: Sequence[Header]) -> list[Header]:
        """What tells a browser to forget what another project left at this port; an address of its own has no other.

        Service workers are not let in there, so that nothing of the other can answer instead of this.
        """
        name = f"callboard-port-{place.port}"
        if place.mode != "port" or place.address or caller.fetch_dest not in ("document", "iframe", "frame"):
            return []
        if cookie(headers, name) == place.project:
            return []
        kept = set_cookie(name, place.project, _YEAR, framed=False, secure=False)
        return [(b"clear-site-data", b'"cache", "storage"'), (b"set-cookie", kept)]


async def _redirect(send: Send, there: str, *more: Header) -> None:
    await answer(send, 303, [(b"location", there.encode()), (b"content-length", b"0"), _NO_STORE, *more])


def _query(scope: Scope) -> dict[str, list[str]]:
    """The fields of a query; none of one that has more than we ever ask for."""
    try:
        return parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=4)
    except ValueError:
        return {}


def _inside(path: str) -> str:
    """A path at this origin; the root for what leads elsewhere."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/"


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name), "")
