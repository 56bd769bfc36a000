"""A generator as a pipeline of builds."""

from pathlib import Path
from typing import Union

import pytest

from actors.builds.base import BuildFailed, Built, Order, Said, Step
from actors.builds.pipelines.generated import GeneratorPipeline, shown_size
from actors.generators.base import Brief, Generated, GeneratorFailed, GeneratorPaused, Tell
from actors.generators.table import make_generators
from actors.generators.template.generator import TemplateGenerator


def order(directory: Path) -> Order:
    """A build of a habit tracker."""
    return Order("run-1", "a habit tracker", "habits", directory / "workspace", directory, 5007, 1)


async def build(pipeline: GeneratorPipeline, directory: Path) -> tuple[Built, list[Said]]:
    """Run a pipeline, and give what it made and said."""
    said: list[Said] = []

    async def tell(line: Said) -> None:
        said.append(line)

    return await pipeline.run(order(directory), tell), said


async def test_a_build_by_the_template(tmp_path: Path) -> None:
    """Its steps, its words and its files come out as a build says them."""
    pipeline = GeneratorPipeline(make_generators()["template"])

    built, said = await build(pipeline, tmp_path)

    assert [line.step for line in said if line.step] == [Step.SPECIFY, Step.STRUCTURE, Step.FRONTEND]
    assert all((line.content == "") == (line.step is not None) for line in said)
    assert said[1].type == "assistant"
    assert "No model was asked" in said[1].content
    assert any(line.type == "action" and line.content.startswith("Wrote public/app.js (") for line in said)
    assert built.frontend == tmp_path / "app"
    assert (built.frontend / "package.json").is_file()
    assert "5007" in (built.frontend / "server.js").read_text(encoding="utf-8")
    assert built.facts["kind"] == "habits"


def test_it_is_what_its_generator_is() -> None:
    """Name, title, whether it can run, and whether it may be repeated."""
    generator = TemplateGenerator()
    pipeline = GeneratorPipeline(generator)

    assert (pipeline.name, pipeline.title, pipeline.resumable) == (generator.name, generator.title, True)
    assert pipeline.availability().available


class Failing(TemplateGenerator):
    """A generator that cannot.

    Args:
        error: What it fails with.
    """

    def __init__(self, error: type[Union[GeneratorFailed, GeneratorPaused]]) -> None:
        self._error = error

    async def generate(self, brief: Brief, tell: Tell) -> Generated:
        """Fail."""
        raise self._error("there is no ink", code="no_ink", hint="Buy some.")


@pytest.mark.parametrize("error", [GeneratorFailed, GeneratorPaused])
async def test_a_generator_that_fails_fails_the_build(
    tmp_path: Path, error: type[Union[GeneratorFailed, GeneratorPaused]]
) -> None:
    """With the same words; a build does not pause."""
    with pytest.raises(BuildFailed) as failure:
        await build(GeneratorPipeline(Failing(error)), tmp_path)

    assert (failure.value.problem, failure.value.code, failure.value.hint) == ("there is no ink", "no_ink", "Buy some.")


@pytest.mark.parametrize(
    ("size", "shown"), [(0, "0 bytes"), (1, "1 byte"), (1023, "1023 bytes"), (1024, "1 KB"), (4300, "4 KB")]
)
def test_sizes(size: int, shown: str) -> None:
    """As people read them."""
    assert shown_size(size) == shown
