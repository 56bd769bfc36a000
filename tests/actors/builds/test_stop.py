"""What ends all that runs in a workspace, in a real shell."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from actors.builds.commands import STOP


@contextmanager
def _sleeping(*places: Path) -> Iterator[dict[str, "subprocess.Popen[bytes]"]]:
    """A process in each of some directories, for the block; by the directory's name."""
    with ExitStack() as ends:
        found = {}
        for place in places:
            place.mkdir(parents=True, exist_ok=True)
            process = found[place.name] = subprocess.Popen(["sleep", "600"], cwd=place)
            ends.callback(process.wait)
            ends.callback(process.kill)
        yield found


def test_only_what_is_in_the_workspace(tmp_path: Path) -> None:
    """In its directory, below it, and in one of it that is gone; not beside it, and not what runs this."""
    here = tmp_path / "a b -> c"
    with _sleeping(here, here / "below", here / "gone", tmp_path / "a b -> c2", tmp_path) as processes:
        (here / "gone").rmdir()
        shell = ["sh", "-c", 'sh -c "$0"; echo "$? and this goes on"', STOP]
        said = subprocess.run(shell, cwd=here, capture_output=True, text=True, timeout=30, check=True)
        assert (said.stdout, said.stderr) == ("0 and this goes on\n", "")
        for name in (here.name, "below", "gone"):
            assert processes[name].wait(10) == -15, name
        for name in ("a b -> c2", tmp_path.name):
            assert processes[name].poll() is None, name


def test_it_takes_a_moment_however_much_runs(tmp_path: Path) -> None:
    """It looks at all processes with one program: one for each would take longer than a cancelled build has."""
    counted = tmp_path / "programs"
    counted.mkdir()
    for name in ("ls", "readlink", "cat", "sed", "grep"):
        program = counted / name
        program.write_text(f'#!/bin/sh\necho {name} >> {counted}/log\nPATH={os.defpath} exec {name} "$@"\n')
        program.chmod(0o755)
    with _sleeping(*(tmp_path / f"{number}" for number in range(10))):
        subprocess.run(
            ["sh", "-c", STOP], cwd=tmp_path, env={"PATH": f"{counted}:{os.defpath}"}, timeout=30, check=True
        )
    assert (counted / "log").read_text() == "ls\n"
