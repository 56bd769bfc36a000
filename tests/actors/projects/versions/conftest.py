"""Fixtures for the tests of versions."""

import os
from pathlib import Path

import pytest

from actors.processes import directories
from actors.projects.versions import restoring
from tests.actors.projects.versions.support import Scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A project without files, and a store without versions."""
    return Scene(tmp_path)


@pytest.fixture
def without_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out waiting for the disk, where many versions are made."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    for module in (directories, restoring):
        monkeypatch.setattr(module, "sync_filesystem", lambda _: None)
