"""Each kind of bad request for a build: its status, what is said of it, and nothing written or sent."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from tests.e2e.builds.rounds import Round, body, open_round
from tests.e2e.test_bad_input import check_problem

_MIB = 1024 * 1024

MISSING = tuple(
    ({name: value for name, value in body("run-1").items() if name != field}, field)
    for field in ("runId", "prompt", "workspaceId")
)
"""Requests without a field, and the field."""

_VALUES: Mapping[str, tuple[Any, ...]] = {
    "runId": (7, None, "", ".", "..", "a/b", "x" * 129, "job-1", ["run-1"]),
    "prompt": (7, None, "", " \n", {}, "a\0b", "\ud800"),
    "workspaceId": (
        7,
        None,
        "",
        ".",
        "..",
        "../x",
        "/etc",
        "a/b",
        "x" * 300,
        "a\nb",
        "a b",
        "\u00e4",
        "linked",
        "file",
    ),
    "workspacePath": (7, "", "x", "../x", "/", "/etc", "/tmp/x", "/a\nb"),
    "assignedPort": (0, -1, 65536, "5000", 5000.5, True, [5000]),
}

WRONG = tuple(({field: value}, field) for field, values in _VALUES.items() for value in values)
"""What is wrong in a request, and the field that is to be named."""


def _inside(root: Path) -> tuple[tuple[dict[str, Any], str], ...]:
    """Paths that are wrong although they begin in the root."""
    paths = (root, root / ".." / "x", root / "linked" / "x", root / "file" / "x", f"{root}-more/x", root / ("x" * 300))
    return tuple(({"workspacePath": str(path)}, "workspacePath") for path in paths)


@contextmanager
def _nothing_written(root: Path, found: Round) -> Iterator[None]:
    """Fail unless the block leaves no trace."""

    def everything() -> list[str]:
        folders = (root, root.parent / "elsewhere", found.server.data / "builds", found.server.data / "uploads")
        return sorted(str(path) for folder in folders for path in folder.rglob("*"))

    before = everything()
    yield
    assert everything() == before
    assert found.server.rows() == {}
    assert found.outside.requests == []


@pytest.mark.real
async def test_each_is_explained_and_leaves_nothing(tmp_path: Path) -> None:
    """By the field that is wrong; and then the right one is taken."""
    root = tmp_path / "workspaces"
    async with open_round(tmp_path) as found:
        (tmp_path / "elsewhere").mkdir()
        (root / "linked").symlink_to(tmp_path / "elsewhere")
        (root / "file").write_bytes(b"")
        with _nothing_written(root, found):
            for sent, field in MISSING:
                await _refused(found, sent, field)
            for wrong, field in (*WRONG, *_inside(root)):
                await _refused(found, {**body("run-1"), **wrong}, field)
            await _bodies(found)
        assert found.crashes() == []
        await found.ask("run-1")
        await found.check("run-1")


async def _refused(found: Round, sent: dict[str, Any], field: str) -> None:
    # Not httpx's own JSON, which refuses halves of characters before they are sent.
    content, headers = json.dumps(sent).encode(), {"Content-Type": "application/json"}
    answer = await found.client.post("/api/build", content=content, headers=headers)
    problem = check_problem(answer, 422, field, name=str(sent)[:200])
    assert field in [error["field"] for error in problem["errors"]], (sent, problem)


async def _bodies(found: Round) -> None:
    """Bodies that are wrong as a whole."""
    headers = {"Content-Type": "application/json"}
    for content, says in ((b"", "not JSON"), (b"{", "not JSON"), (b"[]", "object"), (b"[" * 100_000, "not JSON")):
        answer = await found.client.post("/api/build", content=content, headers=headers)
        check_problem(answer, 422, says, name=str(content[:9]))
    answer = await found.client.post("/api/build", data=body("run-1"))
    check_problem(answer, 415, "application/json")
    answer = await found.client.post("/api/build", json=body("run-1", prompt="x" * (100 * 1024 + 1)))
    assert "prompt" in [error["field"] for error in check_problem(answer, 413, "prompt")["errors"]]
    assert await _post_large(found.server.port, 50 * _MIB) == 413
    assert (await found.client.get("/api/build")).status_code == 405


async def _post_large(port: int, size: int) -> int:
    """Send a large body for as long as the server takes it, and return the status that it is answered with."""
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    head = f"POST /api/build HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    answer = bytearray()

    async def send() -> None:
        try:
            await stream.send_all(f"{head}Content-Length: {size}\r\n\r\n".encode() + b'{"prompt": "')
            for _ in range(size // _MIB):
                await stream.send_all(b"x" * _MIB)
        except trio.BrokenResourceError:
            return

    async with stream, trio.open_nursery() as nursery:
        nursery.start_soon(send)
        with trio.fail_after(20):
            while b"\r\n\r\n" not in answer:
                received = await stream.receive_some()
                assert received, "it was not answered"
                answer += received
        nursery.cancel_scope.cancel()
    return int(answer.split(b" ")[1])
