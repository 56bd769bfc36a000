"""What was accepted, asked for and seen, over all servers: what each of them is held to."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Optional

from client.events import Event
from client.local.torture.checks.history import PROJECT, History
from client.local.torture.checks.truth import Claim
from client.local.torture.violation import Violation

JOB, BUILD = "job", "build"
KINDS = (JOB, BUILD, PROJECT)


@dataclass
class Entry:
    """A job, build or project that was accepted.

    Attributes:
        history: Its events.
        leaving: Somebody asked for its removal.
        gone: That was answered.
        final: A final state that was answered, where nothing was asked of it since.
        workspace: Of a build.
        run: Of a project: the highest run that was accepted.
        read: Whether its events were read to their end on a server after it had ended.
    """

    history: History
    leaving: bool = False
    gone: bool = False
    final: Optional[str] = None
    workspace: str = ""
    run: int = 0
    read: bool = False

    @property
    def id(self) -> str:
        """Its id."""
        return self.history.id

    @property
    def kind(self) -> str:
        """job, build or project."""
        return self.history.kind

    @property
    def over(self) -> bool:
        """Whether nothing goes on in it, as far as is known."""
        return self.history.final or self.history.ended or self.gone

    @property
    def claim(self) -> Claim:
        """What the server is held to."""
        return Claim(self.kind, self.leaving, self.gone, self.final, self.run)


@dataclass
class Upload:
    """An upload that was begun.

    Attributes:
        id: Its id.
        life: Which server answered.
        photos: The name of each photo that was accepted, by number.
        unsure: The numbers of those that were sent without an answer.
        finishing: Whether finishing it was asked for.
        job: The job that it has become.
        leaving: Somebody asked for its removal.
        gone: That was answered.
        busy: Somebody is at it.
    """

    id: str
    life: int
    photos: dict[int, str] = field(default_factory=dict)
    unsure: set[int] = field(default_factory=set)
    finishing: bool = False
    job: Optional[str] = None
    leaving: bool = False
    gone: bool = False
    busy: bool = False


@dataclass
class Ledger:
    """All that is known.

    Attributes:
        entries: By id.
        uploads: By id.
        maybe: Builds that were asked for without an answer, and their workspaces.
        unanswered: How many requests of each kind got no answer from the server that died last.
        workspaces: The builds of each workspace.
        accepted: How many of each kind were accepted in all.
        asked: How often something was asked of what was there, and accepted, by what that was.
        events: How many events of those that are forgotten were checked.
    """

    entries: dict[str, Entry] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    maybe: dict[str, str] = field(default_factory=dict)
    unanswered: dict[str, int] = field(default_factory=dict)
    workspaces: dict[str, set[str]] = field(default_factory=dict)
    accepted: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    events: int = 0

    def accept(self, kind: str, id: str, workspace: str = "") -> Entry:
        """Note that something was accepted; return what is known of it."""
        entry = self.entries.get(id)
        if entry is None:
            entry = self.entries[id] = Entry(History(id, kind), workspace=workspace)
            self.accepted[kind] = self.accepted.get(kind, 0) + 1
        return entry

    def of(self, kind: str) -> list[Entry]:
        """Return those of a kind that are not gone, the oldest first."""
        return [entry for entry in self.entries.values() if entry.kind == kind and not entry.gone]

    def active(self, *kinds: str) -> list[Entry]:
        """Return those that have not ended, as far as is known."""
        return [entry for entry in self.entries.values() if entry.kind in (kinds or KINDS) and not entry.over]

    def use_workspace(self, name: str, run: str) -> None:
        """Note which workspace a build uses."""
        self.workspaces.setdefault(name, set()).add(run)

    def count(self, what: str) -> None:
        """Note that something was asked of what was there, and accepted."""
        self.asked[what] = self.asked.get(what, 0) + 1

    def lose(self, kind: str) -> None:
        """Note that a request for something got no answer."""
        self.unanswered[kind] = self.unanswered.get(kind, 0) + 1

    def take(self, entry: Entry, after: int, event: Event) -> None:
        """Take an event that somebody got.

        Raises:
            Violation: It is not as it has to be.
        """
        problem = entry.history.take(after, event)
        if problem is not None:
            raise Violation(problem)

    def forget(self, ids: Iterable[str]) -> None:
        """Forget what is not there any more."""
        for id in ids:
            entry = self.entries.pop(id, None)
            if entry is not None:
                self.events += entry.history.checked

    @property
    def checked(self) -> int:
        """How many events were checked."""
        return self.events + sum(entry.history.checked for entry in self.entries.values())
