"""Division of communities, tame and hostile: always a valid coverage, never a cut building, never silently out of band."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from benchmarks.communities import KINDS, TAME, make_community
from contracts.errors import CrsError, GeometryError, InputError, MissingColumnError
from contracts.settings import ROOT
from data.demo_city import make_city
from grids.check import find_faults
from grids.divide import GridRule, divide_community
from services.lines import boundary_lines

CRS = "EPSG:32650"
TAIPEI = ROOT.parent / "shared" / "data" / "taipei_villages.geojson"
SEEDS = 4


def houses(places, households, crs=CRS):
    return gpd.GeoDataFrame(
        {"households": households}, index=[f"h{i}" for i in range(len(places))], geometry=[box(x, y, x + 20, y + 20) for x, y in places], crs=crs
    )


def row_of_four():
    """Four houses of 250 in a row on a plain of 400 m: two grids of 500."""
    return box(500_000, 4_000_000, 500_400, 4_000_100), houses([(500_040 + 100 * i, 4_000_040) for i in range(4)], [250] * 4)


def line(kind, *points):
    return gpd.GeoDataFrame({"kind": [kind]}, geometry=[LineString([(500_000 + x, 4_000_000 + y) for x, y in points])], crs=CRS)


@pytest.fixture(scope="module")
def demo_city():
    return make_city()


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_community_is_tiled_exactly(kind, seed):
    made = make_community(kind, seed)
    plan = divide_community(made.shape, made.buildings, made.lines, crossings=made.crossings, seed=seed)
    shapes = plan.grids.geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes)
    assert shapely.is_valid(shapes).all()
    assert plan.buildings.index.equals(made.buildings.index)
    explained = {"band"} if any(f.rule == "band" for f in plan.report.findings) else set()
    explained |= {"building_orphaned"} if any(f.rule == "building" for f in plan.report.findings) else set()
    faults = find_faults(plan.grids, made.shape, made.buildings.assign(grid_code=plan.buildings))
    assert {fault.kind for fault in faults} <= explained, [str(fault.message) for fault in faults]


@pytest.mark.parametrize("kind", TAME)
def test_households_add_up(kind):
    made = make_community(kind, 1)
    plan = divide_community(made.shape, made.buildings, made.lines)
    assert plan.grids["households"].sum() == made.buildings["households"].sum() == plan.report.weight
    assert plan.report.in_band == len(plan.grids) == plan.report.parts


def test_four_houses_make_two_grids_numbered_from_the_west():
    community, buildings = row_of_four()
    plan = divide_community(community, buildings, None, rule=GridRule(community_code="110105001001"))
    assert plan.grids.index.tolist() == ["110105001001001", "110105001001002"]
    assert plan.buildings.tolist() == ["110105001001001"] * 2 + ["110105001001002"] * 2
    assert plan.grids.area.tolist() == [20_000, 20_000]
    assert plan.report.keeps_rules


def test_a_border_follows_the_street():
    community, buildings = row_of_four()
    plan = divide_community(community, buildings, line("major", (190, -5), (190, 105)))
    assert plan.grids.total_bounds.tolist() == list(community.bounds)
    assert plan.grids["street_share"].tolist() == [1.0, 1.0]
    assert plan.grids.bounds["maxx"].iloc[0] == 500_190


def test_a_river_is_not_crossed_without_a_bridge():
    community, buildings = row_of_four()
    river = line("river", (130, -5), (130, 105))
    plan = divide_community(community, buildings, river)
    assert {finding.rule for finding in plan.report.findings} == {"walk"}
    rule = GridRule(band=(200, 800), target=500)
    assert divide_community(community, buildings, river, rule=rule).buildings.nunique() == 2
    assert not divide_community(community, buildings, river, rule=rule).report.findings


def test_a_gate_opens_a_wall():
    community, buildings = row_of_four()
    wall, gate = line("wall", (130, -5), (130, 105)), gpd.GeoSeries([Point(500_130, 4_000_050)], crs=CRS)
    assert [f.rule for f in divide_community(community, buildings, wall).report.findings] == ["walk"]
    assert not divide_community(community, buildings, wall, crossings=gate).report.findings


def test_a_street_over_the_river_is_a_bridge_unless_the_rule_says_no():
    community, buildings = row_of_four()
    lines = pd.concat([line("river", (130, -5), (130, 105)), line("minor", (-5, 20), (405, 20))], ignore_index=True)
    assert not divide_community(community, buildings, lines).report.findings
    assert divide_community(community, buildings, lines, rule=GridRule(streets_cross=False)).report.findings


@pytest.mark.parametrize(
    ("households", "says"),
    [([700, 300, 400, 100], "1 building holds more"), ([50, 50, 50, 50], "Only 200"), ([140, 140, 140, 130], "no number of grids fits")],
)
def test_a_band_that_cannot_be_kept_is_explained(households, says):
    community, buildings = row_of_four()
    plan = divide_community(community, buildings.assign(households=households), None)
    finding = next(f for f in plan.report.findings if f.rule == "band")
    assert says in str(finding.message)
    assert ".0" not in str(finding.message)
    assert set(finding.grids) <= set(plan.grids.index)
    assert not plan.report.keeps_rules


def test_a_giant_gets_a_grid_of_its_own():
    community, buildings = row_of_four()
    plan = divide_community(community, buildings.assign(households=[900, 100, 150, 150]), None)
    assert sorted(plan.grids["households"]) == [400, 900]


def test_a_code_stays_with_the_households_that_stay():
    community, buildings = row_of_four()
    previous = pd.Series(["110105001001007"] * 2 + ["110105001001003"] * 2, index=buildings.index)
    rule = GridRule(community_code="110105001001", taken_codes=frozenset({"110105001001001"}))
    plan = divide_community(community, buildings, None, rule=rule, previous=previous)
    assert plan.buildings.tolist() == previous.tolist()
    assert divide_community(community, buildings, None, rule=rule).grids.index.tolist() == ["110105001001002", "110105001001003"]


def test_another_column_can_be_balanced():
    community, buildings = row_of_four()
    plan = divide_community(community, buildings.assign(residents=[900, 100, 500, 500]), None, rule=GridRule(weight="residents", band=(900, 1100), target=1000))
    assert plan.grids["residents"].tolist() == [1000, 1000] or sorted(plan.grids["residents"]) == [900, 1100]


def test_frames_in_different_systems_fit_together():
    community, buildings = row_of_four()
    frame = gpd.GeoDataFrame({"code": ["110105001001"]}, geometry=[community], crs=CRS).to_crs(4326)
    plan = divide_community(frame, buildings, line("minor", (190, -5), (190, 105)).to_crs(3857))
    assert plan.grids.crs == frame.crs
    assert plan.grids.union_all().symmetric_difference(frame.geometry.iloc[0]).area < 1e-15


def test_original_border_points_come_back_to_the_last_bit():
    made = make_community("degrees", 2)
    plan = divide_community(made.shape, made.buildings, made.lines)
    ours = set(map(tuple, shapely.get_coordinates(plan.grids.geometry.to_numpy()).tolist()))
    assert set(map(tuple, shapely.get_coordinates(made.shape.geometry.to_numpy()).tolist())) <= ours


@pytest.mark.parametrize("code", ["990101001005", "990101001007"])
def test_a_line_that_ends_beside_a_corner_of_the_community_leaves_no_gap(demo_city, code):
    community = demo_city.areas.loc[[code]]
    buildings = demo_city.buildings[demo_city.buildings["community_code"] == code]
    plan = divide_community(community, buildings, boundary_lines(demo_city.streets, demo_city.barriers))
    assert "gap" not in {fault.kind for fault in find_faults(plan.grids, community, buildings)}


def test_a_sliver_between_the_border_and_a_street_is_not_lost():
    shape = Polygon(
        [
            (5e5, 4e6),
            (500_001.6595829561, 4_000_004.2891077218),
            (500_004.966931459, 4_000_012.9035305316),
            (499_930.307, 4_000_041.642),
            (499_925.34, 4_000_028.739),
        ]
    )
    house = Point(499_960, 4_000_030).buffer(5)
    buildings = gpd.GeoDataFrame({"households": [400]}, geometry=[house], crs=CRS)
    street = gpd.GeoDataFrame({"kind": ["minor"]}, geometry=[LineString([shape.exterior.coords[0], shape.exterior.coords[2]])], crs=CRS)
    community = gpd.GeoSeries([shape], index=["110105001001"], crs=CRS)
    assert find_faults(divide_community(community, buildings, street).grids, community, buildings) == []


def test_a_sliver_the_grid_moved_mostly_outside_is_not_lost():
    corners = [(0, 0), (12.0707454712, 1.274801289), (29.8132729679, 3.162308222), (21.37497110927, 82.716032596), (-8.43830185867, 79.5537243737)]
    shape = Polygon([(500_000 + x, 4_000_000 + y) for x, y in corners])
    buildings = gpd.GeoDataFrame({"households": [400]}, geometry=[box(500_005, 4_000_035, 500_010, 4_000_040)], crs=CRS)
    street = gpd.GeoDataFrame({"kind": ["minor"]}, geometry=[LineString([shape.exterior.coords[0], shape.exterior.coords[2]])], crs=CRS)
    community = gpd.GeoSeries([shape], index=["110105001001"], crs=CRS)
    assert find_faults(divide_community(community, buildings, street).grids, community, buildings) == []


def test_the_tip_of_a_spike_behind_a_building_is_not_lost():
    around = np.arange(40) * np.pi / 20
    reach = np.where(np.arange(40) % 2, 150, 20)
    star = Polygon(np.column_stack([500_200 + reach * np.cos(around), 4_000_160 + reach * np.sin(around)]))
    community = gpd.GeoSeries([star], index=["110105001001"], crs=CRS)
    buildings = gpd.GeoDataFrame({"households": [400]}, geometry=[box(500_330, 4_000_130, 500_342, 4_000_142)], crs=CRS)
    plan = divide_community(community, buildings, None)
    assert plan.grids.area.sum() == pytest.approx(star.area, abs=0.01)
    assert find_faults(plan.grids, community, buildings) == []


def test_rows_in_another_order_give_the_same_bytes():
    made = make_community("rugged_border", 5)
    mixed = made.buildings.sample(frac=1, random_state=3)
    one = divide_community(made.shape, made.buildings, made.lines)
    two = divide_community(made.shape, mixed, made.lines.sample(frac=1, random_state=4))
    assert one.grids.to_wkb().equals(two.grids.to_wkb())
    assert two.buildings.index.equals(mixed.index)


def test_input_frames_are_left_alone():
    made = make_community("overlapping_footprints", 1)
    before = made.shape.copy(), made.buildings.copy(), made.lines.copy()
    divide_community(made.shape, made.buildings, made.lines)
    for frame, kept in zip((made.shape, made.buildings, made.lines), before, strict=True):
        assert frame.to_wkb().equals(kept.to_wkb())


def test_no_building_at_all_gives_one_grid():
    community, buildings = row_of_four()
    plan = divide_community(community, buildings.iloc[:0], None)
    assert len(plan.grids) == 1
    assert plan.grids["households"].tolist() == [0]


def test_an_island_too_small_is_reported_not_joined():
    isle = MultiPolygon([box(500_000, 4_000_000, 500_400, 4_000_100), box(500_600, 4_000_000, 500_650, 4_000_050)])
    buildings = houses([(500_040 + 100 * i, 4_000_040) for i in range(4)] + [(500_610, 4_000_010)], [250] * 4 + [30])
    plan = divide_community(isle, buildings, None)
    assert sorted(plan.grids["households"]) == [30, 500, 500]
    assert plan.grids.geom_type.unique().tolist() == ["Polygon"]


def bad_inputs():
    community, buildings = row_of_four()
    frame = gpd.GeoDataFrame(geometry=[community], crs=CRS)
    return {
        "buildings without system": (CrsError, (community, buildings.set_crs(None, allow_override=True), None)),
        "community without system": (CrsError, (gpd.GeoSeries([community]), buildings, None)),
        "lines without system": (CrsError, (community, buildings, line("minor", (0, 0), (9, 9)).set_crs(None, allow_override=True))),
        "no households": (MissingColumnError, (community, buildings.drop(columns="households"), None)),
        "households below zero": (InputError, (community, buildings.assign(households=[-1, 1, 1, 1]), None)),
        "households missing": (InputError, (community, buildings.assign(households=[np.nan, 1, 1, 1]), None)),
        "keys twice": (InputError, (community, buildings.set_axis(["a", "a", "b", "c"]), None)),
        "unknown kind of line": (InputError, (community, buildings, line("canal", (0, 0), (9, 9)))),
        "lines without kind": (MissingColumnError, (community, buildings, line("minor", (0, 0), (9, 9)).drop(columns="kind"))),
        "two communities": (InputError, (pd.concat([frame, frame]), buildings, None)),
        "community is a line": (GeometryError, (LineString([(0, 0), (1, 1)]), buildings, None)),
        "community is empty": (GeometryError, (Polygon(), buildings, None)),
        "community is text": (GeometryError, ("x", buildings, None)),
        "buildings are no frame": (InputError, (community, [1, 2], None)),
    }


@pytest.mark.parametrize("name", bad_inputs())
def test_input_that_means_nothing_is_refused(name):
    error, arguments = bad_inputs()[name]
    with pytest.raises(error):
        divide_community(*arguments)


@pytest.mark.parametrize(("load", "says"), [(-1, "-1.0"), (np.nan, "nan"), ("many", "many")])
def test_a_household_count_that_means_nothing_is_named_with_its_building(load, says):
    community, buildings = row_of_four()
    with pytest.raises(InputError, match=f"households .*{says} at h2"):
        divide_community(community, buildings.assign(households=[1, 1, load, 1]), None)


def test_numbers_written_as_text_are_numbers():
    community, buildings = row_of_four()
    previous = pd.Series(["110105001001002"] * 2 + ["110105001001001"] * 2, index=buildings.index)
    plan = divide_community(community, buildings.assign(households=["250"] * 4), None, previous=previous, rule=GridRule(community_code="110105001001"))
    assert plan.buildings.tolist() == previous.tolist()
    assert plan.grids["households"].tolist() == [500, 500]


@pytest.mark.parametrize("values", [{"band": (5, 3)}, {"target": 0}, {"boundary_cost": {"river": 1}}, {"sample_step_m": 0}])
def test_a_rule_that_means_nothing_is_refused(values):
    with pytest.raises(InputError):
        GridRule(**values)


@pytest.mark.shared
@pytest.mark.skipif(not TAIPEI.exists(), reason="the Taipei villages are not beside the checkout")
def test_real_villages_are_divided_broken_rings_and_all():
    villages = gpd.read_file(TAIPEI).set_index("CPTVID")
    broken = villages[~villages.is_valid]
    assert len(broken) == 2
    for code, village in pd.concat([broken, villages.iloc[::60]]).iterrows():
        metric = gpd.GeoSeries([village.geometry], crs=villages.crs).to_crs(32651).make_valid()
        spots = metric.sample_points(60, rng=7).explode(ignore_index=True)
        buildings = gpd.GeoDataFrame({"households": 35}, index=range(len(spots)), geometry=spots.buffer(3, cap_style="square"), crs=32651)
        one = villages.loc[[code]]
        plan = divide_community(one, buildings, None)
        faults = find_faults(plan.grids, one, buildings)
        assert not [f for f in faults if f.kind != "band"], [str(f.message) for f in faults]


def test_a_grid_in_pieces_is_always_told():
    x, y = 700_000, 3_300_000
    slit = box(x + 130.001, y + 5, x + 130.004, y + 301)  # closed on a grid of centimetres
    community = gpd.GeoSeries([box(x, y, x + 260, y + 300).difference(slit)], index=["110101001001"], crs=32650)
    houses = [box(x + 20 + 60 * i, y + 20 + 70 * j, x + 40 + 60 * i, y + 40 + 70 * j) for i in range(4) for j in range(4)]
    plan = divide_community(community, gpd.GeoDataFrame({"households": 150}, index=range(16), geometry=houses, crs=32650), None)
    in_pieces = plan.grids.index[plan.grids.geom_type == "MultiPolygon"].tolist()
    assert in_pieces
    assert [finding.grids for finding in plan.report.findings] == [(code,) for code in in_pieces]
    assert "2" in str(plan.report.messages[0])
    assert plan.report.messages[0].in_language("zh_CN") != str(plan.report.messages[0])
