"""The writer and the inspector of binary glTF."""

import json
import struct
from pathlib import Path
from typing import Any, Callable

import pytest

from actors.jobs.engines.glb import GlbError, Mesh, encode_glb, pack, write_glb
from actors.jobs.engines.glb_inspect import inspect_glb
from tests.validator.khronos import assert_valid

SQUARE = Mesh(
    positions=pack([0, 0, 0, 1, 0, 0, 1, 2, 0, 0, 2, 0]),
    normals=pack([0, 0, 1] * 4),
    colours=pack([255, 0, 0, 255] * 4, "B"),
    indices=pack([0, 1, 2, 0, 2, 3], "I"),
)


def test_a_written_mesh_is_valid_and_found_again(tmp_path: Path) -> None:
    """What is written is what the inspector finds, and the Khronos validator has nothing to say."""
    path = tmp_path / "square.glb"
    size = write_glb(path, SQUARE, {"simulated": True})
    info = inspect_glb(path)
    assert (info.bytes, info.triangles, info.vertices, info.textures) == (size, 2, 4, 0)
    assert (info.low, info.high) == ((0, 0, 0), (1, 2, 0))
    assert info.extras == {"simulated": True}
    assert_valid(path)


def test_the_same_mesh_gives_the_same_bytes() -> None:
    """Nothing of the time or the machine is in the file."""
    assert encode_glb(SQUARE) == encode_glb(SQUARE)


@pytest.mark.parametrize(
    ("mesh", "problem"),
    [
        (Mesh(b"", b""), "needs triangles"),
        (Mesh(SQUARE.positions, pack([0, 1, 4], "I")), "vertex 4"),
        (Mesh(SQUARE.positions, SQUARE.indices, normals=b"1234"), "normals hold 4 bytes"),
        (Mesh(SQUARE.positions + b"1", SQUARE.indices), "positions hold"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(mesh: Mesh, problem: str) -> None:
    """The message says which array."""
    with pytest.raises(GlbError, match=problem):
        encode_glb(mesh)


def test_a_failed_write_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old file stays whole, and no temporary one is left."""
    path = tmp_path / "square.glb"
    write_glb(path, SQUARE)
    before = path.read_bytes()

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_glb(path, SQUARE, {"other": 1})
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["square.glb"]


def _rebuilt(change: Callable[[dict[str, Any]], None]) -> bytes:
    """The square with a changed document."""
    whole = encode_glb(SQUARE)
    length = struct.unpack_from("<I", whole, 12)[0]
    document = json.loads(whole[20 : 20 + length])
    change(document)
    text = json.dumps(document).encode()
    rest = whole[20 + length :]
    return struct.pack("<4sIII4s", b"glTF", 2, 20 + len(text) + len(rest), len(text), b"JSON") + text + rest


def _far_count(document: dict[str, Any]) -> None:
    document["accessors"][0]["count"] = 10**12


def _long_view(document: dict[str, Any]) -> None:
    document["bufferViews"][0]["byteLength"] = 10**9


def _negative_offset(document: dict[str, Any]) -> None:
    document["accessors"][0]["byteOffset"] = -4


def _foreign_image(document: dict[str, Any]) -> None:
    document["images"] = [{"uri": "file:///etc/passwd"}]


def _points(document: dict[str, Any]) -> None:
    document["meshes"][0]["primitives"][0]["mode"] = 0


def _no_triangles(document: dict[str, Any]) -> None:
    document["meshes"] = []


def _odd_bounds(document: dict[str, Any]) -> None:
    document["accessors"][0]["max"] = ["x", None, 1]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "no binary glTF"),
        (b"PNG" * 20, "no binary glTF"),
        (struct.pack("<4sII", b"glTF", 1, 12), "version 1"),
        (struct.pack("<4sII", b"glTF", 2, 12), "ends where its JSON"),
        (encode_glb(SQUARE)[:-1], "header says"),
        (struct.pack("<4sIII4s", b"glTF", 2, 20, 2**31, b"JSON"), "says it has 2147483648 bytes"),
        (struct.pack("<4sIII4s", b"glTF", 2, 24, 4, b"JSON") + b"[[[[", "cannot be read"),
        (_rebuilt(_far_count), "outside"),
        (_rebuilt(_long_view), "outside"),
        (_rebuilt(_negative_offset), "impossible"),
        (_rebuilt(_foreign_image), "other files"),
        (_rebuilt(_points), "else than triangles"),
        (_rebuilt(_no_triangles), "no triangles|not built"),
        (_rebuilt(_odd_bounds), "not built"),
        (_rebuilt(dict.clear), "not built"),
    ],
)
def test_a_damaged_file_is_refused_with_the_reason(content: bytes, problem: str, tmp_path: Path) -> None:
    """Whatever the bytes, the answer is a `GlbError` that says what is wrong."""
    path = tmp_path / "damaged.glb"
    path.write_bytes(content)
    with pytest.raises(GlbError, match=problem):
        inspect_glb(path)
