"""The library under the command: everything that Callboard's API does, from a trio program of one's own.

Run this module to see it work: `python -m client.api` uploads a few random images to the server on this machine, and
prints what happens.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional
from urllib.parse import quote

import httpx
import trio

from client.address import DEFAULT_URL, check_token, parse_address
from client.backoff import Backoff
from client.connection import Endpoint
from client.downloads import Download
from client.downloads import OnProgress as OnDownloadProgress
from client.errors import BadAnswer, ClientError, Unreachable
from client.events import EventsPage, events_page, is_final
from client.exchange import Http, open_http
from client.form import MultipartBody, OnProgress, Part, file_part
from client.images import GeneratedImage, ImageSource
from client.paths import job_path, path_of
from client.projects import ProjectsApi
from client.stream import EventStream, open_events

# The server decodes every photo and waits for the disk before it answers.
_ACCEPT_S = 600.0
_READY_POLL_S = 0.1
JSONObject = dict[str, Any]


@dataclass(frozen=True)
class JobsPage:
    """A part of the list of jobs.

    Attributes:
        jobs: The newest first.
        next: The cursor of the next page, None on the last.
    """

    jobs: tuple[JSONObject, ...]
    next: Optional[str]


class CallboardClient:
    """One server's API; made by `open_client`.

    Every method raises `ClientError` (or one of its kinds) with what failed, why, and what to do.

    Args:
        http: The pool of connections.
        endpoint: For event streams.

    Attributes:
        projects: What there is for projects alone.
    """

    def __init__(self, http: Http, endpoint: Endpoint) -> None:
        self._http = http
        self._endpoint = endpoint
        self.projects = ProjectsApi(http)

    def url(self, path: str) -> str:
        """Return the full address of a path, such as one of an answer's `links`."""
        return self._http.address.to(path)

    async def upload(
        self,
        images: Sequence[ImageSource],
        parameters: Optional[Mapping[str, Any]] = None,
        engine: Optional[str] = None,
        on_progress: Optional[OnProgress] = None,
    ) -> JSONObject:
        """Upload images as a new job.

        Args:
            images: Paths, streamed from disk, or generated images.
            parameters: Of the engine.
            engine: Its name; None for the server's default.
            on_progress: Called with the bytes sent and their total.

        Returns:
            The server's answer: `id`, `state`, `engine`, `links`. The job is then on the server's disk.
        """
        parts = [Part("engine", engine.encode(), len(engine.encode()))] if engine else []
        if parameters:
            encoded = json.dumps(dict(parameters)).encode()
            parts.append(Part("params", encoded, len(encoded)))
        parts += [_image_part(image) for image in images]
        body = MultipartBody(parts, on_progress)
        try:
            answer = await self._http.call(
                "POST", "/upload", "upload the photos", headers=body.headers, content=body, read_s=_ACCEPT_S
            )
        except Unreachable as error:
            raise Unreachable(error.problem, hint=error.hint or _UPLOAD_HINT) from error
        finally:
            body.close()
        if not isinstance(answer.get("id"), str):
            raise BadAnswer(
                "the server accepted the photos and did not say under which id", hint="see `callboard jobs`"
            )
        return answer

    async def status(self, id: str) -> JSONObject:
        """Return what a job, a build or a project is doing."""
        return await self._http.call("GET", path_of(id), f"ask about {id}")

    async def jobs(self, state: Optional[str] = None, limit: int = 50, before: Optional[str] = None) -> JobsPage:
        """Return a page of the list of jobs.

        Args:
            state: Only jobs in this state.
            limit: How many at most.
            before: The cursor of the page, from the one before it.
        """
        wanted = {"state": state, "limit": str(limit), "before": before}
        query = {name: value for name, value in wanted.items() if value is not None}
        answer = await self._http.call("GET", "/jobs", "list the jobs", params=query)
        jobs, cursor = answer.get("jobs"), answer.get("next")
        if not isinstance(jobs, list) or not all(isinstance(job, dict) for job in jobs):
            raise BadAnswer("could not list the jobs: the answer has another shape")
        return JobsPage(tuple(jobs), str(cursor) if isinstance(cursor, (str, int)) else None)

    async def engines(self) -> JSONObject:
        """Return the engines: `default`, and `engines` with each one's availability and parameters."""
        answer = await self._http.call("GET", "/engines", "list the engines")
        engines = answer.get("engines")
        if not isinstance(engines, list) or not all(isinstance(engine, dict) for engine in engines):
            raise BadAnswer("could not list the engines: the answer has another shape")
        return answer

    async def cancel(self, id: str) -> JSONObject:
        """Cancel a job, a build or a project's run that is queued or running, and return its status when it has ended.

        The API has one verb for cancelling and removing; the server is asked never to remove here, since the job may
        end by itself between a look at its state and the request.
        """
        return await self._http.call("DELETE", f"{path_of(id)}?cancel_only=true", f"cancel {id}")

    async def remove(self, id: str) -> None:
        """Remove a finished job and its files, or a finished build's record; what has not finished is refused."""
        status = await self.status(id)
        if not is_final(status.get("state")):
            raise ClientError(
                f"{id} cannot be removed: it is {status.get('state')}",
                hint=f"`callboard cancel {id}` first",
                status=httpx.codes.CONFLICT,
            )
        await self._http.call("DELETE", path_of(id), f"remove {id}")

    async def retry(
        self, id: str, engine: Optional[str] = None, parameters: Optional[Mapping[str, Any]] = None
    ) -> JSONObject:
        """Ask once more for a job or a build that has ended, and return the answer for the new one.

        A job may have another engine, and `parameters` that are to be different; a build's answer has a `runId`.
        """
        wanted = {"engine": engine, "params": dict(parameters) if parameters else None}
        return await self._http.post(f"{path_of(id)}/retry", wanted, f"try {id} again", _ACCEPT_S)

    async def share(self, id: str, seconds: Optional[int] = None) -> JSONObject:
        """Make a link with which anybody sees a job's model: `path`, of this server, and when it `expires`."""
        answer = await self._http.post(f"{job_path(id)}/share", {"seconds": seconds}, f"share {id}")
        if not isinstance(answer.get("path"), str):
            raise BadAnswer(f"could not share {id}: the answer has no link")
        return answer

    async def download(
        self,
        id: str,
        target: Optional[Path] = None,
        on_progress: Optional[OnDownloadProgress] = None,
        backoff: Optional[Backoff] = None,
    ) -> Path:
        """Download a job's model.

        Args:
            id: Of the job.
            target: A file, replaced if it exists; or a folder; None for the working directory. In a folder the name is
                the server's, with a number when it is taken.
            on_progress: Called with the bytes written and their total.
            backoff: Pauses between attempts after a broken connection.

        Returns:
            The file: complete, on disk.
        """
        path = f"{job_path(id)}/model"
        download = Download(self._http, path, target, f"{id}.glb", on_progress, backoff or Backoff())
        return await download.run()

    def events(
        self,
        id: str,
        after: int = 0,
        *,
        backoff: Optional[Backoff] = None,
        on_notice: Optional[Callable[[str], None]] = None,
    ) -> "AbstractAsyncContextManager[EventStream]":
        """Follow a job's events: `async with client.events(id) as events: async for event in events: ...`.

        See `client.stream.open_events` for what is guaranteed.
        """
        return open_events(self._endpoint, id, after, backoff=backoff, on_notice=on_notice)

    async def past_events(self, id: str, after: int = 0) -> EventsPage:
        """Return a page of the events that there were; see `EventsPage`."""
        query = {"after": str(after), "limit": "1000"}
        answer = await self._http.call("GET", f"/events/{quote(id, safe='')}", f"read the events of {id}", params=query)
        return events_page(answer, after)

    async def wait(self, id: str, after: int = 0) -> JSONObject:
        """Wait until a job has ended and return the data of its `end` event: `state`, `reason`, `result`."""
        async with self.events(id, after) as events:
            async for event in events:
                if event.type == "end":
                    return event.data
        raise BadAnswer(f"the events of {id} ended without saying how")

    async def health(self) -> JSONObject:
        """Return the server's word that it is up."""
        return await self._http.call("GET", "/health", "ask for the server's health")

    async def wait_until_up(self, patience_s: float = 30.0) -> None:
        """Wait until the server answers.

        Raises:
            ClientError: It does not, within the patience.
        """
        give_up = trio.current_time() + patience_s
        while True:
            try:
                await self.health()
            except ClientError:
                if trio.current_time() + _READY_POLL_S > give_up:
                    raise
            else:
                return
            await trio.sleep(_READY_POLL_S)


_UPLOAD_HINT = "the server may have refused the upload as too large; try fewer photos, or look at its log"


@asynccontextmanager
async def open_client(url: str = DEFAULT_URL, token: str = "") -> AsyncIterator[CallboardClient]:
    """Open a client.

    Args:
        url: The server's address; `*.localhost` names are this machine.
        token: Its bearer token, when it wants one.

    Yields:
        The client, with a pool of connections that is closed at the end.

    Raises:
        LocalProblem: The address or the token is not one.
    """
    address = parse_address(url)
    async with open_http(address, check_token(token)) as http:
        yield CallboardClient(http, Endpoint(address, token))


def _image_part(image: ImageSource) -> Part:
    """Return the form's part for an image."""
    if isinstance(image, GeneratedImage):
        return Part("images", image.data, len(image.data), image.name, image.media_type)
    return file_part("images", image)


async def _example() -> None:
    """Upload three random images, watch the job, and save its model in the working directory."""
    import random

    from client.images import random_images

    async with open_client() as client:
        photos = random_images(3, random.Random(1))  # noqa: S311 - scenery
        job = await client.upload(photos, {"seed": 1}, engine="simulated")
        async with client.events(job["id"]) as events:
            async for event in events:
                print(event.seq, event.type, event.data)  # noqa: T201 - an example to be watched
        print(await client.download(job["id"]))  # noqa: T201 - as above


if __name__ == "__main__":
    trio.run(_example)
