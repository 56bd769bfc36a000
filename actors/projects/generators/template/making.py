"""The steps of making an app with a project's tools: what each does, and what is said when one fails."""

from collections.abc import Mapping
from typing import Any, Optional

from actors.generators.base import GeneratorFailed
from actors.projects.generators.base import Tell, Toolbox
from actors.projects.tools.results import ToolResult
from actors.runs.reports import Progress

LOOKS = frozenset({"list_directory", "read_file"})
"""The tools that change nothing: what was listed before them is still so."""


class Making:
    """One run's way to the tools.

    Args:
        toolbox: The tools.
        tell: Told how far it is.
    """

    def __init__(self, toolbox: Toolbox, tell: Tell) -> None:
        self._toolbox = toolbox
        self._tell = tell
        self._listed: Optional[frozenset[str]] = None

    def stage(self, name: str, fraction: float, done: Optional[int] = None, total: Optional[int] = None) -> None:
        """Tell what is being done."""
        self._tell(Progress(name, fraction, done, total))

    async def attempt(self, tool: str, **parameters: Any) -> ToolResult:
        """Use a tool that may fail."""
        if tool not in LOOKS:
            self._listed = None
        return await self._toolbox.call(tool, parameters)

    async def need(self, tool: str, **parameters: Any) -> ToolResult:
        """Use a tool that has to do what it is asked for.

        Raises:
            GeneratorFailed: It did not.
        """
        result = await self.attempt(tool, **parameters)
        if not result.ok:
            raise GeneratorFailed(problem(tool, result), code=f"{tool}_failed", hint=str(result.data.get("hint", "")))
        return result

    async def read(self, path: str) -> Optional[str]:
        """A file's whole text; None when there is none, or more than a tool shows."""
        if not await self.has(path):
            return None
        result = await self.attempt("read_file", path=path)
        return result.text if result.ok and not result.cut else None

    async def has(self, path: str) -> bool:
        """Whether there is such a file, not deeper than one directory."""
        if self._listed is None:
            result = await self.attempt("list_directory", path=".", depth=2)
            if not result.ok or result.cut:
                return (await self.attempt("read_file", path=path, limit=1)).ok
            self._listed = frozenset(line.removesuffix(" (link)") for line in result.text.splitlines())
        return path in self._listed

    async def write(self, files: Mapping[str, str], begin: float, end: float) -> None:
        """Write files one after another.

        Args:
            files: Texts by their paths.
            begin: How far the run is before.
            end: How far it is then.

        Raises:
            GeneratorFailed: One could not be written.
        """
        for number, (path, text) in enumerate(files.items()):
            self.stage("writing", begin + (end - begin) * number / len(files), number, len(files))
            await self.need("write_file", path=path, content=text)


def problem(tool: str, result: ToolResult) -> str:
    """What a tool says went wrong, on one line."""
    said = str(result.data.get("problem") or "") or " ".join(result.text.split())
    return f"{tool} could not do its part: {said[:400]}"
