"""The routes of shared models: what makes a link, and what anybody who has it may see."""

from pathlib import Path
from typing import Any, Final

from quart import Blueprint, Response, request
from spectree import Response as Answers

from actors.runtime.errors import NotFound
from app.contracts.bodies import read_optional_body
from app.contracts.jobs.download import send_model
from app.contracts.models import problems
from app.contracts.pages import respond
from app.contracts.shared.models import ShareBody, SharedModel
from app.contracts.shared.shares import Shares
from app.errors import Gone, status_of
from app.openapi import documented
from app.problems import MEDIA_TYPE
from app.services import Services
from app.settings import Settings
from app.web.assets import shared_page

_PAGE: Final = "text/html"


def shared_routes(services: Services) -> Blueprint:
    """Make the routes."""
    routes = Blueprint("shared", __name__)
    shares = Shares(services.jobs, _root(services.settings))
    _add_sharing(routes, shares)
    _add_shared(routes, shares)
    return routes


def _root(settings: Settings) -> Path:
    """Where the key is: beside the jobs that it gives access to."""
    return settings.data_dir / "memory" if settings.journal == "memory" else settings.data_dir


def _add_sharing(routes: Blueprint, shares: Shares) -> None:
    @routes.post("/jobs/<job_id>/share")
    @documented(
        json=ShareBody, resp=Answers(HTTP_201=SharedModel, **problems(404, 409, 413, 415, 422, 507)), tags=["jobs"]
    )
    async def share_job(job_id: str) -> tuple[dict[str, Any], int]:
        """Make a link with which anybody sees this model, and nothing else, until it expires. Body may be missing."""
        asked = await read_optional_body(ShareBody, '{"seconds": 604800}')
        return dict(vars(await shares.share(job_id, int(asked.seconds)))), 201


def _add_shared(routes: Blueprint, shares: Shares) -> None:
    @routes.get("/shared/<token>")
    async def show_shared(token: str) -> Response:
        """Show a shared model in 3D, or say in words why there is none."""
        try:
            await shares.find(token)
        except (NotFound, Gone) as error:
            if not _is_for_people():
                raise
            # The page asks for the model itself, and says what it is answered.
            return _kept_by_nobody(shared_page().body, status_of(error))
        return respond(shared_page())

    @routes.get("/shared/<token>/model")
    @documented(resp=Answers("HTTP_200", "HTTP_206", "HTTP_416", **problems(404, 410)), tags=["jobs"])
    async def fetch_shared(token: str) -> Response:
        """Fetch a shared model, a binary glTF; takes Range and If-None-Match."""
        found = await shares.find(token)
        return await send_model(found.model, found.id)


def _is_for_people() -> bool:
    return request.accept_mimetypes.best_match([MEDIA_TYPE, _PAGE]) == _PAGE


def _kept_by_nobody(body: bytes, status: int) -> Response:
    headers = {name: value for name, value in shared_page().headers.items() if name != "ETag"}
    return Response(body, status=status, headers={**headers, "Cache-Control": "no-store"})
