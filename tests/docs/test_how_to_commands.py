"""What the how-to pages have one type is typed: backups, tokens, and what a project goes through."""

import json
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, Optional

import httpx
import pytest
import trio

from app.main import Server, open_server
from app.settings import load_settings
from tests.actors.journal.earlier import VERSIONS, content, load_data
from tests.docs.markdown import blocks, read
from tests.docs.support import ended
from tests.docs.test_how_to_projects import listed as listed
from tests.docs.typing_in import typed
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A server whose projects need no packages."""
    flags = {"data_dir": tmp_path / "data", "port": 0, "bind": ("127.0.0.1",)}
    environment = {"CALLBOARD_GENERATOR": "prompts", "CALLBOARD_PROJECTS_ROOT": str(tmp_path / "projects")}
    async with open_server(load_settings(environment, flags)) as server:
        yield server


def commands(page: str) -> list[str]:
    """The pieces of shell on a page."""
    return [block.text for block in blocks(read(page), "sh")]


def test_a_backup_is_made_and_restored_as_the_page_says(tmp_path: Path) -> None:
    """By hand, and by the line for every night, which removes what is old and nothing else."""
    backup, restore, nightly = commands("how-to/back-up.md")
    data = load_data(max(VERSIONS), tmp_path / "data")
    typed(backup, tmp_path)
    first, serve = restore.splitlines()
    typed(first, tmp_path, {"/var/lib/callboard": "there"})
    assert serve == "callboard serve --data-dir /var/lib/callboard"
    assert content(tmp_path / "there" / "journal.sqlite3") == content(data.journal)

    backups = tmp_path / "backups"
    backups.mkdir()
    for name, days in (("callboard-old.tar", 20), ("callboard-young.tar", 3), ("other.tar", 20)):
        (backups / name).write_bytes(b"")
        then = data.journal.stat().st_mtime - days * 86400
        os.utime(backups / name, (then, then))
    typed(nightly, tmp_path, {"/backups": str(backups)})
    kept = {path.name for path in backups.iterdir()}
    assert kept - {"callboard-young.tar", "other.tar"} == {name for name in kept if re.search(r"\d{4}-\d\d-\d\d", name)}
    assert len(kept) == 3


async def test_tokens_are_given_and_taken_back_as_the_page_says(server: Server, tmp_path: Path) -> None:
    """The one that was shown works elsewhere, and not any more once it is removed."""
    add, use, after = commands("how-to/tokens.md")

    async def type_in(text: str, replaced: Optional[dict[str, str]] = None) -> str:
        return await trio.to_thread.run_sync(typed, text, tmp_path, replaced)

    shown = await type_in(add)
    (token,) = re.findall(r"cb_[\w-]+", shown)
    address = f"http://127.0.0.1:{server.port}"
    replaced = {"cb_...": token, "https://callboard.example": address}
    await type_in(use, replaced)
    each = after.splitlines()
    assert [line.split()[2] for line in each] == ["list", "rotate", "remove"]
    assert "build-server" in await type_in(each[0])
    (other,) = re.findall(r"cb_[\w-]+", await type_in(each[1]))
    assert other != token
    await type_in(use, {**replaced, "cb_...": other})
    await type_in(each[2])
    assert "build-server" not in await type_in(each[0])


async def test_a_token_for_prometheus_is_made_as_the_page_says(server: Server, tmp_path: Path) -> None:
    """It may ask for figures, and that is all."""
    make, _ = commands("how-to/monitor.md")
    shown = await trio.to_thread.run_sync(typed, make, tmp_path)
    (token,) = re.findall(r"cb_[\w-]+", shown)
    named = {
        "Authorization": f"Bearer {token}",
        "X-Forwarded-For": "192.0.2.7",
    }  # as through a proxy, where it is needed
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", headers=named) as client:

        async def status(path: str) -> int:
            return (await client.get(path)).status_code

        await until(partial(known, status), 20, "a server that knows the token")
        assert await status("/jobs") == 403


async def known(status: Callable[[str], Awaitable[int]]) -> bool:
    """Whether the server has read the file of tokens again."""
    return await status("/metrics") == 200


async def test_a_project_goes_through_what_the_page_says(server: Server, tmp_path: Path) -> None:
    """Made, changed by a prompt and by hand, gone back and beside, taken away; going on is for one that has stopped."""
    made, more, edit, _, _, versions, fork, pull, remove = commands("how-to/projects.md")
    address = f"http://127.0.0.1:{server.port}"
    with_server = {"CALLBOARD_URL": address, "BROWSER": "true"}

    async def type_in(text: str, **replaced: str) -> str:
        found = {"http://127.0.0.1:3002": address, "ID": project, **replaced}
        there = {shown: used for shown, used in found.items() if shown in text}
        return await trio.to_thread.run_sync(typed, text, tmp_path, there, with_server)

    project = ""
    async with httpx.AsyncClient(base_url=address) as client:
        await type_in(made)
        project = (await client.get("/api/projects")).json()["projects"][0]["id"]
        await type_in(more)
        status: dict[str, Any] = await ended(client, project, "/api/projects")
        assert status["versions"]["latest"] == "v2"
        page = (await client.get(f"/api/projects/{project}/files/index.html")).text
        (title,) = re.findall(r"<title>([^<]*)", page)
        assert json.loads(await answer_of(type_in, edit, {"<title>Habits": f"<title>{title}"}))["ok"]
        assert "<title>My habits" in (await client.get(f"/api/projects/{project}/files/index.html")).text
        listing, diff, back = await pieces(type_in, versions)
        assert [one["id"] for one in json.loads(listing)["versions"]] == ["v3", "v2", "v1"]
        assert "My habits" in diff
        assert json.loads(back)
        assert "<title>My habits" not in (await client.get(f"/api/projects/{project}/files/index.html")).text
        copy = json.loads(await answer_of(type_in, fork, {}))
        assert copy["id"] != project
        await ended(client, copy["id"], "/api/projects")
        await type_in(pull)
        assert (tmp_path / "my-app" / "index.html").is_file()
        assert (tmp_path / "my-app.zip").is_file()
        await type_in(remove)
        assert [one["id"] for one in (await client.get("/api/projects")).json()["projects"]] == [copy["id"]]


async def answer_of(type_in: Any, text: str, replaced: dict[str, str]) -> str:
    """What curl printed, without what it says of its progress."""
    return str(await type_in(text.replace("curl ", "curl -s "), **replaced))


async def pieces(type_in: Any, text: str) -> list[str]:
    """What each of some lines printed."""
    return [await answer_of(type_in, line, {}) for line in text.splitlines()]
