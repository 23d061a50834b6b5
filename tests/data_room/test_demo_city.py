"""The demo city has what the product's first minute promises, and nothing in it contradicts itself."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from networkx import Graph, connected_components, number_connected_components

from contracts.errors import InputError
from contracts.reference import reference_table
from data.demo_city import CityFrames, make_city

METRIC = "EPSG:4549"
TYPES = {"old_estate", "commodity_estate", "affordable_estate", "village_return_estate"}


def communities(city: CityFrames) -> gpd.GeoDataFrame:
    return city.areas[city.areas["level"] == "community"]


def metres(frame: gpd.GeoDataFrame) -> np.ndarray:
    return frame.to_crs(METRIC).geometry.to_numpy()


def touching(first: gpd.GeoDataFrame, second: gpd.GeoDataFrame) -> int:
    return len(shapely.STRtree(metres(first)).query(metres(second), predicate="intersects")[0])


def walk_graph(city: CityFrames) -> Graph:
    return Graph(zip(city.streets["u"], city.streets["v"], strict=True))


def test_the_city_has_two_streets_and_twelve_communities_of_all_four_types(city: CityFrames) -> None:
    assert city.areas["level"].value_counts().to_dict() == {"community": 12, "street": 2, "district": 1, "city": 1}
    assert set(communities(city)["community_type"]) == TYPES


def test_counts_are_near_the_promised_ones(city: CityFrames) -> None:
    assert 800 <= len(city.buildings) <= 1000
    assert 24_000 <= city.buildings["households"].sum() <= 26_000
    assert 550 <= len(city.cases) <= 650


def test_one_worker_in_twelve_or_so_is_full_time(city: CityFrames) -> None:
    assert len(city.workers) == 100
    assert city.workers["full_time"].sum() == 8


@pytest.mark.parametrize("level", ["community", "street", "district"])
def test_areas_of_a_level_tile_the_city(city: CityFrames, level: str) -> None:
    own = city.areas[city.areas["level"] == level].geometry.to_numpy()
    whole = city.areas.loc["990100000000"].geometry
    assert shapely.coverage_is_valid(own)
    assert shapely.union_all(own).symmetric_difference(whole).area == 0


def test_communities_tile_a_city_of_several_tiles(two_tiles: CityFrames) -> None:
    own = communities(two_tiles).geometry.to_numpy()
    assert shapely.coverage_is_valid(own)
    assert shapely.coverage_union_all(own).geom_type == "Polygon"


def test_areas_form_a_tree_by_code(city: CityFrames) -> None:
    below = city.areas[city.areas["parent_code"] != ""]
    assert below["parent_code"].isin(city.areas.index).all()
    assert city.areas.index.str.fullmatch(r"9901\d{8}").all()
    assert city.areas.index.is_unique


def test_every_building_lies_in_its_community_and_no_other(city: CityFrames) -> None:
    joined = gpd.sjoin(city.buildings[["community_code", "geometry"]], communities(city)[["geometry"]], predicate="intersects")
    assert len(joined) == len(city.buildings)
    assert (joined["community_code"] == joined["code"]).all()


def test_buildings_keep_clear_of_each_other_and_of_everything_else(city: CityFrames) -> None:
    assert touching(city.buildings, city.buildings) == len(city.buildings)
    for frame in (city.streets, city.barriers, city.water):
        assert touching(city.buildings, frame) == 0


def test_each_community_divides_into_grids(city: CityFrames) -> None:
    households = city.buildings.groupby("community_code")["households"].sum()
    assert households.between(1_500, 2_800).all()
    assert city.buildings["households"].max() <= 500


def test_one_tower_nearly_fills_a_grid(city: CityFrames) -> None:
    assert (city.buildings["households"] >= 400).sum() == 1


@pytest.mark.parametrize("name", ["city", "two_tiles"])
def test_everyone_can_walk_everywhere(name: str, request: pytest.FixtureRequest) -> None:
    assert number_connected_components(walk_graph(request.getfixturevalue(name))) == 1


def test_streets_meet_only_in_junctions(city: CityFrames) -> None:
    lines = city.streets.geometry.to_numpy()
    first, second = shapely.STRtree(lines).query(lines, predicate="crosses")
    assert len(first) == len(second) == 0


def test_junction_numbers_follow_the_geometry(city: CityFrames) -> None:
    ends = shapely.get_coordinates(np.r_[shapely.get_point(city.streets.geometry.to_numpy(), 0), shapely.get_point(city.streets.geometry.to_numpy(), -1)])
    table = pd.DataFrame({"node": np.r_[city.streets["u"], city.streets["v"]], "x": ends[:, 0], "y": ends[:, 1]}).drop_duplicates()
    assert table["node"].is_unique
    assert not table.duplicated(["x", "y"]).any()


def test_lengths_are_metres(city: CityFrames) -> None:
    geodesic = city.streets.geometry.to_crs("+proj=laea +lat_0=38.6 +lon_0=119 +ellps=GRS80").length
    assert np.allclose(city.streets["length_m"], geodesic, rtol=1e-4, atol=0.02)


@pytest.mark.parametrize(("kind", "flag", "count"), [("river", "bridge", 3), ("rail", "tunnel", 2)])
def test_the_river_has_three_bridges_and_the_railway_two_underpasses(city: CityFrames, kind: str, flag: str, count: int) -> None:
    line = city.barriers[city.barriers["kind"] == kind].geometry.union_all()
    across = city.streets.geometry.crosses(line)
    assert across.sum() == count
    assert city.streets.index[city.streets[flag]].tolist() == city.streets.index[across].tolist()


def test_without_bridges_and_underpasses_the_city_falls_apart(city: CityFrames) -> None:
    graph = walk_graph(city)
    graph.remove_edges_from(city.streets.loc[city.streets["bridge"] | city.streets["tunnel"], ["u", "v"]].itertuples(index=False))
    assert sorted(len(part) > 50 for part in connected_components(graph)).count(True) == 4


def test_every_gate_lies_on_a_wall_and_on_a_street(city: CityFrames) -> None:
    gates = city.entrances[city.entrances["kind"] == "gate"]
    walls = city.barriers[city.barriers["kind"] == "wall"]
    for lines in (walls, city.streets):
        points = set(map(tuple, shapely.get_coordinates(lines.geometry.to_numpy())))
        assert all(xy in points for xy in map(tuple, shapely.get_coordinates(gates.geometry.to_numpy())))


def test_streets_pass_walls_only_at_gates(city: CityFrames) -> None:
    walls, streets = city.barriers[city.barriers["kind"] == "wall"].geometry.to_numpy(), city.streets.geometry.to_numpy()
    street, wall = shapely.STRtree(walls).query(streets, predicate="intersects")
    spots = shapely.intersection(streets[street], walls[wall])
    gates = set(map(tuple, shapely.get_coordinates(city.entrances[city.entrances["kind"] == "gate"].geometry.to_numpy())))
    assert {tuple(xy) for xy in shapely.get_coordinates(spots)} == gates


def test_walled_estates_have_up_to_four_gates(city: CityFrames) -> None:
    walls = city.barriers[city.barriers["kind"] == "wall"].geometry.to_numpy()
    gates = city.entrances[city.entrances["kind"] == "gate"].geometry.to_numpy()
    count = np.bincount(shapely.STRtree(walls).query(gates, predicate="dwithin", distance=1e-9)[1], minlength=len(walls))
    assert count.min() >= 1
    assert count.max() <= 4
    assert (count >= 2).mean() > 0.9


def test_every_building_has_one_door_on_its_wall(city: CityFrames) -> None:
    doors = city.entrances[city.entrances["kind"] == "door"].set_index("building_key")
    assert sorted(doors.index) == sorted(city.buildings.index)
    gap = doors.to_crs(METRIC).geometry.distance(city.buildings.to_crs(METRIC).boundary.loc[doors.index])
    assert gap.max() < 0.05


def test_every_category_a_neighbourhood_must_have_is_there(city: CityFrames) -> None:
    table = reference_table("facility_categories")
    required = set(table.loc[(table["obligation"] == "required") & ~table["group"].str.startswith("convenience"), "code"])
    assert required <= set(city.facilities["category"])
    assert set(city.facilities["category"]) <= set(table["code"])


def test_places_are_named_in_both_languages(city: CityFrames) -> None:
    named = [city.areas, city.buildings, city.facilities, city.workers, city.streets[city.streets["highway"].isin(["trunk", "primary", "secondary"])]]
    for frame in named:
        assert (frame["name"].str.len() > 0).all()
        assert frame["name_en"].str.fullmatch(r"[ -~]+").all()


def test_every_row_says_it_is_invented(city: CityFrames) -> None:
    assert all((frame["source"] == "demo").all() for frame in vars(city).values())
    assert "虚构" in city.areas.loc["990100000000", "name"]


def test_telephone_numbers_cannot_be_dialled(city: CityFrames) -> None:
    assert city.facilities["phone"].str.startswith("000-").all()


def test_facilities_and_workers_stand_in_a_community(city: CityFrames) -> None:
    whole = city.areas.loc["990100000000"].geometry
    for frame in (city.facilities, city.workers, city.cases):
        assert frame.geometry.within(whole).all()


def test_facilities_stand_where_their_code_says(city: CityFrames) -> None:
    own = communities(city).geometry.loc[city.facilities["community_code"]]
    assert city.facilities.geometry.within(own.set_axis(city.facilities.index)).mean() > 0.97


def test_old_estates_are_better_served_than_village_return_estates(city: CityFrames) -> None:
    kind = communities(city)["community_type"].loc[city.facilities["community_code"]].value_counts()
    estates = communities(city)["community_type"].value_counts()
    per_community = kind / estates
    assert per_community["old_estate"] > 1.3 * per_community["village_return_estate"]


def test_cases_fall_into_three_months_and_end_after_they_began(city: CityFrames) -> None:
    cases = city.cases
    assert (cases["reported_at"].max() - cases["reported_at"].min()).days in range(85, 92)
    assert (cases["closed_at"].dropna() >= cases.loc[cases["closed_at"].notna(), "reported_at"]).all()
    assert (cases["due_at"] > cases["reported_at"]).all()
    assert (cases["grid_code"] == "").all()


def test_cases_without_an_end_are_those_still_open(city: CityFrames) -> None:
    ended = city.cases["state"].isin(["closed", "rejected", "duplicate"])
    assert (ended == city.cases["closed_at"].notna()).all()
    assert set(city.cases["category"]) <= set(reference_table("case_categories")["code"])


def test_keys_are_unique_and_geometries_valid(two_tiles: CityFrames) -> None:
    for frame in vars(two_tiles).values():
        assert frame.index.is_unique
        assert frame.geometry.is_valid.all()
        assert frame.crs == "EPSG:4326"


@pytest.mark.parametrize("count", [1, 3, 7, 19])
def test_a_city_has_as_many_communities_as_asked_for(count: int) -> None:
    small = make_city(communities=count, seed=9)
    own = communities(small)
    assert len(own) == count
    assert shapely.coverage_is_valid(own.geometry.to_numpy())
    assert number_connected_components(walk_graph(small)) == 1


def test_a_city_of_no_communities_is_refused() -> None:
    with pytest.raises(InputError, match="at least one community"):
        make_city(communities=0)
