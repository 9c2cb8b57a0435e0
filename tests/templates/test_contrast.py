"""Text and control edges are legible in light and in dark (WCAG 2.2, success criteria 1.4.3 and 1.4.11)."""

import re
from pathlib import Path

import pytest

TOKENS = Path("static/css/tokens.css").read_text()
PAIR = re.compile(r"--([\w-]+): light-dark\(#(\w{6}), #(\w{6})\)")
COLOURS = {name: {"light": light, "dark": dark} for name, light, dark in PAIR.findall(TOKENS)}
COLOURS["on-fill"] = {"light": "ffffff", "dark": "ffffff"}
GROUNDS = ("ground", "surface", "sunken", "hover")
TEXT = [
    *((text, ground) for text in ("text", "muted", "accent", "red", "amber") for ground in GROUNDS),
    *((colour, f"{colour}-soft") for colour in ("accent", "red", "amber", "green", "blue")),
    *(("text", f"{colour}-soft") for colour in ("red", "amber", "green")),
    *(("on-fill", fill) for fill in ("accent-fill", "accent-fill-hover", "red-fill")),
]
EDGES = [
    *((edge, ground) for edge in ("line-control", "accent") for ground in ("ground", "surface")),
    *((f"{colour}-mark", "surface") for colour in ("red", "green", "blue")),
]


def luminance(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str, scheme: str) -> float:
    dark, light = sorted(luminance(COLOURS[name][scheme]) for name in (one, other))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_is_legible(text: str, ground: str, scheme: str) -> None:
    assert contrast(text, ground, scheme) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_edges_are_visible(edge: str, ground: str, scheme: str) -> None:
    assert contrast(edge, ground, scheme) >= 3
