"""One life of a server with projects: what each of them is, and what it has to be for the server that comes next."""

import hashlib
import os
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import httpx
import trio

from actors.projects.layout import Layout
from actors.projects.versions.store import VersionStore
from tests import needs
from tests.e2e.processes import Known, alive, below, marked
from tests.e2e.server import ServerProcess, calling, serving
from tests.waiting import until

GONE_S = 3.0
"""Seconds after a server's death within which all that it had started is gone."""

MADE_S = 120.0
PAGE = 500
FINAL = frozenset({"succeeded", "failed", "cancelled", "interrupted", "paused"})
_FOR_GOOD = ("id", "name", "state", "reason", "run", "attempt", "prompt", "generator", "versions", "result", "created")
_CONTENT = re.compile(r"([0-9a-f]{126})(-exec)?")


@dataclass(frozen=True)
class Seen:
    """What is known of a project.

    Attributes:
        status: What of its status is for good.
        files: The hashes of its files, without packages.
        events: All that it has told.
    """

    status: dict[str, Any]
    files: dict[str, str]
    events: list[dict[str, Any]]


@dataclass
class ProjectsRound:
    """A server that runs, and its projects' directories."""

    server: ServerProcess
    client: httpx.AsyncClient
    root: Path

    def layout(self, project: str) -> Layout:
        """Where a project's things are."""
        return Layout(self.root / project, self.server.data / "projects" / project)

    @property
    def store(self) -> Path:
        """The store of packages."""
        return self.server.data / "packages" / "store"

    async def make(self, prompt: str, name: Optional[str] = None) -> str:
        """Ask for a project; return its id."""
        answer = await self.client.post("/api/generate", json={"prompt": prompt, **({"name": name} if name else {})})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    async def ended(self, project: str, seconds: float = MADE_S) -> dict[str, Any]:
        """Wait until no run of it goes on; return its status."""
        found: dict[str, Any] = {}

        async def is_over() -> bool:
            answer = await self.client.get(f"/api/projects/{project}")
            assert answer.status_code == 200, answer.text
            found.update(answer.json())
            return found["state"] in FINAL

        await until(is_over, seconds, f"the end of {project}")
        return found

    async def tool(self, project: str, tool: str, **parameters: Any) -> dict[str, Any]:
        """Use a tool; return its result."""
        path = f"/api/projects/{project}/tools/{tool}"
        answer = await self.client.post(path, json=parameters, timeout=MADE_S)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    async def events(self, project: str) -> list[dict[str, Any]]:
        """All that a project has told, from the first on; a hole is an error."""
        found: list[dict[str, Any]] = []
        while True:
            answer = await self.client.get(f"/events/{project}", params={"after": len(found), "limit": PAGE})
            page = answer.json()["events"]
            found += page
            assert [event["seq"] for event in found] == list(range(1, len(found) + 1))
            if len(page) < PAGE:
                return found

    async def see(self, project: str) -> Seen:
        """Look at a project."""
        status = (await self.client.get(f"/api/projects/{project}")).json()
        hashes = await trio.to_thread.run_sync(hash_files, self.layout(project).app)
        return Seen({name: status[name] for name in _FOR_GOOD}, hashes, await self.events(project))

    async def shown(self, project: str, seconds: float = 60.0) -> None:
        """Visit a preview until the app itself answers."""
        host = {"Host": f"{project}.localhost:{self.server.port}"}

        async def is_there() -> bool:
            answer = await self.client.get("/", headers=host)
            return answer.status_code == 200 and "/src/main.js" in answer.text

        await until(is_there, seconds, f"the preview of {project}")

    async def keep_installing(self, project: str, packages: Sequence[str]) -> None:
        """Install packages, and do not mind that the server ends meanwhile."""
        with suppress(httpx.TransportError):
            await self.client.post(
                f"/api/projects/{project}/tools/install_dependencies", json={"packages": packages}, timeout=MADE_S
            )

    async def verify(self, project: str) -> None:
        """Check all that its versions name, and that the newest is what the files are."""
        store = VersionStore(self.layout(project).versions)
        verified = await trio.to_thread.run_sync(store.verify)
        assert verified.problems == ()
        newest = store.versions(limit=1)[0]
        assert store.snapshot(self.layout(project).app) is None, f"{project} is not what {newest.id} is"

    def installs(self) -> set[Known]:
        """The processes of installs."""
        return {one for one in self.server.family() if "--store-dir=" in command(one[0])}


def command(pid: int) -> str:
    """Return the command line of a process; empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


def hash_files(app: Path) -> dict[str, str]:
    """Return the hash of each file of an app, without the packages. Blocks."""
    found = {}
    for folder, names, files in os.walk(app):
        names[:] = [name for name in names if name != "node_modules"]
        for name in files:
            path = Path(folder, name)
            found[path.relative_to(app).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def contents(store: Path) -> list[Path]:
    """Return the files of a store that are named by their content. Blocks."""
    return [path for path in store.glob("pnpm/v*/files/*/*") if _CONTENT.fullmatch(path.name)]


def broken(store: Path) -> list[Path]:
    """Return the files of a store that are not what their name says. Blocks."""
    return [path for path in contents(store) if _hash(path) != path.parent.name + path.name.replace("-exec", "")]


def _hash(path: Path) -> str:
    return hashlib.sha512(path.read_bytes()).hexdigest()


def family(server: ServerProcess) -> set[Known]:
    """All that a server has started: below it, by its marker, and below whatever bears that."""
    found = server.family()
    return found.union(*(below(pid) for pid, _ in found))


async def gone(server: ServerProcess, processes: set[Known], seconds: float = GONE_S) -> float:
    """Wait until nothing of a dead server is alive; return how long that took."""
    began = trio.current_time()
    data_id = server.data_id
    await until(lambda: not alive(processes), seconds, "the end of what the dead server had started")
    # What it started in its last moment is not among those.
    await until(lambda: not marked(data_id), began + seconds - trio.current_time(), "the end of what bears its mark")
    return trio.current_time() - began


@asynccontextmanager
async def go_on(folder: Path, **settings: Any) -> AsyncIterator[ProjectsRound]:
    """A server on the directories of the one before.

    Args:
        folder: Where its data and its projects are.
        settings: As environment variables.
    """
    needs.npm()
    values = {"projects_root": folder / "projects", "projects_at_once": 5, "preview": "host", **settings}
    async with serving(folder / "data", **values) as server, calling(server) as client:
        yield ProjectsRound(server, client, folder / "projects")


def assert_no_less(before: Seen, after: Seen, *, but: Iterable[str] = ()) -> None:
    """A project is what it was, and has told no less; some of what it is may be left out."""
    left_out = set(but)
    assert {k: v for k, v in after.status.items() if k not in left_out} == {
        k: v for k, v in before.status.items() if k not in left_out
    }
    assert after.files == before.files
    assert after.events[: len(before.events)] == before.events
