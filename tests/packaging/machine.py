"""A machine of its own for what is to run as on a server: with systemd as its first process, or as in a container.

It is made of namespaces, over this machine's own files, and has the wheel in /opt/callboard; nothing of it is left. It
takes root, and a kernel that lets root make overlays. Without the network it has loopback alone.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.house.project import ROOT
from tests.needs import missing, program

SECONDS = 240
SCRIPT = Path(__file__).with_name("machine.sh")
NAMESPACES = ("--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup", "--fork", "--kill-child")


@dataclass(frozen=True)
class Machine:
    """A machine that can be started, each time as new.

    Attributes:
        folder: Where its things are on this one.
    """

    folder: Path

    @property
    def out(self) -> Path:
        """What is /out inside, and stays."""
        return self.folder / "out"

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Start it with this first process, and wait until that has ended."""
        libraries = sysconfig.get_paths()["purelib"]
        script = ("sh", str(SCRIPT), str(self.folder), sys.base_prefix, libraries)
        return subprocess.run(
            [program("unshare"), *NAMESPACES, *script, *command],
            env={"PATH": os.defpath + ":/usr/sbin:/sbin"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )


def lay_out(folder: Path, wheel: Path) -> Machine:
    """Put the wheel into what becomes /opt/callboard: an environment as `python -m venv` makes it.

    Args:
        folder: Empty.
        wheel: Of this tree.
    """
    if os.geteuid() != 0:
        pytest.skip("a machine of its own takes root")
    machine = Machine(folder)
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    packages = folder / "opt" / "lib" / version / "site-packages"
    commands = folder / "opt" / "bin"
    for directory in (packages, commands, machine.out):
        directory.mkdir(parents=True)
    machine.out.chmod(0o777)
    folder.chmod(0o755)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    # What it imports besides is read from the environment of the tests.
    (packages / "libraries.pth").write_text("/opt/libraries\n")
    (folder / "opt" / "pyvenv.cfg").write_text("home = /opt/python/bin\ninclude-system-site-packages = false\n")
    for name in ("python", "python3", version):
        (commands / name).symlink_to(f"/opt/python/bin/{version}")
    (commands / "callboard").write_text("#!/opt/callboard/bin/python\nfrom client.cli import main\nmain()\n")
    (commands / "callboard").chmod(0o755)
    shutil.copytree(ROOT / "deploy", machine.out / "deploy")
    tried = machine.run("/opt/callboard/bin/callboard", "--version")
    if tried.returncode:
        missing(f"namespaces with an overlay, as root: {tried.stderr.strip()}")
    return machine
