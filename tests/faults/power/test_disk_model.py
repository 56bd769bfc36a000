"""The simulated disk, and the reading of a trace: what is synced is there, and of the rest what chance keeps."""

from collections.abc import Sequence
from pathlib import Path
from typing import Optional

import pytest

from tests.faults.power.disk import (
    Begin,
    Cut,
    Disk,
    Link,
    Make,
    Move,
    Operation,
    Remove,
    Synced,
    Write,
    names_only,
)
from tests.faults.power.trace import Blind, read_trace


def synced(path: str, key: int = 0) -> list[Operation]:
    """A sync from its begin to its end."""
    return [Begin(path, key), Synced(key)]


def left(*operations: Operation) -> dict[str, Optional[bytes]]:
    """What is left when nothing is kept that was not synced."""
    return dict(_disk(operations).left())


def _disk(operations: Sequence[Operation]) -> Disk:
    disk = Disk("/d")
    for operation in operations:
        disk.apply(operation)
    return disk


WRITTEN = (Make("/d/a"), Write("/d/a", 0, b"new"))


def test_what_was_not_synced_is_gone() -> None:
    """The content goes by the file, and the name by its directory: both are needed."""
    assert left(*WRITTEN) == {}
    assert left(*WRITTEN, *synced("/d/a")) == {}
    assert left(*WRITTEN, *synced("/d")) == {"a": b""}
    assert left(*WRITTEN, *synced("/d/a"), *synced("/d")) == {"a": b"new"}


def test_what_is_beneath_a_name_that_is_gone_is_gone() -> None:
    """However well it was synced itself."""
    beneath = (
        Make("/d/x", directory=True),
        Make("/d/x/a"),
        Write("/d/x/a", 0, b"1"),
        *synced("/d/x/a"),
        *synced("/d/x"),
    )
    assert left(*beneath) == {}
    assert left(*beneath, *synced("/d")) == {"x": None, "x/a": b"1"}


def test_a_sync_counts_from_its_begin() -> None:
    """What is written while it goes on may be lost."""
    found = left(*WRITTEN, Begin("/d/a", 1), Write("/d/a", 0, b"later"), Synced(1), *synced("/d"))
    assert found == {"a": b"new"}
    assert left(*WRITTEN, Begin("/d/a", 1), *synced("/d")) == {"a": b""}


def test_replacing_a_file() -> None:
    """Without the sync of the new one, an old one may be replaced by nothing: the planted mistake is found."""
    old = (*WRITTEN, *synced("/d/a"), *synced("/d"))
    new = (Make("/d/b"), Write("/d/b", 0, b"second"))
    moved = (Move("/d/b", "/d/a"),)
    assert left(*old, *new, *synced("/d/b"), *moved) == {"a": b"new"}
    assert left(*old, *new, *synced("/d/b"), *moved, *synced("/d")) == {"a": b"second"}
    assert dict(_disk([*old, *new, *moved]).left(names_only)) == {"a": b""}


def test_a_rename_between_directories_happens_as_a_whole() -> None:
    """Whichever of the two is synced."""
    before = (
        *(Make(f"/d/{name}", directory=True) for name in "xy"),
        *(Make("/d/x/a"), Write("/d/x/a", 0, b"1")),
        *(*synced("/d"), *synced("/d/x"), *synced("/d/x/a"), Move("/d/x/a", "/d/y/a")),
    )
    assert left(*before) == {"x": None, "y": None, "x/a": b"1"}
    for one in "xy":
        assert left(*before, *synced(f"/d/{one}")) == {"x": None, "y": None, "y/a": b"1"}


def test_links_removals_and_lengths() -> None:
    """A link shares the content; a removal that was not synced may be undone."""
    there = (*WRITTEN, *synced("/d/a"), Link("/d/a", "/d/b"), *synced("/d"))
    assert left(*there, Remove("/d/a")) == {"a": b"new", "b": b"new"}
    assert left(*there, Remove("/d/a"), *synced("/d")) == {"b": b"new"}
    assert left(*there, Cut("/d/a", 1), *synced("/d/b")) == {"a": b"n", "b": b"n"}
    assert left(*there, Write("/d/a", 5, b"!"), *synced("/d/a")) == {"a": b"new\0\0!", "b": b"new\0\0!"}


def test_a_write_is_torn(tmp_path: Path) -> None:
    """Of one that is kept, as much is there as chance says."""
    disk = _disk(WRITTEN)
    disk.write_left(tmp_path, lambda _change: True, lambda write: write.data[:1])
    assert (tmp_path / "a").read_bytes() == b"n"


def _hex(text: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


def trace(*calls: str) -> str:
    """What strace writes, with paths and data in angle quotes for what it writes in hexadecimal."""
    lines = []
    for number, call in enumerate(calls):
        thread, text = call.split(" ", 1)
        parts = text.replace("»", "«").split("«")
        lines.append(f"{thread} 100.{number:06d} " + "".join(_hex(p) if n % 2 else p for n, p in enumerate(parts)))
    return "\n".join(lines)


def operations(*calls: str) -> list[Operation]:
    """What is read of it."""
    return [step.operation for step in read_trace(trace(*calls).splitlines(), "/d")]


def test_a_trace_is_read() -> None:
    """Names, data, offsets, and what another thread interrupted."""
    found = operations(
        '7 openat(AT_FDCWD<«/»>, "«/d/a»", O_WRONLY|O_CREAT|O_EXCL, 0600) = 5<«/d/a»>',
        '7 write(5<«/d/a»>, "«abc»", 3) = 3',
        '7 write(5<«/d/a»>, "«def»", 3) = 2',
        "7 fsync(5<«/d/a»> <unfinished ...>",
        '8 pwrite64(6<«/d/a»>, "«xy»", 2, 4096) = 2',
        '8 write(9<«/elsewhere»>, "«xy»", 2) = 2',
        "7 <... fsync resumed>) = 0",
        '7 renameat(4<«/d»>, "«a»", AT_FDCWD<«/»>, "«/d/b»") = 0',
        '7 mkdir("«/d/x»", 0700) = 0',
        '7 unlink("«/d/no»") = -1 ENOENT (No such file or directory)',
        '7 linkat(AT_FDCWD<«/»>, "«/d/b»", AT_FDCWD<«/»>, "«/d/x/c»", 0) = 0',
        "7 ftruncate(5<«/d/b»>, 2) = 0",
        "7 fsync(5<«/d/b»>) = -1 EIO (Input/output error)",
        '7 unlinkat(AT_FDCWD<«/»>, "«/d/b»", 0) = 0',
    )
    assert found == [
        *(Make("/d/a"), Write("/d/a", 0, b"abc"), Write("/d/a", 3, b"de"), Begin("/d/a", 1)),
        *(Write("/d/a", 4096, b"xy"), Synced(1), Move("/d/a", "/d/b"), Make("/d/x", directory=True)),
        *(Link("/d/b", "/d/x/c"), Cut("/d/b", 2), Begin("/d/b", 2), Remove("/d/b")),
    ]


def test_syncs_that_are_queued_together() -> None:
    """Each begins when it is queued, and is there once the kernel says that it went well; others' are not ours."""
    went_well = "{data=0, obj=0x1, res=0, res2=0}"
    request = "{{aio_data={}, aio_lio_opcode=IOCB_CMD_FSYNC, aio_fildes={}<«{}»>}}"
    requests = [request.format(*each) for each in (("0", 5, "/d/a"), ("0x1", 6, "/d/b"), ("0x2", 7, "/else"))]
    found = operations(
        f"7 io_submit(0x7f, 3, [{', '.join(requests)}]) = 3",
        '8 write(5<«/d/a»>, "«abc»", 3) = 3',
        "7 io_getevents(0x7f, 3, 3,  <unfinished ...>",
        f"8 io_getevents(0x80, 1, 1, [{went_well}], NULL) = 1",
        f"7 <... io_getevents resumed>[{{data=0x1, obj=0x2, res=-5, res2=0}}, {went_well}], NULL) = 2",
    )
    assert found == [Begin("/d/a", 1), Begin("/d/b", 2), Write("/d/a", 0, b"abc"), Synced(1)]


def test_a_sync_of_the_file_system_is_one_of_all_that_is_there() -> None:
    """What is made after its begin is not part of it, and neither is that of another file system."""
    found = operations(
        '7 mkdir("«/d/x»", 0700) = 0',
        "7 syncfs(4<«/d/x»> <unfinished ...>",
        '8 mkdir("«/d/y»", 0700) = 0',
        "8 syncfs(4<«/elsewhere»>) = 0",
        "7 <... syncfs resumed>) = 0",
    )
    made = (Make("/d/x", directory=True), Make("/d/y", directory=True))
    assert found == [made[0], Begin("/d", 1), Begin("/d/x", 2), made[1], Synced(1), Synced(2)]
    assert left(*found) == {"x": None}


def test_a_trace_that_does_not_say_enough_is_refused() -> None:
    """Rather than to look at a disk that is not what was there."""
    with pytest.raises(Blind):
        operations("7 sendfile(5<«/d/a»>, 6<«/e»>, NULL, 99) = 99")
    with pytest.raises(Blind):
        operations('7 write(5<«/d/a»>, "«abc»"..., 99) = 99')
