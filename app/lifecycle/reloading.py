"""What is read again on SIGHUP: files. Settings are the process's own, and change with its next start."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Optional

import trio

from actors.projects.generators.claude.keptkey import KeptKey
from actors.runtime.errors import CallboardError, InvalidInput
from app.secretfile import read_secret
from app.security import Gate
from app.security.keeper import TokenKeeper
from app.settings import LEAST_TOKEN

logger = logging.getLogger(__name__)

Reload = Callable[[], Awaitable[None]]
"""Reads everything again."""


@dataclass(frozen=True)
class Source:
    """Something that can be read again.

    Attributes:
        name: For the log.
        read: Reads it, takes it over, and says what it has; raises a `CallboardError` when what was before stays.
    """

    name: str
    read: Callable[[], Awaitable[str]]


def make_reload(tokens: TokenKeeper, key: KeptKey, token_file: Optional[Path], gate: Gate) -> Reload:
    """Make what reads again all that a server can.

    Args:
        tokens: Keeps the named tokens.
        key: For the generator `claude`.
        token_file: Has the token that is a setting; None where the setting itself has it, or there is none.
        gate: What goes by that.
    """
    sources = [Source("the tokens", tokens.read_again)]
    if token_file is not None:
        sources.append(Source("the token in token_file", partial(_read_token, token_file, gate)))
    sources.append(Source("the key for `claude`", partial(trio.to_thread.run_sync, key.read_again)))
    return partial(read_again, sources)


async def _read_token(path: Path, gate: Gate) -> str:
    token = await trio.to_thread.run_sync(read_secret, path, "token_file")
    if token == gate.policy.token:
        return "the same token"
    if len(token) < LEAST_TOKEN:
        problem = f"The token in {path} has fewer than {LEAST_TOKEN} characters."
        raise InvalidInput(problem, hint="Put a longer one there.")
    gate.use_default(token)
    return "another token; what was open thanks to the one before has ended"


async def read_again(sources: Sequence[Source]) -> None:
    """Read sources again, each whatever becomes of the others, and say what each has."""
    for source in sources:
        try:
            logger.info("read again: %s: %s", source.name, await source.read())
        except CallboardError as error:
            logger.error("read again: %s: nothing has changed. %s %s", source.name, error.problem, error.hint)  # noqa: TRY400 - no bug of ours
        except Exception:
            logger.exception("read again: %s: nothing has changed", source.name)
