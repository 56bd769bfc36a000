"""The table of contracts: a new one is a folder, and one line here."""

from collections.abc import Callable

from quart import Blueprint

from app.contracts.board.routes import board_routes
from app.contracts.builds.routes import builds_directly, builds_routes
from app.contracts.jobs.routes import jobs_routes
from app.contracts.operations.routes import operations_routes
from app.contracts.operations.signs import operations_directly
from app.contracts.projects.routes import projects_routes
from app.contracts.shared.routes import shared_routes
from app.contracts.streams.routes import streams_routes
from app.contracts.uploads.routes import uploads_routes
from app.direct import Routes
from app.services import Services

CONTRACTS: tuple[Callable[[Services], Blueprint], ...] = (
    operations_routes,
    jobs_routes,
    uploads_routes,
    shared_routes,
    builds_routes,
    projects_routes,
    streams_routes,
    board_routes,
)
"""What makes the routes of each contract."""

DIRECTLY: tuple[Callable[[Services], Routes], ...] = (operations_directly, builds_directly)
"""What makes those of their routes that go past Quart."""
