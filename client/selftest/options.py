"""What can be set about a run of the kit."""

from dataclasses import dataclass
from pathlib import Path
from typing import Optional

DEFAULT_PROMPT = "A small page that says hello"
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 3001


@dataclass(frozen=True)
class KitOptions:
    """How long the kit waits for what, and what it asks the agent to build.

    Attributes:
        prompt: What every build asks for.
        workspaces: A directory that the agent reaches under the same path; None leaves `workspacePath` untested.
        build_s: How long a build may take.
        answer_s: How long the agent may take for an answer that is to come at once.
        exec_s: How long the commands of the first build seem to take; what is said about a command may arrive until
            then, as it may be on its way beside the command.
        quiet_s: How long nothing may come after a build's last message.
        settle_s: How long the last message may take after `npm start` was answered, retries included.
        failed_s: How long it may take after an install that failed.
        hang_s: How long a message is left without an answer; longer than the 5 s of the reference's time-out.
        down_s: How long the agent may take for its first command while no message gets through, besides what the
            first build took.
        at_once: How many scenarios run beside each other.
    """

    prompt: str = DEFAULT_PROMPT
    workspaces: Optional[Path] = None
    build_s: float = 120.0
    answer_s: float = 5.0
    exec_s: float = 0.5
    quiet_s: float = 2.0
    settle_s: float = 60.0
    failed_s: float = 30.0
    hang_s: float = 6.0
    down_s: float = 20.0
    at_once: int = 3
