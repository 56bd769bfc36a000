"""Runs the image's command as a container's runtime does, as the first process of a machine (see `machine.py`).

Run by `/opt/callboard/bin/python -I`, as root. `/out/config.json` has what the Dockerfile says, and how closed the
container is to be; what was seen goes to `/out/saw.json`. This is what `docker run --read-only --cap-drop ALL
--security-opt no-new-privileges --tmpfs /tmp -v data:/var/lib/callboard` sets up, as far as a program can tell that
runs inside: user, capabilities, files, hidden parts of /proc, and system calls.
"""

import ctypes
import json
import os
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen

ALLOW, EPERM, ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026
LOAD, EQUAL, ANY_OF, RETURN = 0x20, 0x15, 0x45, 0x06
X86_64 = 0xC000003E
NAMESPACES = 0x7E020000
SET_NO_NEW_PRIVS, SET_SECCOMP, FILTER, CAPBSET_DROP = 38, 22, 2, 24

HIDDEN = ("/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/latency_stats", "/proc/sched_debug")
HIDDEN_FOLDERS = ("/proc/acpi", "/proc/scsi", "/sys/firmware")
READ_ONLY = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")
PLACES = (
    "/",
    "/dev/shm",
    "/etc",
    "/opt/callboard",
    "/run",
    "/tmp",
    "/usr",
    "/var/lib",
    "/var/lib/callboard",
    "/var/tmp",
)


def main() -> None:
    """Close the machine, run the command, look at it, stop it."""
    config = json.loads(Path("/out/config.json").read_text(encoding="utf-8"))
    port = config["env"].get("CALLBOARD_PORT", "3002")
    close(config)
    saw: dict[str, Any] = {}
    with Path("/out/server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-I", __file__, "inside", *config["command"]], stdout=log, stderr=log, env=config["env"]
        )
        saw["health"] = wait_for(lambda: healthy(config), server)
        saw["sandbox"] = wait_for(lambda: sandbox(port), server)
        saw["writable"] = inside(config, "-c", f"import os; print(*(p for p in {PLACES!r} if os.access(p, os.W_OK)))")
        saw["status"] = inside(config, "-c", "print(open('/proc/self/status').read())")
        saw["upload"] = inside(
            config,
            *("-m", "client", "--url", f"http://127.0.0.1:{port}", "upload", "--random", "3", "--param", "speed=0"),
            *("-o", "/tmp/model.glb"),
        )
        server.send_signal(getattr(signal, config["stopsignal"]))
        saw["stopped"] = server.wait(60)
    Path("/out/saw.json").write_text(json.dumps(saw), encoding="utf-8")


def close(config: dict[str, Any]) -> None:
    """Make the files those of the container: read-only, but for /tmp and the volume."""
    volume = config["volume"]
    Path(volume).mkdir(parents=True, exist_ok=True)
    mount("-t", "tmpfs", "-o", f"mode=0700,uid={config['user']},gid={config['user']}", "tmpfs", volume)
    if config["proc_is_hidden"]:
        for path in filter(os.path.exists, HIDDEN):
            mount("--bind", "/dev/null", path)
        for path in filter(os.path.exists, HIDDEN_FOLDERS):
            mount("-t", "tmpfs", "-o", "ro", "tmpfs", path)
        for path in filter(os.path.exists, READ_ONLY):
            mount("--bind", path, path)
            mount("-o", "remount,bind,ro", path)
    # As `--tmpfs` has it unless it is told otherwise.
    mount("-o", "remount,noexec,nosuid,nodev", "/tmp")
    for path in ("/sys/fs/cgroup", "/sys", "/run", "/dev", "/"):
        mount("-o", "remount,bind,ro", path)


def mount(*arguments: str) -> None:
    """Mount something."""
    subprocess.run(["mount", *arguments], check=True)


def wait_for(look: Any, server: "subprocess.Popen[bytes]") -> Any:
    """Return what there is to see, as soon as there is."""
    until = time.monotonic() + 90
    while time.monotonic() < until:
        found = look()
        if found or server.poll() is not None:
            return found
        time.sleep(0.2)  # between two looks at another process, by a program without an event loop
    return None


def healthy(config: dict[str, Any]) -> bool:
    """Whether the image's own check of health passes, run as Docker runs it."""
    command = [sys.executable, "-I", __file__, "inside", *config["health"]]
    return subprocess.run(command, env=config["env"], capture_output=True, timeout=30, check=False).returncode == 0


def sandbox(port: str) -> Any:
    """What the server found out of its sandbox."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=10) as answer:
            found = json.load(answer)["sandbox"]
    except OSError:
        return None
    return found if found["level"] else None


def inside(config: dict[str, Any], *arguments: str) -> dict[str, Any]:
    """Run Python in the container, as `docker exec` does."""
    command = [sys.executable, "-I", __file__, "inside", "python", "-I", *arguments]
    done = subprocess.run(command, env=config["env"], capture_output=True, text=True, timeout=60, check=False)
    return {"code": done.returncode, "said": done.stdout + done.stderr}


def become(command: list[str]) -> None:
    """Become the command: without rights, and without the system calls that the container has not."""
    config = json.loads(Path("/out/config.json").read_text(encoding="utf-8"))
    os.chdir(config["workdir"])
    code = program(config["filter"])
    for number in range(64):
        control(CAPBSET_DROP, number)
    os.setgroups([])
    os.setresgid(config["user"], config["user"], config["user"])
    os.setresuid(config["user"], config["user"], config["user"])
    control(SET_NO_NEW_PRIVS, 1)
    instructions = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(instructions))
    filter_ = ctypes.create_string_buffer(head, len(head))
    if control(SET_SECCOMP, FILTER, ctypes.addressof(filter_)):
        raise SystemExit(f"no filter: {os.strerror(ctypes.get_errno())}")
    os.execvp(command[0], command)


def control(option: int, *arguments: int) -> int:
    """Call `prctl`."""
    words = [ctypes.c_ulong(argument) for argument in (*arguments, 0, 0, 0, 0)[:4]]
    return int(ctypes.CDLL(None, use_errno=True).prctl(option, *words))


def program(rules: dict[str, Any]) -> bytes:
    """Return the filter for the kernel: of numbers that are allowed, or of none that makes namespaces and mounts.

    Args:
        rules: `allowed` with the numbers, or `refused`, `unknown` and `clone`.
    """
    code = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, X86_64), (RETURN, 0, 0, EPERM), (LOAD, 0, 0, 0)]
    if rules["allowed"]:
        for number in rules["allowed"]:
            code += [(EQUAL, 0, 1, number), (RETURN, 0, 0, ALLOW)]
        code.append((RETURN, 0, 0, EPERM))
    else:
        for number in rules["refused"]:
            code += [(EQUAL, 0, 1, number), (RETURN, 0, 0, EPERM)]
        for number in rules["unknown"]:
            code += [(EQUAL, 0, 1, number), (RETURN, 0, 0, ENOSYS)]
        code += [(EQUAL, 0, 3, rules["clone"]), (LOAD, 0, 0, 16), (ANY_OF, 0, 1, NAMESPACES), (RETURN, 0, 0, EPERM)]
        code.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


if __name__ == "__main__":
    if sys.argv[1:2] == ["inside"]:
        become(sys.argv[2:])
    main()
