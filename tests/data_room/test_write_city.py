"""A city written to files reads back as it was."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd

from data.demo_city import make_city, write_city


def test_every_table_becomes_a_file_of_its_name(tmp_path: Path) -> None:
    small = make_city(communities=1)
    paths = write_city(small, tmp_path / "out")
    assert sorted(path.stem for path in paths) == sorted(vars(small))
    assert gpd.read_file(tmp_path / "out" / "areas.gpkg")["code"].tolist() == small.areas.index.tolist()
