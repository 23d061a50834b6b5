"""Vector tiles: what is written can be read back, twice the same, and a broken run leaves nothing."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from contracts.errors import CrsError, InputError
from gis.tiles import write_pmtiles


@pytest.fixture
def grids():
    cells = [shapely.box(116.3 + 0.002 * i, 39.8 + 0.002 * j, 116.302 + 0.002 * i, 39.802 + 0.002 * j) for i in range(6) for j in range(6)]
    index = pd.Index([f"9901{rank:04d}" for rank in range(36)], name="code")
    return gpd.GeoDataFrame({"households": range(300, 336)}, geometry=cells, index=index, crs="EPSG:4326")


def write(layers, folder, **zooms):
    return write_pmtiles(layers, folder, **({"min_zoom": 8, "max_zoom": 14} | zooms))


def test_tiles_carry_codes_and_columns(grids, tmp_path):
    path = write({"grids": grids}, tmp_path)["grids"]
    back = pyogrio.read_dataframe(path, layer="grids")
    assert set(back["code"]) == set(grids.index)
    assert dict(zip(back["code"], back["households"], strict=True))["99010035"] == 335


def test_every_layer_has_its_own_file(grids, tmp_path):
    lines = grids.set_geometry(grids.boundary).rename_axis("key")
    assert sorted(path.name for path in write({"grids": grids, "streets": lines}, tmp_path).values()) == ["grids.pmtiles", "streets.pmtiles"]


def test_same_places_in_any_order_give_the_same_bytes(grids, tmp_path):
    first = write({"grids": grids}, tmp_path / "a")["grids"].read_bytes()
    assert write({"grids": grids.iloc[::-1]}, tmp_path / "b")["grids"].read_bytes() == first


def test_frame_is_untouched_and_other_crs_land_in_the_same_place(grids, tmp_path):
    before = grids.copy()
    metric = pyogrio.read_info(write({"grids": grids.to_crs("EPSG:32650")}, tmp_path / "m")["grids"])["total_bounds"]
    degrees = pyogrio.read_info(write({"grids": grids}, tmp_path / "d")["grids"])["total_bounds"]
    assert metric == pytest.approx(degrees, abs=1.0)
    pd.testing.assert_frame_equal(pd.DataFrame(grids), pd.DataFrame(before))


def test_empty_frame_gives_no_file(grids, tmp_path):
    assert write({"grids": grids.iloc[:0]}, tmp_path) == {}


def test_broken_run_keeps_the_earlier_files(grids, tmp_path):
    path = write({"grids": grids}, tmp_path)["grids"]
    before = path.read_bytes()
    with pytest.raises(InputError):
        write({"grids": grids.iloc[:3], "streets": grids.rename_axis(None)}, tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["grids.pmtiles"]
    assert path.read_bytes() == before


def test_frame_without_crs_is_refused(grids, tmp_path):
    with pytest.raises(CrsError):
        write({"grids": gpd.GeoDataFrame(grids, crs=None).set_crs(None, allow_override=True)}, tmp_path)


def test_impossible_zooms_are_refused(grids, tmp_path):
    with pytest.raises(InputError):
        write({"grids": grids}, tmp_path, min_zoom=15)
