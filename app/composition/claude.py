"""How the generator `claude` is put together."""

import logging
import os
from collections.abc import Callable
from typing import Optional

from actors.datadir import DataDir
from actors.processes.tree import Spawn
from actors.projects.generators.claude.budget import Budget
from actors.projects.generators.claude.generator import ClaudeProjectGenerator
from actors.projects.generators.claude.key import Key, KeyUnusable, find_key
from actors.projects.generators.claude.ledger import Ledger
from actors.projects.generators.claude.opening import clear_scratch
from actors.projects.generators.claude.settings import ClaudeSettings
from app.settings import Settings

logger = logging.getLogger(__name__)

_NEVER = 10**12
"""More turns, and seconds, than one day can have: they are bounded for each project, and by what a day may cost."""


def make_claude(settings: Settings, data: DataDir, spawn: Spawn) -> ClaudeProjectGenerator:
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
    return ClaudeProjectGenerator(allowed, spawn, Ledger(data.claude / "spent.json"), _key(settings))


def _key(settings: Settings) -> Callable[[], Key]:
    """What gives the key, which is read once: at the start."""
    key: Optional[Key] = None
    problem, hint = "", ""
    try:
        key = find_key(settings.claude_key_file, os.environ)
    except KeyUnusable as error:
        problem, hint = error.problem, error.hint
        if settings.claude_key_file is not None or settings.generator == ClaudeProjectGenerator.name:
            logger.warning("`claude` cannot be used: %s %s", problem, hint)

    def give() -> Key:
        if key is None:
            raise KeyUnusable(problem, hint=hint)
        return key

    return give
