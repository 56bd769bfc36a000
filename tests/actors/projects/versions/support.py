"""What the tests of versions share: a project with a store."""

import os
import shutil
from pathlib import Path
from typing import Optional

from actors.projects.versions.headers import Version
from actors.projects.versions.scan import Limits
from actors.projects.versions.store import VersionStore
from tests.actors.projects.files.trees import Content, read_tree, write_tree


class Scene:
    """A project and its store, next to each other."""

    def __init__(self, root: Path, limits: Optional[Limits] = None) -> None:
        self.root = root
        self.project = root / "project" / "app"
        self.project.mkdir(parents=True, exist_ok=True)
        self.limits = limits
        self.store = VersionStore(root / "store", limits)

    def reopened(self) -> VersionStore:
        """Return the store as a server that starts finds it."""
        self.store = VersionStore(self.root / "store", self.limits)
        return self.store

    def become(self, files: dict[str, Content]) -> None:
        """Make these all of the project's files."""
        shutil.rmtree(self.project)
        write_tree(self.project, files)

    def keep(self, files: Optional[dict[str, Content]] = None) -> Version:
        """Make a version, which has to be one."""
        if files is not None:
            self.become(files)
        version = self.store.snapshot(self.project, label="test")
        assert version is not None
        return version

    def read(self) -> dict[str, bytes]:
        """Return all that is in the project."""
        return read_tree(self.project)

    def check_whole(self) -> None:
        """Check that nothing is damaged, and nothing is left beside the project."""
        assert self.reopened().verify().problems == ()
        assert os.listdir(self.project.parent) == ["app"]  # noqa: PTH208 - names are enough
