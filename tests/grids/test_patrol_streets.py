"""Which streets belong to a grid: inside, on the border, cut where they leave; every class with its interval."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from contracts.errors import CrsError, InputError
from gis.network import WalkNetwork, build_network
from grids.patrol_rules import PatrolRule
from grids.patrol_streets import patrol_streets

CRS = "EPSG:32650"
EAST, NORTH = 450_000.0, 4_420_000.0
RULE = PatrolRule()


def at(*points: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([(EAST + x, NORTH + y) for x, y in points])


def streets(**lines: shapely.LineString) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"highway": "residential"}, index=pd.Index(lines), geometry=list(lines.values()), crs=CRS)


def grids(**boxes: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    shapes = [shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north) for west, south, east, north in boxes.values()]
    return gpd.GeoDataFrame(index=pd.Index(boxes), geometry=shapes, crs=CRS)


TOWN = streets(
    inner=at((10, 100), (190, 100)),
    through=at((100, -300), (100, 500)),
    border=at((203, 0), (203, 200)),
    away=at((300, 0), (300, 200)),
    stub=at((150, 215), (150, 400)),
)
NET = build_network(TOWN)
HERE = grids(g1=(0, 0, 200, 200), g2=(200, 0, 400, 200))


def of(code: str, network: WalkNetwork = NET, **changes: object) -> gpd.GeoDataFrame:
    return patrol_streets(network, HERE.loc[[code]], highway=TOWN["highway"], neighbours=HERE, rule=replace(RULE, **changes))  # type: ignore[arg-type]


def test_streets_are_cut_where_they_leave_the_ground_of_the_grid() -> None:
    found = of("g1")
    assert found.index.tolist() == ["border", "inner", "through"]
    assert found.loc["through", ["from_m", "to_m"]].tolist() == pytest.approx([288.0, 512.0])
    assert found.loc["inner", "length_m"] == pytest.approx(180.0)
    assert found["is_border"].tolist() == [True, False, False]


def test_a_border_street_belongs_to_both_sides_or_to_the_lower_code() -> None:
    assert "border" in of("g1").index
    assert "border" in of("g2").index
    assert "border" in of("g1", border_both=False).index
    assert "border" not in of("g2", border_both=False).index


def test_every_class_has_its_interval_and_some_are_not_patrolled() -> None:
    words = pd.Series(["tertiary", "crossing", "footway", "residential", "?"], index=TOWN.index)
    found = patrol_streets(NET, HERE.loc[["g1"]], highway=words)
    assert found["interval_days"].to_dict() == {"border": 3.0, "inner": 1.0}
    assert patrol_streets(NET, HERE.loc[["g1"]])["interval_days"].unique().tolist() == [3.0]


def test_a_street_that_comes_back_is_two_stretches_and_one_that_touches_itself_is_cut_right() -> None:
    loop = at((50, 50), (50, 350), (150, 350), (150, 50), (50, 50.5))
    found = patrol_streets(build_network(streets(loop=loop)), HERE.loc[["g1"]])
    assert found.index.tolist() == ["loop", "loop/2"]
    assert found["length_m"].tolist() == pytest.approx([162.0, 262.00125], abs=1e-3)
    assert shapely.length(found.geometry.to_numpy()).tolist() == pytest.approx(found["length_m"].tolist())


def test_all_streets_of_neighbours_together_are_all_streets() -> None:
    rng = np.random.default_rng(3)
    lines = {f"s{number:02}": at(*(rng.uniform(15, 385, 2) * (1, 0.5) for _ in range(2))) for number in range(40)}
    network = build_network(streets(**lines))
    covered = shapely.union_all(np.concatenate([patrol_streets(network, HERE.loc[[code]]).geometry.to_numpy() for code in HERE.index]))
    left = shapely.difference(shapely.union_all(list(lines.values())), shapely.buffer(covered, 1e-3))
    assert shapely.length(left) == 0.0


def test_closed_and_underground_streets_are_left_out() -> None:
    frame = TOWN.assign(tunnel=["yes", "", "", "", ""], highway=["footway"] * 5)
    assert "inner" not in patrol_streets(build_network(frame), HERE.loc[["g1"]]).index


def test_the_answer_comes_in_the_grids_system_and_leaves_the_grid_alone() -> None:
    grid = HERE.loc[["g1"]].to_crs(4326)
    before = grid.copy()
    found = patrol_streets(NET, grid)
    assert found.crs == grid.crs
    assert grid.equals(before)


def test_a_grid_without_streets_has_none() -> None:
    assert len(patrol_streets(NET, grids(g9=(5000, 0, 5100, 100)))) == 0
    assert len(patrol_streets(build_network(TOWN.iloc[:0]), HERE.loc[["g1"]])) == 0


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="one grid"):
        patrol_streets(NET, HERE)
    with pytest.raises(CrsError):
        patrol_streets(NET, HERE.loc[["g1"]].set_crs(None, allow_override=True))
