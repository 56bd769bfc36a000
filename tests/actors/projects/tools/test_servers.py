"""start_dev_server, check_server_status and generate_preview_url."""

import trio

from actors.projects.tools.outside import ServerState, ServerStatus
from actors.runtime.errors import CallboardError
from tests.actors.projects.tools.conftest import Project, ToldServer

URL = "http://app.localhost:1/"


async def test_started_once(project: Project) -> None:
    """A server that runs is asked again, which does nothing, and is told to run already."""
    assert not (await project.call("generate_preview_url")).ok
    for word in ("it runs, at", "it runs already, at"):
        result = await project.call("start_dev_server")
        assert result.ok
        assert result.text.startswith(word)
        assert result.data == {"state": "running", "url": URL}
    assert (await project.call("generate_preview_url")).text == URL
    assert (await project.call("check_server_status")).text == f"running at {URL}"


async def test_crashed(project: Project) -> None:
    """A server that does not come up is told with its last lines."""
    project.server.after = ServerStatus(ServerState.CRASHED, None, "exit code 1", ("\x1b[31mboom\x1b[0m", "x" * 10**6))
    result = await project.call("start_dev_server")
    assert not result.ok
    assert "crashed (exit code 1)" in result.text
    assert "\nboom\n" in result.text
    assert len(result.text) < 10_000
    status = await project.call("check_server_status")
    assert status.ok
    assert status.text.startswith("crashed: exit code 1\nIts last lines:\nboom")
    assert "start_dev_server" in (await project.call("generate_preview_url")).text


async def test_does_not_come_up(project: Project, autojump_clock: trio.testing.MockClock) -> None:
    """A server that neither starts nor fails is given up on."""

    class Stuck(ToldServer):
        async def start(self) -> ServerStatus:
            await trio.sleep_forever()
            raise CallboardError("never")

    result = await project.with_context(server=Stuck()).call("start_dev_server")
    assert not result.ok
    assert "longer than 90 s" in result.text
