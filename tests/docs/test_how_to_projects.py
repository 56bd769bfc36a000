"""The how-to pages about projects: generator and tool work, and apps are shown behind a proxy as the page says."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from actors.projects.generators.base import ProjectGenerator
from actors.projects.generators.table import make_project_generators
from actors.projects.tools.base import Tool
from actors.projects.tools.table import make_tools
from app.composition import projects
from app.main import open_server
from app.settings import load_settings
from tests.docs.markdown import blocks, read, section
from tests.docs.support import ended, module_of
from tests.docs.test_operations import TOKEN, passed_on

pytestmark = pytest.mark.real

PAGE = "how-to/add-a-pipeline-or-generator.md"
PROXY = section(read("how-to/run-behind-a-proxy.md"), "4. Show the apps of projects")
BEARER = {"Authorization": f"Bearer {TOKEN}", "Origin": "https://callboard.example"}


@pytest.fixture(autouse=True)
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The generator and the tool of the page are in the tables."""
    generator: ProjectGenerator = module_of(
        PAGE, tmp_path / "prompts.py", "4. Or write a project generator"
    ).PromptsGenerator()
    tool: Tool[Any] = module_of(PAGE, tmp_path / "counting.py", "5. Or write a tool").COUNT_TEXT
    monkeypatch.setattr(
        projects,
        "make_project_generators",
        lambda *parts: {**make_project_generators(*parts), generator.name: generator},
    )
    monkeypatch.setattr(projects, "make_tools", lambda: {**make_tools(), tool.name: tool})


@asynccontextmanager
async def a_project(folder: Path, variables: Mapping[str, str]) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """A client of a server that is configured so, and the path of a project on it that is done."""
    flags = {"data_dir": folder / "data", "port": 0, "bind": ("127.0.0.1",)}
    environment = {"CALLBOARD_GENERATOR": "prompts", "CALLBOARD_PROJECTS_ROOT": str(folder / "projects"), **variables}
    async with (
        open_server(load_settings(environment, flags)) as server,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client,
    ):
        answer = await client.post("/api/generate", json={"prompt": "<b> & co", "name": "Co"})
        assert answer.status_code == 202, answer.text
        status = await ended(client, answer.json()["id"], "/api/projects")
        assert status["state"] == "succeeded", status
        yield client, str(status["links"]["self"])


async def test_the_generator_and_the_tool_keep_the_contract(tmp_path: Path) -> None:
    """A page that runs, told and kept step by step; a follow-up that changes it; failures that are results."""
    async with a_project(tmp_path, {}) as (client, path):
        status = (await client.get(path)).json()
        assert {"model", "cost_usd"} <= status["result"].keys()
        assert status["preview"]["state"] == "running"
        assert status["versions"]["latest"] == "v1"

        assert (await client.post(f"{path}/messages", json={"prompt": "more"})).status_code == 202
        await ended(client, status["id"], "/api/projects")
        page = (await client.get(f"{path}/files/index.html")).text
        assert "<p>&lt;b&gt; &amp; co\n<p>more" in page

        async def count(**wanted: str) -> dict[str, Any]:
            answer = await client.post(f"{path}/tools/count_text", json=wanted)
            assert answer.status_code == 200
            result: dict[str, Any] = answer.json()
            return result

        assert (await count(path="index.html", text="<p>"))["data"]["count"] == 2
        for wrong in ({"path": "../x", "text": "y"}, {"path": "none", "text": "y"}, {"path": "index.html", "text": ""}):
            assert not (await count(**wrong))["ok"]


def exported(text: str) -> list[dict[str, str]]:
    """The variables of each piece of shell."""
    return [dict(re.findall(r"^export (\w+)=(.+)$", block.text, re.MULTILINE)) for block in blocks(text, "sh")]


async def test_apps_are_shown_behind_a_proxy_by_their_domain(tmp_path: Path) -> None:
    """With the key that the preview page is given; the header names the app."""
    [domain] = exported(PROXY)
    with_token = {"CALLBOARD_HOSTS": "callboard.example", "CALLBOARD_TOKEN": TOKEN}
    async with a_project(tmp_path, {**domain, **with_token}) as (client, path):
        assert (await client.get(path)).json()["preview"]["url"].startswith("https://callboard.example/api/projects/")
        name = f"{path.rpartition('/')[2]}.{domain['CALLBOARD_PREVIEW_DOMAIN']}"
        opened = await client.post(f"{path}/preview/open", headers={**passed_on(), **BEARER})
        assert (opened.json()["mode"], opened.json()["url"]) == ("host", f"https://{name}/")

        assert (await client.get("/", headers=passed_on(name))).status_code == 401
        entered = await client.get(opened.json()["enter"].partition(name)[2], headers=passed_on(name))
        shown = {**passed_on(name), "Cookie": entered.headers["set-cookie"].partition(";")[0]}
        answer = await client.get("/", headers=shown)
        assert "&lt;b&gt; &amp; co" in answer.text
        assert "https://callboard.example" in answer.headers["content-security-policy"]


async def test_below_a_path_no_app_is_shown_through_a_proxy(tmp_path: Path) -> None:
    """The page is told what to set, by name; the token itself still opens the app."""
    below = {"CALLBOARD_PREVIEW": "path", "CALLBOARD_HOSTS": "callboard.example", "CALLBOARD_TOKEN": TOKEN}
    async with a_project(tmp_path, below) as (client, path):
        refused = await client.post(f"{path}/preview/open", headers={**passed_on(), **BEARER})
        assert refused.status_code == 409
        assert "preview_domain" in refused.json()["hint"]
        app = f"{path}/preview/app/"
        assert (await client.get(app, headers=passed_on())).status_code == 401
        assert (await client.get(app, headers={**passed_on(), **BEARER})).status_code == 200


async def test_without_a_domain_the_page_says_so(tmp_path: Path) -> None:
    """What to set, by name."""
    with_token = {"CALLBOARD_HOSTS": "callboard.example", "CALLBOARD_TOKEN": TOKEN}
    async with a_project(tmp_path, with_token) as (client, path):
        refused = await client.post(f"{path}/preview/open", headers={**passed_on(), **BEARER})
    assert refused.status_code == 409
    assert "preview_domain" in refused.json()["hint"]
