"""What the image runs, run as in a container: without rights, on files that cannot be written, behind a filter.

In three ways: as Docker closes it by itself, as with `deploy/container/sandbox.yaml`, and with half of that file.
"""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.web.page import DIST, Page
from tests.house.project import ROOT
from tests.needs import missing
from tests.packaging.dockerfile import FOLDER, read_dockerfile
from tests.packaging.machine import Machine

pytestmark = [pytest.mark.real, pytest.mark.slow]

NUMBERS = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
REFUSED = [
    "bpf",
    "chroot",
    "fsmount",
    "fsopen",
    "mount",
    "move_mount",
    "open_tree",
    "perf_event_open",
    "pivot_root",
    "setns",
    "umount2",
    "unshare",
]
"""What Docker's own profile refuses to those without CAP_SYS_ADMIN, as far as it is about namespaces and mounts."""


def numbers() -> dict[str, int]:
    """The numbers of the system calls, as the kernel's headers have them."""
    if platform.machine() != "x86_64":
        pytest.skip("the filter of this test is for x86_64")
    if not NUMBERS.exists():
        missing("linux-libc-dev is not installed, which has the numbers of system calls")
    found = re.findall(r"#define __NR_(\w+) (\d+)", NUMBERS.read_text(encoding="ascii"))
    return {name: int(number) for name, number in found}


def filter_of(way: str) -> dict[str, Any]:
    """The filter's rules, by number."""
    known = numbers()
    if way == "default":
        refused = [known[name] for name in REFUSED]
        return {"allowed": [], "refused": refused, "unknown": [known["clone3"]], "clone": known["clone"]}
    profile = json.loads((FOLDER / "seccomp.json").read_text(encoding="utf-8"))
    names = [name for group in profile["syscalls"] for name in group["names"] if name in known]
    return {"allowed": sorted(known[name] for name in names)}


@pytest.mark.parametrize(
    ("way", "hidden", "level"),
    [("default", True, "L1"), ("seccomp.json", False, "L2"), ("seccomp.json", True, "L1")],
    ids=["default", "sandbox.yaml", "sandbox.yaml without systempaths"],
)
def test_it_works_in_a_container(machine: Machine, way: str, hidden: bool, level: str) -> None:
    """It starts, is healthy by the image's own check, does a job, writes where it may, and stops with 0."""
    image = read_dockerfile()
    config = {
        "command": image.only("ENTRYPOINT").words + image.only("CMD").words,
        "env": {**image.env, "CALLBOARD_TOKEN": "a-token-of-the-operator", "LANG": "C.UTF-8"},
        "filter": filter_of(way),
        "health": json.loads(image.only("HEALTHCHECK").value.partition("CMD ")[2]),
        "proc_is_hidden": hidden,
        "stopsignal": image.only("STOPSIGNAL").value,
        "user": int(image.only("USER").value.split(":")[0]),
        "volume": image.only("VOLUME").words[0],
        "workdir": image.only("WORKDIR").value,
    }
    (machine.out / "config.json").write_text(json.dumps(config))
    (machine.out / "as_container.py").write_bytes(Path(__file__).with_name("as_container.py").read_bytes())

    done = machine.run("/opt/callboard/bin/python", "-I", "/out/as_container.py")

    log = (machine.out / "server.log").read_text(encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr + log
    saw: dict[str, Any] = json.loads((machine.out / "saw.json").read_text(encoding="utf-8"))
    assert saw["health"] is True, log
    assert saw["writable"]["said"].split() == ["/dev/shm", "/tmp", "/var/lib/callboard"]
    assert re.search(r"^CapBnd:\s+0+$", saw["status"]["said"], re.MULTILINE)
    assert re.search(r"^Uid:\s+10001\s", saw["status"]["said"], re.MULTILINE)
    assert saw["sandbox"] is not None, log
    assert saw["sandbox"]["level"] == level, saw["sandbox"]
    assert saw["upload"]["code"] == 0, saw["upload"]
    assert saw["stopped"] == 0, log
    assert "Traceback" not in log
    assert "Read-only" not in log


def test_the_steps_that_install_it(tmp_path: Path) -> None:
    """Those of the stage `wheel`, one after the other, in folders of the test's: the command is there, and the page.

    The page was built by `./run page`, as the stage `page` does it.
    """
    if not Page(DIST).is_built:
        missing("the page is not built: ./run page")
    moved = {"/opt/callboard": tmp_path / "opt", "/tmp/dist": tmp_path / "dist"}
    at = tmp_path / "src"
    at.mkdir()
    for step in read_dockerfile().steps:
        if step.stage != "wheel" or step.name not in {"COPY", "RUN"}:
            continue
        if step.name == "COPY":
            copy(step.words, at)
            continue
        command = step.value
        for name, place in moved.items():
            command = command.replace(name, str(place))
        environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        done = subprocess.run(
            ["sh", "-c", command], cwd=at, env=environment, capture_output=True, text=True, timeout=600, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    assert done.stdout.strip().splitlines()[-1].startswith("callboard, version ")
    (page,) = (tmp_path / "opt").glob("lib/python3.*/site-packages/app/web/dist/index.html")
    assert page.read_bytes() == (DIST / "index.html").read_bytes()


def copy(words: list[str], to: Path) -> None:
    """Copy as Docker does, without what is ignored; what comes from the stage `page` is in the tree already."""
    *sources, target = [word for word in words if not word.startswith("--from=")]
    for source in sources:
        origin = ROOT / source[len("/src/") :] if source.startswith("/src/") else ROOT / source
        if origin.is_dir():
            ignored = ("__pycache__", "node_modules", *(["dist"] if target == "app" else []))
            shutil.copytree(origin, to / target, ignore=shutil.ignore_patterns(*ignored))
        else:
            shutil.copy(origin, to / target)
