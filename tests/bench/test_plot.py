"""The plot is SVG that says what it shows."""

from xml.etree import ElementTree

from tests.bench.figures import Result, Values
from tests.bench.plot import draw, growth

_SVG = "{http://www.w3.org/2000/svg}"


def sized(case: str, size: int, ours: float, theirs: float) -> Result:
    """A result of one round."""
    rounds: dict[str, list[Values]] = {"callboard": [{"cpu": ours}], "peer": [{"cpu": theirs}]}
    return Result(case, "", "an event", ("cpu",), rounds, size)


RESULTS = (sized("fanout-100", 100, 2e-6, 3e-5), sized("fanout-1", 1, 1e-5, 1e-4), sized("actors-1", 1, 1.0, 1.0))


def test_growth_is_by_size() -> None:
    """In order, and of the named work alone."""
    expected = {"callboard": [(1.0, 1e-5), (100.0, 2e-6)], "peer": [(1.0, 1e-4), (100.0, 3e-5)]}
    assert growth(RESULTS, "fanout", "cpu") == expected


def test_a_plot_is_whole() -> None:
    """It parses, has a line and a name for each side, and each point lies within it."""
    series = growth(RESULTS, "fanout", "cpu")
    root = ElementTree.fromstring(draw("Cost & size", "subscribers", "cpu", series, "5 rounds; load < 1"))
    texts = [element.text for element in root.iter(f"{_SVG}text")]
    assert len(list(root.iter(f"{_SVG}polyline"))) == 2
    assert {"Cost & size", "subscribers", "5 rounds; load < 1", "callboard", "peer", "100", "100 us", "1 us"} <= set(
        texts
    )
    circles = list(root.iter(f"{_SVG}circle"))
    assert len(circles) == 4
    assert all(80 <= float(one.attrib["cx"]) <= 470 and 36 <= float(one.attrib["cy"]) <= 316 for one in circles)


def test_more_is_higher() -> None:
    """Of two points, the dearer one is drawn above."""
    root = ElementTree.fromstring(draw("", "", "cpu", {"callboard": [(1.0, 1e-5), (10.0, 1e-4)]}))
    first, second = (float(one.attrib["cy"]) for one in root.iter(f"{_SVG}circle"))
    assert second < first
