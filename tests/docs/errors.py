"""The tables of errors in the reference: the classes of the tree, and the codes of what failed, made from the code.

What is in the code is taken from there: statuses, usual hints, and the words where a failure is raised. The rest stands
here, and a test sees that nothing is without words.
"""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Optional

from actors.jobs.engines.pixelmap.advice import HINTS
from actors.projects.generators.claude.explanations import _ALL
from actors.runtime.errors import CallboardError
from app.errors import _RETRY_AFTER, status_of
from tests.docs.tables import table
from tests.house.project import ROOT

TO_DO: Mapping[str, str] = {
    "CallboardError": "The answer says it.",
    "InvalidInput": "Change what `errors` names, and send it again.",
    "UnsupportedBody": "Send the kind of body that the answer names.",
    "TooLarge": "Send less, or raise the [limit](limits.md) that the answer names.",
    "BackupUnusable": "Use another backup: see [Back up](../how-to/back-up.md).",
    "NotFound": "Look into the list: it may have been removed.",
    "Conflict": "Look at its state; the answer says what can be done in it.",
    "FilesGone": "Go back to a version of the project, or remove it.",
    "StorageFull": "Make room: see [Recover](../how-to/recover.md).",
    "StorageFailed": "See [Recover](../how-to/recover.md), and `callboard doctor`.",
    "JournalDamaged": "Stop the server and go back to a copy: see [Recover](../how-to/recover.md).",
    "RestartIntensityExceeded": "See the log for what failed so often, and report it.",
    "Gone": "Have a new one made.",
    "RequestTimeout": "Send it again.",
}
"""For the classes that have no hint of their own."""

ELSEWHERE: Mapping[str, tuple[str, str]] = {
    "RunFailed": ("`failed`, with a [code](#codes)", "The run's `reason` says it."),
    "BuildFailed": ("`failed`, with a code; the orchestrator is told", "The build's `reason` says it."),
    "EngineFailed": ("`failed`, with a code", "The job's `reason` says it."),
    "RunInterrupted": ("`interrupted`", "See why in `reason`; `callboard retry`, or go on."),
    "RunPaused": ("`paused`, with a code", "`callboard continue`, with what `reason` names."),
    "GeneratorFailed": ("`failed`, with a code", "The run's `reason` says it."),
    "GeneratorPaused": ("`paused`, with a code", "`callboard continue`, with what `reason` names."),
    "ExecRefused": (
        "a build `failed` with `exec`, after tries where it may help",
        "See whether the orchestrator runs.",
    ),
    "StartFailed": ("the reason of what wanted to start it", "Install the program, or see its permissions."),
    "SandboxTooWeak": (
        "a run `failed` with `sandbox_too_weak`; no program is started",
        "`callboard doctor` says what lacks.",
    ),
    "RulesRefused": ("what was to go by them does not start", "Mend the rules: each has to be what its examples say."),
    "ProgramFailed": ("the reason of the run that needed it", "It has the program's own last words."),
    "KeyUnusable": (
        "`callboard doctor`, the log, and runs `failed` with `key_missing`",
        "See [Claude](../how-to/claude.md).",
    ),
    "ProtocolError": ("a run `failed` with `protocol` or `engine_crashed`", "Install the version of the lock again."),
    "SetupFailed": ("exit code 1 of `callboard setup`", "It has the program's own last words."),
    "NoPython": ("exit code 1 of `callboard setup`", "Install one of the Pythons that it names."),
    "CommandRefused": ("the tool's result", "Use a command that the rules let run."),
    "CannotListen": ("exit code 2 of `callboard serve`", "Name another port, or end what listens there."),
}
"""Classes that are no answers to a request: what becomes of them, and what to do."""

WORDS: Mapping[str, tuple[str, str]] = {
    "invalid_model": ("the engine ended without a usable model", "Report it, with the job's log."),
    "reconstruction_failed": (
        "the photos did not become a model, for another reason",
        "Take more photos, closer together.",
    ),
    "size_mismatch": ("the photos are of different sizes", HINTS["size_mismatch"]),
    "unreadable_photo": ("a photo cannot be decoded", HINTS["unreadable_photo"]),
    "exec": ("the orchestrator did not take a command", "See whether it runs, and what ORCHESTRATOR_URL is."),
    "command_failed": (
        "a command of the app, such as `npm install`, failed",
        "See what it printed; mend it, and build again.",
    ),
    "package_json": ("the app's package.json cannot be used", "Build again; if that repeats, look at the pipeline."),
    "pipeline_exit": ("the pipeline failed", "See its last lines in the reason, and its log."),
    "pipeline_killed": ("the pipeline was ended from outside", "See whether the machine ran out of memory."),
    "transform_failed": ("the app could not be placed in the workspace", "The reason says what the disk said."),
    "transform_limit": ("the app has more than may be moved", "Leave out of it what it is not made of, such as data."),
    "transform_source": ("the app's directory cannot be taken", "The reason says why; look at the pipeline."),
    "workspace": ("the workspace cannot be made or written to", "See its permissions, and `workspaces_root`."),
    "pipeline_start": ("the pipeline could not be started", "The reason says why."),
    "pipeline_no_app": ("the pipeline ended, and left no new app", "See its log for why."),
    "pipeline_unavailable": ("the pipeline cannot run here any more", "The reason says what lacks."),
    "disk_full": ("the disk is full", "Make room, and build again."),
    "start_failed": ("the app was made, and its server did not start", "See `callboard logs`."),
    "write_failed": ("the app could not be written", "The reason says why."),
    "not_running": ("the app was made, and does not run", "See `callboard logs`; ask for a repair."),
    "sandbox_too_weak": (
        "this machine keeps programs in less well than is asked for",
        "`callboard doctor` says what lacks.",
    ),
    "no_prompt": ("the prompt of the run is gone from the disk", "Ask again."),
    "not_ready": ("the agent's process was not ready in time", "Go on later: this machine is too busy."),
    "TOOL_failed": (
        "a tool of the project failed: `install_failed`, `build_failed` and so on",
        "The reason has its last lines.",
    ),
}
"""For the codes whose words are not where they are raised, or not all of them."""

_KINDS = {"actors/jobs": "job", "actors/builds": "build", "actors/generators": "run", "actors/projects": "run"}
_PHOTOS = {
    "too_few_photos": "there are too few photos",
    "photo_too_small": "the photos are too small",
    "disconnected_views": "the photos fall into groups that share too little",
    "no_usable_pair": "no two photos show the subject from places far enough apart",
    "too_few_tracks": "too little is seen in several photos",
    "bundle_adjustment": "the places of the camera could not be found",
}


def error_classes() -> dict[str, type[CallboardError]]:
    """All classes of the tree, by name, parents first; those for one module's own use are left out."""
    names, files = {"CallboardError"}, [*(ROOT / "actors").rglob("*.py"), *(ROOT / "app").rglob("*.py")]
    nodes = [(file, node) for file in files for node in ast.parse(file.read_text(encoding="utf-8")).body]
    kinds = [(file, node) for file, node in nodes if isinstance(node, ast.ClassDef)]
    while more := {node.name for _, node in kinds if names & set(map(ast.unparse, node.bases))} - names:
        names |= more
    for file, node in kinds:
        if node.name in names:
            importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
    return {kind.__name__: kind for kind in _below(CallboardError) if not kind.__name__.startswith("_")}


def _below(kind: type[CallboardError]) -> Iterator[type[CallboardError]]:
    """A class and those below it, in an order that does not depend on who was imported first."""
    yield kind
    for child in sorted(kind.__subclasses__(), key=lambda one: (one.__module__, one.__name__)):
        if child.__module__.startswith(("actors.", "app.")):
            yield from _below(child)


def answers_table() -> str:
    """What a request can be answered with."""
    rows = []
    for name, kind in error_classes().items():
        if name not in ELSEWHERE:
            status = status_of(kind.__new__(kind))
            again = f", `Retry-After: {_RETRY_AFTER[status]}`" if status in _RETRY_AFTER else ""
            rows.append(f"| `{name}` | {_meaning(kind)} | {status}{again} | {TO_DO.get(name) or kind.usual_hint} |")
    return table("error", "what it means", "answered with", "what to do", rows=rows)


def results_table() -> str:
    """What is the result of something, and no answer to a request."""
    rows = [
        f"| `{name}` | {_meaning(kind)} | {' | '.join(ELSEWHERE[name])} |"
        for name, kind in error_classes().items()
        if name in ELSEWHERE
    ]
    return table("error", "what it means", "what becomes of it", "what to do", rows=rows)


def codes_table() -> str:
    """Each code of something that failed or paused."""
    rows = [
        f"| `{code}` | {kind} | {_cell(problem)} | {_cell(hint)} |"
        for (kind, code), (problem, hint) in sorted(found_codes().items())
    ]
    return table("code", "of a", "what failed", "what to do", rows=rows)


def found_codes() -> dict[tuple[str, str], tuple[str, str]]:
    """What failed and what to do, by whose code and which."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for folder, kind in _KINDS.items():
        for file in sorted((ROOT / folder).rglob("*.py")):
            for code, problem, hint in _raised(file):
                before = found.get((kind, code), ("", ""))
                found[kind, code] = (before[0] or problem, before[1] or hint)
    for code, hint in HINTS.items():
        found["job", code] = (_PHOTOS.get(code, ""), hint)
    found["job", "reconstruction_failed"] = ("", "")
    for code, words in _ALL.items():
        found["run", code] = (_plain(words.problem), _plain(words.hint))
    return {key: WORDS.get(key[1], words) for key, words in found.items()}


def _raised(file: Path) -> Iterator[tuple[str, str, str]]:
    """Each code that a module raises, with its words as far as they stand there."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            named = {keyword.arg: keyword.value for keyword in node.keywords}
            problem = _text(node.args[0]) if node.args else ""
            for code in _constants(named.get("code")):
                yield code, problem, _text(named.get("hint"))


def _constants(value: Optional[ast.expr]) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from _constants(value.body)
        yield from _constants(value.orelse)
    elif isinstance(value, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "TOOL" for part in value.values)


def _text(value: Optional[ast.expr]) -> str:
    """The words of an expression, with `...` for what is put in; empty where it has none of its own."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return value.value
    if isinstance(value, ast.JoinedStr):
        words = "".join(str(part.value) if isinstance(part, ast.Constant) else "..." for part in value.values)
        return re.sub(r"\.{4,}", "...", words)
    if isinstance(value, ast.BinOp):
        return _text(value.left) + _text(value.right)
    return ""


def _plain(template: str) -> str:
    """The words of a failure of the agent, without what is known of one of them only."""
    parts = {
        "resume": "`callboard continue ID`",
        "setup": "`callboard setup claude`",
        "turns": "N ",
        "detail": "",
        "status": "",
    }
    text = template.replace("{resume} {option}", "`callboard continue ID --budget-usd N`").replace(
        "for {detail}", "for N s"
    )
    return text.format(**parts, model="...", source="...", api="...").strip()


def _meaning(kind: type[CallboardError]) -> str:
    return _cell((inspect.getdoc(kind) or "").partition("\n")[0])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
