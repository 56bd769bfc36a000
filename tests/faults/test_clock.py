"""The time of day jumps back and forth: order, streams and what is kept do not go by it."""

import logging
import os
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path

import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.builds.outbox import Outbox
from actors.janitor import Ended, Janitor, Retention, expired
from actors.runtime.timeofday import REST_S, TimeOfDay
from app.uploads.resumable.upload import IDLE_SECONDS, RETURN_SECONDS
from tests.actors.builds.outbox_world import FAIL, QUICK, PlainJournal, ScriptedCourier
from tests.actors.jobs.world import open_world
from tests.app.uploads.resumable.world import World
from tests.e2e.jobs import upload
from tests.e2e.reader import Reader
from tests.e2e.server import calling, serving
from tests.faults.disk_actions import Site, make_a_job
from tests.faults.machine.failing import open_failing
from tests.waiting import until

DAY = 86400.0
HOUR = 3600.0
NOW = datetime(2026, 1, 31, tzinfo=timezone.utc)
PHOTO = b"good photo"


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.floats(0, 1000), max_size=8), st.floats(1, 400), st.integers(1, 4))
def test_what_is_new_is_kept_after_the_clock_was_set_back(ahead: list[float], back: float, count: int) -> None:
    """Of runs from before, dated by the clock that ran ahead, none is kept in the place of one that ended since."""
    before = [Ended(f"old-{n}", NOW + timedelta(days=back, seconds=seconds), 1) for n, seconds in enumerate(ahead)]
    since = [Ended(f"new-{n}", NOW - timedelta(seconds=n), 1) for n in range(count)]
    gone = expired([*before, *since], Retention(30.0, count, 1000), NOW)
    assert sorted(gone) == sorted(run.id for run in before)


def _time(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def _goes_on(reader: Reader, seen: int) -> bool:
    return reader.last > seen or bool(reader.codes)


@pytest.mark.real
async def test_the_clock_jumps(tmp_path: Path) -> None:
    """Two days back, then a month ahead: lists and events are in the order in which things were, and jobs go on."""
    with open_failing(tmp_path) as failing:
        wrapper = ["env", *(f"{name}={value}" for name, value in failing.environment.items())]
        limits = {"keep_days": 3650, "uploads_open": 1}
        async with serving(tmp_path / "data", wrapper=wrapper, **limits) as server, calling(server) as client:
            server.wrapped = False  # `env` has become the server
            site = Site(server, client)
            jobs = [await make_a_job(site)]
            running = await upload(client, speed=0.4, steps=40, detail=0)
            open_upload = (await client.post("/uploads")).json()["links"]["self"]
            reader = Reader(running, keep=True)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(reader.follow, server.port)
                for days in (-2, 30, 0):
                    failing.set_clock(days * DAY)
                    await until(partial(_goes_on, reader, reader.last), 20, "the next event")
                    jobs.append(await make_a_job(site))
                    # One more looks for some that have expired, and there is none.
                    assert (await client.post("/uploads")).status_code == 503
                    expires = _time((await client.get(open_upload)).json()["expires"]) - days * DAY
                    assert abs(expires - time.time() - IDLE_SECONDS) < 60
            assert (await client.delete(open_upload)).status_code == 204
            assert reader.whole
            times = [event["time"] for event in reader.events]
            assert times != sorted(times), "the clock did not jump"
            percents = [event["data"]["percent"] for event in reader.events if event["type"] == "progress"]
            assert percents == sorted(percents)
            listed = [job["id"] for job in (await client.get("/jobs")).json()["jobs"]]
            assert [job for job in reversed(listed) if job in jobs] == jobs
            assert (await client.get(f"/jobs/{running}")).json()["state"] == "succeeded"
            assert '"exception": ' not in server.said
        # The next server finds a clock that is right.
        async with serving(tmp_path / "data") as server, calling(server) as client:
            await Site(server, client, {*jobs, running}).settle()


class Clocks:
    """A time of day that can be set, and a clock that cannot."""

    def __init__(self) -> None:
        self.steady = 1000.0
        self.set_by = time.time() - self.steady

    def time_of_day(self) -> TimeOfDay:
        """What the product has of them."""
        return TimeOfDay(lambda: self.steady + self.set_by, lambda: self.steady)


@pytest.mark.parametrize("hours", [-48.0, -2.0, 2.0, 24.0 * 365 * 26])
async def test_open_uploads_grow_old_by_the_hour_that_passes(tmp_path: Path, hours: float) -> None:
    """The clock is set while the server runs: none ends by that, and none lasts longer."""
    world = World(tmp_path)
    upload_id = await world.begin()
    await world.put(upload_id, 1, PHOTO)
    world.set_by = hours * HOUR
    await world.uploads.sweep()
    world.time += IDLE_SECONDS - 1
    await world.uploads.sweep()
    assert world.uploads.ids == {upload_id}
    shown = _time((await world.uploads.show(upload_id))["expires"])
    assert shown == pytest.approx(world.time + world.set_by + IDLE_SECONDS)
    world.time += IDLE_SECONDS
    await world.uploads.sweep()
    assert world.left == []


@pytest.mark.parametrize(
    ("hours", "left"), [(-48.0, IDLE_SECONDS), (2.0, RETURN_SECONDS), (24.0 * 365 * 26, RETURN_SECONDS)]
)
async def test_a_server_that_starts_with_another_time(tmp_path: Path, hours: float, left: float) -> None:
    """What it finds can be gone on with for a while, and is removed after that, whatever the time is."""
    world = World(tmp_path)
    world.time = time.time()
    upload_id = await world.begin()
    await world.put(upload_id, 1, PHOTO)
    world.set_by = hours * HOUR
    await world.restart()
    assert world.uploads.ids == {upload_id}
    world.time += left - 1
    await world.uploads.sweep()
    assert world.uploads.ids == {upload_id}
    world.time += 2
    await world.uploads.sweep()
    assert world.left == []


def test_only_a_clock_that_was_set_does_not_count(caplog: pytest.LogCaptureFixture) -> None:
    """Not one that is kept right, nor a machine that slept; and after a day it counts again."""
    clocks = Clocks()
    told = clocks.time_of_day()
    for steady, by in ((1e6, 0.5), (60.0, -30.0), (1e5, 3000.0), (1.0, -3000.0)):
        clocks.steady += steady
        clocks.set_by += by
        assert told.counts
    for by in (4000.0, -4000.0):
        clocks.set_by += by
        with caplog.at_level(logging.WARNING):
            assert not told.counts
        assert "the clock was set by" in caplog.text
        clocks.steady += REST_S - 1
        assert not told.counts
        assert told.now().timestamp() == pytest.approx(clocks.steady + clocks.set_by)
    clocks.steady += 2
    assert told.counts


async def test_nothing_is_removed_for_an_age_that_the_clock_made(tmp_path: Path) -> None:
    """Set ahead by years, what has just ended stays for a day; what is too much goes all the same."""
    clocks = Clocks()
    async with open_world(tmp_path, slots=4) as world:
        ids = [await world.accept() for _ in range(3)]
        for job_id in ids:
            await world.end(job_id)
        told = clocks.time_of_day()
        janitor = Janitor(((world.jobs, Retention(30, 10, 1 << 30)),), time=told)
        few = Janitor(((world.jobs, Retention(30, 2, 1 << 30)),), time=told)
        clocks.set_by += 26 * 365 * DAY
        assert await janitor.clean() == 0
        assert await few.clean() == 1
        clocks.steady += REST_S + 1
        assert await janitor.clean() == 2


async def test_no_message_is_given_up_for_an_age_that_the_clock_made() -> None:
    """An orchestrator that is down when the clock is set ahead gets them for a day still; then they are too old."""
    clocks = Clocks()
    journal, courier = PlainJournal(), ScriptedCourier(FAIL)
    outbox = Outbox(journal, courier, QUICK, draw=lambda: 1.0, time=clocks.time_of_day())
    journal.queue("dead", 1, 2)
    clocks.set_by += 26 * 365 * DAY
    async with trio.open_nursery() as nursery:
        await nursery.start(outbox.run)
        await until(lambda: len(courier.tries) > 20, what="some tries")
        assert journal.settled == []
        clocks.steady += REST_S + 1
        await until(lambda: len(journal.settled) == 2, what="the end of both")
        nursery.cancel_scope.cancel()
    assert {outcome for _, _, outcome in journal.settled} == {"expired"}


_KEYS = """
import sys
from app.preview.keys import Keys
keys = Keys()
session, entry = keys.session("p"), keys.entry("p")
keys.grant("p", "::1")
for _ in sys.stdin:
    good = keys.is_session(session, "p"), keys.is_entry(entry, "p"), keys.granted("p", "::1")
    sys.stdout.write(f"{all(good)}\\n")
    sys.stdout.flush()
"""


@pytest.mark.real
def test_who_looks_at_an_app_goes_on_looking(tmp_path: Path) -> None:
    """The keys to a preview are good for so long by a clock that nobody sets."""
    with open_failing(tmp_path) as failing:
        command = [sys.executable, "-c", _KEYS]
        environment = {**os.environ, **failing.environment}
        pipe = subprocess.PIPE
        with subprocess.Popen(command, text=True, env=environment, stdin=pipe, stdout=pipe) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            for days in (0, 30, -30):
                failing.set_clock(days * DAY)
                process.stdin.write("\n")
                process.stdin.flush()
                assert process.stdout.readline() == "True\n", days
            process.stdin.close()
