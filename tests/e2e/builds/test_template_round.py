"""The whole round with `template`: from the request to an app that answers, with npm itself."""

from datetime import datetime
from pathlib import Path

import pytest

from actors.builds.base import COMPLETED, INSTALLING, STARTING
from tests import needs
from tests.e2e.builds.rounds import SEVEN, Round, app_page, body, open_round
from tests.e2e.reader import Reader
from tests.ports import free_port


async def _until_healthy(port: int) -> None:
    """Wait until the app answers on its port."""
    page = await app_page(port)
    assert (page.status_code, "x-frame-options" in page.headers) == (200, False)
    assert "Habit Tracker" in page.text


def _check_order(found: Round, run: str) -> None:
    """Each command was asked for after what announces it was said, and before what comes next was.

    By the moments that messages tell: on a busy machine one may arrive after the command that it was said before.
    """
    said = {
        str(message["content"]): datetime.fromisoformat(message["timestamp"]).timestamp()
        for message in found.outside.messages[run]
    }
    asked = {
        command.command: moment
        for command, moment in zip(found.outside.commands, found.outside.asked_at)
        if command.metrics == run
    }
    # The moments of messages are cut to milliseconds.
    moments = [said[INSTALLING], asked["npm install"], said[STARTING] + 0.001, asked["npm start"] + 0.001]
    assert moments == sorted(moments)
    assert asked["npm start"] <= said[COMPLETED] + 0.001


@pytest.mark.real
async def test_both_requests(tmp_path: Path) -> None:
    """The early one and the later one, which says where and on which port."""
    needs.npm()
    allowed, port = tmp_path / "allowed", free_port()
    given = allowed / "team" / "app"
    async with open_round(tmp_path, workspace_roots=allowed) as found:
        found.outside.real = True
        found.outside.places["ws-later"] = given
        # The early request has no port, and its 5000, which its `start` names, may be taken on this machine.
        found.outside.instead["npm start"] = f"PORT={port} node server.js"
        await found.ask("early", someField={"is": "ignored"})
        reader = Reader("early")
        assert await reader.follow(found.server.port) == 1000
        assert reader.whole
        end = await found.check("early")
        assert (end["port"], end["workspace"]) == (5000, str(tmp_path / "workspaces" / "ws-early"))
        await _until_healthy(port)
        await found.outside.end_all()
        del found.outside.instead["npm start"]
        await found.ask("later", workspacePath=str(given), assignedPort=port)
        end = await found.check("later")
        assert (end["port"], end["workspace"], end["attempt"]) == (port, str(given), 1)
        await _until_healthy(port)
        for run in ("early", "later"):
            _check_order(found, run)
            assert {command.metrics for command in found.outside.commands if command.workspace == f"ws-{run}"} == {run}
            assert [m["type"] for m in found.outside.messages[run] if m["content"] in SEVEN] == [
                *["status"] * 6, "success",
            ]  # fmt: skip
        # The same again is known, and starts nothing; another one under that name is refused.
        asked = len(found.outside.commands)
        await found.ask("later", workspacePath=str(given), assignedPort=port)
        other = await found.client.post("/api/build", json=body("later", prompt="another"))
        assert other.status_code == 409
        assert len(found.outside.commands) == asked
        assert oct((given).stat().st_mode) == "0o42775"
        await found.nothing_left()
        assert found.crashes() == []
