"""The routes of builds in an application of their own, over a service that lives in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Optional

import pytest
import trio
from quart_trio import QuartTrio

from actors.builds.base import BuildRequest
from actors.runtime.errors import CallboardError, Conflict, NotFound
from app.contracts.builds.routes import builds_routes
from app.edge import install_error_handlers

BODY_LIMIT = 1024 * 1024
"""As the server has it."""


@dataclass
class MemoryBuilds:
    """Builds that never do anything.

    Attributes:
        asked: What was accepted.
        ended: The ids of those that have ended.
        failing: What `accept` fails with.
        stuck: Cancelling does not come to an end.
    """

    asked: dict[str, BuildRequest] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    failing: Optional[CallboardError] = None
    stuck: bool = False

    def knows(self, asked: BuildRequest, /) -> bool:
        """None of them without being asked."""
        del asked
        return False

    async def accept(self, asked: BuildRequest, /) -> Mapping[str, Any]:
        """Accept a build."""
        await trio.lowlevel.checkpoint()
        if self.failing:
            raise self.failing
        if self.asked.setdefault(asked.run_id, asked) != asked:
            raise Conflict(f"{asked.run_id} is another build.", hint="Choose another runId.")
        return self._snapshot(asked.run_id)

    async def retry(self, run_id: str, /) -> str:
        """Accept a build like one that has ended."""
        await trio.lowlevel.checkpoint()
        self._snapshot(run_id)
        if run_id not in self.ended:
            raise Conflict(f"{run_id} has not ended.", hint="Wait for it.")
        new = f"run-{len(self.asked)}"
        self.asked[new] = replace(self.asked[run_id], run_id=new)
        return new

    async def status(self, run_id: str, /) -> Mapping[str, Any]:
        """A build's snapshot."""
        await trio.lowlevel.checkpoint()
        return self._snapshot(run_id)

    async def page(
        self, *, states: Sequence[str] = (), before: Optional[int] = None, limit: int = 100
    ) -> Sequence[tuple[int, Mapping[str, Any]]]:
        """Builds, the newest first."""
        await trio.lowlevel.checkpoint()
        found = [(place, self._snapshot(run_id)) for place, run_id in enumerate(self.asked, 1)]
        wanted = [
            (place, snapshot)
            for place, snapshot in reversed(found)
            if (before is None or place < before) and (not states or snapshot["state"] in states)
        ]
        return wanted[:limit]

    async def cancel(self, run_id: str, /) -> bool:
        """Cancel a build."""
        self._snapshot(run_id)
        if self.stuck:
            await trio.sleep_forever()
        await trio.lowlevel.checkpoint()
        active = run_id not in self.ended
        self.ended.add(run_id)
        return active

    async def remove(self, run_id: str, /) -> None:
        """Remove a build."""
        await trio.lowlevel.checkpoint()
        del self.asked[run_id]

    def _snapshot(self, run_id: str) -> dict[str, Any]:
        asked = self.asked.get(run_id)
        if asked is None:
            raise NotFound(f"There is no build {run_id!r}.", hint="GET /api/builds lists them.")
        return {
            "id": run_id, "kind": "build", "state": "cancelled" if run_id in self.ended else "running",
            "attempt": 1, "stage": "pipeline", "percent": 5.0, "queue_position": 0, "reason": "",
            "prompt": asked.prompt, "workspace_id": asked.workspace_id,
            "workspace": asked.workspace_path or f"/workspaces/{asked.workspace_id}",
            "port": asked.assigned_port or 5000, "pipeline": "template", "messages": 2,
            "delivery": {"queued": 2, "delivered": 1, "refused": 0, "expired": 0, "waiting": 1, "trouble": ""},
            "result": None, "created": "2026-01-01T00:00:00.000Z", "updated": "2026-01-01T00:00:00.000Z",
            "phase": "pipeline", "frontend": "/data/builds/1/apps",
        }  # fmt: skip


@dataclass(frozen=True)
class World:
    """An application with nothing but builds."""

    builds: MemoryBuilds
    app: Any


@pytest.fixture
def world() -> World:
    """An application, configured as the server's."""
    builds = MemoryBuilds()
    services = World(builds, None)
    app = QuartTrio(__name__, static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=BODY_LIMIT, RESPONSE_TIMEOUT=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # of Quart's default provider
    install_error_handlers(app)
    app.register_blueprint(builds_routes(services))
    return World(builds, app)
