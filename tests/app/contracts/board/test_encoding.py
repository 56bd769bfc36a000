"""The board's messages: their shapes, and what they cost."""

import json

import pytest

from actors.board.board import Board
from actors.board.rows import Row
from actors.journal.base import Committed
from app.contracts.board import encoding
from app.contracts.board.models import AliveModel, BoardModel, RowModel, RowsModel
from tests.actors.board.test_rows import snapshot


def put(board: Board, kind: str, **more: object) -> None:
    """Have the board told of a change."""
    values = snapshot(kind, **more)
    board.take(Committed(values["id"], (), values))


async def test_messages_are_as_their_models_say() -> None:
    """Each field is there, and no other."""
    board = Board()
    put(board, "job", engine="simulated", images=3)
    put(board, "build", prompt="a \u2603 \ud83d", id="run/1", pipeline="template")
    put(board, "project", name="hats", created="2026-02-01T00:00:00.000Z", cost_usd=0.5)
    with board.watch() as reader:
        first = json.loads(encoding.encode_batch(await reader.next()))
        board.drop("run/1")
        put(board, "job", state="running")
        second = json.loads(encoding.encode_batch(await reader.next()))
    assert (first["type"], first["complete"], first["removed"]) == ("rows", True, [])
    assert [row["href"] for row in first["rows"]] == ["/api/projects/project-1", "/api/builds/run%2F1", "/jobs/job-1"]
    assert (second["complete"], second["removed"], second["rows"][0]["state"]) == (False, ["run/1"], "running")
    for message in (first, second):
        assert RowsModel.parse_obj(message).dict() == message
    page = json.loads(encoding.encode_page(board.rows))
    assert BoardModel.parse_obj(page).dict() == page
    assert set(page["rows"][0]) == set(RowModel.__fields__)
    assert AliveModel.parse_raw(encoding.ALIVE).type == "alive"


async def test_a_row_is_encoded_once_and_only_for_those_who_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many they are, in step or not; without them it is not even made."""
    encoded: list[object] = []
    made: list[object] = []
    encode, make = encoding._encode, Row.make

    def count(value: object) -> str:
        encoded.extend([value] if isinstance(value, dict) else [])
        return encode(value)

    def count_made(row: Row) -> None:
        made.append(row)
        make(row)

    monkeypatch.setattr(encoding, "_encode", count)
    monkeypatch.setattr(Row, "make", count_made)
    board = Board()
    for percent in range(100):
        put(board, "job", state="running", percent=percent)
    assert (made, encoded) == ([], [])
    with board.watch() as one, board.watch() as two, board.watch() as slow:
        for reader in (one, two):
            encoding.encode_batch(await reader.next())
        put(board, "project", name="hats")
        for reader in (one, two, slow):
            encoding.encode_batch(await reader.next())
        encoding.encode_page(board.rows)
    assert len(encoded) == 2
