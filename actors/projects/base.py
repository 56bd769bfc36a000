"""The words of a project: what is asked for, what all of them share, and what may be wrong with their files."""

import re
import unicodedata
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Optional

from actors.processes.sandbox.confinement import Level
from actors.projects.layout import Layout
from actors.runs.states import State
from actors.runtime.errors import Conflict

KIND = "project"

MAX_PROMPT = 20_000
"""Characters of a prompt."""

PROMPT_SHOWN = 2000
"""Characters of a prompt in a snapshot; its file has all of it."""

_OTHERS = re.compile(r"[^a-z0-9]+")
_LETTERS = str.maketrans({"\u00e6": "ae", "\u0153": "oe", "\u00f8": "o", "\u0142": "l", "\u0111": "d", "\u0131": "i"})
"""Latin letters that Unicode takes apart in no way."""

_NAME_WORDS = 5
_NAME_LENGTH = 40


@dataclass(frozen=True)
class GenerateRequest:
    """What somebody wants made.

    Attributes:
        prompt: In a person's words.
        generator: Who makes it; None for the default one.
        name: What the project is called; None has it made of the prompt.
        budget: What it may use: `turns`, `tokens`, `cost_usd`, `seconds`; what is not in is as the server has it.
    """

    prompt: str
    generator: Optional[str] = None
    name: Optional[str] = None
    budget: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ProjectSettings:
    """What all projects share of what was configured.

    Attributes:
        root: The directory that holds one directory for each project.
        seconds: How long one run may take, in seconds.
        idle: After how many seconds without anything to do a project's actor ends.
        versions: How many versions of a project are kept.
        runs: How many prompts a project takes.
        page: Where a person looks at a project, by its id.
        base: The path under which a project's app is served, by its id.
        lowest: The sandbox level that does, where a generator would rather have a higher one.
        days: After how many days without an event a project is removed.
        most: How many projects there may be, those included that are to be removed.
        calls: How many tools people may use at once, of all projects together.
        calls_each: And of one.
    """

    root: Path
    page: Callable[[str], str]
    base: Callable[[str], str] = lambda _project_id: "/"
    lowest: Level = Level.L2
    seconds: float = 1800.0
    idle: float = 30.0
    versions: int = 200
    runs: int = 1000
    days: float = 30.0
    most: int = 400
    calls: int = 16
    calls_each: int = 4


class FilesGone(Conflict):
    """A project's files were removed from outside."""

    def __init__(self, layout: Layout) -> None:
        super().__init__(
            f"The files of {layout.project.name} are gone: {layout.app} was removed from outside.",
            hint="Restore a version, or remove the project.",
        )


def new_id() -> str:
    """A new project's id."""
    return f"project-{uuid.uuid4()}"


def name_of(prompt: str) -> str:
    """A name for a project, from its prompt's first words: small letters, digits and `-`; accents are left out."""
    apart = unicodedata.normalize("NFKD", prompt).casefold().translate(_LETTERS)
    plain = "".join(char for char in apart if not unicodedata.combining(char))
    words = _OTHERS.sub(" ", plain).split()[:_NAME_WORDS]
    return "-".join(words)[:_NAME_LENGTH].strip("-") or "app"


def shown(prompt: str) -> str:
    """A prompt, as it is in a snapshot."""
    return prompt if len(prompt) <= PROMPT_SHOWN else f"{prompt[: PROMPT_SHOWN - 1]}\u2026"


def expires(snapshot: Mapping[str, Any], days: float) -> Optional[Mapping[str, str]]:
    """When the janitor removes a project, if nothing happens to it until then; None while a run goes on.

    Args:
        snapshot: The project's.
        days: How long a project is kept.
    """
    if not State(snapshot["state"]).final or "updated" not in snapshot:
        return None
    since = datetime.fromisoformat(str(snapshot["updated"]).replace("Z", "+00:00"))
    try:
        moment = since + timedelta(days=days)
    except OverflowError:
        return None
    why = f"nothing happened for {days:g} days; or earlier, when newer projects need the room"
    return {"at": moment.isoformat(timespec="seconds").replace("+00:00", "Z"), "why": why}
