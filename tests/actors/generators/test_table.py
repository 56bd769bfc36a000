"""The table of generators: what each entry promises, whatever it is."""

import pytest

from actors.generators.base import Generator
from actors.generators.table import make_generators


@pytest.mark.parametrize("generator", make_generators().values(), ids=lambda generator: str(generator.name))
def test_every_generator_says_what_it_is(generator: Generator) -> None:
    """A name for settings, a line for people, and whether it can run, with a reason where it cannot."""
    availability = generator.availability()

    assert generator.name.isidentifier()
    assert generator.title
    assert availability.available or (availability.reason and availability.hint)


def test_the_template_is_the_first_one_and_always_there() -> None:
    """What works on a fresh machine comes first."""
    first = next(iter(make_generators().values()))

    assert first.name == "template"
    assert first.availability().available
    assert first.resumable
