"""A store with as many made-up communities as wanted, side by side; for runs over a city."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

from benchmarks.communities import CRS, EAST, NORTH, make_community
from services.ports import UnitOfWork
from store.engine import open_store
from store.unit_of_work import SqlUnitOfWork

KINDS = ("plain", "plain", "river_with_bridge", "plain", "walled_yards", "plain", "rugged_border", "plain")
SLOT_M = 900.0  # apart from slot to slot; the largest community is smaller
CITY, DISTRICT = "110000000000", "110105000000"
PER_STREET = 99  # communities of one street: the code has three digits for them
HIGHWAY = {"minor": "residential", "major": "primary"}
DEGREES = Transformer.from_crs(CRS, 4326, always_xy=True)
HOUSEHOLDS_FACTOR = 1.2  # so that a community has about six grids, as a large city has
STORED_AT_ONCE = 50  # communities in memory


def make_store(url: str, *, communities: int, seed: int = 0) -> None:
    """Areas, buildings, streets and barriers of that many communities; the same for equal arguments."""
    store = open_store(url)
    with SqlUnitOfWork(store) as uow:
        for start in range(0, communities, STORED_AT_ONCE):
            _put(uow, range(start, min(start + STORED_AT_ONCE, communities)), math.isqrt(communities - 1) + 1, seed)
        uow.commit()
    store.close()


def code_of(number: int) -> str:
    """Twelve digits of a community."""
    return f"110105{1 + number // PER_STREET:03d}{1 + number % PER_STREET:03d}"


def _put(uow: UnitOfWork, numbers: range, columns: int, seed: int) -> None:
    areas, buildings, streets, barriers = [], [], [], []
    for number in numbers:
        code, made = code_of(number), make_community(KINDS[number % len(KINDS)], seed + number)
        west, south = EAST + SLOT_M * (number % columns), NORTH + SLOT_M * (number // columns)

        def moved(frame: gpd.GeoDataFrame, by: tuple[float, float] = (west - EAST, south - NORTH)) -> Any:
            return shapely.transform(frame.geometry.to_numpy(), lambda xy: _degrees(xy + by))

        areas.append(_places([code], moved(made.shape), level="community", parent_code=f"{code[:9]}000", name=f"社区{number + 1}"))
        keys = [f"{code}-{key}" for key in made.buildings.index]
        households = np.ceil(HOUSEHOLDS_FACTOR * made.buildings["households"].to_numpy()).astype(int)
        buildings.append(_places(keys, moved(made.buildings), community_code=code, households=households, residents=2.4 * households))
        is_street = made.lines["kind"].isin(list(HIGHWAY)).to_numpy()
        keys, lines = [f"{code}-l{row:02d}" for row in range(len(made.lines))], [_line(shape) for shape in moved(made.lines)]
        streets.append(_places(keys, lines, highway=made.lines["kind"].map(HIGHWAY).to_numpy(), u=0, v=1)[is_street])
        barriers.append(_places(keys, lines, kind=made.lines["kind"].to_numpy())[~is_street])
    if numbers.start == 0:
        uow.areas.upsert(_above(columns))
    uow.areas.upsert(gpd.GeoDataFrame(pd.concat([_streets_above(areas), *areas]), crs=4326))
    for table, frames in ((uow.buildings, buildings), (uow.streets, streets), (uow.barriers, barriers)):
        table.upsert(gpd.GeoDataFrame(pd.concat(frames), crs=4326))


def _places(keys: list[str], shapes: Any, **values: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(values, index=pd.Index(keys, dtype="str"), geometry=shapes, crs=4326)


def _line(shape: Any) -> Any:
    """A ring as the line it is: the store holds no rings."""
    return shapely.LineString(shape.coords) if shape.geom_type == "LinearRing" else shape


def _degrees(xy: Any) -> Any:
    return shapely.get_coordinates(shapely.points(*DEGREES.transform(xy[:, 0], xy[:, 1])))


def _above(columns: int) -> gpd.GeoDataFrame:
    """The city and its one district: the box around everything."""
    width = SLOT_M * columns
    corners = [(EAST, NORTH), (EAST + width, NORTH), (EAST + width, NORTH + width), (EAST, NORTH + width)]
    whole = shapely.Polygon([DEGREES.transform(x, y) for x, y in corners])
    return _places([CITY, DISTRICT], [whole, whole], level=["city", "district"], parent_code=[None, CITY], name=["示范市", "示范区"])


def _streets_above(areas: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """The streets (as areas) of these communities, as boxes."""
    rows = pd.concat(areas)
    boxes = rows.groupby("parent_code").apply(lambda part: shapely.box(*part.total_bounds), include_groups=False)
    return _places(list(boxes.index), list(boxes), level="street", parent_code=DISTRICT, name=[f"街道{code[6:9]}" for code in boxes.index])
