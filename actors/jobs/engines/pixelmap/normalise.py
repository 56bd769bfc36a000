"""Makes a raw model worth showing: level, centred, small, and without errors of the format.

Runs in the engine's child process only (numpy, Pillow). What it guarantees about the file it writes: every position is
finite, no triangle is degenerate, every vertex is used, the dominant plane is level, the side that the photos were
taken from looks along +Z (the front, as glTF has it), the bulk of the model fits in a cube of two units around the
origin, the texture is a JPEG of at most 2048 pixels, normals are left out (the photos
have their light in them, so the surface is unlit).
"""

import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import numpy as np
import numpy.typing as npt
from PIL import Image

from actors.jobs.engines.glb import GlbError, Mesh, write_glb
from actors.jobs.engines.glb_inspect import Container, locate, read_container

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MAX_TEXTURE = 2048
JPEG_QUALITY = 85
EXTENT = 2.0
DTYPES = {5121: "<u1", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3}
UP = np.array([0.0, 1.0, 0.0])
NARROWING = (0.5, 0.8, 0.93, 0.97, 0.97)
"""Cosines: a face counts as part of the plane when its normal is within this of the plane's, narrower each time."""
FRONT = np.array([[0.0, 0.0, 1.0]])
ALL_AROUND = 0.2
"""Length of the mean of horizontal directions below which they are taken to go all around."""
LEVEL_PART = 0.05
"""Length of the horizontal part of a direction below which it says nothing about the front."""
SUPPORT = 0.05
"""The part of the whole surface that must lie in a plane for it to be taken as the ground."""


@dataclass(frozen=True)
class RawModel:
    """A textured mesh as it was read.

    Attributes:
        positions: (V, 3).
        texcoords: (V, 2), the origin at the top left.
        triangles: (T, 3), numbers of vertices.
        image: The texture, as a file.
    """

    positions: Floats
    texcoords: Floats
    triangles: Numbers
    image: bytes


@dataclass(frozen=True)
class Normalised:
    """What was made.

    Attributes:
        bytes_raw: The size of the file before.
        bytes: The size after.
        triangles: How many are left.
        vertices: How many are left.
        removed_triangles: How many were degenerate.
        texture: Width and height in pixels.
        tilt_degrees: By how much the model was turned to be level.
    """

    bytes_raw: int
    bytes: int
    triangles: int
    vertices: int
    removed_triangles: int
    texture: tuple[int, int]
    tilt_degrees: float


def _array(path: Path, container: Container, number: int, kind: str) -> npt.NDArray[Any]:
    """One accessor of a file, which has to be of a kind, as an array of its own."""
    offset, length, accessor = locate(container, number)
    if accessor["type"] != kind:
        raise GlbError(f"{kind} should be in accessor {number}, {accessor['type']} is")
    width = WIDTHS[accessor["type"]]
    dtype = np.dtype(DTYPES[accessor["componentType"]])
    if length != accessor["count"] * width * dtype.itemsize:
        raise GlbError("interleaved vertex arrays are not read")
    flat = np.fromfile(path, dtype, accessor["count"] * width, offset=container.binary_offset + offset)
    return flat.reshape(accessor["count"], width)


def _image(path: Path, container: Container) -> bytes:
    """The first image of a file."""
    view = container.document["bufferViews"][container.document["images"][0]["bufferView"]]
    start, length = int(view.get("byteOffset", 0)), int(view["byteLength"])
    if start < 0 or length < 0 or start + length > container.binary_length:
        raise GlbError("its texture reaches outside of the binary chunk")
    with path.open("rb") as file:
        file.seek(container.binary_offset + start)
        return file.read(length)


def read_raw(path: Path) -> RawModel:
    """The one textured mesh of a file.

    Raises:
        GlbError: It is no such file; the message says why.
    """
    container = read_container(path)
    try:
        primitive = container.document["meshes"][0]["primitives"][0]
        attributes = primitive["attributes"]
        raw = RawModel(
            positions=_array(path, container, attributes["POSITION"], "VEC3").astype(np.float64),
            texcoords=_array(path, container, attributes["TEXCOORD_0"], "VEC2").astype(np.float64),
            triangles=_array(path, container, primitive["indices"], "SCALAR").reshape(-1, 3).astype(np.int64),
            image=_image(path, container),
        )
    except GlbError:
        raise
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise GlbError(f"it is no textured mesh: {type(error).__name__} {error}") from None
    if len(raw.positions) != len(raw.texcoords):
        raise GlbError(f"it has {len(raw.positions)} positions and {len(raw.texcoords)} texture coordinates")
    return raw


def face_normals(positions: Floats, triangles: Numbers) -> tuple[Floats, Floats]:
    """Unit normals and areas of the triangles; a normal is zero where there is no area."""
    a, b, c = (positions[triangles[:, corner]] for corner in range(3))
    cross = np.cross(b - a, c - a)
    doubled = np.linalg.norm(cross, axis=1)
    return cross / np.where(doubled > 0, doubled, 1.0)[:, None], doubled / 2


def clean(raw: RawModel) -> RawModel:
    """Without triangles that have no area or stand on no finite point, and without vertices that nothing uses.

    Raises:
        GlbError: No triangle is left.
    """
    inside = ((raw.triangles >= 0) & (raw.triangles < len(raw.positions))).all(axis=1)
    triangles = raw.triangles[inside]
    finite: Flags = np.asarray(np.isfinite(raw.positions).all(axis=1))
    triangles = triangles[finite[triangles].all(axis=1)]
    # What counts is the area that float32 leaves, since that is what the file holds.
    _, areas = face_normals(raw.positions.astype(np.float32).astype(np.float64), triangles)
    triangles = triangles[np.isfinite(areas) & (areas > 0)]
    if not len(triangles):
        raise GlbError("no triangle of it has an area")
    used, renumbered = np.unique(triangles, return_inverse=True)
    texcoords = np.nan_to_num(raw.texcoords[used], nan=0.0, posinf=1.0, neginf=0.0)
    return RawModel(raw.positions[used], texcoords, renumbered.reshape(-1, 3).astype(np.int64), raw.image)


def ground_normal(normals: Floats, areas: Floats) -> Floats:
    """The normal of the dominant plane among those that look up, or straight up when there is none."""
    up = UP
    for cosine in NARROWING:
        weights = (normals @ up > cosine) * areas
        total = (normals * weights[:, None]).sum(axis=0)
        if weights.sum() < SUPPORT * areas.sum() or np.linalg.norm(total) <= 0:
            return UP
        up = total / np.linalg.norm(total)
    return up


def rotation_to_up(direction: Floats) -> Floats:
    """The shortest rotation (Rodrigues) that takes a unit vector, not straight down, to straight up."""
    axis = np.cross(direction, UP)
    cosine = float(direction @ UP)
    skew = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    rotation: Floats = np.eye(3) + skew + skew @ skew / (1 + cosine)
    return rotation


def front_of(views: Floats) -> Floats:
    """The horizontal direction that a level model is to be seen from first, (3,), perhaps zero.

    The mean of where it was seen from; where that was from all around the mean says nothing, and the first view counts.

    Args:
        views: (N, 3), unit vectors from the model towards the cameras, N at least 1.
    """
    level = views * (1, 0, 1)
    mean: Floats = level.mean(axis=0)
    return mean if np.linalg.norm(mean) >= ALL_AROUND else level[0]


def rotation_to_front(direction: Floats) -> Floats:
    """The rotation about the vertical that takes a horizontal direction to +Z; none when there is no direction."""
    length = math.hypot(direction[0], direction[2])
    if length < LEVEL_PART:
        return np.eye(3)
    sine, cosine = direction[0] / length, direction[2] / length
    return np.array([[cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine]])


def place(positions: Floats, up: Floats, views: Floats) -> Floats:
    """Level, turned, centred and scaled; the box that counts leaves out the outermost hundredth, often stray."""
    upright = rotation_to_up(up)
    turned = rotation_to_front(front_of(views @ upright.T)) @ upright
    level = positions @ turned.T
    low, high = np.percentile(level, [1, 99], axis=0)
    extent = float(np.max(high - low))
    placed: Floats = (level - (low + high) / 2) * (EXTENT / extent if extent > 0 else 1.0)
    return placed


def encode_texture(image: bytes) -> tuple[bytes, tuple[int, int]]:
    """The texture as a JPEG within bounds, and its size in pixels."""
    with Image.open(io.BytesIO(image)) as opened:
        picture = opened.convert("RGB")
    if max(picture.size) > MAX_TEXTURE:
        picture.thumbnail((MAX_TEXTURE, MAX_TEXTURE), Image.Resampling.LANCZOS)
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=JPEG_QUALITY)
    return target.getvalue(), picture.size


def normalise(source: Path, target: Path, extras: Optional[dict[str, Any]] = None, views: Floats = FRONT) -> Normalised:
    """Read a raw model and write the one to publish, whole or not at all.

    Args:
        source: A binary glTF with one textured mesh.
        target: Where to write.
        extras: JSON facts for the file.
        views: (N, 3), unit vectors from the model towards the cameras, in the frame of `source`.

    Raises:
        GlbError: The model cannot be used; the message says why.
        OSError: The disk did not take it.
    """
    raw = read_raw(source)
    model = clean(raw)
    normals, areas = face_normals(model.positions, model.triangles)
    up = ground_normal(normals, areas)
    jpeg, size = encode_texture(model.image)
    # Placing can bring two points of a tiny triangle together in float32, so what degenerates is taken out again.
    placed = clean(RawModel(place(model.positions, up, views), model.texcoords, model.triangles, b""))
    mesh = Mesh(
        positions=placed.positions.astype("<f4").tobytes(),
        texcoords=placed.texcoords.astype("<f4").tobytes(),
        indices=placed.triangles.astype("<u4").tobytes(),
        jpeg=jpeg,
        unlit=True,
    )
    written = write_glb(target, mesh, extras)
    return Normalised(
        bytes_raw=source.stat().st_size,
        bytes=written,
        triangles=mesh.triangles,
        vertices=mesh.vertices,
        removed_triangles=len(raw.triangles) - mesh.triangles,
        texture=size,
        tilt_degrees=round(math.degrees(math.acos(max(-1.0, min(1.0, float(up @ UP))))), 2),
    )
