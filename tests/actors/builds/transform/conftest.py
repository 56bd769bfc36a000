"""Fixtures for the transform's tests."""

import os

import pytest

from actors.processes import directories


@pytest.fixture
def without_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out waiting for the disk: sweeps place hundreds of apps, and the order of calls is what they look at."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(directories, "sync_filesystem", lambda _: None)
