"""A city of two communities and four grids in a store, small enough to count by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, Point, box

from contracts.records import CircleRun
from store.engine import Store
from store.unit_of_work import SqlUnitOfWork

AT = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)
CITY, DISTRICT, STREET = "990100000000", "990101000000", "990101001000"
EAST, WEST = "990101001001", "990101001002"
WGS84 = "EPSG:4326"
HOSTILE = "=1+1<script>"


def places(rows: dict[str, dict[str, object]]) -> gpd.GeoDataFrame:
    """Rows by key as a frame of places."""
    frame = pd.DataFrame.from_dict(rows, orient="index")
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=WGS84)


def areas() -> gpd.GeoDataFrame:
    def area(name: str, name_en: str, level: str, parent: str | None, shape: object, kind: str | None = None) -> dict[str, object]:
        return {"name": name, "name_en": name_en, "level": level, "parent_code": parent, "community_type": kind, "geometry": shape}

    whole = box(116.0, 40.0, 116.02, 40.01)
    return places(
        {
            CITY: area("示范市", "Example City", "city", None, whole),
            DISTRICT: area("云汀区", "Yunting", "district", CITY, whole),
            STREET: area("一街道", "First Sub-district", "street", DISTRICT, whole),
            EAST: area("东社区", "East", "community", STREET, box(116.01, 40.0, 116.02, 40.01), "old_estate"),
            WEST: area("西社区", "West", "community", STREET, box(116.0, 40.0, 116.01, 40.01), "commodity_estate"),
        }
    )


def buildings() -> gpd.GeoDataFrame:
    return places(
        {
            f"b{number}": {
                "name": HOSTILE if number == 0 else f"{number}号楼",
                "households": 100,
                "residents": 250.0,
                "community_code": WEST if number < 2 else EAST,
                "geometry": box(x, 40.004, x + 0.001, 40.005),
            }
            for number, x in enumerate((116.002, 116.007, 116.012, 116.017))
        }
    )


def grids(community: str, west: float) -> gpd.GeoDataFrame:
    return places(
        {
            f"{community}00{number + 1}": {
                "name": f"第{number + 1}网格",
                "kind": "comprehensive",
                "households": 100,
                "residents": 250.0,
                "geometry": box(x, 40.0, x + 0.005, 40.01),
            }
            for number, x in enumerate((west, west + 0.005))
        }
    )


def run() -> CircleRun:
    codes = [CITY, STREET, EAST, WEST, *(f"{code}00{n}" for code in (EAST, WEST) for n in (1, 2))]
    levels = ["city", "street", "community", "community", *["grid"] * 4]
    coverage = pd.DataFrame(
        [
            {
                "area_code": code,
                "level": level,
                "profile": profile,
                "category": "HLT_CENTER",
                "limit_s": limit,
                "households": 100.0,
                "covered_households": 50.0,
                "people": 250.0,
                "covered_people": 125.0,
                "covered_share": 0.5 if profile == "adult" else 0.25,
                "radius_share": 1.0,
            }
            for code, level in zip(codes, levels, strict=True)
            for profile in ("adult", "older")
            for limit in (300.0, 600.0, 900.0)
        ]
    )
    walks = pd.DataFrame(
        [
            {"building_key": f"b{n}", "profile": profile, "category": "HLT_CENTER", "seconds": 300.0 * (n + 1), "facility_key": "f1"}
            for n in range(4)
            for profile in ("adult", "older")
        ]
    )
    circles = gpd.GeoDataFrame({"profile": ["adult"], "category": ["HLT_CENTER"], "minutes": [15]}, geometry=[box(116.0, 40.0, 116.01, 40.01)], crs=WGS84)
    return CircleRun(("adult", "older"), ("HLT_CENTER",), 1, AT, "system", {"speeds": {"adult": 1.2, "older": 0.8}}, walks, coverage, circles)


def fill(store: Store) -> None:
    """Places, plans in force, workers and one computation."""
    with SqlUnitOfWork(store) as uow:
        uow.areas.upsert(areas())
        uow.buildings.upsert(buildings())
        uow.streets.upsert(
            places(
                {
                    "s1": {
                        "u": 1,
                        "v": 2,
                        "name": "前街",
                        "highway": "residential",
                        "length_m": 1700.0,
                        "geometry": LineString([(116.0, 40.003), (116.02, 40.003)]),
                    }
                }
            )
        )
        uow.barriers.upsert(places({"r1": {"kind": "river", "geometry": LineString([(116.01, 40.0), (116.01, 40.01)])}}))
        uow.facilities.upsert(
            places({"f1": {"name": "卫生服务中心", "name_en": "Health Centre", "category": "HLT_CENTER", "geometry": Point(116.003, 40.003)}})
        )
        uow.workers.upsert(places({"w1": {"name": "李明", "full_time": True, "capacity": 4, "community": WEST, "geometry": Point(116.004, 40.004)}}))
        plans = []
        for code, west, homes in ((WEST, 116.0, ["b0", "b1"]), (EAST, 116.01, ["b2", "b3"])):
            frame = grids(code, west)
            grid_of_building = pd.Series([f"{code}001", f"{code}002"], index=homes)
            plans.append(
                uow.plans.save_draft(code, frame, grid_of_building, rule={}, report={"faults": ["x"], "reasons": []}, author="system", reason="division", at=AT)
            )
        uow.plans.publish(plans, valid_from=date(2026, 1, 5), at=AT)
        uow.assignments.replace(
            pd.DataFrame({"grid_code": [f"{WEST}001"], "worker_key": ["w1"], "role": ["lead"], "walk_s": [120.0]}),
            communities=[WEST, EAST],
            author="system",
            at=AT,
        )
        uow.circles.save(run())
        uow.commit()
