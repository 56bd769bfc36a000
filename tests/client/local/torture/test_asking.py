"""Requests to a server that may die: an answer, none, or a violation where the server itself failed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import trio

from client.local.torture.asking import Asking, open_asking
from client.local.torture.folder import Folder
from client.local.torture.followers import EventReader
from client.local.torture.ledger import Ledger, Upload
from client.local.torture.uploads import look_at_uploads
from client.local.torture.violation import Violation
from client.selftest.http import Reply, Request, serve_connection

pytestmark = pytest.mark.real


@asynccontextmanager
async def asking(*replies: Reply) -> AsyncIterator[Asking]:
    """A way to a server that gives these answers, and then the last one again and again."""
    left = list(replies)

    async def respond(_: Request) -> Reply:
        await trio.lowlevel.checkpoint()
        return left.pop(0) if len(left) > 1 else left[0]

    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, partial(serve_connection, respond=respond), listeners)
        async with open_asking(int(listeners[0].socket.getsockname()[1])) as found:
            yield found
        nursery.cancel_scope.cancel()


async def test_what_is_answered() -> None:
    """Accepted, refused as may happen, or nothing: nobody knows what became of it then."""
    async with asking(Reply(202, {"id": "job-1"}), Reply(409, {}), Reply(0)) as here:
        answer = await here.ask("POST", "/upload", {})
        assert (answer.accepted, answer.lost, answer.id) == (True, False, "job-1")
        answer = await here.ask("POST", "/upload", {})
        assert (answer.accepted, answer.lost) == (False, False)
        assert (await here.ask("POST", "/upload", {})).lost
        with pytest.raises(Violation, match="answered by nobody"):
            await here.need("/jobs")


@pytest.mark.parametrize("status", [400, 422, 500])
async def test_what_a_server_must_not_answer(status: int) -> None:
    """A bug of its own, or that it does not understand what is right."""
    async with asking(Reply(status, {"detail": "why"})) as here:
        with pytest.raises(Violation, match=f"GET /jobs was answered {status}: .*why"):
            await here.ask("GET", "/jobs")


async def test_an_upload_that_is_lost_is_found(tmp_path: Path) -> None:
    """As a whole, or a photo of it, or one that is there although it was removed."""
    whole = {"id": "upload-1", "files": [{"number": 1, "name": "a.jpg"}], "job": None}

    async def found(upload: Upload, *replies: Reply) -> str:
        async with asking(*replies) as here:
            try:
                await look_at_uploads(here, Ledger(uploads={upload.id: upload}), Folder(tmp_path), 1)
            except Violation as error:
                return error.problem
        return ""

    assert await found(Upload("upload-1", 1, photos={1: "a.jpg"}), Reply(200, whole)) == ""
    assert "not there any more" in await found(Upload("upload-1", 1), Reply(404))
    assert "photo 2 was accepted" in await found(Upload("upload-1", 1, photos={1: "a.jpg", 2: "b"}), Reply(200, whole))
    assert "is there again" in await found(Upload("upload-1", 1, leaving=True, gone=True), Reply(200, whole))
    became = Reply(200, {**whole, "job": "job-1"})
    again = Upload("upload-1", 1, finishing=True)
    assert "it had become job-1" in await found(again, became, Reply(202, {"id": "job-2"}))


def test_server_sent_events_are_read_in_any_pieces() -> None:
    """The data of each event, once it is complete; comments are none."""
    text = b': quiet\n\nid: 1\nevent: state\ndata: {"seq": 1}\n\ndata: {"seq": 2}\n\n'
    for size in (1, 7, len(text)):
        reader = EventReader()
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        assert [found for piece in pieces for found in reader.feed(piece)] == ['{"seq": 1}', '{"seq": 2}']
