"""The routes of the page: `GET /`, and the files that it is made of."""

from quart import Blueprint, Response, abort, request

from app.contracts.pages import respond
from app.web.page import Page


def add_page(routes: Blueprint, page: Page) -> None:
    """Add them.

    Args:
        routes: To what.
        page: The one that is served; where it was not built, a page that says so.
    """

    @routes.get("/")
    async def show_page() -> Response:
        """Show the page."""
        return respond(await page.index(request.accept_encodings.quality))

    @routes.get("/assets/page/<name>")
    async def fetch_page_file(name: str) -> Response:
        """Fetch a file of the page."""
        found = await page.file(name, request.accept_encodings.quality)
        if found is None:
            abort(404)
        return respond(found)
