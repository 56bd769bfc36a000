"""Files that change while somebody downloads them: what comes is of one version, or visibly cut off."""

import json
from pathlib import Path

import pytest
import trio

from app.contracts.projects import content
from tests.app.preview.standin import ONE
from tests.app.preview.standin import open_world as open_previews
from tests.faults.clients import connect, exchange, read_all
from tests.faults.targets import Target, open_project

pytestmark = pytest.mark.real

BIG = 16 << 20
"""More than the kernel holds of a download that nobody reads."""


async def _begun(port: int, request: bytes, file: Path, change: str) -> bytes:
    """Begin a download, change the file by hand meanwhile, and read to the end."""
    async with await connect(port, receive_buffer=256 * 1024) as stream:
        await stream.send_all(request)
        got = b""
        while len(got.partition(b"\r\n\r\n")[2]) < 10_000:
            got += await stream.receive_some(4096)
        _change(file, change)
        return got + await read_all(stream)


def _change(file: Path, change: str) -> None:
    if change == "replaced":
        other = file.with_name("other")
        other.write_bytes(b"B" * (BIG + 5000))
        other.replace(file)
    elif change == "longer":
        with file.open("ab") as more:
            more.write(b"C" * 5000)
    elif change == "shorter":
        with file.open("r+b") as less:
            less.truncate(BIG // 2)
    else:
        file.unlink()
        if change == "a folder":
            file.mkdir()


@pytest.mark.slow
@pytest.mark.parametrize("change", ["replaced", "longer", "shorter", "gone"])
@pytest.mark.parametrize("wanted", ["", "bytes=1000-"])
async def test_a_file_that_changes_while_it_is_sent(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, change: str, wanted: str
) -> None:
    """What was promised comes, of one version; or less, and then the connection ends, so that it shows."""
    root = tmp_path / "dist"
    root.mkdir()
    begin = 1000 if wanted else 0
    async with open_previews(tmp_path) as world, open_project(tmp_path / "api") as (port, client, files, app):
        world.one.mode, world.one.static_root = "static", root
        for target, file in (
            (Target(world.port, "/big.bin", b"", f"{ONE}.localhost"), root / "big.bin"),
            (Target(port, f"{files}/big.bin", b""), app / "big.bin"),
        ):
            file.write_bytes(b"A" * BIG)
            request = target.request(*([f"Range: {wanted}"] if wanted else []))
            with trio.fail_after(30):
                answer = await _begun(target.port, request, file, change)
            first, _, body = answer.partition(b"\r\n\r\n")
            assert f"content-length: {BIG - begin}".encode() in first.lower(), first
            assert answer.count(b"HTTP/1.1 ") == 1
            assert set(body) == set(b"A")
            if change == "shorter":
                assert BIG // 2 - begin <= len(body) <= BIG - begin
            else:
                assert len(body) == BIG - begin
            assert (await client.get("/health")).status_code == 200
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(("change", "status"), [("replaced", 409), ("gone", 404), ("a folder", 422)])
async def test_a_file_that_changes_before_it_is_sent(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, change: str, status: int
) -> None:
    """That is said, whole and in words: of what it was no head is sent, of what it has become no byte."""
    async with open_project(tmp_path) as (port, client, files, app):
        file = app / "big.bin"
        file.write_bytes(b"A" * BIG)
        unchanged = content._look

        def look(root: Path, path: str) -> object:
            looked = unchanged(root, path)
            _change(file, change)
            return looked

        monkeypatch.setattr(content, "_look", look)
        answer = await exchange(port, Target(port, f"{files}/big.bin", b"").request())
        first, _, body = answer.partition(b"\r\n\r\n")
        assert first.startswith(b"HTTP/1.1 %d " % status), first
        assert f"content-length: {len(body)}".encode() in first.lower(), first
        assert b"etag" not in first.lower()
        problem = json.loads(body)
        assert (problem["status"], "'big.bin'" in problem["detail"]) == (status, True)
        assert problem["hint"]
        assert answer.count(b"HTTP/1.1 ") == 1
        assert (await client.get("/health")).status_code == 200
    assert "Traceback" not in caplog.text
