"""A server for projects, its projects, and what is done with them over the interface."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Optional

import httpx

from tests.app.web.browser import Tab
from tests.e2e.projects.frames import Frame
from tests.e2e.server import ServerProcess, calling
from tests.waiting import until

TOKEN = "s3cret-token-of-16"
PROMPT = "a habit tracker"
TITLE = "Habit Tracker"
CHANGED = "Changed by a tool"
IDLE_S = 2.0
FINAL = frozenset({"succeeded", "failed", "cancelled", "interrupted", "paused"})
SLOWEST = 240.0
"""Seconds for what takes a few on a machine that has nothing else to do."""


@dataclass
class Project:
    """A project on a server.

    Attributes:
        client: Calls the server.
        id: The project's.
        server: Where it is.
        token: That the server asks for.
    """

    client: httpx.AsyncClient
    id: str
    server: ServerProcess
    token: Optional[str] = None

    @property
    def path(self) -> str:
        """Where it is in the interface."""
        return f"/api/projects/{self.id}"

    @property
    def host(self) -> str:
        """The origin that its app has by host."""
        return f"http://{self.id}.localhost:{self.server.port}"

    def page(self, host: str = "127.0.0.1") -> str:
        """The address of its preview page."""
        token = f"#token={self.token}" if self.token else ""
        return f"http://{host}:{self.server.port}{self.path}/preview{token}"

    async def post(self, what: str, **body: Any) -> dict[str, Any]:
        """Ask for something below it; what is answered."""
        answer = await self.client.post(f"{self.path}/{what}", json=body)
        assert answer.status_code in (200, 201, 202), answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def tool(self, name: str, **parameters: Any) -> dict[str, Any]:
        """Use a tool, which has to do what it is asked for."""
        result = await self.post(f"tools/{name}", **parameters)
        assert result["ok"], result["text"]
        return result

    async def write(self, files: Mapping[str, str]) -> None:
        """Write files."""
        for path, content in files.items():
            await self.tool("write_file", path=path, content=content)

    async def status(self) -> dict[str, Any]:
        """What the server says of it."""
        answer = await self.client.get(f"{self.path}/status")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def done(self) -> dict[str, Any]:
        """Wait until its run has succeeded, and give what is said of it."""
        found: dict[str, Any] = {}

        async def ended() -> bool:
            found.update(await self.status())
            return found["state"] in FINAL

        await until(ended, SLOWEST, "the end of the run")
        assert found["state"] == "succeeded", found
        return found


@dataclass
class Ground:
    """A server, and how to have projects on it.

    Attributes:
        server: The server.
        token: That it asks for.
        seed: A project that others are copies of.
    """

    server: ServerProcess
    token: Optional[str] = None
    seed: Optional[str] = None

    @asynccontextmanager
    async def calling(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client of the server."""
        async with calling(self.server, self.token) as client:
            client.timeout = httpx.Timeout(SLOWEST)
            yield client

    async def generate(self, client: httpx.AsyncClient, prompt: str = PROMPT) -> Project:
        """Ask for an app; it is being made."""
        answer = await client.post("/api/generate", json={"prompt": prompt, "generator": "template"})
        assert answer.status_code == 202, answer.text
        return Project(client, answer.json()["id"], self.server, self.token)

    async def project(self, client: httpx.AsyncClient, files: Mapping[str, str], **more: Any) -> Project:
        """Make a project with these files, and without packages."""
        if self.seed is None:
            seed = await self.generate(client)
            await seed.done()
            await seed.post("preview/stop")
            self.seed = seed.id
        answer = await client.post(f"/api/projects/{self.seed}/fork", json=more)
        assert answer.status_code == 201, answer.text
        project = Project(client, answer.json()["id"], self.server, self.token)
        await project.write(files)
        return project


MARK = "window.markOfTheTest = performance.timeOrigin"
SAME = "window.markOfTheTest === performance.timeOrigin"
"""True in a page that was marked, and not any more when it was loaded again."""


def heading(text: str) -> str:
    """An expression that is true when an app shows a title."""
    return f"document.querySelector('h1')?.textContent.trim() === {text!r}"


async def shown(tab: Tab, mode: str) -> Frame:
    """Wait until a preview page shows its running app in a mode; gives the app's page."""
    await tab.until(f"document.getElementById('frame').dataset.mode === '{mode}'")
    await tab.until("document.getElementById('state').dataset.state === 'running'")
    frame = Frame(tab, "frame")
    await frame.until("location.protocol !== 'about:' && document.readyState === 'complete'")
    return frame
