"""Layers of the map hold what was asked and nothing a principal may not see."""

from __future__ import annotations

import pytest

from contracts.errors import InputError, NotAllowedError
from services.access import SYSTEM
from services.maplayers import LAYERS, grid_values, map_layer
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import NOBODY, person
from tests.small_city import CITY, DISTRICT, EAST, STATION, STREET, WEST

EVERYTHING = {
    "areas": {CITY, DISTRICT, STREET, WEST, EAST},
    "communities": {WEST, EAST},
    "grids": {f"{WEST}001", f"{WEST}002", f"{EAST}001", f"{EAST}002"},
    "barriers": {"b1"},
    "entrances": {"g1"},
    "grounds": set(),
    "facilities": {"f1", "f2", "f3"},
}
IN_THE_WEST = {
    "areas": {WEST},
    "communities": {WEST},
    "grids": {f"{WEST}001", f"{WEST}002"},
    "barriers": {"b1"},  # on the border
    "entrances": {"g1"},
    "facilities": {"f1"},
    "streets": {"s0-1", "s1-2", "s2-3", "s5-1", "s1-6"},  # s2-3 begins on the border
}
WESTERNER = person(("leader", WEST))


def keys(uow: SqlUnitOfWork, layer: str, who=SYSTEM, **asked) -> set[str]:
    return set(map_layer(uow, who, layer, **asked).index)


@pytest.mark.parametrize("layer", EVERYTHING)
def test_without_an_area_a_layer_is_whole(planned: SqlUnitOfWork, layer: str) -> None:
    assert keys(planned, layer) == EVERYTHING[layer]


@pytest.mark.parametrize("layer", IN_THE_WEST)
def test_an_area_limits_every_layer(planned: SqlUnitOfWork, layer: str) -> None:
    assert keys(planned, layer, area_code=WEST) == IN_THE_WEST[layer]


@pytest.mark.parametrize("layer", IN_THE_WEST)
def test_a_principal_of_the_west_sees_the_west_even_with_a_wide_window(planned: SqlUnitOfWork, layer: str) -> None:
    assert keys(planned, layer, WESTERNER) == keys(planned, layer, WESTERNER, bbox=(116.0, 39.0, 117.0, 40.0)) == IN_THE_WEST[layer]


def test_a_window_keeps_what_touches_it(planned: SqlUnitOfWork) -> None:
    house = map_layer(planned, SYSTEM, "buildings").loc[["h040-130"]]
    assert keys(planned, "buildings", bbox=tuple(house.total_bounds)) == {"h040-130"}
    assert keys(planned, "communities", bbox=tuple(house.total_bounds)) == {WEST}


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_is_in_degrees(planned: SqlUnitOfWork, layer: str) -> None:
    assert map_layer(planned, SYSTEM, layer, category=STATION).crs.to_epsg() == 4326


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_may_be_empty(loaded: SqlUnitOfWork, layer: str) -> None:
    assert map_layer(loaded, SYSTEM, layer, category="none", bbox=(0.0, 0.0, 1.0, 1.0)).empty


@pytest.mark.parametrize("layer", LAYERS)
def test_foreign_areas_and_strangers_are_refused(planned: SqlUnitOfWork, layer: str) -> None:
    for who, area in ((WESTERNER, EAST), (WESTERNER, STREET), (NOBODY, "")):
        with pytest.raises(NotAllowedError):
            map_layer(planned, who, layer, area_code=area)


def test_an_unknown_layer_is_refused_with_the_known_ones(planned: SqlUnitOfWork) -> None:
    with pytest.raises(InputError, match="uncovered_doors"):
        map_layer(planned, SYSTEM, "moon")


def test_uncovered_houses_are_those_beyond_the_limit(planned: SqlUnitOfWork) -> None:
    far = map_layer(planned, SYSTEM, "uncovered_doors", area_code=WEST, category=STATION, minutes=5)
    assert set(far.index) == {"h360-130", "h360-170", "h360-220"}
    assert set(far.geom_type) == {"Point"}
    assert map_layer(planned, SYSTEM, "uncovered_doors", category=STATION).empty


def test_one_circle_per_pace_and_minute(planned: SqlUnitOfWork) -> None:
    assert len(map_layer(planned, SYSTEM, "circles", profile="older", category=STATION)) == 3
    assert len(map_layer(planned, SYSTEM, "circles", profile="older", category=STATION, minutes=10)) == 1


def test_grids_are_coloured_by_their_share(planned: SqlUnitOfWork) -> None:
    values = grid_values(planned, SYSTEM, category=STATION, profile="adult", limit_s=300.0, area_code=WEST)
    assert values.to_dict() == {WEST: 0.75, f"{WEST}001": 1.0, f"{WEST}002": 0.5}


def test_values_stay_within_what_one_may_see(planned: SqlUnitOfWork) -> None:
    assert set(grid_values(planned, WESTERNER, category=STATION, profile="adult").index) == {WEST, f"{WEST}001", f"{WEST}002"}
    with pytest.raises(NotAllowedError):
        grid_values(planned, WESTERNER, category=STATION, profile="adult", area_code=EAST)


def test_without_circles_there_are_no_values(loaded: SqlUnitOfWork) -> None:
    assert grid_values(loaded, SYSTEM, category=STATION, profile="adult").empty
