"""Codes of areas: given 12-digit codes are kept, others made up so that they never change; the tree above communities.

A made-up code begins with 99, which no division of the state uses: ``99dddd`` + ``sss`` + ``ccc``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping

import geopandas as gpd
import pandas as pd

from contracts.columns import CODE, COMMUNITY_TYPE, GEOMETRY, LEVEL, NAME, NAME_EN, PARENT_CODE
from contracts.errors import InputError

GENERATED = "generated"
SOURCE_KEY = "source_key"
LEVELS = ("city", "district", "street", "community")
_DIGITS = {"city": 4, "district": 6, "street": 9, "community": 12}  # digits of a code that count, per level


def is_code(text: object) -> bool:
    """Whether this is a 12-digit division code."""
    return isinstance(text, str) and len(text) == 12 and text.isascii() and text.isdecimal()


def level_of(code: str) -> str:
    """Level a 12-digit code speaks of, by its trailing zeros."""
    return next(level for level in LEVELS if not code[_DIGITS[level] :].strip("0"))


def parent_of(code: str, level: str) -> str:
    """Code one level up, empty above a city."""
    above = LEVELS.index(level) - 1
    return code[: _DIGITS[LEVELS[above]]].ljust(12, "0") if above >= 0 else ""


def made_up_district(name: str) -> str:
    """Code of a district that has none, from its name: the same name gives the same code."""
    number = int(hashlib.sha256(name.encode()).hexdigest(), 16) % 9_999 + 1
    return f"99{number:04d}000000"


def next_codes(above: str, level: str, used: Collection[str], count: int) -> list[str]:
    """The first ``count`` free codes of a level below ``above``.

    Raises
    ------
    InputError
        More than 999 of them.
    """
    start, end = _DIGITS[LEVELS[LEVELS.index(level) - 1]], _DIGITS[level]
    numbers = (f"{above[:start]}{number:0{end - start}d}".ljust(12, "0") for number in range(1, 10 ** (end - start)))
    free = [code for code, _ in zip((code for code in numbers if code not in used), range(count), strict=False)]
    if len(free) < count:
        raise InputError("Below {above} there is room for 999 areas, {count} more are needed. Give the areas their official codes.", above=above, count=count)
    return free


def code_communities(keys: Iterable[str], stored: Mapping[str, str], district: str, used: Collection[str]) -> dict[str, str]:
    """A code for each source key: the one it got before, else the next free ones in the order of the keys.

    Parameters
    ----------
    keys
        Keys of the source, without repetition.
    stored
        Source key -> code of earlier imports.
    district
        Code of the district they lie in.
    used
        All codes in use, never given again.
    """
    fresh = sorted(key for key in keys if key not in stored)
    codes = {key: stored[key] for key in keys if key in stored}
    taken = set(used)
    for number in range(0, len(fresh), 999):
        street = district[:6] + f"{1 + number // 999:03d}000"
        room = fresh[number : number + 999]
        free = _free_below(street, taken, len(room))
        codes.update(zip(room, free, strict=True))
        taken.update(free)
    return codes


def _free_below(street: str, taken: set[str], count: int) -> list[str]:
    """Free codes below a street, overflowing into the following streets."""
    free: list[str] = []
    for number in range(int(street[6:9]), 1000):
        above = street[:6] + f"{number:03d}000"
        room = 999 - sum(code.startswith(above[:9]) and code != above for code in taken)
        free += next_codes(above, "community", taken, min(room, count - len(free)))
        if len(free) == count:
            break
    return free


def missing_parents(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Streets and districts that the codes speak of but that are not among the areas, drawn as the union of what they hold.

    Also those drawn so before (``generated``), anew: what they hold may have grown.

    Parameters
    ----------
    areas
        All areas known, index = code, with level and generated.
    """
    made: list[dict[str, object]] = []
    present = dict(zip(areas.index, areas[GENERATED].fillna(False).astype(bool), strict=True))
    below = areas[[LEVEL, GEOMETRY]]
    for level, child in (("street", "community"), ("district", "street")):
        children = below[below[LEVEL] == child]
        parents = pd.Series([parent_of(str(code), child) for code in children.index], index=children.index, dtype="str")
        for code, shapes in children.geometry.groupby(parents):
            if present.get(str(code), True) and (str(code) not in present or level_of(str(code)) == level):
                made.append({CODE: code, LEVEL: level, GEOMETRY: shapes.union_all(), PARENT_CODE: parent_of(str(code), level) if level == "street" else None})
        fresh = gpd.GeoDataFrame([row for row in made if row[LEVEL] == level], columns=[CODE, LEVEL, GEOMETRY], geometry=GEOMETRY, crs=areas.crs).set_index(
            CODE
        )
        below = gpd.GeoDataFrame(pd.concat([below[~below.index.isin(fresh.index)], fresh]), geometry=GEOMETRY, crs=areas.crs)
    frame = gpd.GeoDataFrame(made, columns=[CODE, LEVEL, PARENT_CODE, GEOMETRY], geometry=GEOMETRY, crs=areas.crs).set_index(CODE)
    frame[NAME] = pd.Series([str(code)[: _DIGITS[str(level)]] for code, level in zip(frame.index, frame[LEVEL], strict=True)], index=frame.index, dtype="str")
    frame[NAME_EN], frame[COMMUNITY_TYPE], frame[GENERATED] = None, None, True
    return frame
