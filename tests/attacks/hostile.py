"""A whole server with a hostile project and another one, and the three ways in which a project's code comes to run."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from actors.processes.sandbox.confinement import Level
from actors.projects.layout import Layout
from tests.app.served import serving
from tests.waiting import until

SECRET = "a secret of somebody else"
PROGRAM = Path(__file__).with_name("hostile.cjs").read_text(encoding="utf-8")
OTHER_APP = f"""
require("http").createServer((_, answer) => answer.end("{SECRET}")).listen(process.env.PORT, "127.0.0.1", () =>
  console.log(`PORT ${{process.env.PORT}}`));
"""
LOCK = """lockfileVersion: '9.0'

settings:
  autoInstallPeers: true
  excludeLinksFromLockfile: false

importers:

  .:
    dependencies:
      evil:
        specifier: file:evil
        version: file:evil

packages:

  evil@file:evil:
    resolution: {directory: evil, type: directory}

snapshots:

  evil@file:evil: {}
"""
"""Names a package that the project brings with it."""

WAYS = ("a command", "a package's install script", "a dev server")
NEVER = 99
_SAID = re.compile(r"ATTACK (won|lost) ([^(\n]*[^(\s])")


@dataclass(frozen=True)
class Aim:
    """One thing that a project's code tries.

    Attributes:
        title: What that is, for people.
        kind: The function of the hostile program.
        words: What it is called with.
        landlock: The version of Landlock that stops it at L1; `NEVER` for none.
    """

    title: str
    kind: str
    words: tuple[Any, ...]
    landlock: int = 1


@dataclass
class Scene:
    """Two projects on a server: one is hostile.

    Attributes:
        client: A person's.
        data: The server's data directory.
        root: The directory of all projects.
        port: Where the server listens.
        mine: The hostile project.
        other: Somebody else's.
        victim: A process of the server.
    """

    client: httpx.AsyncClient
    data: Path
    root: Path
    port: int
    mine: str = ""
    other: str = ""
    victim: int = 0
    other_port: int = 0
    read: int = 0

    def layout(self, project: str) -> Layout:
        """Where a project's things are."""
        return Layout(self.root / project, self.data / "projects" / project)

    async def empty(self) -> str:
        """Make a project that has nothing yet."""
        made = (await self.client.post("/api/generate", json={"prompt": "nothing"})).json()["id"]
        await self.client.delete(f"/api/projects/{made}", params={"cancel_only": "true"})

        async def is_over() -> bool:
            return (await self.client.get(f"/api/projects/{made}")).json()["state"] not in ("queued", "running")

        await until(is_over, 60)
        for path in self.layout(made).app.iterdir():
            path.unlink()
        return str(made)

    async def tool(self, project: str, tool: str, **parameters: Any) -> dict[str, Any]:
        """Use a tool; return its result."""
        answer = await self.client.post(f"/api/projects/{project}/tools/{tool}", json=parameters, timeout=120)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    async def printed(self, project: str) -> str:
        """All that a project's programs printed since this was asked last."""
        lines: list[str] = []
        while True:
            page = (await self.client.get(f"/api/projects/{project}/log", params={"after": self.read})).json()
            lines += [line["text"] for line in page["lines"]]
            if page["next"] == self.read:
                return "\n".join(lines)
            self.read = page["next"]

    def aims(self) -> list[Aim]:
        """What the hostile project aims at, the mildest first; its targets are laid out anew."""
        mine, other = self.layout(self.mine), self.layout(self.other)
        stored = self.data / "packages" / "store" / "package"
        for path in (other.app / "secret", other.session / "secret", mine.session / "secret", stored):
            path.write_text(SECRET, encoding="ascii")
            path.chmod(0o600)
        (other.app / "node_modules").mkdir(exist_ok=True)
        (other.app / "node_modules" / "index.js").write_text(SECRET, encoding="ascii")
        socket = next(path for path in sorted(other.sockets.iterdir()) if path.is_socket())
        return [
            Aim("read another project's file", "read", (str(other.app / "secret"),)),
            Aim("read another project's packages", "read", (str(other.app / "node_modules" / "index.js"),)),
            Aim("read another project's agent session", "read", (str(other.session / "secret"),)),
            Aim("read its own agent session", "read", (str(mine.session / "secret"),)),
            Aim("read its own agent session by `..`", "read_beside", (".claude-session/secret",)),
            Aim("read another's file through a link", "follow", (str(other.app / "secret"),)),
            Aim("list all projects", "list", (str(self.root),)),
            Aim("read its own versions", "list", (str(mine.versions),)),
            Aim("read the server's journal", "read_any", (str(self.data / "journal.sqlite3"),)),
            Aim("read the server's environment", "read_any", (f"/proc/{os.getpid()}/environ",)),
            Aim("read the store of packages", "read", (str(stored),)),
            Aim("connect to the server's port", "answer", (self.port,), 4),
            Aim("connect to another's dev server", "connect", (self.other_port,), 4),
            Aim("connect to another's dev server's socket", "connect_unix", (str(socket),), NEVER),
            Aim("write into another project", "append", (str(other.app / "secret"),)),
            Aim("write to another project through a hard link", "link_hard", (str(other.app / "secret"),)),
            Aim("write beside its own project", "write", (str(mine.project / "written"),)),
            Aim("write into the store of packages", "append", (str(stored),)),
            Aim("open another's file to everybody by chmod", "change_mode", (str(other.app / "secret"),), NEVER),
            Aim("kill the server", "kill", (self.victim,), 6),
        ]

    async def attack(self, way: str) -> dict[str, bool]:
        """Have the hostile program run; return what it won, by title."""
        with victim() as self.victim:
            aims = self.aims()
            listed = [[aim.title, aim.kind, *aim.words] for aim in aims]
            await self.write({"secret": SECRET, "serve": way == WAYS[2], "aims": listed})
            await self.printed(self.mine)
            if way == WAYS[0]:
                result = await self.tool(self.mine, "run_command", argv=["node", "hostile.cjs"])
            elif way == WAYS[1]:
                result = await self.tool(self.mine, "install_dependencies")
            else:
                result = await self.tool(self.mine, "start_dev_server")
            said = await self.printed(self.mine)
            if way == WAYS[2]:
                await self.client.post(f"/api/projects/{self.mine}/preview/stop")
        won = {title: verdict == "won" for verdict, title in _SAID.findall(said)}
        assert set(won) == {aim.title for aim in aims}, (said, result)
        self.judge(won)
        return won

    def judge(self, won: dict[str, bool]) -> None:
        """Believe nothing that is seen from outside."""
        secret = self.layout(self.other).app / "secret"
        written = secret.read_text(encoding="ascii") != SECRET
        claimed = won["write into another project"] or won["write to another project through a hard link"]
        assert written == claimed
        stored = self.data / "packages" / "store" / "package"
        assert (stored.read_text(encoding="ascii") != SECRET) == won["write into the store of packages"]
        assert (secret.stat().st_mode & 0o777 == 0o666) == won["open another's file to everybody by chmod"]
        beside = self.layout(self.mine).project / "written"
        assert beside.exists() == won["write beside its own project"]
        beside.unlink(missing_ok=True)

    async def write(self, told: dict[str, Any]) -> None:
        """Write the hostile project, as a generator would."""
        package = {
            "name": "mine",
            "private": True,
            "scripts": {"dev": "node hostile.cjs"},
            "dependencies": {"evil": "file:evil"},
        }
        evil = {"name": "evil", "version": "1.0.0", "scripts": {"postinstall": "node hostile.cjs"}}
        files = {"package.json": json.dumps(package), "pnpm-lock.yaml": LOCK, "evil/package.json": json.dumps(evil)}
        for folder in ("", "evil/"):
            files[f"{folder}hostile.cjs"] = PROGRAM
            files[f"{folder}aims.json"] = json.dumps(told)
        for path, content in files.items():
            result = await self.tool(self.mine, "write_file", path=path, content=content)
            assert result["ok"], result


@contextmanager
def victim() -> Iterator[int]:
    """Start a process that waits to be killed, as the server's user; give its pid."""
    waits = [sys.executable, "-I", "-S", "-c", "import signal; signal.pause()"]
    with subprocess.Popen(waits) as process:
        try:
            yield process.pid
        finally:
            process.send_signal(signal.SIGKILL)


@asynccontextmanager
async def open_scene(folder: Path, level: Level, **settings: Any) -> AsyncIterator[Scene]:
    """Open a server at a level, with the two projects; the other one's dev server runs.

    Args:
        folder: Where all of it is; a short name.
        level: How well programs are kept in.
        settings: Of the server.
    """
    values = {"projects_root": folder / "projects", "sandbox": level.name, "sandbox_needed": "L0", **settings}
    async with serving(folder / "data", **values) as (server, client):
        scene = Scene(client, folder / "data", folder / "projects", server.port)
        scene.mine, scene.other = await scene.empty(), await scene.empty()
        for path, content in {"package.json": '{"scripts":{"dev":"node app.cjs"}}', "app.cjs": OTHER_APP}.items():
            assert (await scene.tool(scene.other, "write_file", path=path, content=content))["ok"]
        # The store is as one that was used before.
        assert (await scene.tool(scene.other, "install_dependencies"))["ok"]
        started = await scene.tool(scene.other, "start_dev_server")
        assert started["ok"], started
        said = await scene.printed(scene.other)
        scene.other_port = int(re.findall(r"PORT (\d+)", said)[-1])
        scene.read = 0
        yield scene
