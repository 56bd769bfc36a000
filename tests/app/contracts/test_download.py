"""How a model is sent."""

from pathlib import Path

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
