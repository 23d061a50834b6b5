"""A hamlet for tests of the store: two communities, three buildings, two grids."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import LineString, Point, box

from contracts.records import CircleRun
from store.unit_of_work import SqlUnitOfWork

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
TODAY = date(2026, 3, 4)
CITY, STREET, EAST, WEST = "990000000000", "990101001000", "990101001002", "990101001001"
GRIDS = [f"{WEST}001", f"{WEST}002"]


def places(keys: list[str], shapes: list[Any], crs: Any = "EPSG:4326", **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, index=pd.Index(keys), geometry=shapes, crs=crs)


def areas() -> gpd.GeoDataFrame:
    levels = ["city", "street", "community", "community"]
    shapes = [box(0, 0, 3, 2), box(0, 0, 2, 1), box(0, 0, 1, 1), box(1, 0, 2, 1)]
    return places([CITY, STREET, WEST, EAST], shapes, level=levels, name=["示范市", "云汀街道", "西里", "东里"], generated=True)


def buildings() -> gpd.GeoDataFrame:
    shapes = [box(0.1, 0.1, 0.2, 0.2), box(0.7, 0.1, 0.8, 0.2), box(1.1, 0.1, 1.2, 0.2)]
    return places(["b1", "b2", "b3"], shapes, community_code=[WEST, WEST, EAST], households=[3, 4, 5], residents=[7.5, 8, 9], 朝向=["南", None, "北"])


def workers() -> gpd.GeoDataFrame:
    return places(
        ["w1", "w2"], [Point(0.5, 0.5), None], name=["张三", "李四"], full_time=[True, False], capacity=[6, 1], skills=[["手语", "law"], []], community=WEST
    )


def streets() -> gpd.GeoDataFrame:
    return places(
        ["s1", "s2"], [LineString([(0, 0), (1, 1)]), LineString([(1, 1), (2, 0)])], u=[11_000_000_000, 2], v=[2, 3], highway="footway", length_m=[10.5, 3]
    )


def grids(codes: list[str] = GRIDS) -> gpd.GeoDataFrame:
    return places(codes, [box(0, 0, 0.5, 1), box(0.5, 0, 1, 1)], kind="comprehensive", households=[3, 4], residents=[7.5, 8], polsby_popper=[0.6, 0.7])


def settle(uow: SqlUnitOfWork) -> None:
    """Areas, buildings, streets and workers."""
    uow.areas.upsert(areas())
    uow.buildings.upsert(buildings())
    uow.streets.upsert(streets())
    uow.workers.upsert(workers())


def draft(uow: SqlUnitOfWork, codes: list[str] = GRIDS) -> int:
    """A draft of the western community."""
    homes = pd.Series({"b1": codes[0], "b2": codes[1]})
    return uow.plans.save_draft(WEST, grids(codes), homes, rule={"band": [300, 500]}, report={"faults": 0}, author="林", reason="first", at=NOW)


def publish(uow: SqlUnitOfWork, codes: list[str] = GRIDS) -> int:
    """A published plan of the western community."""
    plan = draft(uow, codes)
    uow.plans.publish([plan], valid_from=TODAY, at=NOW)
    return plan


def circle_run(**changes: Any) -> CircleRun:
    """A run over the three buildings; b3 is out of reach."""
    walks = pd.DataFrame(
        {"building_key": ["b3", "b1", "b2"], "profile": "adult", "category": "school", "seconds": [np.inf, 0.0, 899.5], "facility_key": [None, "f1", "f1"]}
    )
    coverage = pd.DataFrame({"area_code": [WEST, EAST], "level": "community", "profile": "adult", "category": "school", "limit_s": 900.0})
    coverage = coverage.assign(people=[7, 5], covered_people=[7, 0], covered_share=[1.0, np.nan], radius_share=[1.0, 1.0])
    circles = gpd.GeoDataFrame({"profile": "adult", "category": "school", "minutes": [5, 15]}, geometry=[box(0, 0, 1, 1), box(0, 0, 2, 2)], crs=4326)
    facts: dict[str, Any] = {"profiles": ("adult",), "categories": ("school",), "data_version": 1, "made_at": NOW, "author": "林", "method": {"speed_m_s": 1.2}}
    return CircleRun(**(facts | {"door_walks": walks, "coverage": coverage, "circles": circles} | changes))
