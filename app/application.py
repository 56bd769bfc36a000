"""The ASGI application: Quart with the contracts' routes, the upload beside it, and the policy around both."""

from typing import Any, Optional

from actors.jobs.imagecheck.checker import ImageChecker
from actors.jobs.request import Submission
from app.asgi import App
from app.contracts.jobs.direct import models_directly
from app.contracts.table import CONTRACTS, DIRECTLY
from app.direct import BODY_LIMIT, directly
from app.edge import Edge, install_error_handlers
from app.preview import PreviewServer, preview_routes
from app.quartside import FrontedQuart
from app.security import Gate
from app.services import Services
from app.uploads.endpoint import UploadEndpoint, beside
from app.uploads.resumable.endpoint import PhotoEndpoint
from app.uploads.upload import Accepted, Upload

BODY_SECONDS = 60.0
"""Seconds in which all of a body that is no upload has to come, however it comes."""


def make_app(
    services: Services,
    checker: ImageChecker,
    gate: Gate,
    previews: Optional[PreviewServer] = None,
) -> App:
    """Put the application together."""

    async def accept(upload: Upload) -> Accepted:
        submission = Submission(upload.directory, upload.images, upload.fields, upload.engine)
        # Who was let in with its head is taken with its photos, also when the server began to drain meanwhile.
        snapshot = await services.jobs.accept(submission, begun=True)
        return Accepted(str(snapshot["id"]), str(snapshot["state"]), str(snapshot["engine"]))

    uploads = services.uploads
    endpoint = UploadEndpoint(uploads.store, checker, accept, uploads.limits, services.jobs.check_room, uploads.places)
    photos = PhotoEndpoint(uploads, uploads.places)
    routes = {name: route for make in DIRECTLY for name, route in make(services).items()}
    others = models_directly(services.jobs, beside(_make_quart(services, previews), endpoint, photos))
    return Edge(directly(routes, others, BODY_SECONDS), gate, previews)


# Quart's ASGI types are narrower than ours.
def _make_quart(services: Services, previews: Optional[PreviewServer]) -> Any:  # noqa: ANN401 - as Quart types it
    quart = FrontedQuart(__name__, static_folder=None)
    # A slow reader of a large file is not an error, and the front has a deadline for each stalled send.
    quart.config.update(MAX_CONTENT_LENGTH=BODY_LIMIT, BODY_TIMEOUT=BODY_SECONDS, RESPONSE_TIMEOUT=None)
    # It would name whole paths, and so shared links; the edge says of each error that nobody foresaw what is needed.
    quart.logger.disabled = True
    quart.json.sort_keys = False  # type: ignore[attr-defined]  # of Quart's default provider
    install_error_handlers(quart)
    for make_routes in CONTRACTS:
        quart.register_blueprint(make_routes(services))
    if previews is not None:
        quart.register_blueprint(preview_routes(previews))
    return quart
