"""Files on servers that run, which clients ask for in whatever way; each answer has to be one that there may be."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.app.served import serving
from tests.faults.clients import exchange
from tests.waiting import until


@dataclass
class Target:
    """A file on a server that runs.

    Attributes:
        port: Of the server.
        path: Its address.
        content: What is in it.
        host: The name of the server there.
        answers: How many there were.
    """

    port: int
    path: str
    content: bytes
    host: str = "127.0.0.1"
    answers: int = field(default=0)

    def request(self, *headers: str, method: str = "GET") -> bytes:
        """A request for it."""
        lines = (f"{method} {self.path} HTTP/1.1", f"Host: {self.host}:{self.port}", "Connection: close", *headers)
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    async def ask(self, *headers: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
        """Ask for it; what was answered is whole, and one of the answers that there are."""
        answer = await exchange(self.port, self.request(*headers, method=method))
        first, _, body = answer.partition(b"\r\n\r\n")
        lines = first.decode("latin-1").split("\r\n")
        status = int(lines[0].split()[1])
        found = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        self._check(status, found, body, (method, [one[:80] for one in headers], answer[:600]))
        self.answers += 1
        return status, found, body

    def _check(self, status: int, found: dict[str, str], body: bytes, what: object) -> None:
        size = len(self.content)
        if what[0] == "HEAD":  # type: ignore[index]  # for people, and its first word for this
            assert (status, body) in ((200, b""), (304, b"")), what
            assert found.get("content-length") in ((str(size),) if status == 200 else (None, "0")), what
        elif status == 200:
            assert (body, found["content-length"]) == (self.content, str(size)), what
            assert "content-range" not in found, what
        elif status == 206:
            part = re.fullmatch(rf"bytes (\d+)-(\d+)/{size}", found["content-range"])
            assert part is not None, what
            assert 0 <= int(part[1]) <= int(part[2]) < size, what
            assert body == self.content[int(part[1]) : int(part[2]) + 1], what
            assert found["content-length"] == str(len(body)), what
        elif status == 416:
            assert found["content-range"] == f"bytes */{size}", what
        else:
            assert (status, body) == (304, b""), what


@asynccontextmanager
async def open_project(root: Path) -> AsyncIterator[tuple[int, httpx.AsyncClient, str, Path]]:
    """A server with a project; gives its port, a client, the address of the project's files, and where they are."""
    settings = {"projects_root": root / "projects", "sandbox": "L0", "sandbox_needed": "L0"}
    async with serving(root / "data", **settings) as (server, client):
        answer = await client.post("/api/generate", json={"prompt": "a list", "generator": "template"})
        assert answer.status_code == 202, answer.text
        project = answer.json()["id"]

        async def placed() -> bool:
            return (await client.get(f"/api/projects/{project}/files/package.json")).status_code == 200

        await until(placed, 30, "the first files")
        await client.post(f"/api/projects/{project}/cancel")
        (made,) = (root / "projects").rglob("package.json")
        yield server.port, client, f"/api/projects/{project}/files", made.parent
