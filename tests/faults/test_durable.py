"""What `kill -9` cannot show, since the page cache survives it: each thing is synced to disk before the answer."""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.jobs import photo, upload
from tests.e2e.server import TINY_SPEED, calling, serving

_CALLS = "fsync,fdatasync,rename,renameat,renameat2,write,pwrite64,send,sendto,sendmsg,writev,io_submit,io_getevents"
_SYNCS = ("fsync", "fdatasync")
_LINE = re.compile(r"^(\d+) +(?:<\.\.\. )?(\w+)(?:\(| resumed>)(.*)$")
_PATH = re.compile(r"<(/[^<>]*)>")
_QUEUED = re.compile(r"aio_data=(\w+), aio_lio_opcode=IOCB_CMD_FSYNC, aio_fildes=\d+<(/[^<>]*)>")
_RESULT = re.compile(r"data=(\w+), obj=\w+, res=0,")


@dataclass(frozen=True)
class Call:
    """One system call that has returned.

    Attributes:
        name: Of the call.
        path: Of its descriptor, or its first path.
        text: All that strace wrote.
    """

    name: str
    path: str
    text: str


def _calls(trace: str) -> list[Call]:
    """The calls in the order in which they returned; a call that another thread interrupted is put together.

    Syncs that were begun together count, one by one, when the kernel has said that they went well.
    """
    found, open_calls, queued = list[Call](), dict[str, str](), dict[tuple[str, str], str]()
    for line in trace.splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        thread, name, rest = match.groups()
        if rest.endswith("<unfinished ...>"):
            open_calls[thread] = rest
            continue
        text = open_calls.pop(thread, "") + rest if "resumed>" in line else rest
        queue = text.split(",", 1)[0]
        if name == "io_submit":
            queued.update({(queue, key): path for key, path in _QUEUED.findall(text)})
        elif name == "io_getevents":
            found += [Call("fsync", queued.pop((queue, key)), " = 0") for key in _RESULT.findall(text)]
        else:
            path = _PATH.search(text)
            found.append(Call(name, path.group(1) if path else "", text))
    return found


def _tracer(output: Path) -> list[str]:
    """The tracer's command line. It starts the server itself: to attach to one takes rights that many do not have."""
    strace = shutil.which("strace")
    assert strace, "strace is not installed; the script `run` of this repository installs what the checks need"
    return [strace, "-f", "-y", "-s", "48", "-e", f"trace={_CALLS}", "-e", "signal=none", "-o", str(output)]


def _index(calls: list[Call], wanted: Callable[[Call], bool], what: str) -> int:
    found = next((number for number, call in enumerate(calls) if wanted(call)), None)
    assert found is not None, f"no {what}"
    return found


def _synced(call: Call, path: Path) -> bool:
    return call.name in _SYNCS and call.path == str(path) and call.text.endswith("= 0")


def check_order(calls: list[Call], data: Path, job: str, photos: int) -> None:
    """Fail unless all that an accepted job consists of was on disk before the answer was sent."""
    answer = _index(calls, _answers, "answer")
    before = calls[:answer]
    files = {call.path for call in before if call.name in _SYNCS and call.path.startswith(f"{data}/uploads/")}
    parents = {path.rsplit("/", 1)[0] for path in files} & {call.path for call in before if call.name in _SYNCS}
    assert len(parents) == 1, "the upload's directory was not synced"
    assert len(files - parents) == photos, f"synced: {files - parents}"
    incoming = parents.pop()
    renames = [number for number, call in enumerate(before) if call.name.startswith("rename") and job in call.text]
    assert len(renames) == 1, "the photos were not moved in one step"
    synced_incoming = _index(before, lambda call: _synced(call, Path(incoming)), "sync of the upload's directory")
    synced_photos = [number for number, call in enumerate(before) if call.path in files - {incoming}]
    assert max(synced_photos) < synced_incoming < renames[0]
    for directory in (data / "jobs" / job, data / "jobs"):
        assert _index(before, partial(_synced, path=directory), f"sync of {directory}") > renames[0]
    wal = data / "journal.sqlite3-wal"
    moved = before[_index(before, lambda call: _synced(call, data / "jobs"), "sync of jobs") :]
    written = _index(moved, lambda call: call.name == "pwrite64" and call.path == str(wal), "write to the journal")
    assert any(_synced(call, wal) for call in moved[written:]), "the journal was not synced before the answer"


def _answers(call: Call) -> bool:
    return "HTTP/1.1 202" in call.text


@pytest.mark.real
async def test_an_upload_is_on_disk_before_it_is_answered(tmp_path: Path) -> None:
    """The trace of a whole upload, in the order of the system calls."""
    trace, data = tmp_path / "trace", tmp_path / "data"
    async with serving(data, wrapper=_tracer(trace)) as server, calling(server) as client:
        # The first job starts what is started once, such as the children that check photos.
        await upload(client, **TINY_SPEED)
        job = await upload(client, photos=[photo()] * 3, **TINY_SPEED)
        await server.stop()
    calls = _calls(trace.read_text(errors="replace"))
    calls = calls[_index(calls, _answers, "first answer") + 1 :]
    check_order(calls, data, job, 3)
    # The check can fail: without any one of the syncs that come before the answer.
    before = calls[: _index(calls, _answers, "answer")]
    synced = {call.path for call in before if call.name in _SYNCS and _belongs(call.path, data, job)}
    assert len(synced) == 3 + 1 + 2 + 1, synced
    for missing in synced:
        without = [call for call in calls if call.path != missing or call.name not in _SYNCS]
        with pytest.raises(AssertionError):
            check_order(without, data, job, 3)


def _belongs(path: str, data: Path, job: str) -> bool:
    """Whether a path is part of what the second upload has to make durable."""
    fixed = (data / "jobs" / job, data / "jobs", data / "journal.sqlite3-wal")
    return path in map(str, fixed) or path.startswith(f"{data}/uploads/")
