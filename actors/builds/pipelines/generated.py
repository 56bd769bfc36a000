"""A generator as a pipeline: builds and projects share what makes an app from a prompt."""

import trio

from actors.builds.base import (
    ACTION,
    ASSISTANT,
    STATUS,
    Availability,
    BuildFailed,
    Built,
    Order,
    Said,
    Step,
    Tell,
)
from actors.generators.base import (
    FRONTEND,
    SPECIFY,
    STRUCTURE,
    Began,
    Brief,
    Event,
    FileWritten,
    Generator,
    GeneratorFailed,
    GeneratorPaused,
)

FOLDER = "app"
BEGUN = {SPECIFY: Step.SPECIFY, STRUCTURE: Step.STRUCTURE, FRONTEND: Step.FRONTEND}
UNIT = 1024


class GeneratorPipeline:
    """Runs one generator for a build.

    Args:
        generator: What makes the app.
    """

    def __init__(self, generator: Generator) -> None:
        self._generator = generator

    @property
    def name(self) -> str:
        """The generator's name: settings know no difference."""
        return self._generator.name

    @property
    def title(self) -> str:
        """The generator's own line for people."""
        return self._generator.title

    @property
    def resumable(self) -> bool:
        """As the generator is."""
        return self._generator.resumable

    def availability(self) -> Availability:
        """Whether the generator can run here."""
        return self._generator.availability()

    async def run(self, order: Order, tell: Tell) -> Built:
        """Make the app in a folder of the build's own directory.

        Raises:
            BuildFailed: The generator could not make it.
        """
        directory = order.workdir / FOLDER
        await trio.Path(directory).mkdir()

        async def pass_on(event: Event) -> None:
            await tell(translate(event))

        try:
            made = await self._generator.generate(Brief(order.prompt, order.name, directory, order.port), pass_on)
        except (GeneratorFailed, GeneratorPaused) as error:
            # A build has nobody who would have it go on.
            raise BuildFailed(error.problem, code=error.code, hint=error.hint) from error
        return Built(made.directory, made.facts)


def translate(event: Event) -> Said:
    """What a generator reports, as a build says it."""
    if isinstance(event, Began):
        return Said(STATUS, "", BEGUN[event.step])
    if isinstance(event, FileWritten):
        return Said(ACTION, f"Wrote {event.path} ({shown_size(event.size)})")
    return Said(ASSISTANT, event.text)


def shown_size(size: int) -> str:
    """A size as people read it: "812 bytes", "4 KB"."""
    if size < UNIT:
        return f"{size} bytes" if size != 1 else "1 byte"
    return f"{round(size / UNIT)} KB"
