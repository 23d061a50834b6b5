"""Grids end exactly on the border of their community, however sharp it is and however near its buildings stand to each other."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import affinity
from shapely.geometry import Polygon, box

from grids.check import find_faults
from grids.divide import divide_community
from grids.fitting import _best, fit_to_border
from grids.ground import prepare_ground
from grids.plan import draw_grids
from grids.rules import GridRule
from grids.units import read_community

CRS = "EPSG:32650"
X, Y = 500_000, 4_000_000


def star(seed):
    """A community all spikes and notches, with buildings that reach over its border."""
    random = np.random.default_rng(seed)
    tips = int(random.integers(4, 30))
    angle = np.sort(random.uniform(0, 2 * np.pi, 2 * tips))
    reach = np.where(np.arange(2 * tips) % 2, random.uniform(80, 300, 2 * tips), random.uniform(15, 60, 2 * tips))
    ring = Polygon(np.column_stack([X + reach * np.cos(angle), Y + reach * np.sin(angle)])).buffer(0)
    shape = max(shapely.get_parts(ring), key=lambda part: part.area)
    houses = []
    for _ in range(40):
        way, far, (width, depth) = random.uniform(0, 2 * np.pi), random.uniform(0, 300), random.uniform(3, 20, 2)
        x, y = X + far * np.cos(way), Y + far * np.sin(way)
        house = affinity.rotate(box(x - width / 2, y - depth / 2, x + width / 2, y + depth / 2), random.uniform(0, 90))
        if house.intersects(shape) and not any(house.intersects(other) for other in houses):
            houses.append(house)
    buildings = gpd.GeoDataFrame({"households": 30}, index=[f"b{number}" for number in range(len(houses))], geometry=houses, crs=CRS)
    return gpd.GeoSeries([shape], index=["110105001001"], crs=CRS), buildings


def pieces(community, buildings):
    """Every piece of ground as a grid of its own: the finest plan there is."""
    ground = prepare_ground(community, buildings, None)
    drawing = draw_grids(ground, np.arange(len(ground.atoms.weights)))
    return gpd.GeoDataFrame({"households": 400}, index=[f"{number:03d}" for number in drawing.order], geometry=drawing.shapes, crs=community.crs)


@pytest.mark.parametrize("crs", [CRS, 4326])
@pytest.mark.parametrize("seed", [5, 37, 43, 46, 72, 95])
def test_no_tip_of_a_spike_is_lost_and_no_notch_is_filled(seed, crs):
    community, buildings = (frame.to_crs(crs) for frame in star(seed))
    assert find_faults(pieces(community, buildings), community, buildings) == []


WHOLE = box(X, Y, X + 100, Y + 50)
HALVES = np.array([box(X, Y, X + 60, Y + 50), box(X + 60, Y, X + 100, Y + 50)], dtype=object)


def fit(shapes, whole=WHOLE):
    place = read_community(gpd.GeoSeries([whole], crs=CRS), gpd.GeoDataFrame(geometry=[], crs=CRS), GridRule())
    return fit_to_border(np.array(shapes, dtype=object), place)


def test_grids_that_fit_are_left_alone():
    assert all(one is other for one, other in zip(fit(HALVES), HALVES, strict=True))
    assert len(fit([])) == 0


def test_an_unfinished_plan_gets_no_more_ground():
    assert fit(HALVES[:1])[0].equals(HALVES[0])


def test_a_lost_sliver_goes_to_the_neighbour_with_the_longest_common_border():
    short = box(X, Y, X + 60, Y + 49.99)
    west, east = fit([short, HALVES[1]])
    assert west.equals(HALVES[0])
    assert east.equals(HALVES[1])


def test_what_reaches_over_goes_and_known_points_stay_to_the_last_bit():
    corner = (X + 60.00000000123, Y + 25.00000000456)
    west = Polygon([(X, Y), (X + 60, Y), corner, (X + 60, Y + 50), (X, Y + 50.008)])
    fitted = fit([west, Polygon([(X + 60, Y), (X + 100, Y), (X + 100, Y + 50), (X + 60, Y + 50), corner])])
    assert shapely.coverage_is_valid(fitted)
    assert shapely.union_all(fitted).equals(WHOLE)
    assert corner in fitted[0].exterior.coords


def test_a_sliver_between_two_grids_goes_to_one_of_them():
    bulge = Polygon([(X, Y), (X + 60, Y), (X + 60.003, Y + 25), (X + 60, Y + 50), (X, Y + 50)])
    fitted = fit([bulge, HALVES[1]])
    assert shapely.coverage_is_valid(fitted)
    assert sum(shapely.area(fitted)) == pytest.approx(WHOLE.area, abs=1e-6)


NEEDLES = [(33.1854, 0.0134), (65.5852, 0.0428), (213.4333, 0.0009), (241.1825, 0.0033)]  # west edge and width in metres


def with_needles():
    x, y = 700_000, 3_300_000
    shape = box(x + 7.57, y, x + 259.31, y + 326.9)
    for west, width in NEEDLES:
        shape = shape.difference(box(x + west, y + 5, x + west + width, y + 328))
    houses = [box(x + 209, y + 144, x + 233, y + 167), box(x + 21, y + 118, x + 40, y + 130)]
    buildings = gpd.GeoDataFrame({"households": 200}, index=["b0", "b1"], geometry=houses, crs=CRS)
    return gpd.GeoSeries([shape], index=["110105001001"], crs=CRS).to_crs(4326), buildings.to_crs(4326)


def test_needles_across_a_community_leave_no_gap():
    community, buildings = with_needles()
    plan = divide_community(community, buildings, None)
    assert {fault.kind for fault in find_faults(plan.grids, community, buildings)}.isdisjoint({"gap", "outside", "overlap", "coverage"})
    held = sum(shapely.area(plan.grids.geometry.to_numpy()))
    assert held == pytest.approx(community.iloc[0].area, rel=1e-10)


def test_what_is_no_better_is_not_taken():
    place = read_community(gpd.GeoSeries([WHOLE], crs=CRS), gpd.GeoDataFrame(geometry=[], crs=CRS), GridRule())
    torn, split = HALVES[:1], np.array([HALVES[0], HALVES[0]], dtype=object)
    assert _best([split, HALVES], place) is HALVES
    assert _best([HALVES, split], place) is HALVES
    assert _best([split, torn], place) is torn
