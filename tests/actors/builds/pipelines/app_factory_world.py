"""What the tests of the App Factory share: a workspace, and the stand-in to build in it."""

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Optional
from uuid import uuid4

import pytest

from actors.builds.base import BuildFailed, Built, Order, Said, Step
from actors.builds.pipelines.app_factory import LOG_NAME, AppFactory, AppFactoryConfig
from actors.processes.bounded_log import read_log
from actors.processes.tree import open_tree
from tests.actors.processes.programs import gone_now, marked
from tests.standins import app_factory as standin

CHECKOUT = Path(standin.__file__).parent
LATE = 60.0


class World:
    """One workspace, one workdir, and the stand-in.

    Args:
        root: A directory of the test's own.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.workspace = root / "workspace"
        self.workspace.mkdir()
        self.data_id = f"test-{uuid4().hex}"
        self.said: list[Said] = []
        self.prompt = "a shop"
        self.name = "shop"
        self._runs = 0

    def factory(self, mode: str = "normal", env: Optional[Mapping[str, str]] = None, **changes: Any) -> AppFactory:
        """The pipeline, set to one of the stand-in's modes."""
        values = {"STANDIN_MODE": mode, "STANDIN_SPEED": "0", **(env or {})}
        settings = {"python": Path(sys.executable), "checkout": CHECKOUT, "total_seconds": LATE, "idle_seconds": LATE}
        config = AppFactoryConfig(**{**settings, "env": values, **changes})
        spawn = partial(open_tree, data_id=self.data_id, records=self.root / "records", grace=0.2)
        return AppFactory(spawn, config)

    def order(self) -> Order:
        """An order with a fresh workdir."""
        self._runs += 1
        workdir = self.root / f"workdir-{self._runs}"
        workdir.mkdir()
        return Order("build-1", self.prompt, self.name, self.workspace, workdir, 5000, 1)

    async def tell(self, said: Said) -> None:
        """Take note of what is said."""
        self.said.append(said)

    async def run(self, mode: str = "normal", env: Optional[Mapping[str, str]] = None, **changes: Any) -> Built:
        """Run the pipeline once; nothing of it may be left."""
        try:
            return await self.factory(mode, env, **changes).run(self.order(), self.tell)
        finally:
            self.nothing_left()

    async def fail(self, mode: str = "normal", env: Optional[Mapping[str, str]] = None, **changes: Any) -> BuildFailed:
        """Run the pipeline, which must fail in a way that says what to do."""
        with pytest.raises(BuildFailed) as caught:
            await self.run(mode, env, **changes)
        assert caught.value.hint
        return caught.value

    def nothing_left(self) -> None:
        """Check that no process and no record is there."""
        gone_now(*marked(self.data_id), seconds=2.0)
        records = self.root / "records"
        assert not records.exists() or not list(records.iterdir())

    def log(self, run: int = 1) -> str:
        """The beginning of a run's log."""
        return read_log(self.root / f"workdir-{run}" / LOG_NAME, size=1 << 20)[1].decode()

    def contents(self, kind: str) -> list[str]:
        """What was said of one type."""
        return [said.content for said in self.said if said.type == kind and said.content]

    @property
    def steps(self) -> list[Step]:
        """The steps that were told."""
        return [said.step for said in self.said if said.step is not None]
