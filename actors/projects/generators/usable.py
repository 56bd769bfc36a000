"""Whether a generator that somebody asks for can be used."""

from collections.abc import Mapping

from actors.projects.generators.base import ProjectGenerator
from actors.runtime.errors import InvalidInput


def usable(generators: Mapping[str, ProjectGenerator], name: str) -> str:
    """Check that a generator can be used, and return its name.

    Args:
        generators: All that there are, by name.
        name: The one that is wanted.

    Raises:
        InvalidInput: There is none by that name, or it cannot run here.
    """
    generator = generators.get(name)
    if generator is None:
        raise InvalidInput(f"There is no generator {name!r}.", hint=f"There are: {', '.join(generators)}.")
    availability = generator.availability()
    if not availability.available:
        raise InvalidInput(f"The generator {name} cannot run: {availability.reason}", hint=availability.hint)
    return name
