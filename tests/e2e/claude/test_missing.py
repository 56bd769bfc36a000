"""What agents need and is not there: it is said before anything is begun, with the command that helps."""

from pathlib import Path
from typing import Any, Optional

import httpx
import pytest

from tests.claude.stage import KEY
from tests.e2e.server import calling, serving

pytestmark = pytest.mark.real


async def _refused(client: httpx.AsyncClient) -> str:
    """Ask for an app by Claude, which has to be refused; gives why and what to do, which everybody tells alike."""
    answer = await client.post("/api/generate", json={"prompt": "Make a page.", "generator": "claude"})
    assert answer.status_code == 422, answer.text
    told = answer.json()
    ready = await client.get("/health/ready")
    assert ready.status_code == 200
    (listed,) = [one for one in (await client.get("/api/generators")).json()["generators"] if one["name"] == "claude"]
    for one in (listed, ready.json()["generators"]["claude"]):
        assert one["available"] is False
        assert one["reason"] in told["detail"]
        assert one["hint"] == told["hint"]
    assert (await client.get("/api/projects")).json()["projects"] == []
    return f"{told['detail']} {told['hint']}"


async def test_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that makes it is said."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    (tmp_path / "empty").mkdir()
    async with serving(tmp_path / "data", claude_dir=tmp_path / "empty") as server, calling(server) as client:
        told = await _refused(client)
    assert "callboard setup claude" in told
    assert str(tmp_path / "empty") in told


@pytest.mark.parametrize(("mode", "told"), [(None, "There is no API key"), (0o644, "chmod 600 ")])
async def test_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: Optional[int], told: str) -> None:
    """None is there, or others may read it: what to do is said."""
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    file = tmp_path / "key"
    if mode is not None:
        file.write_text(KEY)
        file.chmod(mode)
    given: dict[str, Any] = {} if mode is None else {"claude_key_file": file}
    python = tmp_path / "python"
    python.touch(0o755)
    async with serving(tmp_path / "data", claude_python=python, **given) as server, calling(server) as client:
        words = await _refused(client)
    assert told in words
    assert KEY not in words + server.said


async def test_it_is_not_used_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that happens to be there switches nothing on."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    async with serving(tmp_path / "data", projects_root=tmp_path / "projects") as server, calling(server) as client:
        assert (await client.get("/api/generators")).json()["default"] == "template"
        answer = await client.post("/api/generate", json={"prompt": "a habit tracker"})
        assert answer.json()["generator"] == "template"
    assert KEY not in server.said
