"""What a server allows its agents."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

from actors.projects.generators.claude.budget import Budget
from actors.projects.generators.claude.repair import MOST

MODEL = "claude-sonnet-4-5"


@dataclass(frozen=True)
class ClaudeSettings:
    """What a server allows its agents.

    Attributes:
        directory: A directory of the server's own for what agents share, which exists.
        environment: Where `callboard setup claude` puts the SDK's environment; None for the usual place.
        python: The Python that has the SDK; None for that of this environment.
        url: Another address of the API; None for its own.
        model: The model's name.
        project: What one project may use, unless a person says otherwise for it.
        day: What the whole server may use on one day.
        retries: How often a request that failed is repeated.
        repairs: How often an app that does not run goes back to the agent, for one prompt.
        silence: Seconds without a word from the agent's program, while no tool works for it, after which it is ended.
        starts: Agents that start at once.
    """

    directory: Path
    environment: Optional[Path] = None
    python: Optional[Path] = None
    url: Optional[str] = None
    model: str = MODEL
    project: Budget = field(default_factory=lambda: Budget(turns=200, tokens=20_000_000, cost_usd=5.0, seconds=7200.0))
    day: Budget = field(
        default_factory=lambda: Budget(turns=5000, tokens=200_000_000, cost_usd=25.0, seconds=360_000.0)
    )
    retries: int = 4
    repairs: int = MOST
    silence: float = 300.0
    starts: int = 2
