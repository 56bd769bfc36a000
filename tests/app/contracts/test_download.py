"""How a model is sent."""

from pathlib import Path

import pytest
from quart_trio import QuartTrio

from app.contracts.jobs.download import CHUNK, send_model


async def test_it_is_read_in_large_pieces_and_has_no_time_limit(tmp_path: Path) -> None:
    """Quart's own pieces of 8 KB take twenty times the processor time, and its own limit cuts a slow download off."""
    content = bytes(range(256)) * 4096
    (tmp_path / "model.glb").write_bytes(content)
    async with QuartTrio(__name__).test_request_context("/", method="GET"):
        response = await send_model(tmp_path / "model.glb", "job-1")
        assert response.timeout is None
        async with response.response as body:
            pieces = [bytes(piece) async for piece in body]
    assert b"".join(pieces) == content
    assert {len(piece) for piece in pieces[:-1]} == {CHUNK}


SIZE = 1000


@pytest.mark.parametrize(
    ("wanted", "status", "begin", "end"),
    [
        ("bytes=0-9", 206, 0, 10),
        ("bytes=990-", 206, 990, SIZE),
        ("bytes=-1", 206, SIZE - 1, SIZE),
        ("bytes=-100", 206, SIZE - 100, SIZE),
        ("bytes=-5000", 206, 0, SIZE),
        ("bytes=0-5000", 206, 0, SIZE),
        ("bytes=999-99999999999999999999", 206, 999, SIZE),
        ("items=0-1", 200, 0, SIZE),
        ("bytes=0-1,5-6", 200, 0, SIZE),
        ("bytes=x", 200, 0, SIZE),
    ],
)
async def test_a_part_is_what_was_asked_for(tmp_path: Path, wanted: str, status: int, begin: int, end: int) -> None:
    """Never more than is promised, nor less; what makes no sense is answered with the whole."""
    content = bytes(number % 251 for number in range(SIZE))
    (tmp_path / "model.glb").write_bytes(content)
    async with QuartTrio(__name__).test_request_context("/", headers={"Range": wanted}):
        response = await send_model(tmp_path / "model.glb", "job-1")
        async with response.response as body:
            sent = b"".join([bytes(piece) async for piece in body])
    assert response.status_code == status
    assert sent == content[begin:end]
    assert int(response.headers["Content-Length"]) == len(sent)
    if status == 206:
        assert response.headers["Content-Range"] == f"bytes {begin}-{end - 1}/{SIZE}"


async def test_a_range_of_another_version_is_the_whole_of_this_one(tmp_path: Path) -> None:
    """Or a client would put parts of two models together."""
    (tmp_path / "model.glb").write_bytes(b"x" * SIZE)
    headers = {"Range": "bytes=0-9", "If-Range": '"another"'}
    async with QuartTrio(__name__).test_request_context("/", headers=headers):
        assert (await send_model(tmp_path / "model.glb", "job-1")).status_code == 200
