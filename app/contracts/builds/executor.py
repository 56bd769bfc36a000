"""Has the orchestrator run commands in a workspace's container, and reads what it answers."""

from collections.abc import Mapping

import httpx
import trio

from actors.builds.outside import ExecRefused, Executed, Line
from app.contracts.builds.answers import Reader, open_reader
from app.contracts.builds.reading import excerpt, post, read_body
from app.contracts.builds.url import SETTING, explain, path_of, status_text

LONGEST = 64 * 1024 * 1024
"""Bytes of an answer that are read; a command that prints more is taken for one that has run wild."""

_HEADERS = {"Accept": "application/x-ndjson, application/json", "Accept-Encoding": "identity"}
_TOO_MANY_REQUESTS = 429
_NOT_IMPLEMENTED = 501


class HttpExecutor:
    """The executor of builds.

    Args:
        client: Shared, with its pool of connections.
        url: Of the orchestrator, as `checked_url` gives it.
    """

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self._client = client
        self._url = url

    async def execute(
        self, workspace_id: str, command: str, *, metrics: str, seconds: float, on_line: Line
    ) -> Executed:
        """Have a command run, and wait for its end where the orchestrator does; see `Executor`.

        A connection that breaks before the end is `ExecRefused` with `retry`, also after a 2xx, when the command may
        have run: most often it ended together with the orchestrator. That is right for what a build runs: an install
        or a build repeated does the same again, and a second start beside a first one finds the port taken and ends,
        while a start that is wrongly taken for done leaves no app at all.

        Raises:
            ExecRefused: No 2xx came, not in time, or not to its end.
        """
        url = path_of(self._url, "workspaces", workspace_id, "exec")
        value = {"command": command, "metrics": metrics}
        with trio.move_on_after(seconds):
            return await self._ask(url, value, on_line)
        raise ExecRefused(
            f"{url} did not come to the end of its answer within {seconds:g} s.",
            hint="See what still runs in the workspace; if the command is only slow, allow it more time.",
            retry=False,
            timed_out=True,
        )

    async def _ask(self, url: str, value: Mapping[str, str], on_line: Line) -> Executed:
        taken = False
        try:
            async with post(self._client, url, value, _HEADERS) as response:
                if not response.is_success:
                    raise _refusal(url, response.status_code, await excerpt(response))
                taken = True
                return await _read(url, response, on_line)
        except httpx.HTTPError as error:
            if taken:
                raise ExecRefused(
                    f"{url} took the command, and its answer was cut off: it may have run, or have ended half-way.",
                    hint="See the orchestrator's log: it may have been restarted.",
                    retry=True,
                ) from error
            raise ExecRefused(
                f"{url} {explain(error)}.",
                hint=f"See whether the orchestrator runs, and what {SETTING} is.",
                retry=True,
            ) from error


async def _read(url: str, response: httpx.Response, on_line: Line) -> Executed:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        return Executed(None)  # not asked for; a 2xx says that it was taken, and the rest cannot be read
    reader = open_reader(response.headers.get("content-type", ""), on_line)
    if not await _feed(response, reader):
        raise ExecRefused(
            f"{url} answered with more than is read of one answer.",
            hint="See why the command prints so much. An orchestrator should stream long output, as NDJSON.",
            retry=False,
        )
    return reader.finish()


async def _feed(response: httpx.Response, reader: Reader) -> bool:
    """Read an answer to where it matters; False when there is too much of it."""
    size = 0

    def take(chunk: bytes) -> bool:
        nonlocal size
        size += len(chunk)
        if size > LONGEST:
            return False
        reader.feed(chunk)
        return not reader.done

    await read_body(response, take)
    return size <= LONGEST and not reader.too_long


def _refusal(url: str, status: int, text: str) -> ExecRefused:
    hint = {
        401: "The orchestrator wants a login; this server sends none.",
        403: "The orchestrator does not let this server run commands.",
        404: f"See whether the workspace is known to the orchestrator, and what {SETTING} is.",
    }.get(status, "See the orchestrator's log.")
    if httpx.codes.is_redirect(status):
        hint = f"Set {SETTING} to where the orchestrator really is."
    return ExecRefused(f"{url} {status_text(status, text)}.", hint=hint, retry=_passes(status))


def _passes(status: int) -> bool:
    """Whether what a status says may be over in a while."""
    return status == _TOO_MANY_REQUESTS or (httpx.codes.is_server_error(status) and status != _NOT_IMPLEMENTED)
