"""Faults of the small city's streets and places: who is concerned, what to draw, and what that would change."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from contracts.columns import BUILDING_KEY, RESIDENTS
from gis.doctor import find_street_faults
from gis.map_edge import MapEdge
from gis.network import build_network
from gis.network_part import part_of
from servicecircle.reach import nearest_walk
from services.access import SYSTEM
from services.checks import check_city
from services.doctor import examine
from services.doctor_city import DoctorCity, read_doctor_city
from services.doctor_effect import effect_of, limit_s
from services.fault_words import CityFault, worst_first
from services.walk_ends import MAP_EDGE
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import Stop, calls_of, person
from tests.small_city import CANTEEN, EAST, EAST_0, METRIC, NORTH_0, WEST, house, placed


def street(start: tuple[float, float], end: tuple[float, float], u: int, v: int, **tags: object) -> tuple[shapely.LineString, dict[str, object]]:
    line = shapely.LineString([start, end])
    return line, {"highway": "residential", "u": u, "v": v, "length_m": line.length, "name": "", **tags}


def add(uow: SqlUnitOfWork, table: str, rows: dict[str, object]) -> None:
    with uow:
        getattr(uow, table).upsert(placed(rows))
        uow.commit()


def by_name(uow: SqlUnitOfWork, kind: str) -> dict[str, CityFault]:
    return {fault.place: fault for fault in check_city(uow, SYSTEM) if fault.kind == kind}


@pytest.fixture
def cut_off(planned: SqlUnitOfWork) -> SqlUnitOfWork:
    """Three houses of 50 people north of the city, on a street that stops 4 m short of the end of s3-8; beside it a canteen on s3-8."""
    add(planned, "streets", {"i1": street((600, 304), (600, 560), 90, 91, name="断头路"), "s3-8": street((600, 150), (600, 300), 3, 8, name="东街")})
    add(planned, "buildings", {f"n{y}": (house(615, y), {"community_code": EAST, "households": 20, "residents": 50.0}) for y in (420, 470, 520)})
    return planned


def test_an_undershoot_names_both_streets_and_counts_the_people_behind_it(cut_off):
    (fault,) = by_name(cut_off, "undershoot").values()
    assert fault.place == "东街 × 断头路"
    assert fault.people == 150.0
    assert "4.0 米" in fault.message.in_language("zh_CN")
    assert shapely.length(gpd.GeoSeries([fault.fix], crs=4326).to_crs(METRIC).iloc[0]) == pytest.approx(4.0, abs=0.01)


def test_drawing_the_link_gains_exactly_the_people_behind_it(cut_off):
    (fault,) = by_name(cut_off, "undershoot").values()
    assert (fault.gained, fault.lost) == (150.0, 0.0)
    assert "150" in fault.effect.in_language("zh_CN")


def test_one_mistake_is_one_fault(cut_off):
    assert by_name(cut_off, "island") == {}


def covered_after(city: DoctorCity, network) -> pd.DataFrame:
    """Everything computed anew for the whole city."""
    homes, served = (network.attach(places, barriers=city.barriers, gates=city.gates) for places in (city.doors, city.facilities))
    seconds = nearest_walk(network, served, homes, limit_s=limit_s())
    return (seconds <= limit_s()).groupby(city.doors[BUILDING_KEY]).any()


def test_the_effect_is_that_of_a_full_computation(cut_off):
    add(cut_off, "facilities", {"f8": (shapely.Point(690, 280), {"category": CANTEEN, "name": "远食堂"})})
    add(cut_off, "barriers", {"b9": (shapely.LineString(shapely.box(670, 260, 700, 295).exterior.coords), {"kind": "wall"})})
    with cut_off:
        city = read_doctor_city(cut_off)
    drawn = city.diagnosis.ground.streets.drop(columns=["u", "v", "length_m"])
    for fault in city.diagnosis.faults:
        link = gpd.GeoDataFrame({"highway": ["footway"]}, geometry=[fault.fix.shape], index=["new"], crs=drawn.crs)
        before, after = (covered_after(city, build_network(frame)) for frame in (drawn, pd.concat([drawn, link])))
        people = city.buildings[RESIDENTS]
        assert effect_of(city, fault.fix) == (people[(after & ~before).any(axis=1)].sum(), people[(before & ~after).any(axis=1)].sum())
    assert len(city.diagnosis.faults) == 1


def test_a_part_with_all_edges_is_the_network(planned):
    with planned:
        city = read_doctor_city(planned)
    network = city.diagnosis.network
    part = part_of(network, range(network.edge_count))
    pd.testing.assert_frame_equal(covered_after(city, part), covered_after(city, network))


def test_a_crossing_without_a_node_is_joined_at_its_point(planned):
    add(planned, "streets", {"x1": street((300, 20), (300, 280), 80, 81, name="横街")})
    (fault,) = by_name(planned, "crossing").values()
    assert (fault.place, fault.fix.geom_type) == ("横街", "Point")
    assert fault.gained is not None


@pytest.mark.parametrize("tags", [{"bridge": True}, {"layer": "1"}])
def test_a_bridge_is_no_crossing(planned, tags):
    add(planned, "streets", {"x1": street((300, 20), (300, 280), 80, 81, **tags)})
    assert by_name(planned, "crossing") == {}


def test_homes_behind_a_wall_are_listed_with_their_people(planned):
    add(planned, "barriers", {"b8": (shapely.LineString(shapely.box(60, 240, 140, 290).exterior.coords), {"kind": "wall"})})
    add(planned, "buildings", {"w1": (house(100, 265), {"community_code": WEST, "households": 10, "residents": 33.0, "name": "墙内楼"})})
    fault = by_name(planned, "unsnapped_home")["墙内楼"]
    assert (fault.people, fault.gained) == (33.0, 33.0)
    assert "围墙" in fault.message.in_language("zh_CN")
    assert fault.fix.geom_type == "LineString"


def test_an_island_says_who_lives_on_it(planned):
    add(planned, "streets", {"i1": street((100, 500), (200, 500), 90, 91, name="孤巷")})
    add(planned, "buildings", {"n1": (house(150, 515), {"community_code": WEST, "households": 20, "residents": 50.0})})
    fault = by_name(planned, "island")["孤巷"]
    assert (fault.people, fault.fix, fault.gained) == (50.0, None, None)
    assert "50" in fault.message.in_language("zh_CN")
    assert "未计算" in fault.effect.in_language("zh_CN")


def test_an_island_that_leads_off_the_map_is_no_fault(planned):
    add(planned, "streets", {"i1": street((100, 500), (200, 500), 90, 91, name="孤巷")})
    add(planned, "buildings", {"n1": (house(150, 515), {"community_code": WEST, "households": 20, "residents": 50.0})})
    with planned:
        end = shapely.get_coordinates(planned.streets.read(keys=["i1"]).geometry.iloc[0])[:1]
        planned.city.put(MAP_EDGE, MapEdge(shapely.Polygon(), end).as_json())
        planned.commit()
    assert by_name(planned, "island") == {}


def test_a_short_island_without_people_is_no_news(planned):
    add(planned, "streets", {"i1": street((100, 500), (130, 500), 90, 91)})
    assert by_name(planned, "island") == {}


def test_a_place_far_from_its_street_is_listed(planned):
    add(planned, "facilities", {"f8": (shapely.Point(300, 240), {"category": CANTEEN, "name": "远食堂"})})
    assert "90 m away" in str(by_name(planned, "far_place")["远食堂"].message)


def test_only_the_worst_are_computed_and_the_rest_say_so(cut_off):
    from gis.doctor_rules import DOCTOR

    with cut_off:
        city = read_doctor_city(cut_off)
    none = examine(city, rule=replace(DOCTOR, effects=0.0))
    assert [fault.gained for fault in none] == [None] * len(none)
    assert none


def test_a_major_road_without_a_crossing(planned):
    add(planned, "streets", {"m1": street((1000, 0), (1000, 900), 70, 71, highway="primary", name="大道", foot="no")})
    sides = {f"p{x}": street((x, 0), (x, 900), x, x + 1, highway="footway") for x in (970, 1030)}
    ends = {"e1": street((970, 0), (1000, 0), 970, 70), "e2": street((1000, 0), (1030, 0), 70, 1030)}
    add(planned, "streets", {**sides, **ends})
    add(planned, "buildings", {f"q{x}": (house(x, 450), {"community_code": EAST, "households": 20, "residents": 60.0}) for x in (955, 1045)})
    fault = by_name(planned, "missing_crossing")["大道"]
    start, end = shapely.get_coordinates(gpd.GeoSeries([fault.fix], crs=4326).to_crs(METRIC).iloc[0]).round(1) - (EAST_0, NORTH_0)
    assert sorted([start[0], end[0]]) == [970.0, 1030.0]
    assert fault.people >= 120.0


def test_the_check_reports_its_progress_and_stops(cut_off):
    assert calls_of(lambda stop: check_city(cut_off, SYSTEM, progress=stop)) >= 4
    with pytest.raises(Exception, match="Stopped"):
        check_city(cut_off, SYSTEM, progress=Stop(at_call=3))


def test_an_area_sees_its_own_faults_only(cut_off):
    assert [fault.kind for fault in check_city(cut_off, person(("planner", WEST)))] == []


def test_the_worst_come_first():
    faults = [CityFault("island", name, 0.0, 0.0, None, people) for name, people in (("a", None), ("b", 5.0), ("c", 9.0))]
    assert [fault.place for fault in worst_first(faults[::-1])] == ["c", "b", "a"]


def test_the_effect_reaches_as_far_as_one_walks_downhill():
    streets = gpd.GeoDataFrame(
        {"grade": [0.0, 0.05]}, geometry=[shapely.LineString([(-8000, 0), (-2, 0)]), shapely.LineString([(0, 0), (2300, 0)])], index=["w", "e"], crs=METRIC
    )
    place = {"geometry": [shapely.Point(-10, 1)], "crs": METRIC}
    home = gpd.GeoDataFrame({RESIDENTS: [100.0]}, geometry=[shapely.Point(1190, 1)], crs=METRIC, index=["h"])
    door = home.geometry.to_frame("geometry").assign(**{BUILDING_KEY: "h"})
    shop = gpd.GeoDataFrame({"facility_key": ["f"], "category": ["shop"]}, **place)
    nothing = gpd.GeoDataFrame({"kind": []}, geometry=[], crs=METRIC)
    diagnosis = find_street_faults(streets)
    city = DoctorCity(diagnosis, build_network(streets, slopes=True), *(each.to_crs(diagnosis.network.crs) for each in (home, door, shop, nothing, nothing)))
    (fault,) = [each for each in diagnosis.faults if each.fix is not None]

    assert effect_of(city, fault.fix) == (100.0, 0.0)  # 1202 m: 1002 s on the level, 842 s downhill
