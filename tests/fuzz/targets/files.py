"""What lies in files that people put back, or somebody has changed: backups, tokens."""

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from actors.backup.archive import HEAD, MANIFEST, line_of
from actors.backup.contents import JOURNAL, TOPS
from actors.backup.reading import BackupUnusable, unpack
from actors.runtime.errors import StorageFailed
from app.security.issuing import Tokens
from app.security.tokenfile import FILE, MAX_BYTES, change_tokens, read_tokens, written
from app.security.tokens import DEFAULT, MAX_SECRETS, MAX_TOKENS
from tests.fuzz.targets.inputs import Target, check_refusal, contained

_ROOM = 1 << 24


class _TooMuch(Exception):
    """More was read than a fuzzer has patience for."""


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="callboard-fuzz-") as name:
        yield Path(name).resolve()


def backup(data: bytes) -> None:
    """What is no whole backup is refused in words; what is one has all of its files, with their bytes, in their places.

    Half of the inputs are a tar file as it is; the others say what is in one, so that its sums and manifest are right.
    """
    with _folder() as root:
        source, target = root / "b.tar", root / "into"
        target.mkdir()
        source.write_bytes(data[1:] if data[:1] < b"\x80" else _packed(data[1:].split(b"\x1e")))
        try:
            with source.open("rb") as file:
                found = unpack(file, target, _Check())
        except BackupUnusable as error:
            check_refusal(error)
        except _TooMuch:
            return
        else:
            there = [path for path in target.rglob("*") if not path.is_dir()]
            assert len(there) == found.files
            assert all(path.relative_to(target).parts[0] in (*TOPS, JOURNAL) for path in there)
            assert all(name == JOURNAL or name.split("/")[0] in TOPS for name in found.gone)
            with tarfile.open(source) as tar:
                sizes = {info.name: info.size for info in tar if info.isreg()}
            assert {str(path.relative_to(target)): path.stat().st_size for path in there} == {
                name: size for name, size in sizes.items() if name not in (HEAD, MANIFEST)
            }
        everything = list(root.rglob("*"))
        assert all(contained(path, target) for path in everything if path not in (source, target))
        assert not any(path.is_symlink() for path in everything)


class _Check:
    """Counts what was read, and ends what has no end."""

    def __init__(self) -> None:
        self._read = 0

    def __call__(self, count: int) -> None:
        self._read += count
        if self._read > _ROOM:
            raise _TooMuch


def _packed(records: list[bytes]) -> bytes:
    """A tar file with a right manifest: a head, facts for its end, then files, each a name and its content."""
    head, facts, *files = [*records, b"", b""][: max(2, len(records))]
    out = io.BytesIO()
    seen = b""
    with tarfile.open(fileobj=out, mode="w") as tar:
        for record in (HEAD.encode() + b"\x1f" + head, *files):
            name, _, content = record.partition(b"\x1f")
            info = tarfile.TarInfo(os.fsdecode(name).rstrip("/"))
            kept = content
            if name.endswith(b"/"):
                info.type, kept = tarfile.DIRTYPE, b""
                seen += line_of(info.name, None, "")
            else:
                seen += line_of(info.name, len(kept), hashlib.sha256(kept).hexdigest())
            info.size, info.mtime = len(kept), len(content) * 10**6
            with suppress(ValueError):
                tar.addfile(info, io.BytesIO(kept))
        end = b'{"end": true, "lines": %d, "sha256": "%s"' % (
            seen.count(b"\n"),
            hashlib.sha256(seen).hexdigest().encode(),
        )
        info = tarfile.TarInfo(MANIFEST)
        last = seen + end + (b", " + facts if facts else b"") + b"}\n"
        info.size = len(last)
        tar.addfile(info, io.BytesIO(last))
    return out.getvalue()


def tokens(data: bytes) -> None:
    """A file of tokens is read whole and can be written again as it was, or is refused in words."""
    with _folder() as root:
        path = root / FILE
        path.write_bytes(data)
        path.chmod(0o600)
        try:
            found = read_tokens(path)
        except StorageFailed as error:
            check_refusal(error)
            return
        assert len(data) <= MAX_BYTES
        assert len(found) <= MAX_TOKENS
        assert len({token.name for token in found} | {DEFAULT}) == len(found) + 1
        assert all(0 < len(token.secrets) <= MAX_SECRETS for token in found)
        assert all(len(one.digest) == 32 for token in found for one in token.secrets)
        # What is written has whole seconds; but for that nothing is lost, and a second time nothing at all.
        change_tokens(path, lambda now: now)
        again = read_tokens(path)
        assert _shown(again) == _shown(found)
        assert change_tokens(path, lambda now: now) == again == read_tokens(path)


def _shown(listed: Tokens) -> list[object]:
    return [
        (one.name, one.scope, written(one.created), written(one.expires), secret.digest, written(secret.ends))
        for one in listed
        for secret in one.secrets
    ]


_HEAD_FACTS = b'{"callboard_backup": 1, "version": "1"}'
_END_FACTS = b'"gone": ["jobs/a"], "left_out": {}'
_TOKENS = {
    "version": 1,
    "tokens": [
        {
            "name": "ci",
            "scope": "read",
            "created": "2026-01-01T00:00:00Z",
            "expires": None,
            "secrets": [{"sha256": "0" * 64, "ends": "2026-02-01T00:00:00+14:00"}],
        }
    ],
}

TARGETS = {
    "backup": Target(
        backup,
        (
            b"\xff" + b"\x1e".join((_HEAD_FACTS, _END_FACTS, b"jobs/", b"jobs/a\x1fcontent", b"journal.sqlite3\x1fx")),
            b"\x80" + b"\x1e".join((_HEAD_FACTS, b"", b"jobs/../../x\x1fx")),
            b"\x80" + b"\x1e".join((b'{"callboard_backup": 1e999}', _END_FACTS)),
            b"\x80" + b"\x1e".join((b"[" * 3000, b'"gone": 1')),
            b"\x00" + _packed([_HEAD_FACTS, _END_FACTS, b"jobs/", b"jobs/a\x1fcontent"])[:4000],
        ),
    ),
    "tokens": Target(
        tokens,
        (
            json.dumps(_TOKENS).encode(),
            json.dumps(_TOKENS).replace("2026-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00").encode(),
            json.dumps(_TOKENS).replace('"2026-01-01T00:00:00Z"', "1e308").encode(),
            b'{"version": 1, "tokens": []}',
            b"[" * 2000,
        ),
    ),
}
