"""Builds on the command line, like jobs."""

import subprocess
import sys
from pathlib import Path

import pytest
import trio

from tests.e2e.builds.rounds import open_round
from tests.e2e.server import clean_environment


async def _callboard(url: str, *words: str) -> "subprocess.CompletedProcess[bytes]":
    return await trio.run_process(
        [sys.executable, "-m", "client", *words, "--url", url],
        capture_stdout=True,
        capture_stderr=True,
        check=False,
        env=clean_environment(),
    )


@pytest.mark.real
async def test_watched_shown_and_removed(tmp_path: Path) -> None:
    """By their runId; the messages are told as they are in the build's events."""
    async with open_round(tmp_path) as found:
        await found.ask("run-7")
        watched = await _callboard(found.server.url, "watch", "run-7")
        assert watched.returncode == 0, watched.stderr
        assert "status: Installing dependencies..." in watched.stdout.decode()
        end = await found.end("run-7")
        shown = (await _callboard(found.server.url, "status", "run-7")).stdout.decode()
        assert f"{end['messages']} of {end['messages']} delivered" in shown
        assert end["workspace"] in shown
        assert (await _callboard(found.server.url, "cancel", "run-7")).returncode != 0
        assert (await _callboard(found.server.url, "remove", "run-7")).returncode == 0
        gone = await _callboard(found.server.url, "status", "run-7")
        assert "There is no build run-7" in gone.stderr.decode()
