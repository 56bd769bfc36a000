"""Pages and their files as responses."""

from quart import Response, request

from app.web.assets import Asset


def respond(asset: Asset) -> Response:
    """Answer with a file, or with 304 when the client has it already."""
    if asset.matches(request.headers.get("If-None-Match")):
        return Response(b"", status=304, headers=asset.headers)
    return Response(asset.body, headers=asset.headers)
