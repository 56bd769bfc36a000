"""The keeper of the journal's copy, cancelled at every step: a whole copy is there, or the one from before."""

import logging
from pathlib import Path

import pytest

from actors.journal.condition import examine
from actors.journal.journal import Journal
from actors.journal.lastgood import LastGood
from actors.journal.place import Place
from actors.runtime.supervisor import ChildSpec, open_supervisor
from tests.actors.journal.support import created, log, opened
from tests.actors.sweeping import stride, sweep
from tests.waiting import until

logger = logging.getLogger(__name__)


def _count(place: Place) -> int:
    """How many actors the copy has; it is whole in any case."""
    if not place.last_good.exists():
        return 0
    found = examine(place.last_good)
    assert not found.problem, found
    return found.actors


def _same(place: Place, at: int) -> None:
    assert _count(place) == examine(place.journal).actors, at


@pytest.mark.slow
async def test_the_last_good_copy(tmp_path: Path) -> None:
    """Nothing half stays beside it, and the next server makes one that has all."""
    places = {at: Place(tmp_path / str(at) / "journal.sqlite3") for at in range(1, 1000)}

    async def live(place: Place, *actors: str) -> None:
        place.journal.parent.mkdir(exist_ok=True)
        journal = Journal(place.journal)
        copies = LastGood(journal, place, every=0.05)  # the first may be from before there are actors
        async with open_supervisor("server") as supervisor:
            await supervisor.start(ChildSpec("journal", journal.run))
            await supervisor.start(ChildSpec("copy", copies.run))
            for actor in actors:
                await journal.write(created(actor, log()))
            await until(lambda: _count(place) > 0)
            await copies.keep()

    async def scenario(at: int) -> None:
        await live(places[at], "job-1", "job-2")

    async def after(at: int) -> None:
        place = places[at]
        if not place.journal.exists():
            return
        _count(place)
        async with opened(place.journal) as journal:
            copies = LastGood(journal, place)
            await copies.keep()
        _same(place, at)
        left = {path.name for path in place.journal.parent.iterdir()}
        assert left == {place.journal.name, place.last_good.name}, at

    points = await sweep(scenario, after, stride=stride(4))
    logger.info("the journal's copy: %d points", points)
    assert points > 10
