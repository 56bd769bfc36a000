"""The plot of how something costs more, or does not, as there is more of it: log-log, as SVG, without a library."""

import math
from collections.abc import Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

from tests.bench.figures import Result, shown

Series = Mapping[str, Sequence[tuple[float, float]]]
"""Points by the name of their line."""

_WIDTH: Final = 640
_HEIGHT: Final = 376
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 170, 36, 60
_COLOURS: Final = ("#0b6e4f", "#c1440e", "#b8860b", "#555b6e", "#7b2d8b")
_SMALL: Final = "font-size:9px"
_STYLE: Final = "font-family:sans-serif;font-size:12px"


def growth(results: Sequence[Result], work: str, figure: str) -> Series:
    """The medians of a figure, by side, of all sizes of a piece of work.

    Args:
        results: Of a run.
        work: How the names of its cases begin.
        figure: Which one.
    """
    found: dict[str, list[tuple[float, float]]] = {}
    sized = [(one.size, one) for one in results if one.size is not None and one.case.startswith(work)]
    for size, result in sorted(sized, key=lambda each: each[0]):
        for side in result.rounds:
            found.setdefault(side, []).append((float(size), result.median(side, figure)))
    return found


def draw(title: str, across: str, figure: str, series: Series, conditions: str = "") -> str:
    """A plot as an SVG document.

    Args:
        title: Above it.
        across: What the horizontal axis counts.
        figure: What the vertical axis shows, for its unit.
        series: At least one point.
        conditions: Under which this was measured, in small text below it.
    """
    points = [point for line in series.values() for point in line]
    xs, ys = _decades([x for x, _ in points]), _decades([y for _, y in points])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" style="{_STYLE}">',
        f"<title>{escape(title)}</title>",
        '<rect width="100%" height="100%" fill="white"/>',
        _text(_LEFT, 20, title, "start"),
        _text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 26, across, "middle"),
        _text(8, _HEIGHT - 8, conditions, "start", _SMALL),
    ]
    for x in range(xs[0], xs[1] + 1):
        at = _across(10.0**x, xs)
        parts += [_line(at, _TOP, at, _HEIGHT - _BOTTOM), _text(at, _HEIGHT - _BOTTOM + 16, f"{10**x:,}", "middle")]
    for y in range(ys[0], ys[1] + 1):
        at = _up(10.0**y, ys)
        parts += [_line(_LEFT, at, _WIDTH - _RIGHT, at), _text(_LEFT - 6, at + 4, shown(figure, 10.0**y), "end")]
    for number, (name, line) in enumerate(series.items()):
        parts += _series(name, [(_across(x, xs), _up(y, ys)) for x, y in line], number)
    return "\n".join([*parts, "</svg>", ""])


def _series(name: str, points: Sequence[tuple[float, float]], number: int) -> list[str]:
    colour, key = _COLOURS[number % len(_COLOURS)], _TOP + 14 + 20 * number
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
    left = _WIDTH - _RIGHT + 12
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
        *dots,
        f'<rect x="{left}" y="{key - 8}" width="14" height="3" fill="{colour}"/>',
        _text(left + 20, key - 2, name, "start"),
    ]


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """The powers of ten around some values, at least one apart."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _across(x: float, decades: tuple[int, int]) -> float:
    return _LEFT + _share(x, decades) * (_WIDTH - _LEFT - _RIGHT)


def _up(y: float, decades: tuple[int, int]) -> float:
    return _HEIGHT - _BOTTOM - _share(y, decades) * (_HEIGHT - _TOP - _BOTTOM)


def _share(value: float, decades: tuple[int, int]) -> float:
    return (math.log10(value) - decades[0]) / (decades[1] - decades[0])


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#ddd"/>'


def _text(x: float, y: float, text: str, anchor: str, style: str = "") -> str:
    styled = f' style="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#222"{styled}>{escape(text)}</text>'
