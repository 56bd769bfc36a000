"""install_dependencies and build_project."""

import json
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Optional

import trio
from pydantic import Field, StrictStr, validator

from actors.projects.tools.base import Tool, ToolContext, ToolParameters
from actors.projects.tools.commands import SLACK, report_confined, run_confined
from actors.projects.tools.paths import writable
from actors.projects.tools.placing import open_place, read_place
from actors.projects.tools.results import ToolResult
from actors.runtime.errors import InvalidInput, NotFound

INSTALL_SECONDS = 300.0
BUILD_SECONDS = 300.0
MAX_PACKAGES = 50
_PACKAGE = re.compile(r"(?:@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~][a-z0-9._~-]*(?:@[A-Za-z0-9^~<>=.*+-]{1,64})?")


class InstallDependencies(ToolParameters):
    """What to install."""

    packages: list[StrictStr] = Field(
        [],
        description="packages to add, each a name or name@version, such as zod or @types/react@18; "
        "none installs what package.json names",
        max_items=MAX_PACKAGES,
    )
    dev: bool = Field(False, description="true adds them for development only")

    @validator("packages", each_item=True)
    def _named(cls, value: str) -> str:
        """Refuse what is an option, an address or a path: it would not come from the registry."""
        if len(value) > 214 or _PACKAGE.fullmatch(value) is None:
            raise ValueError("is not a package's name, with or without @version")
        return value


class BuildProject(ToolParameters):
    """Nothing to say."""


async def install(context: ToolContext, parameters: InstallDependencies) -> ToolResult:
    """Install packages, which is the one thing that has a network."""
    await _package(context)
    install_packages = partial(
        context.runner.install, parameters.packages, dev=parameters.dev, frozen=False, seconds=INSTALL_SECONDS
    )
    what = " ".join(["install", *parameters.packages])
    return await report_confined(context, "install_dependencies", what, INSTALL_SECONDS, install_packages)


async def build(context: ToolContext, parameters: BuildProject) -> ToolResult:
    """Run the project's own build."""
    scripts = (await _package(context)).get("scripts")
    if not isinstance(scripts, Mapping) or "build" not in scripts:
        hint = 'Add "build" to "scripts" in package.json with edit_file, such as "vite build".'
        raise NotFound("package.json has no script named build", hint=hint)
    argv = ("pnpm", "run", "build")
    return await run_confined(context, "build_project", argv, cwd=context.root, seconds=BUILD_SECONDS)


async def _package(context: ToolContext) -> Mapping[str, Any]:
    """Return what the project's package.json says.

    Raises:
        NotFound: There is none.
        InvalidInput: It is not JSON.
    """
    text = await trio.to_thread.run_sync(partial(_read, context.root), limiter=context.limiter)
    if text is None:
        raise NotFound("there is no package.json", hint="Make the app first, or write package.json with write_file.")
    try:
        package = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"package.json is not JSON: {error}", hint="Correct it with edit_file.") from None
    if not isinstance(package, dict):
        raise InvalidInput("package.json is not a JSON object", hint="Write it again with write_file.")
    return package


def _read(root: Path) -> Optional[bytes]:
    """Return the bytes of package.json; None when there is none. Blocks."""
    with open_place(root, writable("package.json"), make=False) as place:
        content = read_place(place)
    return None if content is None else content.data


INSTALL_DEPENDENCIES = Tool(
    "install_dependencies",
    "Install what package.json names, or add packages to it. The only way to get packages: no other command has a "
    "network.",
    InstallDependencies,
    install,
    # Besides its own time: that of waiting for other projects' installs.
    seconds=2 * INSTALL_SECONDS + SLACK,
)

BUILD_PROJECT = Tool(
    "build_project",
    "Run the project's build script (pnpm run build). Its errors are in the result.",
    BuildProject,
    build,
    seconds=BUILD_SECONDS + SLACK,
)
