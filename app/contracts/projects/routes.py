"""The routes of projects, beside the pages of the preview (`app/preview`)."""

from quart import Blueprint

from app.contracts.projects.files import add_files
from app.contracts.projects.log import add_log
from app.contracts.projects.one import add_one
from app.contracts.projects.server import add_server
from app.contracts.projects.service import HasProjects
from app.contracts.projects.start import add_start
from app.contracts.projects.tools import add_tools
from app.contracts.projects.versions import add_versions


def projects_routes(services: HasProjects) -> Blueprint:
    """Make the routes."""
    routes = Blueprint("projects", __name__)
    for add in (add_start, add_one, add_files, add_versions, add_tools, add_log, add_server):
        add(routes, services.projects)
    return routes
