"""Colours of every map: a neutral ground, one accent, and classes that stay apart for colour-blind readers.

Class colours run from light to dark in even steps of lightness, so that order survives any colour vision and a grey
printer. Red and amber are kept for the lights of cases.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from contracts.errors import InputError

SEQUENTIAL = ("#eef3cf", "#b6dcb4", "#6fbfa8", "#318f97", "#1d5578")
QUALITATIVE = ("#3b6fb6", "#1b9e77", "#a6611a", "#8e6bb8", "#c2578f", "#5b7083", "#8a8d2b", "#2fa4c4", "#7a4a2e", "#4c3f91", "#d08a9e", "#2f5d50")
OTHER = "#7d858c"
CIRCLE_COLOURS = ((5, "#5b54b8"), (10, "#8f8bd4"), (15, "#c3c1ec"))  # minutes on foot -> colour
LIGHTS: Mapping[str, str] = {"green": "#2e8b57", "amber": "#e69f00", "red": "#c8321f"}


@dataclass(frozen=True)
class Theme:
    """Colours of the ground and of the words on it."""

    name: str
    ground: str
    water: str
    water_line: str
    green: str
    building: str
    building_line: str
    street: str
    street_casing: str
    path: str
    rail: str
    wall: str
    area_line: str
    grid_line: str
    label: str
    halo: str
    accent: str
    far: str  # out of reach: apart from the accent, the classes and the lights
    no_data: str
    panel: str


LIGHT = Theme(
    name="light",
    ground="#f4f3ef",
    water="#bcd7e8",
    water_line="#7fb2d0",
    green="#dfe9d3",
    building="#e3dfd6",
    building_line="#cbc5b8",
    street="#ffffff",
    street_casing="#cfcbc2",
    path="#b9b2a5",
    rail="#6c6c70",
    wall="#8a7762",
    area_line="#4a5560",
    grid_line="#5f6b76",
    label="#24303a",
    halo="#ffffff",
    accent="#6d28d9",
    far="#a3430f",
    no_data="#d9d9d6",
    panel="#ffffff",
)
DARK = Theme(
    name="dark",
    ground="#1d2227",
    water="#20405a",
    water_line="#3a6d92",
    green="#24332a",
    building="#2f363d",
    building_line="#414a53",
    street="#4a535c",
    street_casing="#15191d",
    path="#5b646c",
    rail="#9aa0a6",
    wall="#a48f76",
    area_line="#b9c2ca",
    grid_line="#98a3ad",
    label="#eef2f5",
    halo="#15191d",
    accent="#b794f6",
    far="#f0a268",
    no_data="#3a4046",
    panel="#272d33",
)
THEMES: Mapping[str, Theme] = {theme.name: theme for theme in (LIGHT, DARK)}


@dataclass(frozen=True)
class Classes:
    """Up to five classes of a number: ``colours[i]`` holds from ``breaks[i - 1]`` (inclusive) up to ``breaks[i]``."""

    breaks: tuple[float, ...]
    colours: tuple[str, ...]
    percent: bool = False
    unit: str = ""

    def colour(self, value: float) -> str:
        """Colour of one value; a value on a break belongs to the class above it."""
        return self.colours[bisect_right(self.breaks, value)]


def make_classes(breaks: Sequence[float], *, percent: bool = False, unit: str = "") -> Classes:
    """Classes for ascending inner breaks, one to four of them; two classes use the ends of the scale.

    Raises ``InputError`` where the breaks do not ascend or are too many to tell apart.
    """
    if not 1 <= len(breaks) < len(SEQUENTIAL) or any(low >= high for low, high in pairwise(breaks)):
        raise InputError("A map needs one to four ascending class breaks, {breaks} came.", breaks=list(breaks))
    steps = len(breaks)
    colours = tuple(SEQUENTIAL[round(step * (len(SEQUENTIAL) - 1) / steps)] for step in range(steps + 1))
    return Classes(tuple(breaks), colours, percent, unit)


NO_FIGURE_OPACITY = 0.3  # the ground shows through a place without a figure: it is there, only not computed
COVERAGE = make_classes((0.5, 0.7, 0.85, 0.95), percent=True)


def group_colours(groups: Iterable[str]) -> dict[str, str]:
    """One colour per group in sorted order; groups past the twelfth share grey."""
    names = sorted(set(groups))
    return {name: QUALITATIVE[rank] if rank < len(QUALITATIVE) else OTHER for rank, name in enumerate(names)}


def grid_colour(code: str) -> str:
    """Colour of a grid in a plan, by its number inside the community: it stays with the grid over edits."""
    number = int(code[12:]) - 1 if code[12:].isdecimal() else sum(map(ord, code))
    return QUALITATIVE[number % len(QUALITATIVE)]


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` in [0, 1], by WCAG 2."""
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, 1 to 21, by WCAG 2."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)
