"""Looks into a binary glTF before it is published: is it whole, and what is in it.

Reads the header and the JSON chunk only, whose size is bounded; the binary chunk is measured, not read. This is a
check of the container and of what its document claims, not a replacement for the Khronos validator.
"""

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Optional

from actors.jobs.engines.glb import CHUNK, HEADER, MAGIC, VERSION, GlbError

MAX_JSON = 16 * 1024 * 1024
COMPONENT_SIZES = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4}
TYPE_SIZES = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
TRIANGLES = 4


@dataclass(frozen=True)
class GlbInfo:
    """What a file holds.

    Attributes:
        bytes: The size of the file.
        generator: The program that says it made it.
        triangles: Over all meshes.
        vertices: Over all meshes.
        textures: How many images it carries.
        low: The lowest corner of the positions.
        high: The highest corner.
        extras: `asset.extras`.
    """

    bytes: int
    generator: str
    triangles: int
    vertices: int
    textures: int
    low: tuple[float, float, float]
    high: tuple[float, float, float]
    extras: dict[str, Any]


@dataclass(frozen=True)
class Container:
    """The outer structure of a file.

    Attributes:
        document: The JSON chunk.
        binary_offset: Where in the file the binary chunk's content starts.
        binary_length: How long it is.
        size: Of the whole file.
    """

    document: dict[str, Any]
    binary_offset: int
    binary_length: int
    size: int


def _read_chunk_head(file: BinaryIO, kind: bytes, room: int) -> int:
    """The length of the chunk that starts here, which must be of this kind and fit in the file."""
    head = file.read(CHUNK.size)
    if len(head) < CHUNK.size:
        raise GlbError(f"the file ends where its {kind[:4].decode().strip(chr(0))} chunk should begin")
    length, found = CHUNK.unpack(head)
    if found != kind:
        raise GlbError(f"the chunk {kind!r} should come here, {found!r} does")
    if length > room - CHUNK.size:
        raise GlbError(f"the chunk {kind!r} says it has {length} bytes, the file has {max(0, room - CHUNK.size)} left")
    return int(length)


def read_container(path: Path) -> Container:
    """The JSON of a file and the place of its binary chunk.

    Raises:
        GlbError: It is no binary glTF 2.0, or it is damaged; the message says where.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(HEADER.size)
        if len(head) < HEADER.size or head[:4] != MAGIC:
            raise GlbError("this is no binary glTF: it does not begin with 'glTF'")
        _, version, total = HEADER.unpack(head)
        if version != VERSION:
            raise GlbError(f"version {version} of glTF, only version {VERSION} is known")
        if total != size:
            raise GlbError(f"the header says {total} bytes, the file has {size}")
        length = _read_chunk_head(file, b"JSON", size - HEADER.size)
        if length > MAX_JSON:
            raise GlbError(f"its JSON has {length} bytes, {MAX_JSON} are allowed")
        document = _parse(file.read(length))
        binary = _read_chunk_head(file, b"BIN\0", size - file.tell())
        return Container(document, file.tell(), binary, size)


def _parse(text: bytes) -> dict[str, Any]:
    """The JSON chunk as a dictionary."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise GlbError(f"its JSON cannot be read: {error}") from None
    if not isinstance(document, dict):
        raise GlbError("its JSON is not an object")
    return document


def locate(container: Container, number: int) -> tuple[int, int, dict[str, Any]]:
    """Where an accessor's bytes are.

    Returns:
        The offset in the binary chunk, the length in bytes, and the accessor.

    Raises:
        GlbError: It points outside of its view, or the view outside of the buffer.
        KeyError, IndexError, TypeError: The document is not built as glTF says.
    """
    accessor = container.document["accessors"][number]
    view = container.document["bufferViews"][accessor["bufferView"]]
    size = COMPONENT_SIZES[accessor["componentType"]] * TYPE_SIZES[accessor["type"]]
    stride = view.get("byteStride", size)
    start, count = accessor.get("byteOffset", 0), accessor["count"]
    if min(start, view.get("byteOffset", 0)) < 0 or count < 1 or stride < size:
        raise GlbError(f"accessor {number} has an impossible offset, count or stride")
    length = stride * (count - 1) + size
    view_start = view.get("byteOffset", 0)
    if start + length > view["byteLength"] or view_start + view["byteLength"] > container.binary_length:
        raise GlbError(f"accessor {number} reaches outside of the binary chunk")
    return view_start + start, length, accessor


def _corners(accessors: list[dict[str, Any]]) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """The box around all positions, from what the accessors say."""
    lows = [accessor["min"] for accessor in accessors]
    highs = [accessor["max"] for accessor in accessors]
    if not all(math.isfinite(value) for corner in lows + highs for value in corner):
        raise GlbError("its bounds are not finite")
    low = tuple(min(float(corner[axis]) for corner in lows) for axis in range(3))
    high = tuple(max(float(corner[axis]) for corner in highs) for axis in range(3))
    return (low[0], low[1], low[2]), (high[0], high[1], high[2])


def _primitives(container: Container) -> tuple[int, list[dict[str, Any]]]:
    """The number of triangles, and the accessors of the positions, with every accessor of every mesh checked."""
    triangles, positions = 0, []
    for mesh in container.document["meshes"]:
        for primitive in mesh["primitives"]:
            if primitive.get("mode", TRIANGLES) != TRIANGLES:
                raise GlbError("it holds something else than triangles")
            found = {name: locate(container, number)[2] for name, number in primitive["attributes"].items()}
            positions.append(found["POSITION"])
            indices: Optional[int] = primitive.get("indices")
            count = found["POSITION"]["count"] if indices is None else locate(container, indices)[2]["count"]
            triangles += count // 3
    return triangles, positions


def inspect_glb(path: Path) -> GlbInfo:
    """What a file holds, when it is a whole, self-contained binary glTF with at least one triangle.

    Blocks while it reads the document: call it in a thread.

    Raises:
        GlbError: It is not; the message says what is wrong with it.
        OSError: It cannot be read.
    """
    container = read_container(path)
    document = container.document
    try:
        if any("uri" in item for name in ("buffers", "images") for item in document.get(name, [])):
            raise GlbError("it refers to other files")
        triangles, positions = _primitives(container)
        if not triangles:
            raise GlbError("it holds no triangles")
        low, high = _corners(positions)
        return GlbInfo(
            bytes=container.size,
            generator=str(document["asset"].get("generator", "")),
            triangles=triangles,
            vertices=sum(accessor["count"] for accessor in positions),
            textures=len(document.get("images", [])),
            low=low,
            high=high,
            extras=dict(document["asset"].get("extras", {})),
        )
    except (KeyError, IndexError, TypeError, AttributeError, OverflowError) as error:
        raise GlbError(f"its document is not built as glTF says: {type(error).__name__} {error}") from None
