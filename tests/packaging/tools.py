"""The programs that look at what is handed out, in an environment of their own: `tools.in` lists them."""

from pathlib import Path

from tests.environments import NotHere, environment
from tests.needs import missing

LOCK = Path(__file__).with_name("tools.lock")
LEAST = (3, 10)


def tool(name: str) -> Path:
    """Where one of them is; the environment is made when it is needed.

    Raises:
        NotHere: It cannot be made.
    """
    return environment("packaging", (LOCK,), LEAST).with_name(name)


def tool_or_skip(name: str) -> Path:
    """Where one of them is, for a test."""
    try:
        return tool(name)
    except NotHere as reason:
        missing(str(reason))
