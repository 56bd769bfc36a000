"""What pip gets, what its words mean, and what is said when it fails."""

from pathlib import Path
from typing import Union

import pytest

from actors.projects.generators.claude.environment.pip import (
    Download,
    PipReader,
    Stage,
    failure,
    install_command,
    pip_environment,
)
from actors.projects.generators.claude.environment.programs import SetupFailed
from actors.runtime.errors import StorageFull


def test_its_environment_has_no_keys(tmp_path: Path) -> None:
    """What finds packages is passed on, and nothing else is."""
    ours = {
        "PATH": "/bin",
        "HOME": "/home/me",
        "PIP_INDEX_URL": "file:///index",
        "HTTPS_PROXY": "proxy:1",
        "ANTHROPIC_API_KEY": "sk-ant-test",
        "CALLBOARD_TOKEN": "secret",
        "PIP_TARGET": "/elsewhere",
        "PIP_REQUIREMENT": "other.txt",
        "PYTHONPATH": "/mine",
    }

    passed = pip_environment(tmp_path, ours)

    assert {"PATH", "HOME", "PIP_INDEX_URL", "HTTPS_PROXY"} <= set(passed)
    assert passed["TMPDIR"] == str(tmp_path)
    assert not {"ANTHROPIC_API_KEY", "CALLBOARD_TOKEN", "PIP_TARGET", "PIP_REQUIREMENT", "PYTHONPATH"} & set(passed)


@pytest.mark.parametrize(
    ("version", "progress"), [("22.0.4", "off"), ("24.0", "off"), ("24.1", "raw"), ("25.3", "raw")]
)
def test_only_wheels_by_their_hashes(tmp_path: Path, version: str, progress: str) -> None:
    """An older pip has no progress for programs."""
    (tmp_path / "lib" / "python3.12" / "site-packages" / f"pip-{version}.dist-info").mkdir(parents=True)

    command = install_command(tmp_path, tmp_path / "lock")

    assert command[command.index("--progress-bar") + 1] == progress
    assert {"--require-hashes", "--no-deps"} <= set(command)
    assert command[command.index("--only-binary") + 1] == ":all:"


def test_its_words_become_progress() -> None:
    """Small files are not worth a line; what cannot be understood is passed over."""
    told: list[Union[Stage, Download]] = []
    reader = PipReader(told.append)

    reader.take(
        (
            "Looking in indexes: file:///index",
            "  Downloading anyio-4.16.0-py3-none-any.whl (134 kB)",
            "Progress 134000 of 134000",
            "  Downloading claude_agent_sdk-0.2.186-py3-none-manylinux_2_17_x86_64.whl (166.2 MB)",
            "Progress 0 of 166232550",
            "Progress 999999999 of 166232550",
            "Progress of nothing",
            "  Using cached big-1.0-py3-none-any.whl (20.5 MB)",
            "Installing collected packages: a, b, c",
        )
    )

    assert told == [
        Stage("downloading claude-agent-sdk 0.2.186 (166.2 MB)"),
        Download("claude-agent-sdk 0.2.186", 0, 166232550),
        Download("claude-agent-sdk 0.2.186", 166232550, 166232550),
        Stage("taking big 1.0 (20.5 MB) from pip's cache"),
        Stage("installing 3 packages"),
    ]


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "not the one that was tested"),
        ("WARNING: Retrying (Retry(total=4)) after connection broken by NewConnectionError", "could not be reached"),
        ("ERROR: No matching distribution found for claude-agent-sdk==1", "no package for this Python"),
        ("ERROR: something new", "something new"),
        ("", "pip could not install it"),
    ],
)
def test_its_failures_are_explained(said: str, problem: str) -> None:
    """Each says what to do, and that the same command goes on from there."""
    error = failure(said.splitlines())

    assert isinstance(error, SetupFailed)
    assert problem in error.problem
    assert error.hint


def test_a_full_disk_is_one() -> None:
    """Whatever else pip says then."""
    error = failure(["ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"])

    assert isinstance(error, StorageFull)


def test_credentials_are_not_shown() -> None:
    """An index may have them in its address."""
    error = failure(["ERROR: cannot open http://me:secret@index.example/simple"])

    assert "secret" not in error.problem
