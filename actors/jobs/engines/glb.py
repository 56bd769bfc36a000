"""Binary glTF, written and checked with the standard library alone.

The format: Khronos glTF 2.0 specification, section 4 "GLB File Format Specification" (the container: a header, a JSON
chunk, a binary chunk) and section 3 (the document). The writer makes the one kind of file that an engine here needs:
one mesh of triangles, everything inside. The same input gives the same bytes.
"""

import json
import os
import struct
import sys
import tempfile
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

GENERATOR = "callboard"
MAGIC = b"glTF"
VERSION = 2
HEADER = struct.Struct("<4sII")
CHUNK = struct.Struct("<I4s")
FLOAT, UNSIGNED_BYTE, UNSIGNED_INT = 5126, 5121, 5125
VERTEX_BUFFER, INDEX_BUFFER = 34962, 34963
LINEAR, LINEAR_MIPMAPS, CLAMP = 9729, 9987, 33071
NO_BOUNDS = "an empty mesh has no bounds"


class GlbError(ValueError):
    """A mesh that cannot be written; the message says why."""


@dataclass(frozen=True)
class Mesh:
    """Triangles as packed little-endian bytes, ready for the binary chunk.

    Attributes:
        positions: float32, three a vertex.
        indices: uint32, three a triangle.
        normals: float32, three a vertex, each of unit length.
        colours: uint8 RGBA, four a vertex, linear.
        texcoords: float32, two a vertex, the origin at the top left.
        jpeg: The base colour texture, a JPEG file.
        unlit: Show the colours as they are: a photo already has its light in it.
    """

    positions: bytes
    indices: bytes
    normals: Optional[bytes] = None
    colours: Optional[bytes] = None
    texcoords: Optional[bytes] = None
    jpeg: Optional[bytes] = None
    unlit: bool = False

    @property
    def vertices(self) -> int:
        """How many vertices there are."""
        return len(self.positions) // 12

    @property
    def triangles(self) -> int:
        """How many triangles there are."""
        return len(self.indices) // 12


def pack(values: Sequence[float], typecode: str = "f") -> bytes:
    """Numbers as little-endian bytes.

    Args:
        values: The numbers, flat.
        typecode: As in `array`: `f` float32, `I` uint32, `B` uint8.
    """
    packed = array(typecode, values)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def bounds_of(positions: bytes) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """The lowest and the highest corner of packed positions, exactly as float32 holds them."""
    values = array("f", positions)
    if sys.byteorder == "big":
        values.byteswap()
    if not values:
        raise GlbError(NO_BOUNDS)
    x, y, z = values[0::3], values[1::3], values[2::3]
    return (min(x), min(y), min(z)), (max(x), max(y), max(z))


@dataclass
class _Buffers:
    """The binary chunk as it grows, with the views and accessors that point into it."""

    data: bytearray = field(default_factory=bytearray)
    views: list[dict[str, Any]] = field(default_factory=list)
    accessors: list[dict[str, Any]] = field(default_factory=list)

    def add_view(self, content: bytes, target: Optional[int] = None) -> int:
        """Append bytes, padded to four, and return the number of their view."""
        view: dict[str, Any] = {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(content)}
        if target is not None:
            view["target"] = target
        self.data += content + bytes(-len(content) % 4)
        self.views.append(view)
        return len(self.views) - 1

    def add_accessor(self, content: bytes, kind: str, component: int, target: int = VERTEX_BUFFER) -> int:
        """Append an array and return the number of its accessor."""
        size = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}[kind] * (1 if component == UNSIGNED_BYTE else 4)
        accessor: dict[str, Any] = {
            "bufferView": self.add_view(content, target),
            "componentType": component,
            "count": len(content) // size,
            "type": kind,
        }
        if component == UNSIGNED_BYTE:
            accessor["normalized"] = True
        self.accessors.append(accessor)
        return len(self.accessors) - 1


def _check(mesh: Mesh) -> None:
    """Refuse a mesh whose arrays do not fit each other."""
    count = mesh.vertices
    if not count or not mesh.triangles:
        raise GlbError(f"a mesh needs triangles: this one has {count} vertices and {mesh.triangles} triangles")
    expected = {
        "positions": (mesh.positions, 12 * count),
        "indices": (mesh.indices, 12 * mesh.triangles),
        "normals": (mesh.normals, 12 * count),
        "colours": (mesh.colours, 4 * count),
        "texcoords": (mesh.texcoords, 8 * count),
    }
    for name, (content, size) in expected.items():
        if content is not None and len(content) != size:
            raise GlbError(f"{name} hold {len(content)} bytes, {size} are needed for {count} vertices")
    highest = max(memoryview(mesh.indices).cast("I")) if sys.byteorder == "little" else 0
    if highest >= count:
        raise GlbError(f"an index says vertex {highest}, there are {count}")


def _attributes(mesh: Mesh, buffers: _Buffers) -> dict[str, int]:
    """Put the vertex arrays into the buffers and name their accessors."""
    attributes = {"POSITION": buffers.add_accessor(mesh.positions, "VEC3", FLOAT)}
    low, high = bounds_of(mesh.positions)
    buffers.accessors[attributes["POSITION"]].update(min=list(low), max=list(high))
    if mesh.normals is not None:
        attributes["NORMAL"] = buffers.add_accessor(mesh.normals, "VEC3", FLOAT)
    if mesh.texcoords is not None:
        attributes["TEXCOORD_0"] = buffers.add_accessor(mesh.texcoords, "VEC2", FLOAT)
    if mesh.colours is not None:
        attributes["COLOR_0"] = buffers.add_accessor(mesh.colours, "VEC4", UNSIGNED_BYTE)
    return attributes


def _document(mesh: Mesh, buffers: _Buffers, extras: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of the file; fills the buffers on the way."""
    surface: dict[str, Any] = {"metallicFactor": 0, "roughnessFactor": 0.9}
    material: dict[str, Any] = {"pbrMetallicRoughness": surface}
    primitive = {
        "attributes": _attributes(mesh, buffers),
        "indices": buffers.add_accessor(mesh.indices, "SCALAR", UNSIGNED_INT, INDEX_BUFFER),
        "material": 0,
    }
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": GENERATOR, **({"extras": dict(extras)} if extras else {})},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [primitive]}],
        "materials": [material],
    }
    if mesh.jpeg is not None:
        surface["baseColorTexture"] = {"index": 0}
        document["textures"] = [{"sampler": 0, "source": 0}]
        document["samplers"] = [
            {"magFilter": LINEAR, "minFilter": LINEAR_MIPMAPS, "wrapS": CLAMP, "wrapT": CLAMP},
        ]
        document["images"] = [{"bufferView": buffers.add_view(mesh.jpeg), "mimeType": "image/jpeg"}]
    if mesh.unlit:
        # A surface out of photos is open at its edges: both sides of it are worth seeing.
        material.update(doubleSided=True, extensions={"KHR_materials_unlit": {}})
        document["extensionsUsed"] = ["KHR_materials_unlit"]
    document["accessors"] = buffers.accessors
    document["bufferViews"] = buffers.views
    document["buffers"] = [{"byteLength": len(buffers.data)}]
    return document


def encode_glb(mesh: Mesh, extras: Optional[Mapping[str, Any]] = None) -> bytes:
    """The file as bytes.

    Args:
        mesh: What it shows.
        extras: JSON facts for `asset.extras`, where a program that opens the file finds them.

    Raises:
        GlbError: The arrays of the mesh do not fit each other.
    """
    _check(mesh)
    buffers = _Buffers()
    text = json.dumps(_document(mesh, buffers, extras or {}), separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    total = HEADER.size + 2 * CHUNK.size + len(text) + len(buffers.data)
    return b"".join(
        (
            HEADER.pack(MAGIC, VERSION, total),
            CHUNK.pack(len(text), b"JSON"),
            text,
            CHUNK.pack(len(buffers.data), b"BIN\0"),
            bytes(buffers.data),
        )
    )


def write_glb(path: Path, mesh: Mesh, extras: Optional[Mapping[str, Any]] = None) -> int:
    """Write the file so that it is whole or absent, whatever happens, and return its size in bytes.

    Blocks for two fsyncs: call it in a thread.

    Raises:
        GlbError: The arrays of the mesh do not fit each other.
        OSError: The disk did not take it; nothing is left beside the target.
    """
    content = encode_glb(mesh, extras)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return len(content)
