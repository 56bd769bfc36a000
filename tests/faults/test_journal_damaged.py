"""A journal that is damaged, cut off or gone: no server begins a new one, and there is a copy to go on from."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import trio

from client.exits import Exit
from tests.e2e.jobs import states, until_states, upload
from tests.e2e.server import TINY_SPEED, ServerProcess, calling, clean_environment, serving
from tests.waiting import until

pytestmark = pytest.mark.real

JOURNAL = "journal.sqlite3"


async def run(data: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end."""
    done: subprocess.CompletedProcess[bytes] = await trio.run_process(
        [sys.executable, "-m", "client", *arguments, "--data-dir", str(data)],
        cwd=data.parent,
        env=clean_environment(port=0, projects_root=data.parent / "apps"),
        capture_stdout=True,
        capture_stderr=True,
        check=False,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def content_of(data: Path) -> dict[str, bytes]:
    """The journal's files, but for SQLite's index of the log, which whoever reads makes anew."""
    paths = [path for path in data.iterdir() if path.name.startswith(JOURNAL) and not path.name.endswith("-shm")]
    return {path.name: path.read_bytes() for path in paths}


async def kept_and_killed(data: Path) -> tuple[ServerProcess, str, str]:
    """A server that was killed: with a job that its copy of the journal knows, and one that it does not."""
    async with serving(data, projects_root=data.parent / "apps") as server, calling(server) as client:
        first = await upload(client, **TINY_SPEED)
        await until_states(client, {"succeeded"})
        await server.stop()
    copy = data / "journal.last-good.sqlite3"
    before = copy.stat().st_mtime_ns
    async with serving(data, projects_root=data.parent / "apps") as server, calling(server) as client:
        await until(lambda: copy.stat().st_mtime_ns != before, 30, "the copy after the start")
        second = await upload(client, **TINY_SPEED)
        await until_states(client, {"succeeded"})
        await server.kill()
    return server, first, second


@pytest.mark.slow
async def test_each_damage_is_refused_and_the_last_good_copy_goes_on(tmp_path: Path) -> None:
    """In words that say what to do; what the server of then had is there, and what came later is set aside."""
    data, whole = tmp_path / "data", tmp_path / "whole"
    _, first, second = await kept_and_killed(data)
    model = (data / "jobs" / second / "model.glb").read_bytes()
    data.rename(whole)
    for damage, words in (
        (lambda: (data / f"{JOURNAL}-wal").unlink(), "-wal, is gone"),
        (lambda: (data / JOURNAL).write_bytes(b""), "is empty"),
        (lambda: (data / JOURNAL).write_bytes(b"\xa5" * 9000), "not a SQLite file"),
        (lambda: (data / JOURNAL).write_bytes((data / JOURNAL).read_bytes()[:3000]), "malformed|Page|page"),
        (lambda: (data / JOURNAL).unlink(), "is gone"),
    ):
        shutil.copytree(whole, data, ignore=shutil.ignore_patterns("packages"))
        damage()
        left = content_of(data)
        refused = await run(data, "serve")
        assert refused.returncode == Exit.USAGE
        assert any(word in refused.stderr for word in words.split("|")), refused.stderr
        assert "callboard restore --last-good" in refused.stderr
        assert content_of(data) == left

        went = await run(data, "restore", "--last-good")
        assert went.returncode == Exit.OK, went.stderr
        assert "what was written since is lost" in went.stdout
        assert second in went.stdout
        async with serving(data, projects_root=tmp_path / "apps") as server, calling(server) as client:
            assert await states(client) == {first: "succeeded"}
            assert (await client.get(f"/jobs/{first}/model")).content == (
                whole / "jobs" / first / "model.glb"
            ).read_bytes()
        aside = next(data.glob("set-aside-*"))
        assert (aside / "jobs" / second / "model.glb").read_bytes() == model
        shutil.rmtree(data)


async def test_there_is_no_way_back_from_what_is_sound_or_in_use(tmp_path: Path) -> None:
    """Nor without a copy; each in words, and nothing is changed."""
    data = tmp_path / "data"
    async with serving(data, projects_root=tmp_path / "apps"):
        running = await run(data, "restore", "--last-good")
        assert "Stop it first" in running.stderr
    sound = await run(data, "restore", "--last-good")
    assert "no reason to go back" in sound.stderr
    (data / "journal.last-good.sqlite3").unlink(missing_ok=True)
    without = await run(data, "restore", "--last-good")
    assert "no last good copy" in without.stderr
    assert {running.returncode, sound.returncode, without.returncode} == {Exit.USAGE}
    assert not list(data.glob("set-aside-*"))
