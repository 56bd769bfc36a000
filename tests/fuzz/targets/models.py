"""What an engine's own program leaves: raw models. Needs numpy, as the engine does."""

import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np

from actors.jobs.engines.glb import GlbError, Mesh, encode_glb, pack
from actors.jobs.engines.pixelmap.normalise import clean, read_raw
from tests.fuzz.targets.inputs import Target


def raw_model(data: bytes) -> None:
    """A raw model is a mesh with all that normalising needs, out of the file alone, or is refused."""
    with tempfile.TemporaryDirectory(prefix="callboard-fuzz-") as folder:
        path = Path(folder) / "raw.glb"
        path.write_bytes(_resized(data))
        try:
            found = read_raw(path)
        except GlbError:
            return
        assert found.positions.ndim == found.texcoords.ndim == found.triangles.ndim == 2
        assert found.positions.shape[1] == found.triangles.shape[1] == 3
        assert found.texcoords.shape == (len(found.positions), 2)
        assert max(found.positions.size, found.texcoords.size, found.triangles.size) <= len(data)
        assert found.image in data
        with suppress(GlbError):
            left = clean(found)
            assert 0 < len(left.triangles) <= len(found.triangles)
            assert np.isfinite(left.positions).all()
            assert left.triangles.max() < len(left.positions)


def _resized(data: bytes) -> bytes:
    """A file whose lengths fit what is in it, so that a changed document is read at all; others as they are."""
    document, middle, binary = data.partition(b"\n\n")
    if not middle:
        return data
    parts = b"".join(
        len(part).to_bytes(4, "little") + kind + part for kind, part in ((b"JSON", document), (b"BIN\0", binary))
    )
    return b"glTF\x02\x00\x00\x00" + (len(parts) + 12).to_bytes(4, "little") + parts


def _model() -> bytes:
    mesh = Mesh(
        positions=pack([0, 0, 0, 1, 0, 0, 0, 1, 0]),
        indices=pack([0, 1, 2], "I"),
        texcoords=pack([0, 0, 1, 0, 0, 1]),
        jpeg=b"\xff\xd8jpeg",
    )
    return encode_glb(mesh)


def _parts(whole: bytes) -> bytes:
    """A file as `_resized` takes it."""
    length = int.from_bytes(whole[12:16], "little")
    return whole[20 : 20 + length].strip() + b"\n\n" + whole[28 + length :]


TARGETS = {
    "raw-model": Target(
        raw_model,
        (
            _model(),
            _parts(_model()),
            _parts(_model()).replace(b'"VEC3"', b'"VEC2"', 1),
            _parts(_model()).replace(b'"count":3,"type":"SCALAR"', b'"count":2,"type":"SCALAR"', 1),
            b'{"meshes": []}\n\nbinary',
        ),
    ),
}
