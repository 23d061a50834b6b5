"""Where walks start and end: known doors first, then walls, then points."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pytest
from shapely import Point, box

from contracts.errors import NotFoundError
from gis.crs import WGS84
from services.walk_ends import building_doors, facility_doors, is_verified, read_walk_ends, require_places
from store.unit_of_work import SqlUnitOfWork
from tests.small_city import STATION

BUILDINGS = gpd.GeoDataFrame(index=["w1", "w2"], geometry=[box(0, 0, 1, 1), box(2, 0, 3, 1)], crs=WGS84)
ENTRANCES = gpd.GeoDataFrame({"kind": ["door", "gate"], "building_key": ["w1", "w2"]}, index=["n1", "n2"], geometry=[Point(0, 0.5), Point(2, 0.5)], crs=WGS84)
FACILITIES = gpd.GeoDataFrame(
    {"category": ["clinic", "school", "shop"], "verified": [True, None, False]},
    index=["w1", "w2", "n9"],
    geometry=[Point(0.5, 0.5), Point(2.5, 0.5), Point(5, 5)],
    crs=WGS84,
)


def test_a_building_is_entered_by_its_known_doors_else_through_its_wall() -> None:
    doors = building_doors(BUILDINGS, ENTRANCES)

    assert doors[["building_key", "resolved_by"]].to_numpy().tolist() == [["w1", "door"], ["w2", "wall"]]
    assert list(doors.index) == ["door:n1", "building:w2"]


def test_a_facility_is_entered_like_the_building_it_is_else_at_its_point() -> None:
    doors = facility_doors(FACILITIES, BUILDINGS, ENTRANCES).set_index("facility_key")

    assert doors["resolved_by"].to_dict() == {"w1": "door", "w2": "wall", "n9": "point"}
    assert doors.geometry.geom_type.to_dict() == {"w1": "Point", "w2": "Polygon", "n9": "Point"}
    assert doors["category"].to_dict() == FACILITIES["category"].to_dict()


def test_only_what_is_marked_as_not_verified_is_not() -> None:
    assert is_verified(FACILITIES).tolist() == [True, True, False]
    assert is_verified(FACILITIES.drop(columns="verified")).all()


def test_no_facilities_have_no_doors() -> None:
    assert facility_doors(FACILITIES.iloc[:0], BUILDINGS, ENTRANCES).empty


def test_the_ends_of_walks_are_read_whole_or_of_one_kind(loaded: SqlUnitOfWork) -> None:
    with loaded:
        loaded.buildings.upsert(loaded.buildings.read(keys=["h040-130"]).assign(residents=0.0))
        every, one = read_walk_ends(loaded), read_walk_ends(loaded, homes=loaded.buildings.read(keys=["h120-130"]), categories=[STATION])
    assert (len(every.buildings), len(every.homes), every.facilities.index.tolist()) == (24, 23, ["f1", "f2", "f3"])
    assert (one.doors["building_key"].tolist(), one.served["facility_key"].tolist(), one.buildings.empty) == (["h120-130"], ["f1"], True)
    assert every.gates.index.tolist() == ["g1"]


def test_what_is_missing_for_a_walk_is_said(loaded: SqlUnitOfWork) -> None:
    with loaded:
        ends, streets = read_walk_ends(loaded), loaded.streets.read()
    require_places(streets, ends)
    for lacking, words in (((streets.iloc[:0], ends), "streets"), ((streets, replace(ends, facilities=ends.facilities.iloc[:0])), "facilities")):
        with pytest.raises(NotFoundError, match=words):
            require_places(*lacking)
