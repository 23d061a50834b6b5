"""Unit cells tile the community and are numbered row by row."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import MultiPolygon, Point, box

from contracts.errors import CrsError, InputError
from grids.cells import unit_cells

CODE = "110105001001"


def community(shape, crs="EPSG:32650"):
    return gpd.GeoDataFrame(index=[CODE], geometry=[shape], crs=crs)


def test_a_square_of_four_cells_is_numbered_like_a_page():
    cells = unit_cells(community(box(500_000, 4_000_000, 500_200, 4_000_200)))
    assert cells.index.tolist() == [f"{CODE}00{i}" for i in (1, 2, 3, 4)]
    assert cells["area_m2"].tolist() == [10_000] * 4
    middle = cells.centroid
    assert list(zip(middle.x - 500_000, middle.y - 4_000_000, strict=True)) == [(50, 150), (150, 150), (50, 50), (150, 50)]


@pytest.mark.parametrize(
    "shape", [Point(500_310, 4_000_270).buffer(270), box(500_003, 4_000_007, 500_340, 4_000_260), box(500_001, 4_000_001, 500_009, 4_000_009)]
)
def test_cells_tile_any_community(shape):
    cells = unit_cells(community(shape))
    assert shapely.coverage_is_valid(cells.geometry.to_numpy())
    assert cells.area.sum() == pytest.approx(shape.area)
    assert cells.area.max() < 14_000


def test_slivers_join_a_neighbour():
    assert len(unit_cells(community(box(500_000, 4_000_000, 500_205, 4_000_100)))) == 2


def test_more_than_999_cells_get_a_longer_side():
    cells = unit_cells(community(box(500_000, 4_000_000, 503_600, 4_003_600)))
    assert 300 <= len(cells) <= 999
    assert np.isclose(cells["area_m2"].max(), 40_000)


def test_a_community_in_a_thousand_pieces_is_refused():
    crumbs = MultiPolygon([box(500_000 + 10 * i, 4_000_000, 500_005 + 10 * i, 4_000_005) for i in range(1000)])
    with pytest.raises(InputError, match="1000 separate pieces"):
        unit_cells(community(crumbs))


def test_the_callers_system_comes_back():
    place = community(box(500_000, 4_000_000, 500_200, 4_000_200)).to_crs(4326)
    before = place.copy()
    assert unit_cells(place).crs == place.crs
    assert place.equals(before)


def test_bad_arguments_are_refused():
    with pytest.raises(InputError):
        unit_cells(community(box(0, 0, 1, 1)), side_m=0)
    with pytest.raises(CrsError):
        unit_cells(community(box(0, 0, 1, 1), crs=None))
