"""The table of tools."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from actors.projects.tools.base import Tool
from actors.projects.tools.commands import RUN_COMMAND
from actors.projects.tools.editing import EDIT_FILE
from actors.projects.tools.listing import LIST_DIRECTORY
from actors.projects.tools.packages import BUILD_PROJECT, PlanInstall, make_install, plan_with_pnpm
from actors.projects.tools.reading import READ_FILE
from actors.projects.tools.servers import CHECK_SERVER_STATUS, GENERATE_PREVIEW_URL, START_DEV_SERVER
from actors.projects.tools.writing import CREATE_DIRECTORY, WRITE_FILE


def make_tools(plan_install: PlanInstall = plan_with_pnpm) -> Mapping[str, Tool[Any]]:
    """Return all tools by their names. A new tool is one module, and one line here.

    Args:
        plan_install: The command that installs packages.
    """
    tools: tuple[Tool[Any], ...] = (
        READ_FILE,
        WRITE_FILE,
        EDIT_FILE,
        LIST_DIRECTORY,
        CREATE_DIRECTORY,
        RUN_COMMAND,
        make_install(plan_install),
        START_DEV_SERVER,
        BUILD_PROJECT,
        GENERATE_PREVIEW_URL,
        CHECK_SERVER_STATUS,
    )
    return MappingProxyType({tool.name: tool for tool in tools})
