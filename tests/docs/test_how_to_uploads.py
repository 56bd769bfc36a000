"""What is shown of uploads on connections that drop works as it stands on the page."""

import json
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
import trio

from app.main import Server
from app.uploads.resumable.upload import IDLE_SECONDS
from tests.docs.markdown import blocks, read
from tests.docs.support import ended

pytestmark = pytest.mark.real

PAGE = "how-to/write-another-front-end.md"
PHOTO = Path(__file__).parents[2] / "client" / "samples" / "mini" / "IMG_0000.jpg"


async def test_a_photo_by_curl_becomes_a_job(server: Server, tmp_path: Path) -> None:
    """Three commands, and an answer of each."""
    (block,) = blocks(read(PAGE), "sh")
    shutil.copy(PHOTO, tmp_path / "photo.jpg")
    script = block.text.replace("127.0.0.1:3002", f"127.0.0.1:{server.port}")
    done = await trio.run_process(
        ["sh", "-ec", script], cwd=tmp_path, stdin=b"", capture_stdout=True, stderr=subprocess.STDOUT
    )
    photo, end = done.stdout.decode().split("}", 1)
    assert json.loads(photo + "}")["name"] == "photo.jpg"
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
        assert (await ended(client, json.loads(end)["id"]))["images"] == 1


def test_the_hour_is_one() -> None:
    """As it is said there and in the reference."""
    assert IDLE_SECONDS == 3600
    assert "for an hour" in read(PAGE)
    assert "an hour after" in read("reference/http-api.md")
