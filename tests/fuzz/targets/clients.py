"""What the command line reads of a server that it does not know: events, errors, archives."""

import io
import json
import stat
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

from client.errors import BadAnswer, ClientError, LocalProblem
from client.events import event_of, events_page, missed, parse_event
from client.parameters import parse_parameters
from client.text import safe_name
from client.unpacking import unpack
from tests.fuzz.targets.inputs import Target, contained, text

_MOST = 1 << 20


def event(data: bytes) -> None:
    """An event that is read is the same when it is written again; anything else is a bad answer."""
    with suppress(BadAnswer):
        found = parse_event(data)
        assert event_of(found.as_dict()) == found
        missed(found, 0)


def page(data: bytes) -> None:
    """A page of events goes on behind its last one, and never back."""
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(answer, dict):
        with suppress(BadAnswer):
            assert events_page(answer, 5).last >= 5


def archive(data: bytes) -> None:
    """Whatever is in an archive, all of it is unpacked inside the folder, in bounds, or nothing is."""
    with tempfile.TemporaryDirectory(prefix="callboard-fuzz-") as name:
        root = Path(name).resolve()
        packed, target = root / "a.zip", root / "deep" / "target"
        packed.write_bytes(data)
        try:
            unpack(packed, target)
        except (BadAnswer, LocalProblem):
            assert not target.exists()
        there = list(root.rglob("*"))
        assert all(path in (packed, target.parent) or target in (path, *path.parents) for path in there)
        assert all(contained(path, target) for path in there if target in path.parents)
        assert sum(path.lstat().st_size for path in there) <= _MOST + 200 * len(data)


def parameter(data: bytes) -> None:
    """Parameters on the command line are names and values that JSON can have, or refused; a name can be a file's."""
    with suppress(ClientError):
        found = parse_parameters(text(data).split("\n"))
        assert all(found)
        json.dumps(found, allow_nan=False)
    name = safe_name(text(data), "model")
    assert name not in ("", ".", "..")
    assert not set(name) & set("/\\\0\r\n")
    assert len(name.encode("utf-8", "surrogatepass")) <= 255


def _zip(*entries: tuple[str, bytes, int], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        for name, content, mode in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = method
            made.writestr(info, content)
        made.comment = b"left out: node_modules"
    return file.getvalue()


_FILE = stat.S_IFREG | 0o644
_LINK = stat.S_IFLNK | 0o777

TARGETS = {
    "event": Target(
        event,
        (
            b'{"seq": 7, "id": "job-1", "time": "2026-01-01T00:00:00Z", "type": "progress", "data": {"percent": 5}}',
            b'{"seq": true, "id": 1}',
            b"[1]",
        ),
    ),
    "page": Target(
        page,
        (b'{"events": [{"seq": 7, "id": "j", "time": "t", "type": "log", "data": {}}], "last": 7}', b'{"events": 1}'),
    ),
    "archive": Target(
        archive,
        (
            _zip(("app/a.txt", b"text", _FILE), ("app/sub/b.txt", b"b" * 500, _FILE), ("app/l", b"sub/b.txt", _LINK)),
            _zip(("app/a", b"..", _LINK), ("app/a/b", b"x", _FILE)),
            _zip(("app/../../x", b"x", _FILE)),
            _zip(("app/a.txt", b"text" * 50, _FILE), method=zipfile.ZIP_LZMA),
            _zip(("app/a.txt", b"text" * 50, _FILE), method=zipfile.ZIP_BZIP2),
            _zip(("app/", b"", stat.S_IFDIR | 0o755), ("app/a", b"", stat.S_IFIFO | 0o644)),
        ),
    ),
    "parameter": Target(parameter, (b"seed=1", b"name=text", b"a=NaN", b"=x", b'a={"b": [1]}')),
}
