"""Codes of areas and grids: 12 digits (6 county + 3 street + 3 community) and three more for the grid.

Numbers run west to east, then north to south. They stay with a grid over edits and are never given twice.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from contracts.errors import ConflictError

_AREA_CODE = re.compile(r"[1-9]\d{11}", re.ASCII)
_DIGITS = 3


def is_area_code(code: object) -> bool:
    """Whether this is a 12-digit division code as text: no leading zero, a county, and no community without a street."""
    if not isinstance(code, str) or not _AREA_CODE.fullmatch(code):
        return False
    return code[6:9] != "000" or code[9:] == "000"


def is_community_code(code: object) -> bool:
    """Whether this is the code of a community or village: every level is filled."""
    return is_area_code(code) and str(code)[6:9] != "000" and str(code)[9:] != "000"


def is_grid_code(code: object) -> bool:
    """Whether this is the code of a grid: a community code and a number from 001."""
    return isinstance(code, str) and len(code) == 15 and is_community_code(code[:12]) and code[12:].isdecimal() and code[12:].isascii() and code[12:] != "000"


def is_number_in(code: str, community_code: str) -> bool:
    """Whether a code is that of a community, of whatever form, and a grid's number from 001."""
    number = code[len(community_code) :]
    return code.startswith(community_code) and len(number) == _DIGITS and number.isdecimal() and number.isascii() and int(number) > 0


def reading_order(x: npt.ArrayLike, y: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Positions sorted west to east, then north to south among equals, shape (n,); metric coordinates, compared to the decimetre."""
    east, north = np.round(np.asarray(x, dtype=float), 1), np.round(np.asarray(y, dtype=float), 1)
    return np.lexsort((-north, east)).astype(np.int64)


def number_codes(community_code: str, count: int, taken: Collection[str] = ()) -> list[str]:
    """The next ``count`` free codes of a community, lowest first; codes once used are skipped for ever.

    Raises
    ------
    ConflictError
        More than 999 grids were ever numbered here.
    """
    used = set(taken)
    free = (f"{community_code}{number:0{_DIGITS}d}" for number in range(1, 10**_DIGITS))
    codes = [code for _, code in zip(range(count), (code for code in free if code not in used), strict=False)]
    if len(codes) < count:
        raise ConflictError("Community {code} has no grid numbers left: 999 were given. Give the community a new code.", code=community_code)
    return codes


def keep_codes(
    new: pd.Series, old: pd.Series, households: pd.Series, order: npt.ArrayLike, *, community_code: str, taken: Collection[str] = ()
) -> dict[object, str]:
    """Codes for the grids of a new plan: each old code goes to the new grid that holds most of its households.

    An old code that is no number (001 to 999) of this community is nobody's to keep.

    Parameters
    ----------
    new, old
        New grid label and old grid code of each building, same index.
    households
        Weight of each building, same index.
    order
        Labels of the new grids in reading order; those without an heir's claim are numbered in it.
    taken
        Codes used before, live or retired.

    Returns
    -------
        New label -> code.
    """
    table = pd.DataFrame({"new": new, "old": old, "households": households}).dropna()
    table = table.loc[np.array([is_number_in(str(code), community_code) for code in table["old"]], dtype=bool)]
    shared = table.groupby(["new", "old"], observed=True)["households"].agg(["sum", "size"]).reset_index()
    codes: dict[object, str] = {}
    given: set[str] = set()
    for row in shared.sort_values(["sum", "size", "old", "new"], ascending=[False, False, True, True]).itertuples():
        if row.new not in codes and row.old not in given:
            codes[row.new] = str(row.old)
            given.add(str(row.old))
    rest = [label for label in np.asarray(order, dtype=object) if label not in codes]
    fresh = number_codes(community_code, len(rest), {*taken, *map(str, old.dropna().unique())})
    return codes | dict(zip(rest, fresh, strict=True))


def order_of(grids: gpd.GeoSeries) -> npt.NDArray[np.int64]:
    """Reading order of shapes in a metric system, by their centroids."""
    middle = grids.centroid
    return reading_order(middle.x, middle.y)
