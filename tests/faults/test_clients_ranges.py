"""Ranges and conditions that mean no good, on files that are there: never more than the file, never an error of ours.

Of what may be answered (RFC 9110, sections 13 and 14) each answer has to be one: the whole, one part as it says itself,
that nothing has changed, or that there is no such part.
"""

import json
from pathlib import Path

import pytest

from tests.app.preview.standin import ONE
from tests.app.preview.standin import open_world as open_previews
from tests.app.served import ended, upload
from tests.faults.clients import exchange
from tests.faults.targets import Target, open_project

pytestmark = pytest.mark.real

SMALL = b"0123456789" * 100
LARGE = bytes(range(251)) * 5000
"""More than is read at once, so that its tag is weak."""

PARTS: tuple[tuple[str, int, int], ...] = (
    ("bytes=0-0", 0, 1),
    ("bytes=5-", 5, 0),
    ("BYTES=1-2", 1, 3),
    ("bytes=-1", -1, 0),
    ("bytes=3-99999999999999999999999", 3, 0),
    (f"bytes=000000000000000000000{'0' * 5000}1-4", 1, 5),
    (f"bytes=1-{'9' * 8000}", 1, 0),
    (f"bytes=-{'9' * 8000}", 0, 0),
)
"""Ranges that are good, where they begin and end: from the end when negative, or to it when 0."""

NOTHING = ("bytes=-0", "bytes=-000", "bytes=99999999-", f"bytes={'9' * 8000}-", f"bytes={'9' * 4000}-{'9' * 4001}")
"""Ranges that hold nothing."""

PASSED_OVER = (
    "bytes=5-1",
    "bytes=-",
    "bytes=",
    "bytes",
    "=0-1",
    "bytes=a-b",
    "bytes=--1",
    "bytes=-1-",
    "bytes=1-2-3",
    "bytes=+1-2",
    "bytes=1.5-2",
    "bytes=0x1-2",
    "bytes=\xb2-\xb3",
    "bytes= 1 - 2",
    "lines=0-1",
    "bytes 0-1",
    "bytes=0-1,3-4",
    "bytes=0-,0-,0-,0-",
    "bytes=0-10,5-15,-1",
    "bytes=" + ",".join("0-" for _ in range(4000)),
    "bytes=" + ",".join(f"{number}-{number}" for number in range(1000)),
)
"""Ranges that are none, of an unknown unit, or several at once, which no answer here has."""

VERSIONS = (
    '"another"',
    'W/"another"',
    "*",
    '"',
    "W/",
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 99 Foo 1994 99:99:99 GMT",
    "x" * 8000,
)
"""What no file here is, as `If-Range`."""

SINCE = ("Sun, 99 Foo 1994 99:99:99 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", "0", "-1", "\xff", "9" * 8000, "")


async def _hurl(target: Target) -> None:
    """Ask in all ways."""
    status, headers, _ = await target.ask()
    assert status == 200
    await _ranges(target)
    await _versions(target, headers["etag"])
    await _conditions(target, headers["etag"])
    await _too_much(target)


async def _ranges(target: Target) -> None:
    for wanted, begin, end in PARTS:
        status, _, body = await target.ask(f"Range: {wanted}")
        assert (status, body) == (206, target.content[begin : end or None]), wanted[:80]
    for wanted in NOTHING:
        assert (await target.ask(f"Range: {wanted}"))[0] == 416, wanted[:80]
    assert (await target.ask(f"Range: bytes={len(target.content)}-"))[0] == 416
    for wanted in PASSED_OVER:
        assert (await target.ask(f"Range: {wanted}"))[0] == 200, wanted[:80]
    for wanted in ("bytes=0-0", "bytes=-0", "bytes=99999999-", "bytes=0-1,3-4", "x"):
        assert (await target.ask(f"Range: {wanted}", method="HEAD"))[0] == 200, wanted


async def _versions(target: Target, tag: str) -> None:
    for version in (*VERSIONS, f"W/{tag}", tag.strip('"')):
        assert (await target.ask("Range: bytes=0-0", f"If-Range: {version}"))[0] == 200, version[:80]
    # A weak tag is good for no part.
    assert (await target.ask("Range: bytes=0-0", f"If-Range: {tag}"))[0] == (200 if tag.startswith("W/") else 206)


async def _conditions(target: Target, tag: str) -> None:
    for known in (tag, f"W/{tag.replace('W/', '')}", "*", f'"a", {tag}', f'W/"b",{tag},'):
        for method in ("GET", "HEAD"):
            got = await target.ask("Range: bytes=99999999-", f"If-None-Match: {known}", method=method)
            assert got[0] == 304, (method, known)
    for known in ('"another"', '""', '"', "W/", "\xff", '"a",' * 3000):
        assert (await target.ask(f"If-None-Match: {known}"))[0] == 200, known[:80]
    for since in SINCE:
        got = await target.ask(f"If-Modified-Since: {since}", f"If-Unmodified-Since: {since}", 'If-None-Match: "x"')
        assert got[0] == 200, since[:80]


async def _too_much(target: Target) -> None:
    """A header of 100 kB: it is too much, of whatever it is."""
    for name in ("Range", "If-Range", "If-None-Match", "If-Modified-Since"):
        answer = await exchange(target.port, target.request(f"{name}: bytes={'0-1,' * 25_000}"))
        assert answer.startswith(b"HTTP/1.1 431 "), (name, answer[:300])
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["status"] == 431


def _without_errors(caplog: pytest.LogCaptureFixture) -> None:
    assert [record.getMessage() for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []


@pytest.mark.slow
async def test_ranges_of_what_the_api_has(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A model, the same by a shared link, and a project's files, a small one and a large one."""
    async with open_project(tmp_path) as (port, client, files, app):
        job = await upload(client)
        await ended(client, job)
        model = (await client.get(f"/jobs/{job}/model")).content
        link = (await client.post(f"/jobs/{job}/share", json={})).json()["path"]
        (app / "small.txt").write_bytes(SMALL)
        (app / "large.bin").write_bytes(LARGE)
        for target in (
            Target(port, f"/jobs/{job}/model", model),
            Target(port, f"{link}/model", model),
            Target(port, f"{files}/small.txt", SMALL),
            Target(port, f"{files}/large.bin", LARGE),
        ):
            await _hurl(target)
        _without_errors(caplog)


async def test_ranges_of_what_an_app_has(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An app that is files alone, at its own address."""
    root = tmp_path / "dist"
    root.mkdir()
    (root / "small.txt").write_bytes(SMALL)
    (root / "large.bin").write_bytes(LARGE)
    async with open_previews(tmp_path) as world:
        world.one.mode, world.one.static_root = "static", root
        for name, content in (("small.txt", SMALL), ("large.bin", LARGE)):
            await _hurl(Target(world.port, f"/{name}", content, f"{ONE}.localhost"))
        _without_errors(caplog)
