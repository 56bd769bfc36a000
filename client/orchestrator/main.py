"""The composition root: everything that an orchestrator is made of, opened in one place and closed in reverse."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from client.orchestrator.agent import open_agent
from client.orchestrator.application import make_app
from client.orchestrator.board import Board
from client.orchestrator.commands import open_commands
from client.orchestrator.service import Service, open_service
from client.orchestrator.serving import open_serving, open_sockets
from client.orchestrator.settings import OrchestratorSettings
from client.orchestrator.store import open_store

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Orchestrator:
    """A running orchestrator.

    Attributes:
        service: Does the work.
        port: That it listens on.
    """

    service: Service
    port: int

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://localhost:{self.port}"

    async def warning(self) -> str:
        """Return why the agent's messages will not come here; empty when they will, or the agent does not say."""
        elsewhere = await self.service.agent.sends_elsewhere(self.port)
        if not elsewhere:
            return ""
        return f"the agent sends its messages to {elsewhere}, and not here: start it with ORCHESTRATOR_URL={self.url}"


@asynccontextmanager
async def open_orchestrator(settings: OrchestratorSettings) -> AsyncIterator[Orchestrator]:
    """Open an orchestrator. Leaving the context ends all that it started.

    Args:
        settings: As given.

    Raises:
        LocalProblem: The port, the state directory or the agent's address cannot be used.
    """
    async with AsyncExitStack() as stack:
        store = stack.enter_context(open_store(settings.state))
        sockets = open_sockets(settings.port)
        for sock in sockets:
            stack.callback(sock.close)
        port = int(sockets[0].getsockname()[1])
        agent = await stack.enter_async_context(
            open_agent(settings.agent, settings.token, old_shape=settings.old_shape)
        )
        commands = await stack.enter_async_context(
            open_commands(
                store.identity(),
                settings.state / "trees",
                at_once=settings.commands_at_once,
                seconds=settings.command_seconds,
            )
        )
        board = Board(store, settings.messages_kept)
        service = await stack.enter_async_context(open_service(board, agent, commands, settings))
        await stack.enter_async_context(open_serving(make_app(service, port), sockets))
        logger.info("listening on port %d", port)
        yield Orchestrator(service, port)
