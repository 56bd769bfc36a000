"""The routes of previews on the server's own origin: the page, how the app is, and where it can be seen."""

import re
from collections.abc import Mapping
from typing import Any, Final, Literal, Optional
from urllib.parse import quote

from pydantic import BaseModel, Field
from quart import Blueprint, Response, request
from spectree import Response as Answers

from actors.runtime.errors import Conflict, NotFound
from app.addresses import parse_authority, parse_origin
from app.contracts.bodies import read_optional_body
from app.contracts.models import StrictModel, problems
from app.contracts.pages import respond
from app.openapi import documented
from app.preview.entry import PREFIX
from app.preview.keys import GRANT_SECONDS
from app.preview.server import PreviewServer
from app.preview.settings import Mode, base_of
from app.security import Caller, caller_of_scope, needs_token
from app.web.assets import preview_page

_ID: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


class OpenBody(StrictModel):
    """How an app is to be shown."""

    mode: Optional[Literal["host", "port", "path"]] = Field(None, description="Else the first that is possible.")


class OpenedModel(BaseModel):
    """Where an app can be seen."""

    mode: Literal["host", "port", "path"]
    url: str = Field(..., description="The app's address.")
    enter: str = Field(..., description="What to open first: the same, or with a key that is good for a moment.")
    probe: str = Field(..., description="Answers 204 when a browser can reach the app's address.")
    others: list[str] = Field(..., description="Other ways to show it, for when that cannot be reached.")
    renew_s: Optional[int] = Field(None, description="Seconds after which to ask again, to keep a path open.")


class PreviewStatusModel(BaseModel):
    """How the app of a project is."""

    id: str
    state: Literal["stopped", "starting", "running", "crashed"]
    reason: str = Field(..., description="Why it does not run.")
    tail: list[str] = Field(..., description="The last lines that it printed, unless it runs.")
    built: bool = Field(..., description="Whether its built output is shown while it does not run.")


def preview_routes(previews: PreviewServer) -> Blueprint:
    """Make the routes."""
    routes = Blueprint("preview", __name__)

    @routes.get("/api/projects/<project_id>/preview")
    async def show_preview(project_id: str) -> Response:
        """Show the app of a project; the page finds out by itself whether the project is there."""
        frames = _frames(previews, project_id, request.host)
        return respond(preview_page(frames, embed="embed" in request.args))

    @routes.get("/api/projects/<project_id>/preview/status")
    @documented(resp=Answers(HTTP_200=PreviewStatusModel, **problems(404)), tags=["projects"])
    async def preview_status(project_id: str) -> dict[str, Any]:
        """Tell how the app of a project is."""
        await previews.exists(project_id)
        status = await previews.site(project_id).status()
        running = status.state.value == "running"
        return {
            "id": project_id,
            "state": status.state.value,
            "reason": status.reason,
            "tail": [] if running else list(status.tail),
            "built": not running and await previews.built(project_id),
        }

    @routes.post("/api/projects/<project_id>/preview/open")
    @documented(
        json=OpenBody, resp=Answers(HTTP_200=OpenedModel, **problems(404, 409, 413, 415, 422)), tags=["projects"]
    )
    async def open_preview(project_id: str) -> dict[str, Any]:
        """Tell where the app of a project can be seen, and open the way there: a port of its own, a key."""
        await previews.exists(project_id)
        body = await read_optional_body(OpenBody, '{} or {"mode": "port"}')
        return await _opened(previews, project_id, body.mode)

    return routes


async def _opened(previews: PreviewServer, project: str, wish: Optional[Mode]) -> dict[str, Any]:
    caller = caller_of_scope(request.scope)
    possible = _possible(previews, project, caller)
    if not possible:
        raise _no_way(previews)
    mode: Mode = next(iter(possible)) if wish is None else wish
    if mode not in possible:
        ways = " or ".join(possible)
        raise Conflict(f"The app cannot be shown by {mode} here.", hint=f"It can by {ways}.")
    url = possible[mode] or await _port_url(previews, project)
    keyed = needs_token(caller, previews.gate.policy, local=previews.names.is_local(caller.host))
    holder = previews.gate.holder_id(caller) or ""
    enter = url
    if keyed and mode == "path":
        previews.keys.grant(project, caller.peer, holder)
    elif keyed:
        enter = f"{url}{PREFIX}enter?key={quote(previews.keys.entry(project, holder))}"
    return {
        "mode": mode,
        "url": url,
        "enter": enter,
        "probe": f"{url}{PREFIX}here",
        "others": [other for other in possible if other != mode],
        "renew_s": GRANT_SECONDS // 3 if keyed and mode == "path" else None,
    }


def _possible(previews: PreviewServer, project: str, caller: Caller) -> Mapping[Mode, str]:
    """The ways to show an app to whoever asks, the best first; the address is empty where it is not known yet."""
    page = parse_authority(request.host)
    if page is None:
        return {}
    found: dict[Mode, str] = {}
    url = previews.names.host_url(project, page) if previews.settings.allows("host") else None
    if url is not None:
        found["host"] = url
    if previews.settings.allows("port") and not _over_tls():
        # From a page over TLS a browser loads nothing that is not.
        found["port"] = ""
    if previews.settings.allows("path") and not previews.names.is_passed_on(caller):
        found["path"] = base_of(previews.settings, project)
    return found


def _no_way(previews: PreviewServer) -> Conflict:
    if previews.settings.allows("path"):
        return Conflict(
            "Below a path the app cannot be shown through a proxy: all who come have the proxy's address, so nothing"
            " would tell those who have the token from others.",
            hint="Set preview_domain to a domain of which all names lead here, and preview to `auto`.",
        )
    return Conflict(
        "There is no address here at which the app could be shown.",
        hint="Set preview_domain to a domain of which all names lead here.",
    )


async def _port_url(previews: PreviewServer, project: str) -> str:
    page = parse_authority(request.host)
    own = None if page is None else previews.names.own_address(project, page)
    port = await previews.ports.open(project, own)
    host = own or ("127.0.0.1" if page is None else page.host)
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _over_tls() -> bool:
    origin = parse_origin(request.headers.get("Origin", ""))
    return request.headers.get("X-Forwarded-Proto") == "https" or (origin is not None and origin[0] == "https")


def _frames(previews: PreviewServer, project: str, host: str) -> tuple[str, ...]:
    """What the page may frame and look for: the addresses that this one app can have."""
    page = parse_authority(host)
    if page is None or not _ID.fullmatch(project):
        raise NotFound(f"There is no project {project!r}.")
    url = previews.names.host_url(project, page)
    found = [url.rstrip("/")] if url is not None else []
    host = previews.names.own_address(project, page) or page.host
    if ":" not in host:
        found.append(f"http://{host}:*")
    return ("'self'", *found)
