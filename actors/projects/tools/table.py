"""The table of tools."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from actors.projects.tools.base import Tool
from actors.projects.tools.commands import RUN_COMMAND
from actors.projects.tools.creating import CREATE_NEXT_APP, CREATE_REACT_APP, CREATE_VITE_APP
from actors.projects.tools.editing import EDIT_FILE
from actors.projects.tools.listing import LIST_DIRECTORY
from actors.projects.tools.packages import BUILD_PROJECT, INSTALL_DEPENDENCIES
from actors.projects.tools.reading import READ_FILE
from actors.projects.tools.servers import CHECK_SERVER_STATUS, GENERATE_PREVIEW_URL, START_DEV_SERVER
from actors.projects.tools.writing import CREATE_DIRECTORY, WRITE_FILE


def make_tools() -> Mapping[str, Tool[Any]]:
    """Return all tools by their names. A new tool is one module, and one line here."""
    tools: tuple[Tool[Any], ...] = (
        CREATE_VITE_APP,
        CREATE_REACT_APP,
        CREATE_NEXT_APP,
        READ_FILE,
        WRITE_FILE,
        EDIT_FILE,
        LIST_DIRECTORY,
        CREATE_DIRECTORY,
        RUN_COMMAND,
        INSTALL_DEPENDENCIES,
        START_DEV_SERVER,
        BUILD_PROJECT,
        GENERATE_PREVIEW_URL,
        CHECK_SERVER_STATUS,
    )
    return MappingProxyType({tool.name: tool for tool in tools})
