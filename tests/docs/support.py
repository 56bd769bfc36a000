"""What the tests of the docs share: the modules that pages show, photos to upload, and a job that is at its end."""

import importlib.util
from pathlib import Path
from typing import Any, Optional

import httpx

from tests.docs.markdown import blocks, read, section
from tests.house.project import ROOT
from tests.waiting import until

PHOTOS = ROOT / "client" / "samples" / "mini"


def module_of(page: str, path: Path, title: str = "") -> Any:
    """Make the one piece of Python that a page, or a section of it, shows into a module.

    Args:
        page: In the docs.
        path: Where to write it; its stem is the module's name.
        title: Of the section; the whole page without.
    """
    text = section(read(page), title) if title else read(page)
    (code,) = blocks(text, "python")
    path.write_text(code.text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def form(count: int = 2) -> list[tuple[str, tuple[str, bytes, str]]]:
    """The files of an upload."""
    chosen = sorted(PHOTOS.glob("*.jpg"))[:count]
    return [("images", (path.name, path.read_bytes(), "image/jpeg")) for path in chosen]


async def upload(client: httpx.AsyncClient, engine: str = "simulated", **fields: str) -> dict[str, Any]:
    """Upload photos; what is answered."""
    answer = await client.post("/upload", files=form(), data={"engine": engine, **fields})
    assert answer.status_code == 202, answer.text
    accepted: dict[str, Any] = answer.json()
    return accepted


async def ended(client: httpx.AsyncClient, run_id: str, kind: str = "/jobs") -> dict[str, Any]:
    """Wait for the end of a job, or of a build; its status then."""

    async def over() -> Optional[dict[str, Any]]:
        status: dict[str, Any] = (await client.get(f"{kind}/{run_id}")).json()
        return None if status["state"] in {"queued", "running"} else status

    status: dict[str, Any] = await until(over, 60, f"the end of {run_id}")
    return status
