"""`callboard torture`: thirty servers are killed at moments that a seed decides; nothing is lost, nothing is left."""

import faulthandler
import json
import sys
from pathlib import Path

import pytest
import trio

from client.local.torture.plan import Ending
from tests.client.local.process import ROOT

ROUNDS = 30
SEED = 20261124
"""With it, servers are ended in each of the ways."""

LONGEST_S = 900


@pytest.mark.real
@pytest.mark.slow
async def test_thirty_rounds(tmp_path: Path) -> None:
    """Without a violation; something of each kind was accepted and checked, and the folder is gone."""
    # Some minutes where the processors have much else to do: that is no reason for a dump of where each thread is.
    faulthandler.cancel_dump_traceback_later()
    folder = tmp_path / "f"
    command = [sys.executable, "-m", "client", "torture", "--rounds", str(ROUNDS), "--seed", str(SEED)]
    with trio.fail_after(LONGEST_S):
        done = await trio.run_process(
            [*command, "--json", "--folder", str(folder)],
            cwd=ROOT,
            capture_stdout=True,
            capture_stderr=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr.decode()
    figures = json.loads(done.stdout.splitlines()[-1])
    assert (figures["type"], figures["seed"], figures["rounds"]) == ("torture", SEED, ROUNDS)
    assert figures["violations"] == 0
    assert set(figures["accepted"]) == {"job", "build", "project", "upload"}
    assert set(figures["asked"]) == {"message", "continue", "retry", "cancel", "remove"}
    assert all(figures["asked"].values()), figures
    assert set(figures["endings"]) == {ending.name.lower() for ending in Ending}
    assert all(figures["endings"].values()), figures
    assert sum(figures["endings"].values()) == ROUNDS
    assert figures["events"] > 500
    assert figures["messages"] > 50
    assert figures["processes"] > 0
    assert figures["slowest_end"] <= 3.0
    assert not folder.exists()
