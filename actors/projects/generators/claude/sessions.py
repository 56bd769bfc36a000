"""The agent's conversation with a project: its id, chosen by us, and where it is kept. Everything here blocks.

The CLI (2.1.329) keeps a conversation below its own directory (`CLAUDE_CONFIG_DIR`), in a folder that is named after
its working directory, and finds it again only from the same one. So all agents of a server work in one directory,
which is empty.
"""

import json
import re
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Optional

from actors.processes.workdir import write_whole
from actors.runtime.errors import StorageFailed

FILE = "session.json"
MAX_FILE = 4096
_COST = b'{"type":"cost-state"'
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Session:
    """A conversation.

    Attributes:
        id: Of this conversation: a UUID.
        project: The project that it belongs to.
        resume: Whether something was said in it already.
        fork_from: The conversation that it begins with: the project is a copy of the one that it belongs to.
        cost_usd: What it had cost when it was opened, or the one that it begins with: the CLI counts on from there.
    """

    id: str
    project: str
    resume: bool = False
    fork_from: Optional[str] = None
    cost_usd: float = 0.0

    @property
    def remembers(self) -> bool:
        """Whether the agent knows what was said before."""
        return self.resume or self.fork_from is not None


def open_session(directory: Path, project: str) -> Session:
    """Return the conversation of a project, and remember its id.

    Args:
        directory: Where the project's agent keeps what it knows.
        project: The project's id.

    Raises:
        StorageFailed: It cannot be written.
    """
    known = _read(directory)
    transcript = None if known is None else _transcript(directory, known.id)
    if known is None or transcript is None or not transcript.stat().st_size:
        # The CLI takes no id twice, even where nothing was said: of that there is a file without a line.
        session = Session(str(uuid.uuid4()), project)
        _write(directory, session)
        return session
    cost = _cost(transcript)
    if known.project == project:
        return Session(known.id, project, resume=True, cost_usd=cost)
    return Session(str(uuid.uuid4()), project, fork_from=known.id, cost_usd=cost)


def keep_session(directory: Path, session: Session) -> None:
    """Remember a conversation that has begun: of a copy, it takes the place of the one that it began with.

    Raises:
        StorageFailed: It cannot be written.
    """
    if session.fork_from is not None:
        _write(directory, session)


def forget_session(directory: Path) -> None:
    """Have the next run begin a new conversation."""
    (directory / FILE).unlink(missing_ok=True)


def _transcript(directory: Path, session: str) -> Optional[Path]:
    """Where the CLI keeps a conversation; None when there is none."""
    return next(directory.glob(f"projects/*/{session}.jsonl"), None)


def _cost(transcript: Path) -> float:
    """Return what a conversation has cost, as the CLI noted it down last; a line that a crash cut tells nothing."""
    cost = 0.0
    with transcript.open("rb") as file:
        for line in file:
            if line.startswith(_COST):
                with suppress(ValueError, KeyError, TypeError):
                    cost = float(json.loads(line)["totalCostUSD"])
    return cost


def _read(directory: Path) -> Optional[Session]:
    """Return what is remembered; None when nothing is, or what makes no sense."""
    try:
        with (directory / FILE).open("rb") as file:
            found = json.loads(file.read(MAX_FILE))
        session = Session(found["id"], found["project"])
        return session if _ID.fullmatch(session.id) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(directory: Path, session: Session) -> None:
    """Remember a conversation's id, all of it or nothing."""
    kept = {name: value for name, value in asdict(session).items() if name in ("id", "project")}
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        write_whole(directory / FILE, json.dumps(kept).encode("ascii"))
    except OSError as error:
        raise StorageFailed(
            f"The agent's session cannot be kept in {directory}: {error.strerror}.",
            hint="See that the disk has room and can be written.",
        ) from error
