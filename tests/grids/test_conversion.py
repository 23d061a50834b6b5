"""Shares between cells and grids add up, and nothing is lost on the way from one to the other."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point, box

from benchmarks.communities import make_community
from contracts.errors import CrsError, InputError
from grids.cells import unit_cells
from grids.conversion import NOWHERE, cell_grid_table, convert_counts, duty_of_cells
from grids.divide import divide_community

CRS = "EPSG:32650"


def frame(shapes: dict[str, object], **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, index=pd.Index(shapes, dtype="str"), geometry=list(shapes.values()), crs=CRS)


# two cells of 100 m, two grids that part the ground at x = 140: c1 whole in g1, c2 40 % in g1 and 60 % in g2
CELLS = frame({"c1": box(0, 0, 100, 100), "c2": box(100, 0, 200, 100)})
GRIDS = frame({"g1": box(0, 0, 140, 100), "g2": box(140, 0, 200, 100)})
HOUSES = frame({"a": Point(50, 50).buffer(5), "b": Point(130, 50).buffer(5), "c": Point(180, 50).buffer(5)}, households=[10, 20, 30])


def test_shares_by_hand() -> None:
    table = cell_grid_table(CELLS, GRIDS, HOUSES)
    assert table[["cell", "grid_code"]].to_numpy().tolist() == [["c1", "g1"], ["c2", "g1"], ["c2", "g2"]]
    assert table["area_m2"].tolist() == pytest.approx([10_000, 4_000, 6_000])
    assert table["cell_share"].tolist() == pytest.approx([1.0, 0.4, 0.6])
    assert table["grid_share"].tolist() == pytest.approx([10 / 14, 4 / 14, 1.0])
    assert table["households"].tolist() == [10, 20, 30]


def test_a_count_keeps_its_total_both_ways() -> None:
    table = cell_grid_table(CELLS, GRIDS)
    grids = convert_counts(pd.Series({"c1": 5.0, "c2": 10.0}), table, to="grid")
    assert grids.to_dict() == pytest.approx({"g1": 9.0, "g2": 6.0})
    assert convert_counts(grids, table, to="cell").sum() == pytest.approx(15.0)


def test_a_building_counts_in_the_grid_noted_for_it() -> None:
    table = cell_grid_table(CELLS, GRIDS, HOUSES, pd.Series({"a": "g1", "b": "g2", "c": "g2"}))
    assert table.set_index(["cell", "grid_code"])["households"].to_dict() == {("c1", "g1"): 10, ("c2", "g1"): 0, ("c2", "g2"): 50}


def test_ground_in_no_grid_has_its_own_row() -> None:
    table = cell_grid_table(CELLS, GRIDS.loc[["g1"]])
    bare = table[table["grid_code"] == NOWHERE]
    assert bare[["cell", "area_m2", "cell_share"]].to_numpy().tolist() == [["c2", 6_000.0, 0.6]]
    assert bare["grid_share"].isna().all()
    assert duty_of_cells(table).to_dict() == {"c1": "g1", "c2": "g1"}


def test_a_cell_belongs_to_the_grid_with_most_of_it_and_the_lower_code_of_equals() -> None:
    halves = frame({"g2": box(0, 0, 50, 100), "g1": box(50, 0, 100, 100)})
    assert duty_of_cells(cell_grid_table(CELLS.loc[["c1"]], halves)).to_dict() == {"c1": "g1"}
    assert duty_of_cells(cell_grid_table(CELLS, GRIDS)).to_dict() == {"c1": "g1", "c2": "g2"}


@pytest.mark.parametrize("kind", ["plain", "degrees", "ring", "rugged_border"])
def test_shares_of_a_real_division_add_up_to_one(kind: str) -> None:
    made = make_community(kind, 3)
    grids, cells = divide_community(made.shape, made.buildings, made.lines).grids, unit_cells(made.shape)
    table = cell_grid_table(cells, grids, made.buildings)
    for key, share in (("cell", "cell_share"), ("grid_code", "grid_share")):
        assert np.abs(table.groupby(key)[share].sum() - 1.0).max() < 1e-9
    assert (table[["cell", "grid_code"]] != NOWHERE).all(axis=None)
    assert table["households"].sum() == made.buildings["households"].sum()
    assert set(duty_of_cells(table)) <= set(grids.index)


def test_the_order_of_rows_does_not_matter_and_nothing_is_changed() -> None:
    before = CELLS.copy()
    table = cell_grid_table(CELLS, GRIDS, HOUSES)
    pd.testing.assert_frame_equal(table, cell_grid_table(CELLS.iloc[::-1], GRIDS.iloc[::-1], HOUSES.iloc[::-1]))
    assert CELLS.equals(before)


def test_no_cells_and_no_grids_give_no_rows() -> None:
    assert cell_grid_table(CELLS.iloc[:0], GRIDS.iloc[:0]).empty


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(CrsError):
        cell_grid_table(CELLS.set_crs(None, allow_override=True), GRIDS)
    with pytest.raises(InputError, match="c9"):
        convert_counts(pd.Series({"c9": 1.0}), cell_grid_table(CELLS, GRIDS), to="grid")
