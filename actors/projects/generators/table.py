"""The table of project generators: a new one is one module or folder, and one line in `make_project_generators`."""

from collections.abc import Awaitable, Callable

from actors.projects.generators.base import ProjectGenerator
from actors.projects.generators.claude.generator import ClaudeProjectGenerator
from actors.projects.generators.template.generator import TemplateProjectGenerator
from actors.runtime.availability import Availability


def make_project_generators(
    node: Callable[[], Awaitable[Availability]], claude: ClaudeProjectGenerator
) -> dict[str, ProjectGenerator]:
    """Every generator of this version by its name, in the order in which they are listed.

    Args:
        node: Whether there is Node here; asked when a run needs to know.
        claude: Made where the settings are known.
    """
    generators: tuple[ProjectGenerator, ...] = (TemplateProjectGenerator(node), claude)
    return {generator.name: generator for generator in generators}
