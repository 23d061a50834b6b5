"""Two communities of twelve houses, small enough to work out everything by hand. Numbers are metres from the south-western corner.

::

    300 +-------------------+-------------------+      houses (12 + 12): columns x = 40 120 280 360 | 440 520 680 760,
        |   o  o  |  o  o   |   o  o  |  o  o   |      rows y = 130 170 220; 70 households and 140 residents each
    150 S=========+=========G=========+=========+      S health station (0, 150), K kindergarten (450, 200), C canteen (600, 300)
        |   o  o  |  o  o   | K o  o  |  o  o   |      = | streets y = 150, x = 200, x = 600
      0 +---------+---------+---------+---------+      wall along x = 400 with one gate G where the street passes
        0        200       400       600       800

A house is a square on its tip, ten metres from middle to corner: its way to the street y = 150 is 10 m in the lower two rows and 60 m in
the third, and meets the street at the house's own x. So the walk from the station to the house at x is x + 10 or x + 60 metres.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from services.access import SYSTEM
from services.assignment import assign_workers_to_grids
from services.circles import compute_circles
from services.city import load_city
from services.division import divide_communities
from services.ports import UnitOfWork

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
METRIC = "EPSG:4548"  # the zone a city at this longitude is measured in, so metres here are metres there
EAST_0, NORTH_0 = 450_000.0, 4_420_000.0
CITY, DISTRICT, STREET = "990100000000", "990101000000", "990101001000"
WEST, EAST = "990101001001", "990101001002"
COLUMNS = {WEST: (40, 120, 280, 360), EAST: (440, 520, 680, 760)}
ROWS = (130, 170, 220)
STATION, KINDERGARTEN, CANTEEN = "HLT_STATION", "EDU_KG", "ELD_CANTEEN"


@dataclass(frozen=True)
class SmallCity:
    """Frames as ``services.city.load_city`` takes them."""

    areas: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    entrances: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame
    water: gpd.GeoDataFrame
    greens: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    workers: gpd.GeoDataFrame
    cases: gpd.GeoDataFrame


def placed(rows: dict[str, tuple[Any, dict[str, Any]]]) -> gpd.GeoDataFrame:
    """Key -> (shape in metres of the city, columns) as a frame in degrees."""
    shapes = [shapely.transform(shape, lambda xy: xy + (EAST_0, NORTH_0)) for shape, _ in rows.values()]
    frame = pd.DataFrame([columns for _, columns in rows.values()], index=pd.Index(rows, dtype="str"))
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=METRIC).to_crs("EPSG:4326")


def house(x: float, y: float) -> shapely.Polygon:
    return shapely.Polygon([(x - 10, y), (x, y - 10), (x + 10, y), (x, y + 10)])


def areas() -> gpd.GeoDataFrame:
    whole = shapely.box(0, 0, 800, 300)
    return placed(
        {
            CITY: (whole, {"level": "city", "name": "小城", "name_en": "Small City"}),
            DISTRICT: (whole, {"level": "district", "parent_code": CITY, "name": "小区"}),
            STREET: (whole, {"level": "street", "parent_code": DISTRICT, "name": "小街道", "name_en": "Small Street"}),
            WEST: (shapely.box(0, 0, 400, 300), {"level": "community", "parent_code": STREET, "name": "西里", "name_en": "West"}),
            EAST: (shapely.box(400, 0, 800, 300), {"level": "community", "parent_code": STREET, "name": "东里"}),
        }
    )


def buildings() -> gpd.GeoDataFrame:
    """Houses named after their place, ``h040-130``; older residents are known in the west only."""
    return placed(
        {
            f"h{x:03}-{y}": (house(x, y), {"community_code": code, "households": 70, "residents": 140.0, "older_residents": 20.0 if code == WEST else 0.0})
            for code, columns in COLUMNS.items()
            for x in columns
            for y in ROWS
        }
    )


def streets() -> gpd.GeoDataFrame:
    """Eight pieces between the numbered places where streets meet or end."""
    nodes = [(0, 150), (200, 150), (400, 150), (600, 150), (800, 150), (200, 0), (200, 300), (600, 0), (600, 300)]
    ends = [(0, 1), (1, 2), (2, 3), (3, 4), (5, 1), (1, 6), (7, 3), (3, 8)]
    lines = [(u, v, shapely.LineString([nodes[u], nodes[v]])) for u, v in ends]
    return placed({f"s{u}-{v}": (line, {"highway": "residential", "u": u, "v": v, "length_m": line.length}) for u, v, line in lines})


def facilities() -> gpd.GeoDataFrame:
    return placed(
        {
            "f1": (shapely.Point(0, 150), {"category": STATION, "name": "=1+1"}),
            "f2": (shapely.Point(450, 200), {"category": KINDERGARTEN, "name": "东里幼儿园"}),
            "f3": (shapely.Point(600, 300), {"category": CANTEEN, "name": None}),
        }
    )


def workers() -> gpd.GeoDataFrame:
    rows = {"w1": (100, True, 6, WEST), "w2": (700, True, 6, EAST), "w3": (110, False, 1, WEST), "w4": (710, False, 1, EAST)}
    return placed(
        {
            key: (shapely.Point(x, 100), {"name": f"员{key[1]}", "full_time": full, "capacity": capacity, "community": home})
            for key, (x, full, capacity, home) in rows.items()
        }
    )


def small_city(**changes: gpd.GeoDataFrame) -> SmallCity:
    """The city, with other frames where a test wants them."""
    nothing = placed({"none": (shapely.Point(0, 0), {"name": ""})}).iloc[:0]
    wall = {"b1": (shapely.LineString([(400, 0), (400, 300)]), {"kind": "wall"})}
    gate = {"g1": (shapely.Point(400, 150), {"kind": "gate"})}
    city = SmallCity(
        areas(),
        buildings(),
        placed(gate),
        streets(),
        placed(wall),
        water=nothing,
        greens=nothing,
        facilities=facilities(),
        workers=workers(),
        cases=nothing,
    )
    return replace(city, **changes)


def settle(uow: UnitOfWork, **changes: gpd.GeoDataFrame) -> None:
    """Load the city, not yet divided."""
    load_city(uow, SYSTEM, small_city(**changes), name="small", at=AT)


def plan(uow: UnitOfWork) -> None:
    """Divide the city, assign its workers, compute its circles."""
    divide_communities(uow, SYSTEM, at=AT)
    assign_workers_to_grids(uow, SYSTEM, at=AT)
    compute_circles(uow, SYSTEM, at=AT)
