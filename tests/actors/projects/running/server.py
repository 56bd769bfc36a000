"""A server that does nothing but install packages for one project, for as long as it is let live."""

import sys
from functools import partial
from pathlib import Path

import trio

from actors.processes.sandbox.confinement import Level
from actors.processes.sandbox.watchdog import Watchdog
from actors.processes.tree import open_tree
from actors.projects.home.home import Home
from actors.projects.home.settings import HomeSettings
from actors.projects.layout import Layout
from actors.projects.running.outputlog import OutputLog
from actors.projects.running.runner import ProjectRunner


async def main(directory: Path, data_id: str, level: str) -> None:
    """Install, once, and wait for the end.

    Args:
        directory: As `make_layout` made it.
        data_id: Whose processes they are.
        level: The highest level.
    """
    spawn = partial(open_tree, data_id=data_id)
    home = Home(spawn, Watchdog(), directory / "data" / "packages", HomeSettings(highest=Level[level]))
    layout = Layout(directory / "project-1", directory / "data" / "project-1")
    async with trio.open_nursery() as nursery:
        await nursery.start(home.run)
        runner = ProjectRunner(home, "project-1", layout, OutputLog(layout.log))
        await runner.install((), dev=False, frozen=False, seconds=100, on_line=lambda _: None)
        await trio.sleep_forever()


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]), sys.argv[2], sys.argv[3])
