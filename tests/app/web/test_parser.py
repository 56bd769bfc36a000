"""The page's reader of binary glTF, in the browser that it runs in."""

import base64
import json
import struct
from collections.abc import Callable
from typing import Any

import pytest

from tests.app.web.browser import Tab
from tests.app.web.samples import Builder, box, container
from tests.app.web.standin import StandIn

pytestmark = pytest.mark.real

READ = """(async () => {
  const { readModel } = await import("/assets/model.js");
  const { ModelError } = await import("/assets/glb.js");
  const bytes = Uint8Array.from(atob(%s), (character) => character.charCodeAt(0));
  try {
    const { parts, images, frame, triangles } = readModel(bytes.buffer);
    const numbers = (values) => values && [...values].map((value) => Math.round(value * 1000) / 1000);
    return { triangles, frame, images: [...images].map(([index, blob]) => [index, blob.type, blob.size]),
      parts: parts.map((part) => ({ ...part, positions: numbers(part.positions), normals: numbers(part.normals),
        colors: numbers(part.colors), uvs: numbers(part.uvs), indices: part.indices && [...part.indices] })) };
  } catch (error) {
    if (error instanceof ModelError) return { problem: error.message };
    throw error;
  }
})()"""


@pytest.fixture
async def read(tab: Tab, world: StandIn) -> Callable[[bytes], Any]:
    """A function that lets the page's own module read a file."""
    await tab.goto(f"{world.url}/assets/icon.svg")
    await tab.until(f"location.origin === {json.dumps(world.url)}")

    async def read(data: bytes) -> Any:
        return await tab.evaluate(READ % json.dumps(base64.b64encode(data).decode()))

    return read


def triangle(**node: Any) -> Builder:
    """One triangle, placed by a node."""
    made = Builder()
    attributes = {"POSITION": made.floats([(0, 0, 0), (1, 0, 0), (0, 1, 0)])}
    made.add("meshes", {"primitives": [{"attributes": attributes}]})
    made.add("nodes", {"mesh": 0, **node})
    made.add("scenes", {"nodes": [0]})
    return made


async def test_reads_a_textured_box(read: Callable[[bytes], Any]) -> None:
    """Positions, coordinates, indices, material and image arrive as they were written."""
    made = await read(box().build())
    assert made["triangles"] == 12
    assert made["frame"]["low"] == [-1, -1, -1]
    assert made["frame"]["high"] == [1, 1, 1]
    [part] = made["parts"]
    assert part["positions"][:6] == [1, 1, 1, -1, 1, 1]
    assert part["uvs"][:4] == [1, 0, 0, 0]
    assert part["indices"][:6] == [0, 1, 2, 0, 2, 3]
    assert part["material"]["unlit"] is True
    assert part["material"]["texture"]["image"] == 0
    assert made["images"][0][1] == "image/jpeg"


async def test_places_nodes_by_their_tree(read: Callable[[bytes], Any]) -> None:
    """A child is scaled, turned and moved, then its parent's matrix applies; a mirror is noticed."""
    half = 0.5**0.5
    made = triangle(translation=[1, 2, 3], rotation=[0, 0, half, half], scale=[2, 2, 2])
    mirror = [-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    made.document["scenes"][0]["nodes"] = [made.add("nodes", {"matrix": mirror, "children": [0]})]
    [part] = (await read(made.build()))["parts"]
    assert part["positions"] == [-1, 2, 3, -1, 4, 3, 1, 2, 3]
    assert part["mirrored"] is True


async def test_reads_interleaved_and_normalised_numbers(read: Callable[[bytes], Any]) -> None:
    """Positions and colours that share a view, colours as bytes; indices as bytes and as words."""
    for component, code in ((5121, "B"), (5123, "H"), (5125, "I")):
        made = Builder()
        rows = [(0, 0, 0, 255, 0, 0, 0), (1, 0, 0, 0, 255, 0, 0), (0, 1, 0, 0, 0, 51, 0)]
        view = made.view(b"".join(struct.pack("<3f4B", *row) for row in rows), byteStride=16)
        position = made.accessor(view, 5126, 3, "VEC3")
        color = made.accessor(view, 5121, 3, "VEC3", byteOffset=12, normalized=True)
        listed = made.accessor(made.view(struct.pack(f"<3{code}", 2, 1, 0)), component, 3, "SCALAR")
        attributes = {"POSITION": position, "COLOR_0": color}
        made.add("meshes", {"primitives": [{"attributes": attributes, "indices": listed}]})
        made.add("nodes", {"mesh": 0})
        made.add("scenes", {"nodes": [0]})
        [part] = (await read(made.build()))["parts"]
        assert part["positions"] == [0, 0, 0, 1, 0, 0, 0, 1, 0]
        assert part["colors"] == [1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0.2, 1]
        assert part["indices"] == [2, 1, 0]


def _changed(change: Callable[[dict[str, Any]], Any]) -> bytes:
    made = box()
    made.build()
    change(made.document)
    return made.build()


DAMAGED = [
    (b"", "not a binary glTF"),
    (b"PK\x03\x04" + b"\0" * 40, "not a binary glTF"),
    (struct.pack("<4sII", b"glTF", 1, 12), "version 1"),
    (box().build()[:-20], "cut short"),
    (struct.pack("<4sII", b"glTF", 2, 12), "no JSON chunk"),
    (struct.pack("<4sIIII", b"glTF", 2, 20, 400, 0x4E4F534A), "chunk runs past"),
    (container({}, b"").replace(b"{}", b"{!"), "JSON chunk cannot be read"),
    (container({"asset": {}}, b""), "scenes[0]"),
    (container({"scenes": [{"nodes": []}]}, b""), "nothing to show"),
    (_changed(lambda d: d.update(extensionsRequired=["KHR_draco_mesh_compression"])), "KHR_draco_mesh_compression"),
    (_changed(lambda d: d["nodes"][0].update(children=[0])), "tree"),
    (_changed(lambda d: d["accessors"][0].update(count=10**6)), "outside of its data"),
    (_changed(lambda d: d["accessors"][0].update(count=-1)), "impossible count"),
    (_changed(lambda d: d["bufferViews"][0].update(byteLength=10**9)), "outside of the file"),
    (_changed(lambda d: d["bufferViews"][0].update(buffer=1)), "outside of its own buffer"),
    (_changed(lambda d: d["accessors"][0].update(sparse={})), "sparse"),
    (_changed(lambda d: d["accessors"][2].update(componentType=5126)), "not a list of indices"),
    (_changed(lambda d: d["meshes"][0]["primitives"][0].update(mode=1)), "not made of triangles"),
    (_changed(lambda d: d["meshes"][0]["primitives"][0]["attributes"].pop("POSITION")), "accessors[undefined]"),
    (_changed(lambda d: d["meshes"][0].update(primitives=7)), "does not make sense"),
    (_changed(lambda d: d["nodes"][0].update(matrix=["a"])), "placed nowhere"),
    (_changed(lambda d: d["images"].__setitem__(0, {"uri": "https://example.org/a.png"})), "outside of the file"),
]


async def test_says_what_is_wrong_with_a_damaged_file(read: Callable[[bytes], Any]) -> None:
    """Each kind of damage ends in a sentence, never in a crash of the page."""
    for data, expected in DAMAGED:
        answer = await read(data)
        assert expected in answer.get("problem", ""), (expected, answer)


async def test_an_index_beyond_the_vertices_is_refused(read: Callable[[bytes], Any]) -> None:
    """It would read what is not the model's."""
    made = triangle()
    listed = made.accessor(made.view(struct.pack("<3H", 0, 1, 3)), 5123, 3, "SCALAR")
    made.document["meshes"][0]["primitives"][0]["indices"] = listed
    assert "vertex 3 of 3" in (await read(made.build()))["problem"]
