"""What the orchestrator can be told."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

DEFAULT_PORT = 3001
"""Where agents expect it."""

DEFAULT_AGENT = "http://localhost:3002"


@dataclass(frozen=True)
class OrchestratorSettings:
    """What the orchestrator can be told.

    Attributes:
        state: The directory for its runs and messages.
        port: To listen on, loopback only; 0 takes a free one.
        agent: The builder agent's address.
        token: The agent's bearer token, empty for none.
        workspaces: The folder with the workspaces; None to ask the agent, or to take the usual ones.
        old_shape: Send the three fields of the first contract only; the app then listens on `first_port`.
        first_port: The first port that is given to an app.
        runs_kept: How many runs are kept; of more, the oldest that have ended are forgotten.
        messages_kept: The most messages of one run.
        health_seconds: How long a started app may take until it is healthy.
        health_every: Seconds between two looks at a healthy app.
        watch_every: Seconds between two questions to the agent about a build.
        settle_seconds: How long an app must live to count as started.
        command_seconds: How long a command may take.
        commands_at_once: How many commands run at once, apps aside.
    """

    state: Path
    port: int = DEFAULT_PORT
    agent: str = DEFAULT_AGENT
    token: str = ""
    workspaces: Optional[Path] = None
    old_shape: bool = False
    first_port: int = 5000
    runs_kept: int = 200
    messages_kept: int = 20_000
    health_seconds: float = 60.0
    health_every: float = 15.0
    watch_every: float = 3.0
    settle_seconds: float = 1.0
    command_seconds: float = 3600.0
    commands_at_once: int = 16


def state_home(environment: Optional[Mapping[str, str]] = None) -> Path:
    """Return where programs keep their state, as the XDG base directories have it."""
    environment = os.environ if environment is None else environment
    given = environment.get("XDG_STATE_HOME", "")
    return Path(given) if given.startswith("/") else Path.home() / ".local" / "state"
