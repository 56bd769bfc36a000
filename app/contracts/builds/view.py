"""The page that shows the app of one build."""

from quart import Blueprint, Response, request

from app.addresses import parse_authority
from app.contracts.pages import respond
from app.web.assets import build_page


def add_view(routes: Blueprint) -> None:
    """Add its route."""

    @routes.get("/api/builds/<run_id>/view")
    async def show_app(run_id: str) -> Response:
        """Show the app of a build; the page finds out by itself whether the build is there.

        It asks for its port and comes back with that, as `port`: the page is anybody's, a build's port is not.
        """
        app = app_origin(request.host, request.args.get("port", ""))
        return respond(build_page(app, embed="embed" in request.args))


def app_origin(host: str, port: str) -> str:
    """Where the app of a build is, as seen from the browser that asks.

    Args:
        host: What the page was asked for as: the app listens on the same machine.
        port: Of the app, as it was sent.

    Returns:
        The origin; empty when there is none that a content security policy can name, such as that of an IPv6 address.
    """
    page = parse_authority(host)
    if page is None:
        return ""
    app = parse_authority(f"{'localhost' if page.host == '::1' else page.host}:{port}")
    return "" if app is None or app.port is None else f"http://{app.host}:{app.port}"
