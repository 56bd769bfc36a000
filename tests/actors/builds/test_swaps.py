"""What a build leaves in its workspace when it ends while its app is being placed."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from actors.builds import work
from actors.builds.base import BuildFailed
from actors.builds.transform import swap
from actors.builds.transform.place import place
from actors.builds.transform.placed import Placed
from tests.actors.builds.world import open_world


async def test_given_up_in_the_middle_of_a_swap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The workspace has the new app, whole, as after a kill that another attempt follows."""

    def dies(*given: Any, **options: Any) -> Placed:
        with monkeypatch.context() as patch:
            patch.setattr(swap, "_finish", lambda *_: 1 / 0)
            return place(*given, **options)

    monkeypatch.setattr(work, "place", dies)
    async with open_world(tmp_path) as world:
        board = world.workspace() / swap.BOARD
        await world.accept()
        assert (await world.end())["state"] == "interrupted"
        assert not (board / swap.SWAP).exists()
        assert (board / swap.MANIFEST).exists()
        assert (world.workspace() / "server.js").exists()
        await world.nothing_left()


async def test_a_workspace_that_is_gone_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The build ends as it would have."""

    def dies(_frontend: Path, workspace: Path, **_: Any) -> Placed:
        shutil.rmtree(workspace)
        raise BuildFailed("It is gone.", code="transform_failed")

    monkeypatch.setattr(work, "place", dies)
    async with open_world(tmp_path) as world:
        await world.accept()
        assert (await world.end())["reason"].startswith("It is gone.")
        assert "may be half swapped" in caplog.text
