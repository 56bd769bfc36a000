"""How the generator `claude` is put together."""

import logging
import os

from actors.datadir import DataDir
from actors.processes.tree import Spawn
from actors.projects.generators.claude.budget import Budget
from actors.projects.generators.claude.generator import ClaudeProjectGenerator
from actors.projects.generators.claude.keptkey import KeptKey
from actors.projects.generators.claude.ledger import Ledger
from actors.projects.generators.claude.opening import clear_scratch
from actors.projects.generators.claude.settings import ClaudeSettings
from app.settings import Settings

logger = logging.getLogger(__name__)

_NEVER = 10**12
"""More turns, and seconds, than one day can have: they are bounded for each project, and by what a day may cost."""


def make_claude(settings: Settings, data: DataDir, spawn: Spawn, key: KeptKey) -> ClaudeProjectGenerator:
    """Make the generator. Blocks for as long as two small files take."""
    data.claude.mkdir(mode=0o700, parents=True, exist_ok=True)
    clear_scratch(data.claude)
    allowed = ClaudeSettings(
        directory=data.claude,
        environment=settings.claude_dir,
        python=settings.claude_python,
        url=settings.claude_url,
        model=settings.claude_model,
        project=Budget(
            settings.claude_turns, settings.claude_tokens, settings.claude_usd, 60 * settings.claude_minutes
        ),
        day=Budget(_NEVER, settings.claude_tokens_day, settings.claude_usd_day, _NEVER),
        retries=settings.claude_retries,
        repairs=settings.claude_repairs,
        silence=settings.claude_silence_seconds,
        starts=min(4, os.cpu_count() or 1),
    )
    _say_trouble(settings, key)
    return ClaudeProjectGenerator(allowed, spawn, Ledger(data.claude / "spent.json"), key)


def _say_trouble(settings: Settings, key: KeptKey) -> None:
    """Say why there is no key, to those who mean to use one."""
    if key.problem and (settings.claude_key_file is not None or settings.generator == ClaudeProjectGenerator.name):
        logger.warning("`claude` cannot be used: %s", key.problem)
