"""A pipeline that says first which other one there is."""

from collections.abc import Callable

from actors.builds.base import STATUS, Availability, Built, Order, Pipeline, Said, Tell


class Suggesting:
    """A pipeline that nobody chose, and that says what there is to choose.

    Args:
        pipeline: What makes the apps.
        suggestion: Gives what to say; nothing where it is empty.
    """

    def __init__(self, pipeline: Pipeline, suggestion: Callable[[], str]) -> None:
        self._pipeline = pipeline
        self._suggestion = suggestion

    @property
    def name(self) -> str:
        """The pipeline's."""
        return self._pipeline.name

    @property
    def title(self) -> str:
        """The pipeline's."""
        return self._pipeline.title

    @property
    def resumable(self) -> bool:
        """As the pipeline is."""
        return self._pipeline.resumable

    def availability(self) -> Availability:
        """Whether the pipeline can run here."""
        return self._pipeline.availability()

    async def run(self, order: Order, tell: Tell) -> Built:
        """Say it, and make the app.

        Raises:
            BuildFailed: The pipeline cannot make it.
        """
        suggestion = self._suggestion()
        if suggestion:
            await tell(Said(STATUS, suggestion))
        return await self._pipeline.run(order, tell)
