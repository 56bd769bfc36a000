"""What the normaliser mends."""

import io
from pathlib import Path

import pytest

from actors.jobs.engines.glb import GlbError, Mesh, pack, write_glb
from actors.jobs.engines.glb_inspect import inspect_glb
from tests.validator.khronos import assert_valid

np = pytest.importorskip("numpy")
from PIL import Image  # noqa: E402 - numpy may be missing

from actors.jobs.engines.pixelmap import normalise as module  # noqa: E402 - as above

TILT = np.radians(20)
TURN = np.array([[1, 0, 0], [0, np.cos(TILT), -np.sin(TILT)], [0, np.sin(TILT), np.cos(TILT)]])


def texture(size: tuple[int, int] = (64, 32)) -> bytes:
    """A picture as a file."""
    target = io.BytesIO()
    Image.new("RGBA", size, (200, 100, 50, 255)).save(target, "PNG")
    return target.getvalue()


def ground(cells: int = 8, *, width: float = 10.0) -> module.RawModel:
    """A tilted square of ground, far from the origin, with a wall on it."""
    steps = np.linspace(0, width, cells + 1)
    x, z = np.meshgrid(steps, steps)
    flat = np.stack([x.ravel(), np.zeros(x.size), z.ravel()], axis=1)
    corner = np.arange(x.size).reshape(x.shape)
    a, b, c, d = (part.ravel() for part in (corner[:-1, :-1], corner[:-1, 1:], corner[1:, :-1], corner[1:, 1:]))
    triangles = np.concatenate([np.stack([a, c, b], axis=1), np.stack([b, c, d], axis=1)])
    wall = np.array([[0, 0, 0], [width, 0, 0], [0, width / 4, 0]])
    positions = np.concatenate([flat, wall]) @ TURN.T + [100, -50, 30]
    triangles = np.concatenate([triangles, [[len(flat), len(flat) + 1, len(flat) + 2]]])
    return module.RawModel(positions, np.full((len(positions), 2), 0.5), triangles.astype(np.int64), texture())


def write_raw(path: Path, raw: module.RawModel, normals: bool = True) -> None:
    """A raw model as a file with zero normals, as the package writes some."""
    mesh = Mesh(
        positions=raw.positions.astype("<f4").tobytes(),
        texcoords=raw.texcoords.astype("<f4").tobytes(),
        indices=raw.triangles.astype("<u4").tobytes(),
        normals=bytes(12 * len(raw.positions)) if normals else None,
        jpeg=raw.image,
    )
    write_glb(path, mesh)


def test_a_raw_model_becomes_level_centred_and_valid(tmp_path: Path) -> None:
    """With everything that the validator would complain about gone."""
    write_raw(tmp_path / "raw.glb", ground())
    made = module.normalise(tmp_path / "raw.glb", tmp_path / "model.glb", {"simulated": False})
    info = inspect_glb(tmp_path / "model.glb")
    assert made.tilt_degrees == pytest.approx(20, abs=0.1)
    assert made.bytes == info.bytes
    assert made.texture == (64, 32)
    assert info.extras == {"simulated": False}
    extents = [high - low for low, high in zip(info.low, info.high)]
    assert max(extents) == pytest.approx(2, rel=0.05)
    assert all(abs(low + high) < 0.1 for low, high in zip(info.low[::2], info.high[::2]))
    placed = module.read_raw(tmp_path / "model.glb")
    heights = placed.positions[:, 1]
    assert np.median(np.abs(heights - heights.min())) < 1e-3
    assert_valid(tmp_path / "model.glb")


def test_what_has_no_area_or_no_place_is_removed() -> None:
    """Degenerate triangles, NaN, indices out of range, vertices that nothing uses."""
    raw = ground()
    positions = np.concatenate([raw.positions, [[np.nan, 0, 0], [1, 1, np.inf], [9, 9, 9]]])
    first = len(raw.positions)
    spoiled = [[0, 0, 1], [0, 1, first], [0, 1, first + 1], [0, 1, 10**6], [-1, 0, 1]]
    texcoords = np.concatenate([raw.texcoords, np.full((3, 2), np.nan)])
    texcoords[0] = np.nan
    cleaned = module.clean(module.RawModel(positions, texcoords, np.concatenate([raw.triangles, spoiled]), raw.image))
    assert len(cleaned.triangles) == len(raw.triangles)
    assert len(cleaned.positions) == first
    assert np.isfinite(cleaned.positions).all()
    assert np.isfinite(cleaned.texcoords).all()


def test_a_model_of_nothing_is_refused() -> None:
    """With the reason."""
    points = np.zeros((3, 3))
    with pytest.raises(GlbError, match="no triangle of it has an area"):
        module.clean(module.RawModel(points, np.zeros((3, 2)), np.array([[0, 1, 2]]), b""))


def test_without_a_dominant_plane_up_stays_up() -> None:
    """A wall alone does not become the floor."""
    normals, areas = np.array([[0.0, 0.0, 1.0]]), np.array([1.0])
    assert module.ground_normal(normals, areas) == pytest.approx(module.UP)


def test_a_rotation_takes_the_plane_to_level() -> None:
    """For any direction that looks up."""
    for direction in np.random.default_rng(0).normal(size=(50, 3)):
        unit = direction / np.linalg.norm(direction)
        unit[1] = abs(unit[1])
        rotation = module.rotation_to_up(unit)
        assert rotation @ unit == pytest.approx([0, 1, 0], abs=1e-9)
        assert np.linalg.det(rotation) == pytest.approx(1)


def test_a_large_texture_is_made_smaller() -> None:
    """To the bound, in proportion, as a JPEG."""
    jpeg, size = module.encode_texture(texture((4096, 1024)))
    assert size == (2048, 512)
    assert jpeg.startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize("keep", [0, 11, 40, 900])
def test_a_damaged_raw_model_is_refused(tmp_path: Path, keep: int) -> None:
    """And nothing is written."""
    write_raw(tmp_path / "raw.glb", ground())
    (tmp_path / "raw.glb").write_bytes((tmp_path / "raw.glb").read_bytes()[:keep])
    with pytest.raises(GlbError):
        module.normalise(tmp_path / "raw.glb", tmp_path / "model.glb")
    assert not (tmp_path / "model.glb").exists()


def test_a_model_without_a_texture_is_refused(tmp_path: Path) -> None:
    """It is not what this package makes."""
    bare = Mesh(np.eye(3, dtype="<f4").tobytes(), np.arange(3, dtype="<u4").tobytes())
    write_glb(tmp_path / "raw.glb", bare)
    with pytest.raises(GlbError, match="no textured mesh"):
        module.normalise(tmp_path / "raw.glb", tmp_path / "model.glb")


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        (b'3,"type":"VEC2"', b'2,"type":"VEC2"'),
        (b'3,"type":"SCALAR"', b'2,"type":"SCALAR"'),
        (b'"type":"VEC3"', b'"type":"VEC2"'),
        (b'"byteOffset":72', b'"byteOffset":[]'),
        (b'"byteOffset":72', b'"byteOffset":{}'),
        (b'"byteLength":6', b'"byteLength":-'),
        (b'[{"buffer":0,"byteOffset":0', b'[[],{"buffer":0,"bytes":100'),
    ],
)
def test_a_mesh_whose_arrays_do_not_fit_is_refused(tmp_path: Path, said: bytes, instead: bytes) -> None:
    """In words, and not by what numpy says of it."""
    mesh = Mesh(pack([0, 0, 0, 1, 0, 0, 0, 1, 0]), pack([0, 1, 2], "I"), texcoords=pack([0] * 6), jpeg=b"a jpeg")
    write_glb(tmp_path / "raw.glb", mesh)
    content = (tmp_path / "raw.glb").read_bytes()
    assert said in content
    assert len(said) == len(instead)
    (tmp_path / "raw.glb").write_bytes(content.replace(said, instead, 1))
    with pytest.raises(GlbError):
        module.read_raw(tmp_path / "raw.glb")


@pytest.mark.parametrize("direction", [(0, 0, 1), (1, 0, 0), (0, 0, -1), (-0.3, 0, 0.2), (0.5, 0, -0.5)])
def test_the_front_comes_to_the_front(direction: tuple[float, float, float]) -> None:
    """The side that the photos were taken from looks along +Z, and the vertical stays where it is."""
    rotation = module.rotation_to_front(np.array(direction, float))
    assert rotation @ np.array(direction, float) == pytest.approx([0, 0, np.hypot(direction[0], direction[2])])
    assert rotation @ [0, 1, 0] == pytest.approx([0, 1, 0])
    assert np.linalg.det(rotation) == pytest.approx(1)


def _ring(first: float, last: float, count: int) -> "module.Floats":
    angles = np.radians(np.linspace(first, last, count, endpoint=False))
    ring: module.Floats = np.stack([np.sin(angles) * 0.8, np.full(count, 0.6), np.cos(angles) * 0.8], axis=1)
    return ring


def test_an_arc_of_photos_is_seen_from_its_middle() -> None:
    """However high the cameras stood."""
    front = module.front_of(_ring(60, 120.001, 7))
    assert front[0] > 0.7
    assert abs(front[2]) < 0.1


def test_photos_from_all_around_are_seen_from_the_first() -> None:
    """Their mean looks straight up, which is no front."""
    views = _ring(90, 450, 24)
    assert module.front_of(views) == pytest.approx([0.8, 0, 0])


def test_a_view_from_straight_above_has_no_front() -> None:
    """Nothing is turned then."""
    assert (module.rotation_to_front(module.front_of(np.array([[0.0, 1.0, 0.0]]))) == np.eye(3)).all()
