"""A small planet from a seed: what the `simulated` engine hands out in place of a model. Pure."""

import colorsys
import math
import random
from dataclasses import dataclass

from actors.jobs.engines.glb import Mesh, pack

Vector = tuple[float, float, float]
Triangle = tuple[int, int, int]

GOLDEN = (1 + math.sqrt(5)) / 2
CORNERS: tuple[Vector, ...] = tuple(
    corner
    for short in (-1.0, 1.0)
    for long in (-GOLDEN, GOLDEN)
    for corner in ((short, long, 0.0), (0.0, short, long), (long, 0.0, short))
)
WAVES = 9
RELIEF = 0.22


@dataclass(frozen=True)
class Wave:
    """One ripple over the sphere: a sine along a direction."""

    direction: Vector
    phase: float
    height: float


def _unit(vector: Vector) -> Vector:
    """The same direction with length 1."""
    length = math.sqrt(vector[0] ** 2 + vector[1] ** 2 + vector[2] ** 2) or 1.0
    return (vector[0] / length, vector[1] / length, vector[2] / length)


def _cross(a: Vector, b: Vector) -> Vector:
    """The cross product."""
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def _minus(a: Vector, b: Vector) -> Vector:
    """The difference."""
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def _icosahedron() -> tuple[list[Vector], list[Triangle]]:
    """The twelve corners and twenty faces, counter-clockwise seen from outside."""
    points = [_unit(corner) for corner in CORNERS]
    # Neighbours are closer together than any other two corners (edge 1.05 on the unit sphere, the next 1.70).
    near = [[math.dist(a, b) < 1.2 for b in points] for a in points]
    faces = []
    for a in range(12):
        for b in range(a + 1, 12):
            for c in range(b + 1, 12):
                if near[a][b] and near[b][c] and near[a][c]:
                    normal = _cross(_minus(points[b], points[a]), _minus(points[c], points[a]))
                    outside = sum(x * y for x, y in zip(normal, points[a])) > 0
                    faces.append((a, b, c) if outside else (a, c, b))
    return points, faces


def sphere(detail: int) -> tuple[list[Vector], list[Triangle]]:
    """A sphere of `20 * 4 ** detail` triangles of nearly one size."""
    points, faces = _icosahedron()
    for _ in range(detail):
        middles: dict[tuple[int, int], int] = {}

        def middle(a: int, b: int, known: dict[tuple[int, int], int] = middles) -> int:
            """The number of the point between two others, made when it is new."""
            key = (a, b) if a < b else (b, a)
            if key not in known:
                p, q = points[a], points[b]
                points.append(_unit((p[0] + q[0], p[1] + q[1], p[2] + q[2])))
                known[key] = len(points) - 1
            return known[key]

        smaller = []
        for a, b, c in faces:
            ab, bc, ca = middle(a, b), middle(b, c), middle(c, a)
            smaller += [(a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca)]
        faces = smaller
    return points, faces


def _waves(chance: random.Random) -> list[Wave]:
    """Ripples of growing frequency and falling height."""
    waves = []
    for number in range(WAVES):
        frequency = 1.3 + 0.75 * number
        axis = _unit((chance.gauss(0, 1), chance.gauss(0, 1), chance.gauss(0, 1)))
        direction = (axis[0] * frequency, axis[1] * frequency, axis[2] * frequency)
        waves.append(Wave(direction, chance.uniform(0, math.tau), 1 / frequency))
    return waves


def _height(waves: list[Wave], point: Vector) -> float:
    """How far the ground is above (or below) the sea, about -1 to 1."""
    x, y, z = point
    return sum(
        wave.height * math.sin(wave.direction[0] * x + wave.direction[1] * y + wave.direction[2] * z + wave.phase)
        for wave in waves
    )


def _linear(channel: float) -> int:
    """A channel of sRGB as the linear byte that glTF asks for."""
    return round(255 * (channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4))


def _palette(chance: random.Random) -> list[tuple[float, tuple[int, int, int, int]]]:
    """Colours from the deep sea to the snow, each with the height up to which it is used."""
    sea, land = chance.uniform(0.48, 0.64), chance.uniform(0.16, 0.42)
    bands = (
        (-0.45, (sea, 0.75, 0.42)),
        (0.0, (sea, 0.62, 0.62)),
        (0.08, (0.12, 0.38, 0.86)),
        (0.45, (land, 0.52, 0.62)),
        (0.8, (land * 0.75, 0.42, 0.45)),
        (math.inf, (land, 0.04, 0.97)),
    )
    palette = []
    for limit, hsv in bands:
        red, green, blue = colorsys.hsv_to_rgb(*hsv)
        palette.append((limit, (_linear(red), _linear(green), _linear(blue), 255)))
    return palette


def _normals(points: list[Vector], faces: list[Triangle]) -> list[Vector]:
    """Unit normals, each the area-weighted mean of the faces around a point."""
    sums = [[0.0, 0.0, 0.0] for _ in points]
    for face in faces:
        a, b, c = (points[number] for number in face)
        normal = _cross(_minus(b, a), _minus(c, a))
        for number in face:
            for axis in range(3):
                sums[number][axis] += normal[axis]
    return [_unit((x, y, z)) for x, y, z in sums]


def planet(seed: int, detail: int) -> Mesh:
    """A planet with seas, shores, hills and snow; the same seed gives the same planet.

    Args:
        seed: What tells it from others.
        detail: 0 to 6: `20 * 4 ** detail` triangles.
    """
    chance = random.Random(seed)  # noqa: S311 - scenery, not a secret
    waves, palette = _waves(chance), _palette(chance)
    round_points, faces = sphere(detail)
    heights = [_height(waves, point) for point in round_points]
    points = []
    for (x, y, z), height in zip(round_points, heights):
        radius = 0.9 + RELIEF * 0.5 * max(0.0, height)
        points.append((x * radius, y * radius, z * radius))
    colours = [next(colour for limit, colour in palette if height <= limit) for height in heights]
    return Mesh(
        positions=pack([value for point in points for value in point]),
        normals=pack([value for normal in _normals(points, faces) for value in normal]),
        colours=pack([value for colour in colours for value in colour], "B"),
        indices=pack([number for face in faces for number in face], "I"),
    )
