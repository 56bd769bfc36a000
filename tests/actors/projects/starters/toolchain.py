"""This machine's Node with the pinned pnpm."""

from pathlib import Path

from actors.projects.home.tools import nodes_of_this_machine
from actors.projects.packages.node import find_node
from actors.projects.packages.plan import Toolchain
from actors.projects.packages.pnpm import provide_pnpm
from actors.projects.packages.registry import ask_registries
from actors.projects.packages.running import Run
from tests import needs


async def find_toolchain(run: Run, directory: Path) -> Toolchain:
    """Return what installs; without Node the test is skipped.

    Args:
        run: Runs programs.
        directory: Where pnpm is installed.
    """
    node = (await find_node(run, nodes_of_this_machine(), directory)).node
    if node is None:
        needs.missing("there is no Node with npm on this machine")
    return Toolchain(node, await provide_pnpm(run, node, directory), await ask_registries(run, node, directory))


def pnpm_command(tools: Toolchain) -> tuple[str, ...]:
    """Return how the pinned pnpm is called."""
    assert tools.pnpm is not None
    return (str(tools.node.program), str(tools.pnpm.program))
