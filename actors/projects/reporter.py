"""What a project tells: the events of its runs, its tools and its dev server, and the snapshot that sums them up.

Its stream goes on from run to run, and ends when the project is removed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Optional

from actors.journal.base import NewEvent
from actors.journal.journal import Journal
from actors.projects.generators.base import Report, Retry, Said, Usage
from actors.projects.speech import Speech
from actors.projects.tools.base import ToolEvent
from actors.runs.reporter import Reporter, Told
from actors.runs.states import State, Status

KEPT_ERRORS = 5
"""Errors in a snapshot; the stream has all of them."""

STOPPED = {"state": "stopped", "url": None, "reason": ""}

UNUSED: Mapping[str, Any] = {
    "input_tokens": 0,
    "output_tokens": 0,
    "cached_tokens": 0,
    "cost_usd": 0.0,
    "turns": 0,
    "seconds": 0.0,
    "model": None,
}
"""What a project has used that has asked no model."""

BUILD = "build_project"
"""The tool after which the finished pages are those of the newest version."""

_SERVER = {
    "server_started": "starting",
    "preview_ready": "running",
    "server_stopped": "stopped",
    "server_crashed": "crashed",
}


@dataclass(frozen=True)
class Memory:
    """What a project must not forget, in its snapshot.

    Attributes:
        run: Which run is the last one, from 1.
        prompt: What that was asked for, cut to what is shown.
        generator: Who carries it out.
        name: What the project is called.
        begun: The last run that a generator was started for.
        asked: The run that brought the prompt, when the last one goes on with that of a run before; else 0.
        usage: What all runs together have used.
        budget: What a person set for the project: `turns`, `tokens`, `cost_usd`, `seconds`; what was not set is not in.
        errors: The last of what went wrong.
        preview: How the dev server is.
        version: The newest version.
        built: The version that the last build was made of.
        forked_from: Where it comes from, when it is a copy.
        before_gone: How its last run had ended, while its files are gone.
    """

    run: int
    prompt: str
    generator: str
    name: str
    begun: int = 0
    asked: int = 0
    usage: Mapping[str, Any] = field(default_factory=lambda: UNUSED)
    budget: Mapping[str, Any] = field(default_factory=dict)
    errors: tuple[Mapping[str, Any], ...] = ()
    preview: Mapping[str, Any] = field(default_factory=lambda: STOPPED)
    version: Optional[str] = None
    built: Optional[str] = None
    forked_from: Optional[Mapping[str, Any]] = None
    before_gone: Optional[Mapping[str, Any]] = None

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Memory":
        """Read it back from a snapshot, ignoring what else is in there; an older one has less."""
        known = {name: values[name] for name in cls.__dataclass_fields__ if name in values}
        usage = {**UNUSED, **known.get("usage", {})}
        return cls(**{**known, "usage": usage, "errors": tuple(known.get("errors", ()))})

    @property
    def prompted_in(self) -> int:
        """The run that brought the prompt which the last one carries out."""
        return self.asked or self.run

    @property
    def continues(self) -> bool:
        """Whether a generator was at work on the prompt in a run before the last one."""
        return self.prompted_in < self.run and self.prompted_in <= self.begun

    def as_json(self) -> dict[str, Any]:
        """It as JSON values."""
        return asdict(self)


class ProjectReporter(Reporter):
    """Writes one project's changes.

    Args:
        journal: Where they go.
        base: What never changes in the project's snapshot.
        status: What is known of its last run.
        memory: What the project remembers.
        per_second: How many times a second progress and log lines are written.

    Attributes:
        memory: What the project remembers.
    """

    def __init__(
        self, journal: Journal, base: Mapping[str, Any], status: Status, memory: Memory, *, per_second: float = 5.0
    ) -> None:
        super().__init__(journal, base, status, per_second=per_second)
        self.memory = memory
        self._speech = Speech()

    def emit(self, event: ToolEvent) -> None:
        """Take what a tool, the dev server or the project itself has to tell; it is never left out."""
        self._say(self._speech.waiting())
        self._remember(event)
        self.tell(Told(NewEvent(event.type, event.data)))

    def take(self, report: Report) -> None:
        """Take what a generator reports. Pieces of a message are told a few times a second, not one by one."""
        if isinstance(report, Said):
            self._say(self._speech.take(report))
            self._pending.set()
        elif isinstance(report, Usage):
            self.emit(ToolEvent("usage", vars(report)))
        elif isinstance(report, Retry):
            self.emit(ToolEvent("retry", {**vars(report), "run": self.memory.run}))
        else:
            self._say(self._speech.waiting())
            self.report(report)

    def prompted(self, prompt: str, generator: str, budget: Mapping[str, Any]) -> None:
        """Remember the prompt of the next run; the change that queues it writes it."""
        self.memory = replace(self._next(generator, budget), prompt=prompt, asked=0)

    def continued(self, generator: str, budget: Mapping[str, Any]) -> None:
        """Remember that the next run goes on with the prompt of the last one; as `prompted`."""
        self.memory = replace(self._next(generator, budget), asked=self.memory.prompted_in)

    def _next(self, generator: str, budget: Mapping[str, Any]) -> Memory:
        before = self.memory
        raised = {**before.budget, **budget}
        return replace(before, run=before.run + 1, generator=generator, budget=raised, before_gone=None)

    def begin(self, prompt: str) -> None:
        """Tell that a generator sets to work on the present run."""
        self._speech.begin()
        memory, attempt = self.memory, self.status.attempt
        data = {"run": memory.run, "prompt": prompt, "generator": memory.generator, "attempt": attempt}
        self.memory = replace(memory, begun=memory.run)
        self.emit(ToolEvent("generation_started", {**data, "continues": memory.continues}))

    async def lost(self, reason: str) -> None:
        """Tell that the project's files are gone; it counts as interrupted until they are there again."""
        before = {"state": self.status.state.value, "reason": self.status.reason}
        self.memory = replace(self.memory, before_gone=before)
        await self.change(replace(self.status, state=State.INTERRUPTED, reason=reason))

    async def found(self) -> None:
        """Tell that the files are there again, if they were gone; return when all that was told is on disk."""
        before = self.memory.before_gone
        if before is None:
            await self.flush()
            return
        self.memory = replace(self.memory, before_gone=None)
        await self.change(replace(self.status, state=State(before["state"]), reason=str(before["reason"])))

    def _more(self) -> Mapping[str, Any]:
        return self.memory.as_json()

    def _farewell(self, status: Status) -> list[Told]:
        if status.state not in (State.FAILED, State.INTERRUPTED, State.PAUSED):
            return []
        code = (status.result or {}).get("code")
        event = ToolEvent("error_occurred", {"problem": status.reason, "code": code, "run": self.memory.run})
        self._remember(event)
        return [Told(NewEvent(event.type, event.data))]

    def _ends(self, status: Status) -> list[Told]:
        if self.recorded.final:
            return []  # the run had ended before
        data = {"run": self.memory.run, "state": status.state.value, "reason": status.reason, "result": status.result}
        return [Told(NewEvent("generation_finished", data))]

    def _take(self) -> list[Told]:
        self._lines.extend(map(self._said, self._speech.waiting()))
        return super()._take()

    def _say(self, pieces: Sequence[Mapping[str, Any]]) -> None:
        for piece in pieces:
            self.tell(self._said(piece))

    def _said(self, piece: Mapping[str, Any]) -> Told:
        return Told(NewEvent("assistant_message", {**piece, "run": self.memory.run}))

    def _remember(self, event: ToolEvent) -> None:
        data, memory = event.data, self.memory
        if event.type == "usage":
            self.memory = replace(memory, usage=_sum(memory.usage, data))
        elif event.type == "error_occurred":
            self.memory = replace(memory, errors=(*memory.errors, data)[-KEPT_ERRORS:])
        elif event.type == "version_created":
            # Of two that were kept at once, the other may be told first.
            self.memory = replace(memory, version=max(memory.version or "", data["version"], key=_number))
        elif event.type == "tool_executed" and data["tool"] == BUILD and data["ok"]:
            self.memory = replace(memory, built=memory.version)
        elif event.type in _SERVER:
            state = "starting" if data.get("restart_in_s") is not None else _SERVER[event.type]
            preview = {"state": state, "url": data.get("url"), "reason": data.get("reason", "")}
            self.memory = replace(memory, preview=preview)


def _number(version: str) -> int:
    return int(version[1:] or 0)


def _sum(before: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    names = [name for name in UNUSED if name != "model"]
    sums = {name: before.get(name, UNUSED[name]) + more.get(name, UNUSED[name]) for name in names}
    sums["cost_usd"] = round(sums["cost_usd"], 9)  # what comes after that is not money, but how floats are added
    return {**sums, "model": more["model"] or before.get("model")}
