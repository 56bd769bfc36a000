"""The script of the README's two commands says what to do when a machine lacks something."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.project import ROOT

TOOLS = (
    *("cat", "cksum", "cmp", "cp", "cut", "dirname", "env", "find", "grep", "id", "mkdir", "mktemp", "mv", "rm", "sh"),
    *("sort", "xargs"),
)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The script in a folder whose name has spaces."""
    folder = tmp_path / "a folder with spaces"
    folder.mkdir()
    shutil.copy(ROOT / "run", folder)
    return folder


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder of programs for PATH that has no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None
        (folder / tool).symlink_to(found)
    return folder


def add_program(folder: Path, name: str, text: str) -> None:
    """Puts a shell script on the PATH that `folder` is, in place of the machine's own program."""
    # What is there is a link to that program, which is not to be written to.
    (folder / name).unlink(missing_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


def run(clone: Path, *arguments: str, path: str = os.defpath, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Runs the script from elsewhere, with no home directory and no terminal."""
    return subprocess.run(
        [str(clone / "run"), *arguments],
        cwd="/",
        env={"PATH": path, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_arguments_it_lists_its_commands(clone: Path) -> None:
    """The two of the README come first."""
    said = run(clone)

    assert said.returncode == 0
    assert said.stdout.index("demo") < said.stdout.index("check") < said.stdout.index("wheel")


def test_without_python_it_says_what_to_do(clone: Path, bare: Path) -> None:
    """Nothing is set up, and the package to install is named."""
    said = run(clone, "demo", path=str(bare))

    assert said.returncode == 1
    assert "no Python 3.9 or later was found" in said.stderr
    assert "apt-get install python3" in said.stderr
    assert not (clone / ".venv").exists()


def test_a_python_that_does_not_run_is_refused(clone: Path, bare: Path) -> None:
    """PYTHON is taken at its word, and named when it is wrong."""
    said = run(clone, "demo", path=str(bare), PYTHON="/nowhere/python3")

    assert said.returncode == 1
    assert "PYTHON=/nowhere/python3 is not a Python 3.9 or later" in said.stderr


def test_a_missing_venv_module_is_named(clone: Path, bare: Path) -> None:
    """Debian keeps it in a package of its own."""
    add_program(bare, "id", "echo 1000")
    add_program(bare, "python3", 'case "$2" in *version_info*) echo "3.12 $0" ;; *) exit 1 ;; esac')
    shutil.copy(ROOT / "requirements.lock", clone)
    shutil.copy(ROOT / "pyproject.toml", clone)

    said = run(clone, "demo", path=str(bare))

    assert said.returncode == 1
    assert "apt-get install python3.12-venv" in said.stderr


def test_an_unknown_option_of_check_is_refused(clone: Path, bare: Path) -> None:
    """It says how to run some of the tests."""
    said = run(clone, "check", "tests/actors", path=str(bare))

    assert said.returncode == 1
    assert "./run test tests/actors" in said.stderr


@pytest.fixture
def page(clone: Path) -> Path:
    """A page's sources."""
    folder = clone / "app" / "web"
    (folder / "src").mkdir(parents=True)
    for name in ("package.json", "package-lock.json", "src/main.ts"):
        (folder / name).write_text("{}", encoding="utf-8")
    return folder


def add_node(bare: Path, log: Path, build: str = 'mkdir -p "$6" && : >"$6/index.html"') -> None:
    """Puts a Node on the PATH that writes down what it is asked, and installs and builds nothing."""
    add_program(bare, "node", '[ "$1" != --version ] || echo v22.0.0')
    build = f'case "$1" in ci) mkdir -p node_modules ;; run) {build} ;; esac'
    add_program(bare, "npm", f'echo "$1" >>"{log}"\n{build}')


def test_without_node_the_page_is_left_out(clone: Path, page: Path, bare: Path) -> None:
    """It is said; only who asked for the page, or a CI, has nothing without it."""
    said = run(clone, "page", path=str(bare))

    assert said.returncode == 1
    assert "needs Node.js 20.19 or later" in said.stderr
    assert not (page / "dist").exists()


def test_an_old_node_is_none(clone: Path, page: Path, bare: Path) -> None:
    """The tools that build the page do not run on it."""
    add_node(bare, page / "log")
    add_program(bare, "node", "exit 1")

    assert "needs Node.js 20.19 or later" in run(clone, "page", path=str(bare)).stderr
    assert not (page / "log").exists()


def test_the_page_is_built_when_its_sources_are_others(clone: Path, page: Path, bare: Path, tmp_path: Path) -> None:
    """Packages are installed when their list is another one, and nothing is done when nothing is new."""
    log = tmp_path / "log"
    add_node(bare, log)

    def done() -> list[str]:
        log.write_text("", encoding="utf-8")
        assert run(clone, "page", path=str(bare)).returncode == 0
        return log.read_text(encoding="utf-8").split()

    assert done() == ["ci", "run"]
    assert done() == []
    (page / "src" / "main.ts").write_text("1", encoding="utf-8")
    assert done() == ["run"]
    (page / "package-lock.json").write_text("2", encoding="utf-8")
    assert done() == ["ci", "run"]
    (page / "page.py").write_text("3", encoding="utf-8")
    assert done() == []


def test_a_page_that_cannot_be_built_is_tried_again(clone: Path, page: Path, bare: Path, tmp_path: Path) -> None:
    """What its tools said is shown."""
    add_node(bare, tmp_path / "log", "echo no such module; exit 1")
    said = run(clone, "page", path=str(bare))

    assert said.returncode == 1
    assert "no such module" in said.stderr
    assert "could not be built" in said.stderr
    add_node(bare, tmp_path / "log")
    assert run(clone, "page", path=str(bare)).returncode == 0
    assert (page / "dist" / "set-up").exists()


def test_a_page_is_there_while_the_next_one_is_built(clone: Path, page: Path, bare: Path, tmp_path: Path) -> None:
    """It is replaced as a whole when the next one is whole, and kept for a server that began with it."""
    add_node(bare, tmp_path / "log", 'mkdir -p "$6" && echo first >"$6/index.html"')
    assert run(clone, "page", path=str(bare)).returncode == 0
    (page / "src" / "main.ts").write_text("1", encoding="utf-8")
    seen = f'cp dist/index.html "{tmp_path}/seen" && mkdir -p "$6" && echo second >"$6/index.html"'
    add_node(bare, tmp_path / "log", seen)

    assert run(clone, "page", path=str(bare)).returncode == 0
    assert (tmp_path / "seen").read_text(encoding="utf-8") == "first\n"
    assert (page / "dist" / "index.html").read_text(encoding="utf-8") == "second\n"
    assert (page / "node_modules" / ".page-before" / "index.html").read_text(encoding="utf-8") == "first\n"


def test_a_page_stays_when_the_next_one_cannot_be_built(clone: Path, page: Path, bare: Path, tmp_path: Path) -> None:
    """Whatever the failed build has left; and it is built again the next time."""
    add_node(bare, tmp_path / "log")
    assert run(clone, "page", path=str(bare)).returncode == 0
    (page / "src" / "main.ts").write_text("1", encoding="utf-8")
    add_node(bare, tmp_path / "log", 'mkdir -p "$6" && echo half >"$6/index.html"; echo no such module; exit 1')
    said = run(clone, "page", path=str(bare))

    assert said.returncode == 1
    assert "The one of before stays" in said.stderr
    assert (page / "dist" / "index.html").read_text(encoding="utf-8") == ""
    add_node(bare, tmp_path / "log")
    assert "building the page" in run(clone, "page", path=str(bare)).stderr


@pytest.mark.parametrize("arguments", [("--port", "99999"), ("--port=70000",), ("--port", "eighty")])
def test_a_port_that_is_none_is_refused_first(clone: Path, bare: Path, arguments: tuple[str, ...]) -> None:
    """Before Python is looked for, and anything is set up."""
    said = run(clone, "serve", *arguments, path=str(bare))

    assert said.returncode == 2
    assert f"{arguments[-1].rpartition('=')[2]} is no port" in said.stderr
    assert "Python" not in said.stderr
    assert "80000 is no port" in run(clone, "serve", path=str(bare), PORT="80000").stderr


PYTHON = r"""
case "$*" in
    *version_info*) echo "3.12 $0" ;;
    *"-m venv --clear"*) echo made >>"$LOG"; mkdir -p "$4/bin"; cp "$0" "$4/bin/python"
        printf '#!/bin/sh
echo it runs
' >"$4/bin/callboard"; chmod +x "$4/bin/callboard" ;;
    *"-m pytest"*) echo pytest >>"$LOG" ;;
    *"-m tests.bench --guard"*) echo guard >>"$LOG"; exit "$GUARD" ;;
esac
"""
"""A Python that makes environments of nothing, writes down each, and runs no test."""


@pytest.fixture
def project(clone: Path, bare: Path) -> Path:
    """A clone that can be set up in no time."""
    for name in ("requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, clone)
    add_program(bare, "python3", PYTHON)
    (bare / "chmod").symlink_to(shutil.which("chmod") or "")
    return clone


@pytest.mark.parametrize(
    ("code", "environment", "said", "fails"),
    [
        ("0", {}, "", False),
        ("1", {}, "", True),
        ("2", {}, "how fast Callboard is was not checked", False),
        ("2", {"CI": "true"}, "", True),
    ],
    ids=["fast", "slow", "cannot be measured", "cannot be measured in CI"],
)
def test_speed_is_checked_last(
    project: Path, bare: Path, tmp_path: Path, code: str, environment: dict[str, str], said: str, fails: bool
) -> None:
    """After all tests; where it cannot be measured, that is said, and it fails in CI alone."""
    shutil.copy(ROOT / "requirements-dev.lock", project)
    drivers = ("bwrap", "chromium", "nginx", "node", "npm", "openssl", "promtool", "strace", "systemd-analyze")
    for name in (*drivers, "cc", "nproc"):
        add_program(bare, name, "")
    log = tmp_path / "log"
    ends = run(project, "check", path=str(bare), LOG=str(log), GUARD=code, **environment)

    [failed] = [line for line in ends.stderr.splitlines() if line.startswith("run: FAILED")]
    assert log.read_text(encoding="utf-8").split() == ["made", "pytest", "guard"]
    assert ("speed beside FastAPI" in failed) == fails
    assert said in ends.stderr


def test_without_flock_nobody_waits(project: Path, bare: Path, tmp_path: Path) -> None:
    """It is not said either: there is nothing to do about it."""
    said = run(project, "jobs", path=str(bare), LOG=str(tmp_path / "log"))

    assert (said.returncode, said.stdout) == (0, "it runs\n")
    assert "waiting" not in said.stderr


def test_one_at_a_time_sets_up(project: Path, bare: Path, tmp_path: Path) -> None:
    """A second one says what it waits for, and finds all done."""
    flock = shutil.which("flock")
    if flock is None:
        pytest.skip("there is no flock(1)")
    (bare / "flock").symlink_to(flock)
    environment = {"PATH": str(bare), "LOG": str(tmp_path / "log")}
    with (project / ".venv-turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        both = [
            subprocess.Popen(
                [str(project / "run"), "jobs"],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        for one in both:
            assert one.stderr is not None
            assert "waiting for it to end, and then for .venv" in one.stderr.readline()
    for one in both:
        assert one.communicate(timeout=60)[0] == "it runs\n"
    assert (tmp_path / "log").read_text(encoding="utf-8") == "made\n"
