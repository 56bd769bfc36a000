"""What the kernel says of a server: its processes, descriptors and memory."""

import os
from pathlib import Path
from typing import Optional

Known = tuple[int, int]
"""A process for good: its pid and its start time."""

_KIB = 1024


def _stat(pid: int) -> Optional[list[str]]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text[text.rindex(")") + 2 :].split()


def known(pid: int) -> Optional[Known]:
    """The process with this pid; None when it has ended, or waits to be reaped."""
    fields = _stat(pid)
    return None if fields is None or fields[0] in "ZX" else (pid, int(fields[19]))


def alive(processes: "set[Known]") -> set[Known]:
    """Those that still run."""
    return {process for process in processes if known(process[0]) == process}


def all_pids() -> list[int]:
    """Each process of this machine."""
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def parent(pid: int) -> int:
    """The parent of a process; 0 when it has ended."""
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def below(root: int) -> set[Known]:
    """All processes below one, whatever their session or group."""
    children: dict[int, list[int]] = {}
    for pid in all_pids():
        fields = _stat(pid)
        if fields is not None:
            children.setdefault(int(fields[1]), []).append(pid)
    found: set[Known] = set()
    queue = [root]
    while queue:
        for pid in children.get(queue.pop(), ()):
            queue.append(pid)
            one = known(pid)
            found |= {one} if one else set()
    return found


def marked(data_id: str, owner: str = "") -> set[Known]:
    """All processes that carry the marker of a data directory (and of one owner), wherever they have gone."""
    wanted = f"CALLBOARD_TREE={data_id}:{owner}".encode()
    found = set()
    for pid in all_pids():
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            continue
        one = known(pid)
        if one and any(entry.startswith(wanted) for entry in environment):
            found.add(one)
    return found


def descriptors(pid: int) -> int:
    """How many files, sockets and pipes a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def memory(pid: int) -> int:
    """Bytes of memory that a process has in use."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def processor_time(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = _stat(pid) or ["0"] * 20
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def catches(pid: int, number: int) -> bool:
    """Whether a process has an answer of its own to a signal (proc(5): SigCgt)."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace").splitlines()
    mask = next(line.split()[1] for line in lines if line.startswith("SigCgt:"))
    return bool(int(mask, 16) & 1 << (number - 1))
