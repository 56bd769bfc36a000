"""`callboard demo`, from start to end."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from client.exits import Exit
from client.local.demo import EXTRA, _say_what_is_missing
from client.session import Session
from tests.client.local.process import ROOT, running

pytestmark = pytest.mark.real

QUICK = {"CALLBOARD_EVENTS_PER_SECOND": "20"}


@pytest.mark.slow
def test_the_demo(tmp_path: Path) -> None:
    """One command makes a model of the sample photos, and says where it is."""
    model = tmp_path / "model.glb"
    flags = ("demo", "--once", "--engine", "simulated", "--port", "0", "--data-dir", str(tmp_path / "data"))
    with running(*flags, "-o", str(model), log=tmp_path / "log", environment=QUICK) as command:
        assert command.wait_for_end() == Exit.OK, command.shown
        assert "Traceback" not in command.shown
        assert str(model) in command.shown.replace("\n", "")
    assert model.read_bytes()[:4] == b"glTF"


@pytest.mark.parametrize(
    ("default", "available", "said"),
    [("simulated", False, True), ("simulated", True, False), ("pixelmap", True, False)],
    ids=["not installed", "by a setting", "installed"],
)
async def test_a_model_that_is_made_up_is_said_to_be(default: str, available: bool, said: bool) -> None:
    """Where what looks at photos is not installed, with what to install; who chose it himself knows."""
    notices: list[str] = []

    class Client:
        """A server with these engines."""

        async def engines(self) -> dict[str, object]:
            """The engines."""
            real = {"name": "pixelmap", "available": available, "reason": "not installed: numpy"}
            return {"default": default, "engines": [real, {"name": "simulated", "available": True}]}

    all_that_it_uses = SimpleNamespace(client=Client(), renderer=SimpleNamespace(notice=notices.append))
    await _say_what_is_missing(cast("Session", all_that_it_uses))
    assert [EXTRA in notice and "not installed: numpy" in notice for notice in notices] == [True] * said


def test_photos_that_are_not_there(tmp_path: Path) -> None:
    """A path that is wrong is a mistake in the command line."""
    flags = ("demo", "--once", "--engine", "simulated", "--port", "0", "--data-dir", str(tmp_path / "data"))
    with running(*flags, str(tmp_path / "none"), log=tmp_path / "log") as command:
        assert command.wait_for_end() == Exit.USAGE
        assert "Traceback" not in command.shown


def test_a_data_dir_that_is_a_file(tmp_path: Path) -> None:
    """A server that cannot start says why."""
    (tmp_path / "data").write_text("x")
    flags = ("demo", "--once", "--engine", "simulated", "--port", "0", "--data-dir", str(tmp_path / "data"))
    with running(*flags, log=tmp_path / "log", root=ROOT) as command:
        assert command.wait_for_end() == Exit.USAGE
        assert "cannot be used" in command.shown
