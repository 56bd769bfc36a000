"""The part of the API that is for projects: prompts, files, archives, what was printed."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional
from urllib.parse import quote

import httpx

from client.backoff import Backoff
from client.downloads import Download, OnProgress
from client.errors import BadAnswer, LocalProblem, error_from_answer
from client.exchange import Http, explained, read_bounded
from client.paths import project_path

MAX_ARCHIVE = 2 * 1024**3
"""Bytes of an archive that is taken."""

_ACCEPT_S = 120.0
JSONObject = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """A part of a list.

    Attributes:
        items: In the list's order.
        next: The cursor of the next page, None on the last.
    """

    items: tuple[JSONObject, ...]
    next: Optional[str]


@dataclass(frozen=True)
class Content:
    """One file of a project.

    Attributes:
        media_type: As it was sent.
        data: All of it.
    """

    media_type: str
    data: bytes


class ProjectsApi:
    """What there is for projects alone; every method raises `ClientError`.

    Args:
        http: The pool of connections.
    """

    def __init__(self, http: Http) -> None:
        self._http = http

    async def generate(
        self,
        prompt: str,
        generator: Optional[str] = None,
        name: Optional[str] = None,
        budget: Optional[Mapping[str, Any]] = None,
    ) -> JSONObject:
        """Ask for an app.

        Args:
            prompt: In words.
            generator: Who makes it; None for the server's default.
            name: What the project is called; None has the server choose.
            budget: What it may use: `turns`, `tokens`, `cost_usd`, `seconds`; the server chooses what is not in.

        Returns:
            The server's answer: `id`, `state`, `generator`, `run`, `links`. The request is then on the server's disk.
        """
        asked = {"prompt": prompt, "generator": generator, "name": name, "budget": budget or None}
        return await self._post("/api/generate", asked, "ask for the app")

    async def message(
        self, id: str, prompt: str, generator: Optional[str] = None, budget: Optional[Mapping[str, Any]] = None
    ) -> JSONObject:
        """Ask for a change of a project; the answer is like that of `generate`."""
        asked = {"prompt": prompt, "generator": generator, "budget": budget or None}
        return await self._post(f"{project_path(id)}/messages", asked, f"send a message to {id}")

    async def go_on(
        self, id: str, generator: Optional[str] = None, budget: Optional[Mapping[str, Any]] = None
    ) -> JSONObject:
        """Have a project go on with its last prompt; the answer is like that of `generate`."""
        asked = {"generator": generator, "budget": budget or None}
        return await self._post(f"{project_path(id)}/continue", asked, f"continue {id}")

    async def page(self, state: Optional[str] = None, limit: int = 50, before: Optional[str] = None) -> Page:
        """Return a page of the list of projects, the newest first."""
        query = {"state": state, "limit": str(limit), "before": before}
        return await self._page("/api/projects", "projects", query, "list the projects")

    async def files(self, id: str, after: Optional[str] = None, *, everything: bool = False) -> Page:
        """Return a page of a project's files.

        Args:
            id: Of the project.
            after: The cursor of the page.
            everything: Also what its tools make of its source.
        """
        query = {"after": after, "limit": "1000", "all": "true" if everything else None}
        return await self._page(f"{project_path(id)}/files", "files", query, f"list the files of {id}")

    async def content(self, id: str, path: str) -> Content:
        """Return a file of a project; one that is too large for that can be saved."""
        doing = f"read {path}"
        with explained(self._http.address, doing):
            async with self._http.stream("GET", _file_path(id, path)) as answer:
                body = await read_bounded(answer, doing)
        if answer.status_code != httpx.codes.OK:
            raise error_from_answer(answer.status_code, body, doing)
        return Content(answer.headers.get("Content-Type", ""), body)

    async def save(self, id: str, path: str, target: Path, on_progress: Optional[OnProgress] = None) -> Path:
        """Save a file of a project, of any size.

        Args:
            id: Of the project.
            path: Of the file.
            target: A file, replaced if it exists, or a folder.
            on_progress: Called with the bytes written and their total.
        """
        fallback = path.rpartition("/")[2]
        download = Download(self._http, _file_path(id, path), target, fallback, on_progress, what="the file")
        return await download.run()

    async def archive(self, id: str, target: Path, on_progress: Optional[OnProgress] = None) -> Path:
        """Save what a project is made of as a .zip.

        Args:
            id: Of the project.
            target: A file, replaced if it exists, or a folder.
            on_progress: Called with the bytes written; their total is not known.
        """
        download = Download(
            self._http,
            f"{project_path(id)}/archive",
            target,
            f"{id}.zip",
            on_progress,
            Backoff(patience_s=30.0),
            what="the archive",
            most=MAX_ARCHIVE,
        )
        return await download.run()

    async def log(self, id: str, after: int = 0) -> JSONObject:
        """Return what was printed in a project beyond an offset: `lines` and the `next` offset."""
        doing = f"read what {id} printed"
        answer = await self._http.call("GET", f"{project_path(id)}/log", doing, params={"after": str(after)})
        lines = answer.get("lines")
        if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
            raise _other_shape(doing)
        if type(answer.get("next")) is not int:
            raise _other_shape(doing)
        return answer

    async def remove(self, id: str) -> None:
        """Cancel what goes on in a project, and remove it with all that it has."""
        await self._http.call("DELETE", project_path(id), f"remove {id}", read_s=_ACCEPT_S)

    async def _post(self, path: str, value: Mapping[str, Any], doing: str) -> JSONObject:
        """Post what is not None of an object; the answer has an id."""
        answer = await self._http.post(path, value, doing, read_s=_ACCEPT_S)
        if not isinstance(answer.get("id"), str):
            raise BadAnswer(
                f"could not {doing}: the server did not say under which id", hint="see `callboard projects`"
            )
        return answer

    async def _page(self, path: str, name: str, query: Mapping[str, Optional[str]], doing: str) -> Page:
        """Return a page of a list."""
        params = {key: value for key, value in query.items() if value is not None}
        answer = await self._http.call("GET", path, doing, params=params)
        items, cursor = answer.get(name), answer.get("next")
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise _other_shape(doing)
        return Page(tuple(items), str(cursor) if isinstance(cursor, (str, int)) else None)


def _file_path(id: str, path: str) -> str:
    """Return the path of a file: its parts stay parts, whatever is in them.

    Raises:
        LocalProblem: It climbs, and what sends requests would resolve that before the server sees it.
    """
    if any(part in {"", ".", ".."} for part in path.split("/")):
        raise LocalProblem(f"{path!r} is not the path of a file", hint=f"see `callboard files {id}`")
    return f"{project_path(id)}/files/{quote(path, safe='/')}"


def _other_shape(doing: str) -> BadAnswer:
    """Return the error for an answer that is JSON, and not what was asked for."""
    return BadAnswer(f"could not {doing}: the answer has another shape")
