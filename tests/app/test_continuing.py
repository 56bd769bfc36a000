"""A server whose projects are cancelled, pause and go on: what was made, and what runs, stays."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Optional

import pytest
import trio

from actors.generators.base import GeneratorPaused
from actors.processes.sandbox.confinement import Level
from actors.projects.generators.base import Order, Tell, Toolbox, Usage
from actors.runtime.availability import Availability
from app.composition import projects
from tests.app.served import serving
from tests.waiting import until

pytestmark = pytest.mark.real


class Wavering:
    """A generator that starts an app, and then waits, or pauses when it has used its turns."""

    name = "wavering"
    title = "Stops now and then"
    resumable = False
    needs = Level.L0

    def availability(self) -> Availability:
        """Always."""
        return Availability(available=True)

    async def generate(self, order: Order, toolbox: Toolbox, tell: Tell) -> Mapping[str, Any]:
        """Make a page once, and use a turn."""
        if not order.continues:
            assert (await toolbox.call("write_file", {"path": "index.html", "content": "<p>one"})).ok
            assert (await toolbox.call("start_dev_server", {})).ok
        if order.prompt == "wait" and not order.continues:
            await trio.sleep_forever()
        if order.usage["turns"] >= order.budget.get("turns", 9):
            raise GeneratorPaused("All turns were used.", code="budget_reached", hint="Raise the budget.")
        tell(Usage(1, 1, 0.5, "some-model", turns=1))
        if order.prompt == "pause" and order.usage["turns"] == 0:
            raise GeneratorPaused("One turn was used.", code="turn_limit", hint="Continue it.")
        return {"title": "One"}


@pytest.mark.parametrize(("prompt", "how"), [("wait", "cancelled"), ("pause", "paused")])
async def test_it_stays_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prompt: str, how: str) -> None:
    """After a cancel, and after a pause: files, versions, and the app, which runs on."""
    monkeypatch.setattr(projects, "make_project_generators", lambda *_: {"template": Wavering()})
    folders = {"projects_root": tmp_path / "projects", "workspaces_root": tmp_path / "workspaces"}
    async with serving(tmp_path / "data", **folders) as (_, client):

        async def status() -> dict[str, Any]:
            answer = await client.get(links["self"])
            found: dict[str, Any] = answer.json()
            return found

        async def becomes(**wanted: str) -> dict[str, Any]:
            async def so() -> Optional[dict[str, Any]]:
                found = await status()
                shown = {"state": found["state"], "preview": found["preview"]["state"]}
                return found if shown.items() >= wanted.items() else None

            found: dict[str, Any] = await until(so, 20, str(wanted))
            return found

        answer = await client.post("/api/generate", json={"prompt": prompt, "budget": {"turns": 1}})
        links = answer.json()["links"]
        if how == "cancelled":
            await becomes(preview="running")
            assert (await client.post(links["continue"])).status_code == 409
            assert (await client.delete(links["self"], params={"cancel_only": "true"})).status_code == 200
        left = await becomes(state=how)
        assert (left["preview"]["state"], left["versions"]["latest"]) == ("running", "v1")
        assert (await client.get(f"{links['files']}/index.html")).text == "<p>one"
        listed = (await client.get("/api/projects", params={"state": how})).json()["projects"]
        assert [one["id"] for one in listed] == [left["id"]]

        more = {"budget": {"turns": 2, "cost_usd": 3}}
        answer = await client.post(links["continue"], json=more)
        assert (answer.status_code, answer.json()["run"]) == (202, 2)
        done = await becomes(state="succeeded")
        assert (done["preview"]["state"], done["budget"]) == ("running", {"turns": 2, "cost_usd": 3.0})
        assert (done["prompt"], done["run"], done["versions"]["latest"]) == (prompt, 2, "v1")
        assert done["usage"]["turns"] == (1 if how == "cancelled" else 2)
        assert (await client.post(links["continue"])).status_code == 409
