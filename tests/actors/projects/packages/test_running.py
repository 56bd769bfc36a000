"""Running a program for its output."""

import sys
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from actors.processes.tree import open_tree
from actors.projects.packages.running import MAX_OUTPUT, ProgramFailed, Run, make_run, shown

pytestmark = pytest.mark.real


@pytest.fixture
def run() -> Run:
    """A way to run programs in trees of their own."""
    return make_run(partial(open_tree, data_id=f"test-{uuid4().hex}"), "project-1")


def python(program: str) -> tuple[str, ...]:
    """Return the command for a small program."""
    return (sys.executable, "-I", "-S", "-c", program)


async def test_its_output_is_returned(run: Run, tmp_path: Path) -> None:
    """Standard output alone; its environment is what was given."""
    program = "import os, sys; print(os.getcwd(), os.environ.get('HOME')); print('warning', file=sys.stderr)"
    assert await run(python(program), cwd=tmp_path, env={}, seconds=20) == f"{tmp_path} None\n"


@pytest.mark.parametrize(
    ("argv", "seconds", "problem"),
    [
        (python("import sys; sys.exit('broke: //me:hunter2@host/ _authToken=hunter2')"), 20.0, "exit code 1.*broke"),
        (python("while True: pass"), 0.2, "took longer than"),
        (python(f"print('x' * {MAX_OUTPUT})"), 20.0, "printed more than"),
        (("/nonexistent/node",), 20.0, "could not be started"),
    ],
)
async def test_what_goes_wrong_is_said(
    run: Run, tmp_path: Path, argv: tuple[str, ...], seconds: float, problem: str
) -> None:
    """Without credentials."""
    with pytest.raises(ProgramFailed, match=problem) as failed:
        await run(argv, cwd=tmp_path, env={}, seconds=seconds)
    assert "hunter2" not in failed.value.problem


def test_what_is_shown_is_short_and_has_no_credentials() -> None:
    """Package managers print addresses, and their configuration."""
    text = b'a\n//user:hunter2@host/x "_authToken": "hunter2" password = hunter2 //h/:_authToken=hunter2 ' + b"z" * 10
    assert b"hunter2" not in shown(text).encode()
    assert shown(text).endswith("zzz")
    assert len(shown(b"y" * 5000)) < 1100
