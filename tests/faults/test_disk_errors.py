"""Each call that changes the disk fails, one after the other, and from one on all.

Nothing is said to be done that is not, nothing half-made stays, and afterwards all goes on by itself.
"""

import errno
import logging
from pathlib import Path

import pytest
import trio

from tests.e2e.server import ServerProcess, calling, serving
from tests.faults.disk_actions import ACTIONS, Action, Site, make_a_job, open_failing_site
from tests.faults.machine.failing import CHANGES, ENDLESS, Failing

logger = logging.getLogger(__name__)

_FAR = 200
"""More calls than any of these takes."""


async def sweep(site: Site, failing: Failing, action: Action, error: int, times: int) -> int:
    """Do it again and again, while the first call fails, then the second, until none is left; how many there were."""
    # Where all fail from one on, neighbours differ little.
    for passed in range(0, _FAR, 1 if times == 1 else 3):
        with failing.failing(CHANGES, site.server.data, passed=passed, times=times, error=error):
            with trio.fail_after(30):
                done = await action(site)
            failed, last = failing.failed, failing.last
        await _check(site, f"{action.__name__}, call {passed + 1} ({last}), {done}")
        if not failed:
            assert done
            return passed
    raise AssertionError("it never came to an end")


async def _check(site: Site, what: str) -> None:
    try:
        assert (await site.client.get("/health")).status_code == 200
        await site.settle()
    except AssertionError as error:
        raise AssertionError(f"{what}: {error}") from error
    # An attempt may crash when its disk breaks, and is tried again; nothing else may, and a full disk is no crash.
    crashes = [line for line in site.server.said.splitlines() if '"exception": ' in line]
    bugs = [line for line in crashes if "Errno 5" not in line or "actors.runs.actor" not in line]
    assert bugs == [], what


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
async def test_each_call_fails(tmp_path: Path, error: int) -> None:
    """Alone, and together with all that come after it."""
    async with open_failing_site(tmp_path) as (site, failing):
        await make_a_job(site)
        for action in ACTIONS:
            for times in (1, ENDLESS):
                points = await sweep(site, failing, action, error, times)
                logger.info("%s: %d calls failed, %s", action.__name__, points, "one each" if times == 1 else "and on")
                assert points >= 2
        await _goes_on(site.server, site)


@pytest.mark.real
async def test_the_disk_becomes_read_only(tmp_path: Path) -> None:
    """While it runs: what cannot be kept is refused, what is there is still shown, and all goes on afterwards."""
    async with open_failing_site(tmp_path) as (site, failing):
        job = await make_a_job(site)
        await make_a_job(site)
        with failing.failing(CHANGES, site.server.data, times=ENDLESS, error=errno.EROFS):
            for action in ACTIONS:
                assert not await action(site), action.__name__
            assert set(site.answers[-4:]) <= {500, 503}
            assert (await site.client.get(f"/jobs/{job}")).json()["state"] == "succeeded"
            assert (await site.client.get(f"/jobs/{job}/model")).status_code == 200
            assert (await site.client.get("/health")).status_code == 200
        for action in ACTIONS:
            assert await action(site), action.__name__
            # What it began has ended before the next one, which may be about the same job.
            await _check(site, f"after it, {action.__name__}")


async def _goes_on(server: ServerProcess, site: Site) -> None:
    """All as usual, and after a restart too."""
    job = await make_a_job(site)
    assert (await site.client.get(f"/jobs/{job}")).json()["state"] == "succeeded"
    await server.stop()
    async with serving(server.data) as again, calling(again) as client:
        await Site(again, client, site.jobs, site.gone).settle()
        assert "removed what nobody owns" not in again.said
