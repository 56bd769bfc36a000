"""A project that runs at a level of this machine, with a Node that is a shell script."""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Optional

import pytest
import trio

from actors.processes.sandbox.confinement import Level
from actors.processes.sandbox.levels import Finding
from actors.processes.sandbox.opening import Sandbox
from actors.processes.sandbox.watchdog import Watchdog
from actors.processes.tree import open_tree
from actors.projects.home.home import Home
from actors.projects.home.settings import HomeSettings
from actors.projects.home.tools import Find, nodes_of_this_machine
from actors.projects.layout import Layout
from actors.projects.running.outputlog import OutputLog
from actors.projects.running.runner import ProjectRunner
from actors.projects.tools.outside import CommandOutcome
from tests.actors.processes.conftest import data_id
from tests.actors.projects.home.standins import make_node
from tests.needs import missing

__all__ = ["data_id"]

LEVELS = pytest.mark.parametrize("level", [Level.L2, Level.L1], ids=["L2", "L1"], indirect=True)

FOUND: dict[Level, Finding] = {}
"""What this machine has, by the highest level that was tried: found once."""


@dataclass
class Running:
    """A project that runs."""

    home: Home
    layout: Layout
    runner: ProjectRunner
    data_id: str
    lines: list[str] = field(default_factory=list)

    @property
    def app(self) -> Path:
        """The app's directory."""
        return self.layout.app

    async def run(
        self, *argv: str, cwd: Optional[Path] = None, seconds: float = 20.0, network: bool = False
    ) -> CommandOutcome:
        """Run a command."""
        cwd = cwd or self.app
        return await self.runner.run(argv, cwd=cwd, seconds=seconds, on_line=self.lines.append, network=network)

    async def install(self, *packages: str, seconds: float = 20.0, frozen: bool = False) -> CommandOutcome:
        """Install."""
        return await self.runner.install(packages, dev=False, frozen=frozen, seconds=seconds, on_line=self.lines.append)

    def another(self, name: str = "project-2") -> "Running":
        """Return another project of the same home."""
        layout = make_layout(self.layout.project.parent, name)
        runner = ProjectRunner(self.home, name, layout, OutputLog(layout.log))
        return Running(self.home, layout, runner, self.data_id)


def make_layout(directory: Path, name: str = "project-1") -> Layout:
    """Make a project's directories."""
    layout = Layout(directory / name, directory / "data" / name)
    layout.app.mkdir(parents=True)
    layout.own.mkdir(parents=True)
    layout.staging.mkdir()
    (layout.app / "package.json").write_text("{}", encoding="ascii")
    return layout


async def start(
    nursery: trio.Nursery,
    directory: Path,
    data_id: str,
    settings: HomeSettings,
    *,
    find: Find = nodes_of_this_machine,
    packages: Optional[Path] = None,
) -> Running:
    """Start what runs a project, at the very level that the settings have as the highest.

    Args:
        nursery: Where the home runs.
        directory: Where all is.
        data_id: Whose processes they are.
        settings: What is allowed.
        find: What finds Node.
        packages: The home's directory.
    """
    home = Home(
        partial(open_tree, data_id=data_id),
        Watchdog(),
        packages or directory / "data" / "packages",
        settings,
        find=find,
    )
    known = FOUND.get(settings.highest)
    if known is not None:
        home._finding = known
        home._sandbox = Sandbox(known.level, home._spawn, home.watchdog, known.groups)
    await nursery.start(home.run)
    finding = FOUND[settings.highest] = await home.finding()
    if finding.level < min(settings.highest, Level.L2):
        missing(f"this machine has the sandbox level {finding.level.name} only: install bubblewrap")
    layout = make_layout(directory)
    return Running(home, layout, ProjectRunner(home, "project-1", layout, OutputLog(layout.log)), data_id)


@pytest.fixture
def level(request: pytest.FixtureRequest) -> Level:
    """Return the level that a test is for: L2, or each of those that it is parametrised with."""
    level = getattr(request, "param", Level.L2)
    assert isinstance(level, Level)
    return level


@pytest.fixture
async def running(level: Level, tmp_path: Path, nursery: trio.Nursery, data_id: str) -> Running:
    """Return a project that runs at that level."""
    find = make_node(tmp_path / "node")
    return await start(nursery, tmp_path, data_id, HomeSettings(highest=level), find=find)
