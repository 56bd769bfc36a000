"""Small binary glTF files, made by hand."""

import io
import json
import struct
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

JSON_CHUNK = 0x4E4F534A
BINARY_CHUNK = 0x004E4942


def container(document: dict[str, Any], binary: bytes) -> bytes:
    """Put a description and its buffer into a `.glb`."""
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    chunks = struct.pack("<II", len(text), JSON_CHUNK) + text + struct.pack("<II", len(binary), BINARY_CHUNK) + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


@dataclass
class Builder:
    """Collects a buffer, and the description of what is in it.

    Attributes:
        document: The glTF JSON; a test may change it before `build`.
        binary: The buffer.
    """

    document: dict[str, Any] = field(default_factory=lambda: {"asset": {"version": "2.0"}})
    binary: bytes = b""

    def add(self, name: str, item: dict[str, Any]) -> int:
        """Add an item to one of the document's lists; gives its index."""
        items = self.document.setdefault(name, [])
        items.append(item)
        return len(items) - 1

    def view(self, data: bytes, **more: Any) -> int:
        """Add bytes as a buffer view."""
        start = len(self.binary)
        self.binary += data + b"\0" * (-len(data) % 4)
        return self.add("bufferViews", {"buffer": 0, "byteOffset": start, "byteLength": len(data), **more})

    def floats(self, rows: list[tuple[float, ...]]) -> int:
        """Add an accessor of vectors."""
        data = b"".join(struct.pack(f"<{len(row)}f", *row) for row in rows)
        width = len(rows[0])
        return self.accessor(self.view(data), 5126, len(rows), f"VEC{width}")

    def accessor(self, view: int, component: int, count: int, kind: str, **more: Any) -> int:
        """Add an accessor."""
        described = {"bufferView": view, "componentType": component, "count": count, "type": kind, **more}
        return self.add("accessors", described)

    def build(self) -> bytes:
        """Give the file."""
        self.document["buffers"] = [{"byteLength": len(self.binary)}]
        return container(self.document, self.binary)


def jpeg() -> bytes:
    """A picture with four colours, so that a turned model looks different."""
    picture = Image.new("RGB", (64, 64))
    for x in range(64):
        for y in range(64):
            picture.putpixel(
                (x, y), ((200, 60, 60), (240, 190, 80), (60, 120, 190), (70, 160, 110))[x // 32 + y // 32 * 2]
            )
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return out.getvalue()


FACES = (
    ((1, 1, 1), (-1, 1, 1), (-1, -1, 1), (1, -1, 1)),
    ((-1, 1, -1), (1, 1, -1), (1, -1, -1), (-1, -1, -1)),
    ((1, 1, -1), (1, 1, 1), (1, -1, 1), (1, -1, -1)),
    ((-1, 1, 1), (-1, 1, -1), (-1, -1, -1), (-1, -1, 1)),
    ((1, 1, -1), (-1, 1, -1), (-1, 1, 1), (1, 1, 1)),
    ((1, -1, 1), (-1, -1, 1), (-1, -1, -1), (1, -1, -1)),
)


def box(*, unlit: bool = True) -> Builder:
    """A textured box of 12 triangles, two metres wide."""
    made = Builder()
    corners = [tuple(map(float, corner)) for face in FACES for corner in face]
    uvs = [(1.0, 0.0), (0.0, 0.0), (0.0, 1.0), (1.0, 1.0)] * len(FACES)
    indices = [base * 4 + corner for base in range(len(FACES)) for corner in (0, 1, 2, 0, 2, 3)]
    attributes = {"POSITION": made.floats(corners), "TEXCOORD_0": made.floats([*uvs])}
    listed = made.accessor(made.view(struct.pack("<36H", *indices)), 5123, 36, "SCALAR")
    made.add("images", {"bufferView": made.view(jpeg()), "mimeType": "image/jpeg"})
    made.add("textures", {"source": 0})
    material: dict[str, Any] = {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}
    if unlit:
        material["extensions"] = {"KHR_materials_unlit": {}}
        made.document["extensionsUsed"] = ["KHR_materials_unlit"]
    made.add("materials", material)
    made.add("meshes", {"primitives": [{"attributes": attributes, "indices": listed, "material": 0}]})
    made.add("nodes", {"mesh": 0})
    made.add("scenes", {"nodes": [0]})
    return made
