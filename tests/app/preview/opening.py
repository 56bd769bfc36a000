"""Asks where an app can be seen."""

from typing import Optional

import httpx

from tests.app.preview.standin import ONE, TOKEN, World

GUARDED = {"token": TOKEN, "require_token": True}
BEARER = {"authorization": f"Bearer {TOKEN}"}


async def opened(world: World, mode: Optional[str] = None, project: str = ONE, **headers: str) -> httpx.Response:
    """Ask where an app can be seen."""
    url = f"http://127.0.0.1:{world.port}/api/projects/{project}/preview/open"
    return await world.client.post(url, json={"mode": mode} if mode else {}, headers=headers)
