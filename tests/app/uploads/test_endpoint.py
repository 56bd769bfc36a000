"""The upload, through its ASGI interface: what is taken, what is refused and how, and that nothing is left."""

import errno
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from actors.jobs.imagecheck.checker import CheckedImage
from actors.runtime.errors import Busy, InvalidInput
from app.uploads.endpoint import beside
from app.uploads.upload import UploadLimits
from tests.app.uploads.client import END, Answer, Gone, Piece, Setup, Silence, part, photo, request
from tests.waiting import until


async def test_an_upload_becomes_a_job(tmp_path: Path) -> None:
    """Names are ours, order and content the client's, and the answer says where to go on."""
    setup = Setup(tmp_path)
    big = b"good " + os.urandom(2_000_000)
    body = photo("b.jpg", big) + part("engine", b"pixelmap") + part("seed", b"7") + photo("../../etc/a\x01.jpg")
    body += part("params", b'{"speed": 2.5}') + END
    pieces = [body[at : at + 65536] for at in range(0, len(body), 65536)]
    answer = await request(setup.endpoint, pieces)
    assert answer.status == 202
    assert answer.headers["location"] == "/jobs/job-1"
    assert answer.json == {
        "id": "job-1",
        "state": "queued",
        "engine": "pixelmap",
        "links": {
            "self": "/jobs/job-1",
            "events": "/events/job-1",
            "websocket": "/ws/job-1",
            "model": "/jobs/job-1/model",
            "view": "/jobs/job-1/view",
        },
    }
    (upload,) = setup.accepted
    assert [image.path.name for image in upload.images] == ["0001.jpg", "0002.jpg"]
    assert [image.name for image in upload.images] == ["b.jpg", "a\ufffd.jpg"]
    assert setup.contents == [big, b"good photo"]
    assert upload.size == sum(image.size for image in upload.images) == len(big) + 10
    assert (upload.engine, upload.fields) == ("pixelmap", {"seed": "7", "speed": 2.5})
    assert setup.left == []


async def test_a_form_that_never_begins_is_refused_early(tmp_path: Path) -> None:
    """A body without its boundary is not read to the end of the limit."""
    setup = Setup(tmp_path, UploadLimits(rest_bytes=0))
    answer = await request(setup.endpoint, [b"x" * 60_000] * 100)
    assert answer.status == 422
    assert "does not begin with its boundary" in answer.json["detail"]
    assert answer.taken == 120_000


async def test_draining_ends(tmp_path: Path) -> None:
    """No client is read from for ever: not one that sends much."""
    limits = UploadLimits(files=1, rest_bytes=1_000_000)
    setup = Setup(tmp_path, limits)
    answer = await request(setup.endpoint, [photo() * 2, *[b"x" * 100_000] * 1000])
    assert (answer.status, answer.complete) == (413, True)
    assert answer.taken == pytest.approx(1_000_000, rel=0.2)


async def test_draining_ends_when_nothing_comes(tmp_path: Path, autojump_clock: MockClock) -> None:
    """And not one that sends nothing."""
    setup = Setup(tmp_path)
    answer = await request(setup.endpoint, [photo(), Silence()], headers=[(b"content-type", b"text/plain")])
    assert (answer.status, answer.complete) == (415, True)
    assert trio.current_time() == pytest.approx(UploadLimits().rest_seconds)


@pytest.mark.parametrize("pieces", [[photo() + photo()[:-5], Gone()], [Gone()], [photo(), Gone()]])
async def test_a_client_that_leaves_leaves_nothing(tmp_path: Path, pieces: Sequence[Piece]) -> None:
    """There is nobody to answer."""
    setup = Setup(tmp_path)
    answer = await request(setup.endpoint, pieces)
    assert answer.status == 0
    assert setup.left == []
    assert setup.endpoint.running == 0


async def test_a_client_that_stalls_is_let_go(tmp_path: Path) -> None:
    """With nothing for a while; also with a byte now and then."""
    limits = UploadLimits(idle_seconds=0.05, rest_seconds=0.05)
    setup = Setup(tmp_path, limits)
    answer = await request(setup.endpoint, [photo(), Silence()])
    assert (answer.status, answer.headers["connection"]) == (408, "close")
    assert "stalled" in answer.json["detail"]
    assert setup.left == []


async def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ENOSPC in the middle of a file."""
    setup = Setup(tmp_path, UploadLimits(batch_bytes=1000))
    written: list[int] = []
    write = os.write

    def fail(descriptor: int, data: Any) -> int:
        if len(data) < 1000:
            # Trio wakes itself up through a descriptor of its own.
            return write(descriptor, data)
        if written:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(descriptor)
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", fail)
    body = photo("a.jpg", b"good" * 5000) + END
    answer = await request(setup.endpoint, [body[at : at + 1000] for at in range(0, len(body), 1000)])
    assert answer.status == 507
    assert "no room" in answer.json["detail"]
    assert answer.headers["retry-after"]
    assert written
    assert setup.left == []


async def test_an_upload_that_cannot_fit_is_refused_up_front(tmp_path: Path) -> None:
    """By its Content-Length and the room on the disk."""
    setup = Setup(tmp_path, UploadLimits(total_bytes=1 << 62, rest_bytes=0))
    answer = await request(setup.endpoint, [photo(), END], headers=[(b"content-length", str(1 << 61).encode())])
    assert (answer.status, answer.taken) == (507, 0)


async def test_no_more_uploads_at_once_than_the_limit(tmp_path: Path) -> None:
    """One more is told to come back, and the place is free again afterwards."""
    setup = Setup(tmp_path, UploadLimits(at_once=1))
    async with trio.open_nursery() as nursery:
        pieces: list[Piece] = [photo(), Silence()]
        nursery.start_soon(request, setup.endpoint, pieces)
        await until(lambda: bool(setup.left))
        answer = await request(setup.endpoint, [photo() + END])
        assert (answer.status, answer.headers["retry-after"]) == (503, "2")
        nursery.cancel_scope.cancel()
    assert setup.left == []
    assert (await request(setup.endpoint, [photo() + END])).status == 202


async def test_a_queue_without_room_refuses_before_the_body(tmp_path: Path) -> None:
    """`admit` is asked first."""

    def admit() -> None:
        raise Busy("The queue is full.")

    setup = Setup(tmp_path, UploadLimits(rest_bytes=0), admit=admit)
    answer = await request(setup.endpoint, [photo(), END])
    assert (answer.status, answer.taken) == (503, 0)


async def test_what_the_job_refuses_is_removed(tmp_path: Path) -> None:
    """An unknown engine, a parameter out of range: known at the end, answered like the rest."""
    setup = Setup(tmp_path)
    setup.refusal = InvalidInput("There is no engine 'x'.")
    answer = await request(setup.endpoint, [photo() + END])
    assert (answer.status, answer.json["detail"]) == (422, "There is no engine 'x'.")
    assert "connection" not in answer.headers
    assert setup.left == []


async def test_an_unforeseen_error_leaves_nothing(tmp_path: Path) -> None:
    """It goes up to the edge."""
    setup = Setup(tmp_path)
    setup.refusal = KeyError("bug")
    with pytest.raises(KeyError):
        await request(setup.endpoint, [photo() + END])
    assert setup.left == []


async def test_other_methods_are_refused(tmp_path: Path) -> None:
    """With `Allow`."""
    setup = Setup(tmp_path)
    answer = await request(setup.endpoint, [b""], method="GET")
    assert (answer.status, answer.headers["allow"]) == (405, "OPTIONS, POST")
    assert (await request(setup.endpoint, [b""], method="OPTIONS")).status == 204


async def test_a_bad_photo_ends_the_upload_while_the_next_arrives(tmp_path: Path) -> None:
    """The client need not send the rest to learn that."""
    setup = Setup(tmp_path, UploadLimits(rest_bytes=0))
    answer = Answer()
    with trio.fail_after(5):
        answer = await request(setup.endpoint, [photo("bad.jpg", b"bad"), photo("next.jpg")[:-5], Silence()])
    assert answer.status == 422
    assert answer.json["errors"] == [{"field": "bad.jpg", "problem": "is not an image of a kind that is accepted"}]


async def test_reading_waits_for_the_checks(tmp_path: Path) -> None:
    """What is written and not checked is bounded: the body is pulled no further."""

    class Slow:
        async def check(self, path: Path, name: str) -> CheckedImage:
            await trio.sleep_forever()
            raise AssertionError

        async def check_all(self, photos: Sequence[tuple[Path, str]]) -> Sequence[CheckedImage]:
            return [await self.check(*photo) for photo in photos]

    setup = Setup(tmp_path, UploadLimits(checks_at_once=2), checks=Slow())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request, setup.endpoint, [photo()] * 100)
        await until(lambda: len(list(setup.root.glob("*/*"))) >= 4)
        await wait_all_tasks_blocked(0.02)
        assert len(list(setup.root.glob("*/*"))) == 4
        nursery.cancel_scope.cancel()
    assert setup.left == []


async def test_cancelling_anywhere_leaves_nothing(tmp_path: Path) -> None:
    """Cut at each piece of a body in turn."""
    body = photo() + part("seed", b"1") + photo("b.jpg", b"good" * 100)
    for cut in range(0, len(body), 61):
        setup = Setup(tmp_path / str(cut))
        pieces: list[Piece] = [body[at : at + 61] for at in range(0, cut, 61)]
        with trio.move_on_after(0.02):
            await request(setup.endpoint, [*pieces, Silence()])
        assert setup.left == []
        assert setup.endpoint.running == 0


async def test_the_upload_stands_beside_the_rest(tmp_path: Path) -> None:
    """Only its own path goes to it."""
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    async def photos(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["path"])

    both = beside(app, Setup(tmp_path).endpoint, photos)
    assert (await request(both, [photo() + END])).status == 202
    for scope in (
        {"type": "http", "path": "/uploads"},
        {"type": "http", "path": "/uploads/upload-1/files"},
        {"type": "http", "path": "/uploads/upload-1/files/1"},
        {"type": "websocket", "path": "/upload"},
        {"type": "lifespan"},
    ):
        await both(scope, None, None)  # type: ignore[arg-type]  # neither is used
    assert seen == ["http", "http", "/uploads/upload-1/files/1", "websocket", "lifespan"]
