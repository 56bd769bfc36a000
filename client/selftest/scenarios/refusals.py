"""Requests that must not become builds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Union

import trio

from client.selftest.checks import HOLDS, Check, Finding, fails
from client.selftest.contract import PROMPT_LIMIT, RUN_ID_LIMIT
from client.selftest.scenarios.base import Scenario
from client.selftest.stage import Run, Stage
from client.selftest.transcript import Asked, Story

_LEFT_OUT = object()
_Change = Union[Mapping[str, Any], bytes]


@dataclass(frozen=True)
class Case:
    """A request that is to be refused.

    Attributes:
        group: The check that it belongs to.
        title: What is wrong with it.
        change: What is put into a good request; bytes are the whole body.
    """

    group: str
    title: str
    change: _Change


@dataclass(frozen=True)
class Refusal:
    """What came of a case.

    Attributes:
        case: Which.
        asked: The answer.
        story: What came about it all the same.
    """

    case: Case
    asked: Asked
    story: Story


def _cases(stage: Stage) -> tuple[Case, ...]:
    """Return the cases; what would be written where it must not be is not there yet."""
    astray = stage.name("astray")
    fields = ("runId", "prompt", "workspaceId")
    names = ("", ".", "..", f"../{astray}", f"/tmp/{astray}", f"{astray}/{astray}", "a" * 300)  # noqa: S108 - refused
    return (
        *(Case("missing", f"no {name}", {name: _LEFT_OUT}) for name in fields),
        Case("missing", "no JSON", b"runId=1&prompt=2"),
        Case("missing", "an array", b"[]"),
        Case("types", "a number as prompt", {"prompt": 5}),
        Case("types", "null as runId", {"runId": None}),
        Case("types", "an array as workspaceId", {"workspaceId": [astray]}),
        Case("types", "an object as prompt", {"prompt": {"text": "a page"}}),
        *(Case("workspace-id", f"workspaceId {name[:40]!r}", {"workspaceId": name}) for name in names),
        *(Case("run-id", f"runId {name!r}", {"runId": name}) for name in ("", "..", f"../{astray}", "a b")),
        Case("run-id", "a runId that is too long", {"runId": f"{astray}-".ljust(RUN_ID_LIMIT + 1, "a")}),
        *(Case("port", f"assignedPort {port}", {"assignedPort": port}) for port in (0, -1, 65_536, "many")),
        Case("path", "a workspacePath outside", {"workspacePath": f"/{astray}/workspace"}),
        Case("path", "a relative workspacePath", {"workspacePath": f"../{astray}"}),
        Case("long-prompt", "a prompt of more than 100 KB", {"prompt": "a" * (PROMPT_LIMIT + 1)}),
    )


async def _play(stage: Stage) -> tuple[Refusal, ...]:
    """Ask for each, then see whether anything comes of it."""
    asked: list[tuple[Case, Run, Asked]] = []
    for index, case in enumerate(_cases(stage)):
        run = stage.run(f"refused-{index}")
        if isinstance(case.change, bytes):
            asked.append((case, run, await stage.call("POST", "/api/build", case.change)))
            continue
        body = {name: value for name, value in {**run.body, **case.change}.items() if value is not _LEFT_OUT}
        ids = Run(str(body.get("runId", run.id)), str(body.get("workspaceId", run.workspace)), run.prompt)
        asked.append((case, ids, await stage.call("POST", "/api/build", body)))
    await trio.sleep(stage.options.quiet_s)
    return tuple(Refusal(case, answer, stage.story(ids)) for case, ids, answer in asked)


def _refused(group: str, expected: int = 0) -> Callable[[tuple[Refusal, ...]], Finding]:
    """Return the judge of the cases of a group.

    Args:
        group: Of the cases.
        expected: The status; 0 for any 4xx.
    """

    def judge(seen: tuple[Refusal, ...]) -> Finding:
        """Find the cases that were not refused, or that something came of."""
        wrong = []
        for item in (item for item in seen if item.case.group == group):
            if not item.asked.refused or (expected and item.asked.status != expected):
                wrong.append(f"{item.case.title}: {item.asked}")
            elif item.story.arrivals:
                wrong.append(f"{item.case.title}: refused, and then a {item.story.arrivals[0].kind} came")
        return fails("; ".join(wrong), f"{expected or '4xx'}, and nothing else") if wrong else HOLDS

    return judge


_IDS = "`workspaceId` is a name, never a path: letters, digits, `.`, `_`, `-`, and not `.` or `..`"
_RUN = "`runId` is 1 to 128 of `[A-Za-z0-9._-]`, not `.` or `..`"
_BODY = '{"runId": str, "prompt": str, "workspaceId": str}'
_PATH = "`workspacePath` must lie inside an allowed root"
_PROMPT = "A prompt over 100 KB is refused (413)"

REFUSALS_SCENARIO = Scenario(
    "Requests that are to be refused",
    _play,
    (
        Check("refuses-missing", "without a field that is needed", _BODY, _refused("missing")),
        Check("refuses-types", "with values of other types", _BODY, _refused("types")),
        Check("refuses-workspace-id", "with a workspaceId that is no name", _IDS, _refused("workspace-id")),
        Check("refuses-run-id", "with a runId that is no id", _RUN, _refused("run-id")),
        Check("refuses-port", "with a port that is none", "`assignedPort` (int)", _refused("port")),
        Check("refuses-path", "with a workspacePath elsewhere", _PATH, _refused("path")),
        Check("refuses-long-prompt", "with a prompt over 100 KB", _PROMPT, _refused("long-prompt", 413)),
    ),
    builds=False,
)
