"""The order in which a server is closed."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from app import main
from app.settings import Settings


@pytest.mark.real
async def test_the_way_to_the_orchestrator_is_closed_after_all_who_use_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build that is told to stop, and the outbox, still ask it: a closed one would look like a crash of theirs."""
    closed: list[str] = []

    def noting(name: str) -> Callable[..., AbstractAsyncContextManager[Any]]:
        opened = getattr(main, name)

        @asynccontextmanager
        async def wrapped(*args: Any) -> AsyncIterator[Any]:
            async with opened(*args) as value:
                yield value
            closed.append(name)

        return wrapped

    for name in ("open_supervisor", "open_orchestrator"):
        monkeypatch.setattr(main, name, noting(name))
    settings = Settings(data_dir=tmp_path / "data", projects_root=tmp_path / "projects", port=0)
    async with main.open_server(settings):
        pass
    assert closed == ["open_supervisor", "open_orchestrator"]
