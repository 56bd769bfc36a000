"""Text can be read on what is behind it: AA, whatever the hue, in light and in dark."""

import math
import re

import pytest

from actors.generators.template.render import FILES

PAIRS = {
    "ink": ("paper", "card", "tint"),
    "soft": ("paper", "card", "tint"),
    "accent": ("paper", "card"),
    "strong": ("card", "tint"),
    "on-accent": ("accent", "strong"),
    "danger": ("paper", "card", "tint"),
    "paper": ("ink",),
}
TEXT = 4.5
EDGE = 3.0
Colour = tuple[float, float, float]


def schemes() -> list[dict[str, tuple[float, float, str]]]:
    """The colours of the light scheme and of the dark one."""
    style = (FILES / "page" / "style.css").read_text(encoding="utf-8").replace("{{hue}}", "0")
    pattern = re.compile(r"--([\w-]+): oklch\(([\d.]+) ([\d.]+) ([^;]+)\);")
    return [
        {name: (float(light), float(chroma), hue) for name, light, chroma, hue in pattern.findall(block)}
        for block in style.split("@media")[:2]
    ]


def luminance(colour: Colour) -> float:
    """How bright an oklch colour is on a screen that shows sRGB."""
    lightness, chroma, hue = colour
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    return sum(weight * min(1.0, max(0.0, part)) for weight, part in zip((0.2126, 0.7152, 0.0722), (red, green, blue)))


def contrast(one: Colour, other: Colour) -> float:
    """As WCAG counts it."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_hue_can_be_read(scheme: int) -> None:
    """Text has 4.5 : 1, and the edge of a box 3 : 1."""
    colours = schemes()[scheme]

    def at(name: str, hue: int) -> Colour:
        lightness, chroma, own = colours[name]
        return (lightness, chroma, float(own) if "var" not in own else float(hue))

    for hue in range(0, 360, 10):
        for text, behind in PAIRS.items():
            for name in behind:
                assert contrast(at(text, hue), at(name, hue)) >= TEXT, (text, name, hue)
        assert contrast(at("edge", hue), at("card", hue)) >= EDGE
