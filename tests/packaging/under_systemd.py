"""What is done on a machine that systemd has started, by `/opt/callboard/bin/python`, as root.

What was seen goes to `/out/saw.json`, which `test_systemd.py` reads.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

TOKEN = Path("/etc/callboard/token").read_text(encoding="ascii").strip()
URL = "http://127.0.0.1:3002"


def main() -> None:
    """Start the service, use it, reload it, kill it, stop it."""
    saw: dict[str, Any] = {"verify": call("systemd-analyze", "verify", "callboard.service")}
    saw["start"] = call("systemctl", "start", "callboard")
    # At once: it is started when it listens.
    saw["health"] = ask("/health")
    saw["status"] = show("StatusText", "MainPID")
    saw["without"] = without_token("/jobs")
    saw["sandbox"] = wait_for_sandbox()
    saw["upload"] = call(
        *(
            "runuser",
            "-u",
            "nobody",
            "--",
            "env",
            f"CALLBOARD_TOKEN={TOKEN}",
            "HOME=/tmp",
            "/opt/callboard/bin/callboard",
        ),
        *("--url", URL, "upload", sys.argv[1], "-o", "/tmp/model.glb"),
    )
    saw["reload"] = call("systemctl", "reload", "callboard")
    saw["reloaded"] = show("ActiveState", "MainPID")
    saw["writable"] = writable(int(saw["status"]["MainPID"]))
    os.kill(int(saw["status"]["MainPID"]), 9)
    saw["restarted"] = wait_for_restart(saw["status"]["MainPID"])
    saw["jobs"] = ask("/jobs")
    saw["stop"] = call("systemctl", "stop", "callboard")
    saw["stopped"] = show("ActiveState", "Result", "ExecMainStatus")
    saw["left"] = call("pgrep", "-u", "callboard")
    Path("/out/saw.json").write_text(json.dumps(saw), encoding="utf-8")


def call(*command: str) -> dict[str, Any]:
    """Run a command; its exit code, and what it said."""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False
    )
    return {"code": done.returncode, "said": done.stdout}


def ask(path: str) -> Any:
    """Ask the server for something."""
    with urlopen(Request(URL + path, headers={"Authorization": f"Bearer {TOKEN}"}), timeout=10) as answer:
        return json.load(answer)


def without_token(path: str) -> int:
    """What somebody without a token is answered who comes through a proxy."""
    try:
        with urlopen(Request(URL + path, headers={"X-Forwarded-For": "192.0.2.1"}), timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def show(*properties: str) -> dict[str, str]:
    """What systemd knows of the service."""
    said = call("systemctl", "show", "callboard", "--property", ",".join(properties))["said"]
    return dict(line.split("=", 1) for line in said.splitlines())


def wait_for_sandbox() -> Any:
    """The sandbox, when it is found out how good it is."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        sandbox = ask("/health/ready")["sandbox"]
        if sandbox["level"]:
            return sandbox
        time.sleep(0.2)  # between two questions to systemd or the service, by a program without an event loop
    raise SystemExit("the level of the sandbox was not found out")


def wait_for_restart(before: str) -> dict[str, str]:
    """How the service is when it runs again."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = show("ActiveState", "MainPID", "NRestarts")
        if found["ActiveState"] == "active" and found["MainPID"] not in {before, "0"}:
            return found
        time.sleep(0.2)  # between two questions to systemd or the service, by a program without an event loop
    raise SystemExit("the service did not start again")


def writable(process: int) -> list[str]:
    """Which directories of a list the service may write to, as its user and in its view of the files."""
    places = ["/", "/etc", "/home", "/opt/callboard", "/root", "/usr", "/var", "/var/lib", "/var/lib/callboard", "/tmp"]
    look = "import os, sys; print(*(path for path in sys.argv[1:] if os.access(path, os.W_OK)))"
    inside = ("nsenter", "--target", str(process), "--mount", "runuser", "-u", "callboard", "--")
    return str(call(*inside, "/opt/callboard/bin/python", "-I", "-c", look, *places)["said"]).split()


if __name__ == "__main__":
    main()
