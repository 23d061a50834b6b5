"""The rule tables of the OpenStreetMap reader, asked row by row in their order: the first row that fits decides."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from contracts.columns import HIGHWAY
from contracts.reference import reference_table

Tags = Mapping[str, str]
Row = dict[str, str]
_FEET = re.compile(r"""(\d+(?:\.\d+)?)\s*(?:'|ft)\s*(?:(\d+(?:\.\d+)?)\s*(?:"|''|in)?)?""")
_METRES = {"cm": 0.01, "mm": 0.001, "in": 0.0254, '"': 0.0254}  # exact by definition
WALK_TAGS = ("highway", "foot", "access", "sidewalk", "motorroad")


class Dwelling(NamedTuple):
    """How households are guessed for one building type. ``is_residential``: yes, no, one (a single household), by_landuse."""

    use: str
    is_residential: str
    levels: float
    dwelling_m2: float
    floor_share: float


@cache
def _rows(table: str) -> tuple[Row, ...]:
    return tuple({str(key): value for key, value in row.items()} for row in reference_table(table).to_dict("records"))


def _fits(pattern: str, value: str) -> bool:
    """``*`` fits anything, ``-`` only an absent tag, otherwise one of the alternatives between bars."""
    return pattern == "*" or value in ("" if pattern == "-" else pattern).split("|")


def walking_rule(tags: Tags) -> Row:
    """The row of ``osm_walkable.csv`` that decides whether one may walk along a way with these tags."""
    return _walking_rule(*(_sidewalk(tags) if name == "sidewalk" else tags.get(name, "") for name in WALK_TAGS))


@cache
def _walking_rule(*values: str) -> Row:
    return next(row for row in _rows("osm_walkable") if all(_fits(row[name], value) for name, value in zip(WALK_TAGS, values, strict=True)))


def _sidewalk(tags: Tags) -> str:
    return "both:separate" if tags.get("sidewalk:both") == "separate" else tags.get("sidewalk", "") or tags.get("sidewalk:both", "")


def is_walkable(tags: Tags) -> bool:
    """Whether people may walk along a way with these tags."""
    return bool(tags.get("highway")) and walking_rule(tags)["walkable"] == "yes"


def is_plaza(tags: Tags, *, is_relation: bool) -> bool:
    """Whether an area with these tags is ground people cross on foot in any direction (``osm_plazas.csv``)."""
    values = {"drawn_as": "relation" if is_relation else "way", HIGHWAY: tags.get(HIGHWAY, ""), "area": tags.get("area", "")}
    row = next(row for row in _rows("osm_plazas") if all(_fits(row[name], value) for name, value in values.items()))
    return row["is_plaza"] == "yes" and is_walkable(tags)


def oneway_foot(tags: Tags) -> str:
    """``forward`` or ``backward`` (in the direction the way is drawn) where people on foot may go one way only, else empty."""
    said = tags.get("oneway:foot", "") or {"forward": "yes", "backward": "-1"}.get(tags.get("conveying", ""), "")
    if said in {"yes", "1", "true"} or tags.get("foot:backward") == "no":
        return "forward"
    return "backward" if said == "-1" or tags.get("foot:forward") == "no" else ""


def barrier_kind(tags: Tags) -> str:
    """River, rail, wall or expressway where this line keeps people from crossing, else empty. Tunnels and culverts do not."""
    if tags.get("tunnel", "no") != "no" or tags.get("covered") == "yes" or is_walkable(tags):
        return ""
    return next((row["kind"] for row in _rows("osm_barriers") if tags.get(row["key"]) == row["value"]), "")


def ground_kind(tags: Tags) -> str:
    """Water or green where this area is one of them on a map, else empty."""
    return next((row["kind"] for row in _rows("osm_grounds") if tags.get(row["key"]) == row["value"]), "")


def entrance_kind(tags: Tags) -> str:
    """Door or gate where this node is a way in, else empty."""
    for row in _rows("osm_entrances"):
        value = tags.get(row["key"])
        if value is not None and _fits(row["value"], value):
            return row["kind"]
    return ""


def facility_category(tags: Tags, area_m2: float) -> str:
    """Category code of a facility, empty where the table knows none. ``area_m2`` is 0 for points."""
    names = " ".join(value for key, value in tags.items() if key.startswith("name")).lower()
    for row in _facility_rows(*sorted((key, tags[key]) for key in _facility_keys() & tags.keys())):
        named = not row["name_has"] or any(part in names for part in row["name_has"].split("|"))
        if named and area_m2 >= float(row["area_m2_min"] or 0):
            return row["category"]
    return ""


@cache
def _facility_keys() -> frozenset[str]:
    return frozenset(row["key"] for row in _rows("osm_facilities"))


@cache
def _facility_rows(*pairs: tuple[str, str]) -> tuple[Row, ...]:
    return tuple(row for row in _rows("osm_facilities") if (row["key"], row["value"]) in pairs)


@cache
def dwelling_rule(building: str) -> Dwelling:
    """What ``osm_buildings.csv`` says about a building type."""
    row = next(row for row in _rows("osm_buildings") if _fits(row["building"], building))
    return Dwelling(row["use"], row["is_residential"], float(row["levels"]), float(row["dwelling_m2"] or "nan"), float(row["floor_share"] or "nan"))


@cache
def estimate(name: str) -> float:
    """One figure of ``osm_estimates.csv``."""
    return next(float(row["value"]) for row in _rows("osm_estimates") if row["name"] == name)


@cache
def area_level(admin_level: str) -> str:
    """Level of ours an OpenStreetMap administrative level usually stands for, empty where it is above a city."""
    return next((row["level"] for row in _rows("osm_admin_levels") if row["admin_level"] == admin_level), "")


def is_residential_land(landuse: str) -> bool | None:
    """Whether people live on land of this use; ``None`` where the use says nothing about it."""
    said = next((row["is_residential"] for row in _rows("osm_landuse") if row["landuse"] == landuse), "")
    return {"yes": True, "no": False}.get(said)


def first_number(text: str) -> float:
    """The leading number of a tag (``"12 m"`` -> 12, ``"3;4"`` -> 3), NaN where there is none."""
    head = ""
    for letter in text.strip().replace(",", "."):
        if not (letter.isascii() and (letter.isdigit() or letter == ".")):
            break
        head += letter
    try:
        return float(head)
    except ValueError:
        return float("nan")


def metres(text: str) -> float:
    """A length as tags give it, in metres: ``0.7``, ``0,7 m``, ``70 cm``, ``2'``, ``2'6"``, ``30 in``; NaN where there is none.

    A unit that is not known is taken for metres, the unit of lengths without one.
    """
    feet = _FEET.fullmatch(text.strip())
    if feet is not None:
        return (float(feet[1]) * 12.0 + float(feet[2] or 0.0)) * _METRES["in"]
    unit = text.strip().lstrip("0123456789.,").strip().lower()
    return first_number(text) * _METRES.get(unit, 1.0)


def numbers(tags: Sequence[Tags], key: str) -> npt.NDArray[np.float64]:
    """One tag of many things as numbers, NaN where absent or not a number."""
    return np.array([first_number(each[key]) if key in each else np.nan for each in tags], dtype=float)
