"""A store that lacks something, as after an install that was broken off: the next one fetches what is optional too."""

import pytest
import trio

from actors.processes.sandbox.confinement import Level
from actors.projects.running.installing import nothing_left_out
from tests.actors.projects.running.conftest import LEVELS, Running
from tests.actors.projects.running.test_registry import SECONDS, packages, real

__all__ = ["packages", "real"]

PROGRESS = "Progress: resolved {}, reused {}, downloaded {}, added {}"


@pytest.mark.parametrize(
    ("lines", "whole"),
    [
        ([PROGRESS.format(1, 0, 0, 0), PROGRESS.format(13, 13, 0, 13) + ", done"], True),
        ([PROGRESS.format(13, 10, 3, 13) + ", done"], True),
        ([PROGRESS.format(13, 12, 0, 12) + ", done"], False),
        ([PROGRESS.format(1, 0, 0, 0) + ", done"], False),
        (["Already up to date", "Done in 2.5s"], True),
        (["added 13 packages"], False),
        ([], False),
    ],
)
def test_what_pnpm_says(lines: list[str], whole: bool) -> None:
    """Unless it is plain that all is there, it is not."""
    assert nothing_left_out(lines) is whole


@pytest.mark.real
@pytest.mark.slow
@LEVELS
async def test_an_optional_package_that_the_store_lacks(real: Running, level: Level) -> None:
    """The app is whole, and starts."""
    assert (await real.install(seconds=SECONDS)).ok
    lost = [path for path in real.home.store.glob("pnpm/v*/index/*/*") if "@esbuild+" in path.name]
    assert lost
    for path in lost:
        path.unlink()
    other = real.another(f"project-{level.name}")
    for name in ("package.json", "pnpm-lock.yaml", "index.html"):
        await trio.Path(other.app / name).write_bytes((real.app / name).read_bytes())
    outcome = await other.install(seconds=SECONDS)
    assert outcome.ok, outcome.output
    assert list((other.app / "node_modules" / ".pnpm").glob("@esbuild+*/node_modules/@esbuild/*/bin/esbuild"))
    built = await other.run("pnpm", "run", "build", seconds=SECONDS)
    assert built.ok, built.output
