"""The unit of systemd: well formed, as closed as the docs say, and true under a real systemd."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from tests.docs.markdown import read
from tests.house.project import ROOT
from tests.needs import program
from tests.packaging.machine import Machine
from tests.packaging.test_image import STOPPING_S

pytestmark = pytest.mark.real

PAGE = "how-to/deploy-with-systemd.md"
UNIT = ROOT / "deploy" / "systemd" / "callboard.service"
TOKEN = "a-token-of-the-operator"


def analyze(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run systemd's own look at units, which needs no systemd that runs."""
    command = [program("systemd-analyze"), "--no-pager", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_it_is_well_formed(tmp_path: Path) -> None:
    """Nothing in it is unknown to systemd; the program, which is not installed here, stands aside for another."""
    unit = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8")
    unit.write_text(text.replace("ExecStart=/opt/callboard/bin/callboard", "ExecStart=/bin/true"))
    assert unit.read_text() != text

    done = analyze("verify", str(unit))

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_its_score_is_the_one_in_the_docs() -> None:
    """Of systemd 252; of others it may differ in the small, since they know other lines."""
    version = analyze("--version").stdout.split()[1]
    done = analyze("security", "--offline=true", str(UNIT))

    found = re.search(r"Overall exposure level for callboard\.service: ([\d.]+) (\w+)", done.stdout)
    assert found is not None, done.stdout + done.stderr
    said = re.search(r"exposure level of ([\d.]+) \((\w+)\)", " ".join(read(PAGE).split()))
    assert said is not None
    if version == "252":
        assert found.groups() == said.groups()
    assert float(found[1]) <= float(said[1]) + 0.5


def test_each_line_that_it_leaves_out_is_in_the_docs() -> None:
    """With what it would cost."""
    page, unit = read(PAGE), UNIT.read_text(encoding="utf-8")
    used = set(re.findall(r"^(\w+)=", unit, re.MULTILINE))
    for name in (
        *("ProtectHostname", "ProtectKernelTunables", "ProcSubset", "RestrictNamespaces"),
        *("ProtectControlGroups", "MemoryDenyWriteExecute"),
    ):
        assert name not in used
        assert f"`{name}" in page
        assert name in unit


def test_there_is_time_to_stop() -> None:
    """For draining for as long as the how-to says, and for stopping after it."""
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)
    said = re.search(
        r"`TimeoutStopSec` is (\d+) s, enough for a `drain_seconds` of (\d+)", " ".join(read(PAGE).split())
    )
    assert said is not None
    assert said[1] == seconds
    assert int(said[2]) + STOPPING_S <= int(seconds)
    assert Settings().drain_seconds <= int(said[2])


@pytest.fixture
def prepared(machine: Machine) -> Machine:
    """The machine with systemd, and the service set up as the how-to says."""
    program("systemd-analyze")
    here = Path(__file__)
    for source in (here.with_name("under_systemd.py"), here.with_name("under_systemd.sh")):
        (machine.out / source.name).write_bytes(source.read_bytes())
    (machine.out / "token").write_text(f"{TOKEN}\n")
    (machine.out / "token").chmod(0o600)
    return machine


@pytest.mark.slow
def test_it_runs_under_systemd(prepared: Machine) -> None:
    """It is started when it listens, does a job, is reloaded, comes back after a kill -9, and stops with 0."""
    done = prepared.run("sh", "/out/under_systemd.sh")

    seen = prepared.out / "saw.json"
    logs = "\n".join(path.read_text(encoding="utf-8") for path in prepared.out.glob("*.log"))
    assert seen.exists(), f"{done.stdout}{done.stderr}{logs}"
    saw: dict[str, Any] = json.loads(seen.read_text(encoding="utf-8"))
    assert saw["verify"] == {"code": 0, "said": ""}
    assert saw["start"] == {"code": 0, "said": ""}
    assert saw["health"]["status"] == "ok"
    assert saw["status"]["StatusText"] == "listening on port 3002"
    assert saw["without"] == 401
    assert saw["sandbox"]["level"] in {"L2", "L3"}, saw["sandbox"]
    assert saw["upload"]["code"] == 0, saw["upload"]
    assert saw["reload"]["code"] == 0, saw["reload"]
    assert saw["reloaded"] == {"ActiveState": "active", "MainPID": saw["status"]["MainPID"]}
    assert saw["writable"] == ["/var/lib/callboard", "/tmp"]
    assert saw["restarted"]["NRestarts"] == "1"
    assert [job["state"] for job in saw["jobs"]["jobs"]] == ["succeeded"]
    assert saw["stop"]["code"] == 0
    assert saw["stopped"] == {"ActiveState": "inactive", "Result": "success", "ExecMainStatus": "0"}
    assert saw["left"] == {"code": 1, "said": ""}
    assert "Traceback" not in logs
    assert TOKEN not in logs
