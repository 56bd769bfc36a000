"""run_command, and the tools that run a command of their own."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
import trio

from actors.processes.environment import base_environment
from actors.processes.lines import Lines, relay_lines
from actors.processes.tree import open_tree
from actors.projects.rules.pattern import REST, Pattern
from actors.projects.rules.rules import Action, Rule, RuleSet
from actors.projects.tools.output import MAX_ALL
from actors.projects.tools.outside import CommandOutcome
from actors.runtime.errors import CallboardError
from tests.actors.processes.programs import gone_now, marked
from tests.actors.projects.tools.conftest import Project, ToldRunner


async def test_run(project: Project) -> None:
    """A command that may run is run as it is, its output shown while it does, and a version kept."""
    (project.root / "src").mkdir()
    project.runner.outcome = CommandOutcome(0, None, "\x1b[32mfine\x1b[0m\n", False, 1.25)
    result = await project.call("run_command", argv=["pnpm", "run", "lint"], directory="./src/", seconds=5)
    assert result.ok
    assert result.text == "exit code 0 after 1.2 s\nfine\n"
    cwd = project.root / "src"
    assert project.runner.asked == [{"argv": ["pnpm", "run", "lint"], "cwd": cwd, "seconds": 5.0, "network": False}]
    assert project.types() == ["log", "tool_executed"]
    assert project.events[0].data == {"level": "info", "source": "run_command", "message": "done"}
    assert project.changes[0].summary.startswith("pnpm run lint: exit code 0")


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (CommandOutcome(2, None, "broken", False, 1), "exit code 2"),
        (CommandOutcome(None, 9, "", False, 1), "killed by signal 9"),
        (CommandOutcome(None, 15, "", False, 60, timed_out=True), "ended after 60 s"),
        (CommandOutcome(0, None, "", True, 60, timed_out=True), "earlier output was not kept"),
        (CommandOutcome(0, None, "", False, 3, overrun="it used 3 MB of disk"), "after 3.0 s, because it used 3 MB"),
    ],
)
async def test_failed(project: Project, outcome: CommandOutcome, said: str) -> None:
    """A command that failed is a failed result with its output."""
    project.runner.outcome = outcome
    result = await project.call("run_command", argv=["tsc"])
    assert not result.ok
    assert said in result.text
    assert (outcome.output or "[nothing was printed]") in result.text
    assert result.data["exit_code"] == outcome.exit_code


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["npx", "create-next-app"], "install_dependencies"),
        (["sh", "-c", "id"], "without a shell"),
        (["git", "status"], "version"),
        (["/usr/bin/node", "x.js"], "path"),
        (["pnpm run build"], "own item"),
        (["unheard-of"], "no rule knows"),
        (["pnpm", "run", "deploy"], "naming the rule outward-script"),
    ],
)
async def test_refused(project: Project, argv: list[str], said: str) -> None:
    """What the rules do not allow is not run, and the result says what to do."""
    result = await project.call("run_command", argv=argv)
    assert not result.ok
    assert said in result.text
    assert "What to do" in result.text
    assert not project.runner.asked
    assert not project.changes


async def test_could_not_start(project: Project) -> None:
    """What a runner cannot start is a failed result."""
    project.runner.problem = CallboardError("pnpm could not be started", hint="Install Node.")
    result = await project.call("run_command", argv=["pnpm", "ls"])
    assert not result.ok
    assert "Install Node." in result.text


async def test_flood(project: Project, autojump_clock: trio.testing.MockClock) -> None:
    """A command that prints without end fills neither the events nor the result."""
    project.runner.lines = ["x" * 5_000] * 5_000
    project.runner.outcome = CommandOutcome(0, None, "begin" + "x" * 10**6 + "end", True, 1)
    result = await project.call("run_command", argv=["tsc"])
    assert result.cut
    assert len(result.text) <= 30_000
    assert "characters cut" in result.text
    messages = [str(event.data["message"]) for event in project.events if event.type == "log"]
    assert sum(map(len, messages)) < MAX_ALL + 200
    assert len(messages) < 20
    assert "more lines are not shown here" in messages[-1]


async def test_install(project: Project) -> None:
    """The runner installs; what is no package's name is refused."""
    result = await project.call("install_dependencies")
    assert "no package.json" in result.text
    project.file("package.json", "{}")
    result = await project.call("install_dependencies")
    assert result.text.startswith("exit code 0 after 0.1 s\ndone")
    assert project.types()[-2:] == ["log", "tool_executed"]
    assert (await project.call("install_dependencies", packages=["zod", "@types/react@^18"], dev=True)).ok
    assert project.changes[-1].summary.startswith("install zod @types/react@^18: exit code 0")
    wanted = [
        {"install": [], "dev": False, "frozen": False},
        {"install": ["zod", "@types/react@^18"], "dev": True, "frozen": False},
    ]
    assert project.runner.asked == wanted
    for name in ("--global", "-g", "git+ssh://x/y", "file:../x", "../x", "http://x", "a b", "A", "", "x" * 300, "x/y"):
        result = await project.call("install_dependencies", packages=[name])
        assert not result.ok, name
        assert "packages.0" in result.text
    assert project.runner.asked == wanted


async def test_what_was_not_done_again_leaves_no_version(project: Project) -> None:
    """Nothing changed."""
    project.file("package.json", "{}")
    project.runner.outcome = CommandOutcome(0, None, "already installed\n", False, 0.0, skipped=True)
    assert (await project.call("install_dependencies")).ok
    assert not project.changes


@pytest.mark.parametrize(
    ("content", "said"),
    [("{", "not JSON"), ("[]", "not a JSON object"), ("{}", "no script named build"), ('{"scripts": 1}', "no script")],
)
async def test_cannot_build(project: Project, content: str, said: str) -> None:
    """A project that cannot be built is told what it lacks."""
    project.file("package.json", content)
    result = await project.call("build_project")
    assert not result.ok
    assert said in result.text
    assert not project.runner.asked


async def test_build(project: Project) -> None:
    """Building runs the project's own script, without a network."""
    project.file("package.json", '{"scripts": {"build": "vite build"}}')
    assert (await project.call("build_project")).ok
    (asked,) = project.runner.asked
    assert (asked["argv"], asked["network"]) == (["pnpm", "run", "build"], False)


@dataclass
class TreeRunner(ToldRunner):
    """Runs commands as process trees, confined by nothing."""

    data_id: str = ""

    async def run(
        self, argv: Sequence[str], *, cwd: Path, seconds: float, on_line: Callable[[str], None], network: bool = False
    ) -> CommandOutcome:
        """Run a command."""
        kept: list[str] = []

        def take(lines: Lines) -> None:
            kept.extend(lines)
            for line in lines:
                on_line(line)

        began = trio.current_time()
        env = base_environment()
        spawned = open_tree(
            argv, owner="project-1", data_id=self.data_id, cwd=cwd, env=env, merge_stderr=True, grace=0.1
        )
        async with spawned as tree:
            with trio.move_on_after(seconds) as scope:
                await relay_lines(tree.stdout, take)
            end = await (tree.stop(0) if scope.cancelled_caught else tree.wait())
        took = trio.current_time() - began
        return CommandOutcome(end.code, end.signal, "\n".join(kept), False, took, scope.cancelled_caught)


@pytest.mark.real
async def test_real_commands(project: Project) -> None:
    """Real programs run, fail, are ended in time and on a cancel, in the project's directory."""
    python = Path(sys.executable).name
    rule = Rule("python", Pattern((python, REST)), Action.ALLOW, "why", "", ((python,),), (("x",),))
    data_id = f"test-{uuid4().hex}"
    printed = trio.Event()
    project = project.with_context(
        runner=TreeRunner(data_id=data_id), rules=RuleSet((rule,)), emit=lambda _: printed.set()
    )
    project.file("x.py", "import os, sys\nprint(os.getcwd())\nprint('no', file=sys.stderr)\nsys.exit(3)\n")
    project.file("wait.py", "import time\nprint('up', flush=True)\ntime.sleep(600)\n")  # it has to be ended
    result = await project.call("run_command", argv=[python, "x.py"])
    assert result.data["exit_code"] == 3
    assert str(project.root) in result.text
    assert "no" in result.text.splitlines()
    result = await project.call("run_command", argv=[python, "wait.py"], seconds=1)
    assert result.data["timed_out"]
    printed = trio.Event()
    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: project.call("run_command", argv=[python, "wait.py"]))
            await printed.wait()
            nursery.cancel_scope.cancel()
    gone_now(*marked(data_id), seconds=1.0)
