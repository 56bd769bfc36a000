"""Previews: the apps of projects, each on an origin of its own, kept away from the server's own."""

from app.preview.project import Previews, ProjectServer
from app.preview.routes import preview_routes
from app.preview.server import PreviewServer, open_previews
from app.preview.settings import PreviewSettings, base_of

__all__ = [
    "PreviewServer",
    "PreviewSettings",
    "Previews",
    "ProjectServer",
    "base_of",
    "open_previews",
    "preview_routes",
]
