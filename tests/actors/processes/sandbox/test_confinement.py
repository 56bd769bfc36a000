"""What a confinement may say, and the command that comes of it."""

import resource
from pathlib import Path
from typing import Any

import pytest

from actors.processes.sandbox.confine import confine
from actors.processes.sandbox.confinement import APP, Confinement, Level
from actors.processes.sandbox.inside.enter import PREFIX
from actors.processes.sandbox.limits import Limits, TreeLimits
from actors.processes.sandbox.tools import Tools, find_tools

ROOT = Path("/srv/project")
TOOLS = Tools(
    interpreter=Path("/opt/python/bin/python3"),
    library=Path("/opt/python"),
    bubblewrap="/usr/bin/bwrap",
    options=frozenset({"--disable-userns"}),
    landlock=4,
    links=(("/bin", "usr/bin"),),
    folders=("/lib32",),
)


@pytest.mark.parametrize(
    "changes",
    [
        {"root": Path("relative")},
        {"root": Path("/")},
        {"root": Path("/srv/../etc")},
        {"seen_as": Path("/")},
        {"read_only": (ROOT / "node_modules",)},
        {"home": ROOT / "home"},
        {"writable": (Path("/srv/a"),), "egress": Path("/srv/a/socket")},
        {"listen": 3},
        {"environment": {"A": "a\0b"}},
        {"environment": {"A=B": ""}},
    ],
)
def test_refused(changes: dict[str, Any]) -> None:
    """A path that could come to mean another place, and what makes no sense, are refused."""
    with pytest.raises(ValueError, match=r"\w"):
        Confinement(**{"root": ROOT, **changes})


@pytest.mark.parametrize("value", [0, -1])
def test_limits_refused(value: int) -> None:
    """A limit is a positive number, or none."""
    with pytest.raises(ValueError, match="positive"):
        TreeLimits(memory=value)
    with pytest.raises(ValueError, match="positive"):
        Limits(data=value)


@pytest.mark.parametrize("level", Level)
def test_the_programs_environment_is_wrapped(level: Level) -> None:
    """What was meant for the program is given to nothing that runs before it; nothing of the server's is there."""
    confined = confine(["true"], Confinement(ROOT, environment={"LD_PRELOAD": "/x", "PATH": "/y"}), level, tools=TOOLS)
    assert confined.environment[f"{PREFIX}LD_PRELOAD"] == "/x"
    assert confined.environment[f"{PREFIX}PATH"] == "/y"
    assert all(name.startswith(PREFIX) for name in confined.environment if name != "LD_LIBRARY_PATH")


def test_the_kernel_keeps_the_trees_memory_for_each_process() -> None:
    """The smaller of both limits holds."""
    assert Confinement(ROOT, tree=TreeLimits(memory=5)).hard_limits.data == 5
    assert Confinement(ROOT, limits=Limits(data=3), tree=TreeLimits(memory=5)).hard_limits.data == 3
    assert Confinement(ROOT, limits=Limits(data=3), tree=TreeLimits(memory=None)).hard_limits.data == 3
    assert (resource.RLIMIT_DATA, 3) in Limits(data=3).resources


def test_bubblewrap() -> None:
    """From L2 up every namespace is new, and what is read-only is made so after all was put in its place."""
    walls = Confinement(
        ROOT, seen_as=APP, read_only=(Path("/opt/node"),), home=Path("/srv/home"), egress=Path("/run/e")
    )
    argv = list(confine(["npm", "ci"], walls, Level.L2, tools=TOOLS).argv)
    assert argv[-2:] == ["npm", "ci"]
    for name in ("user", "pid", "net", "ipc", "uts"):
        assert f"--unshare-{name}" in argv
    text = " ".join(argv)
    for words in (
        "--cap-drop ALL",
        "--die-with-parent --new-session",
        f"--bind {ROOT} {APP}",
        "--ro-bind /opt/node /opt/node",
        "--bind /srv/home /home/app",
        "--symlink usr/bin /bin",
        "--ro-bind /lib32 /lib32",
        "--remount-ro /proc --remount-ro /dev --remount-ro /run --remount-ro / --chdir /app --",
        "egress=3128:/run/callboard/egress.sock",
    ):
        assert words in text
    assert "--size 268435456 --tmpfs /dev/shm" in text
    assert "ruleset=" not in text
    assert "filter=" in text


def test_landlock() -> None:
    """At L1 there are rules, and the root is seen as itself; at L0 there are none."""
    walls = Confinement(ROOT, seen_as=APP)
    confined = confine(["true"], walls, Level.L1, tools=TOOLS)
    assert confined.argv[0] == "/opt/python/bin/python3"
    assert confined.root == confined.cwd == ROOT
    assert any(word.startswith("ruleset=4:") for word in confined.argv)
    bare = confine(["true"], walls, Level.L0, tools=TOOLS)
    assert not any(word.startswith(("ruleset=", "filter=", "powerless=")) for word in bare.argv)


def test_a_group_is_joined_before_anything_runs() -> None:
    """At L3 the first thing that happens is to join the control group."""
    confined = confine(["true"], Confinement(ROOT), Level.L3, tools=TOOLS, group=Path("/sys/fs/cgroup/x"))
    assert confined.argv[:2] == ("/bin/sh", "-c")
    assert 'echo 0 >"$1/cgroup.procs"' in confined.argv[2]
    assert confined.argv[3:6] == ("sh", "/sys/fs/cgroup/x", "/usr/bin/bwrap")


def test_tools_are_found() -> None:
    """The interpreter is no virtual environment's."""
    tools = find_tools()
    assert tools.interpreter.is_absolute()
    assert not (tools.interpreter.parent.parent / "pyvenv.cfg").exists()
