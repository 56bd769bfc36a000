"""The routes of uploads that survive a dropped connection, beside that for their photos (`app/uploads/resumable`)."""

from typing import Any

from quart import Blueprint, Response
from spectree import Response as Answers

from app.contracts.bodies import read_optional_body
from app.contracts.jobs.models import AcceptedModel
from app.contracts.models import problems
from app.contracts.uploads.models import FinishBody, UploadModel
from app.links import job_links
from app.openapi import documented
from app.services import Services
from app.uploads.resumable.finishing import Asked
from app.uploads.resumable.service import OpenUploads

_FRESH = {"Cache-Control": "no-store"}


def uploads_routes(services: Services) -> Blueprint:
    """Make the routes."""
    routes = Blueprint("uploads", __name__)
    _add_upload(routes, services.uploads)
    _add_finish(routes, services.uploads)
    return routes


def _add_upload(routes: Blueprint, uploads: OpenUploads) -> None:
    @routes.post("/uploads")
    @documented(resp=Answers(HTTP_201=UploadModel, **problems(503, 507)), tags=["uploads"])
    async def begin_upload() -> tuple[dict[str, Any], int, dict[str, str]]:
        """Begin an upload whose photos are sent one by one, and kept when a connection is dropped."""
        upload = await uploads.create()
        return upload, 201, {"Location": upload["links"]["self"], **_FRESH}

    @routes.get("/uploads/<upload_id>")
    @documented(resp=Answers(HTTP_200=UploadModel, **problems(404)), tags=["uploads"])
    async def show_upload(upload_id: str) -> tuple[dict[str, Any], int, dict[str, str]]:
        """Tell which photos are there: what is missing can be sent again."""
        return await uploads.show(upload_id), 200, _FRESH

    @routes.delete("/uploads/<upload_id>")
    @documented(resp=Answers("HTTP_204", **problems(404, 409)), tags=["uploads"])
    async def remove_upload(upload_id: str) -> Response:
        """Remove an upload and its photos; the job that it has become stays. 409 while it is being finished."""
        await uploads.remove(upload_id)
        return Response(b"", status=204)


def _add_finish(routes: Blueprint, uploads: OpenUploads) -> None:
    @routes.post("/uploads/<upload_id>/finish")
    @documented(
        json=FinishBody,
        resp=Answers(HTTP_202=AcceptedModel, **problems(404, 408, 409, 413, 415, 422, 503, 507)),
        tags=["uploads"],
    )
    async def finish_upload(upload_id: str) -> tuple[dict[str, Any], int, dict[str, str]]:
        """Make a job of the photos. Finishing an upload again gives the same job, and never a second one."""
        asked = await read_optional_body(FinishBody, '{"engine": "...", "params": {}}')
        accepted = await uploads.finish(upload_id, Asked(asked.engine or None, asked.params or {}))
        return accepted.as_json(), 202, {"Location": job_links(accepted.id)["self"], **_FRESH}
