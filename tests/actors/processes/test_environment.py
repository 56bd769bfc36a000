"""What a child process gets, as values."""

from dataclasses import replace
from typing import Any

import pytest

from actors.processes.environment import base_environment, new_marker
from actors.processes.sandbox.limits import NO_LIMITS
from actors.runtime.errors import InvalidInput


def test_allow_list() -> None:
    """Only what is listed is passed on, and what is given wins."""
    source = {
        "PATH": "/bin",
        "LC_ALL": "C",
        "OPENAI_API_KEY": "x",
        "PYTHONPATH": "/evil",
        "HOME": "/h",
        "LD_PRELOAD": "y",
    }
    assert base_environment({"HOME": "/job", "PORT": "1"}, source) == {
        "PATH": "/bin",
        "LC_ALL": "C",
        "HOME": "/job",
        "PORT": "1",
    }


def test_marker() -> None:
    """Each tree has a marker of its own; names that could be taken for another's are refused."""
    first, second = new_marker("data", "job-1"), new_marker("data", "job-1")
    assert first != second
    assert first.startswith("data:job-1:")
    for data_id, owner in (("a:b", "c"), ("a", "b:c"), ("", "x"), ("x", "")):
        with pytest.raises(InvalidInput):
            new_marker(data_id, owner)


@pytest.mark.parametrize("value", [0, -1, 2**63])
@pytest.mark.parametrize("name", ["memory", "cpu", "open_files", "file_size", "processes"])
def test_limits(name: str, value: int) -> None:
    """A limit of nothing, or of more than the kernel can count, is a mistake."""
    changes: dict[str, Any] = {name: value}
    with pytest.raises(ValueError, match=name):
        replace(NO_LIMITS, **changes)
