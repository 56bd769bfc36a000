"""The table of generators: a new one is one module or folder, and one line in `make_generators`."""

from actors.generators.base import Generator
from actors.generators.template.generator import TemplateGenerator


def make_generators() -> dict[str, Generator]:
    """Every generator of this version by its name, in the order in which they are listed."""
    generators: tuple[Generator, ...] = (TemplateGenerator(),)
    return {generator.name: generator for generator in generators}
