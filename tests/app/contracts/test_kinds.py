"""An id names one thing: under the address of another kind there is nothing, also while it runs."""

from pathlib import Path

import pytest

from tests.app.served import serving, upload

pytestmark = pytest.mark.real


@pytest.mark.parametrize("path", ["/api/builds", "/api/projects"])
async def test_a_job_is_neither_a_build_nor_a_project(tmp_path: Path, path: str) -> None:
    """While it runs, what is known of it is not read from the journal."""
    async with serving(tmp_path, projects_root=tmp_path / "projects") as (_, client):
        job = await upload(client, {"speed": "60"})
        assert (await client.get(f"/jobs/{job}")).json()["state"] in ("queued", "running")
        answer = await client.get(f"{path}/{job}")
        assert answer.status_code == 404
        assert (await client.delete(f"{path}/{job}")).status_code == 404
        assert (await client.get(f"/jobs/{job}")).json()["state"] in ("queued", "running")
        await client.delete(f"/jobs/{job}")
