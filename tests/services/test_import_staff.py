"""A plain sheet of communities with their staff finds the communities already drawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import MissingColumnError
from contracts.records import UpsertCount
from tests.fakes import FakeStore
from tests.services.test_imports import CODES, layer, square, take, two_communities

HEAD = "区划代码,社区名称,居委会成员数,用房面积,统计日期\n"


@pytest.fixture
def store(tmp_path: Path) -> FakeStore:
    made = FakeStore()
    take(made, tmp_path, "areas", two_communities(), name="a.geojson")
    return made


def test_a_sheet_without_shapes_keeps_the_stored_ones(store: FakeStore, tmp_path: Path) -> None:
    before = store.unit().areas.read()
    report = take(store, tmp_path, "areas", f"{HEAD}{CODES[0]},东里,7,360.5,2026-01-01\n,西里,5,,2026-01-01\n", name="s.csv")
    after = store.unit().areas.read()

    assert (dict(report.counts), report.rejected) == ({"areas": UpsertCount(0, 2)}, 0)
    assert after.loc[list(CODES), "committee_members"].tolist() == [7, 5]
    assert after.loc[CODES[0], ["rooms_m2", "staff_as_of"]].tolist() == [360.5, "2026-01-01"]
    assert after.geometry.equals(before.geometry)
    assert after[["level", "parent_code", "generated"]].equals(before[["level", "parent_code", "generated"]])


def test_buildings_stay_where_they_were_put(store: FakeStore, tmp_path: Path) -> None:
    take(store, tmp_path, "buildings", layer((square(10, 10, 10), {"key": "B1", "community_code": CODES[1]})), name="b.geojson")
    take(store, tmp_path, "areas", f"{HEAD}{CODES[0]},东里,7,,\n")
    assert store.unit().buildings.read().loc["B1", "community_code"] == CODES[1]


@pytest.mark.parametrize("row", ["110105001009,东里,7,,", ",南里,7,,"])
def test_an_unknown_community_without_a_shape_is_refused(store: FakeStore, tmp_path: Path, row: str) -> None:
    report = take(store, tmp_path, "areas", f"{HEAD}{row}\n")
    assert (report.counts["areas"], report.rejected) == (UpsertCount(0, 0), 1)
    assert "no stored area" in str(report.faults[0].reason)


def test_a_name_of_two_communities_is_not_guessed(store: FakeStore, tmp_path: Path) -> None:
    take(store, tmp_path, "areas", layer((square(200, 0, 100), {"name": "西里", "code": "110105001003"})), name="b.geojson")
    assert take(store, tmp_path, "areas", f"{HEAD},西里,7,,\n").rejected == 1


def test_a_point_does_not_replace_a_drawn_community(store: FakeStore, tmp_path: Path) -> None:
    before = store.unit().areas.read().geometry[CODES[0]]
    take(store, tmp_path, "areas", f"code,name,lon,lat,committee_members\n{CODES[0]},东里,0.0001,0.0001,7\n")
    assert store.unit().areas.read().geometry[CODES[0]].equals(before)


def test_a_sheet_without_places_and_staff_is_refused_as_a_whole(store: FakeStore, tmp_path: Path) -> None:
    with pytest.raises(MissingColumnError):
        take(store, tmp_path, "areas", "code,name\n110105001001,东里\n")


@pytest.mark.parametrize("cell", ["-1", "3.5", "七"])
def test_staff_that_is_no_count_is_refused(store: FakeStore, tmp_path: Path, cell: str) -> None:
    assert take(store, tmp_path, "areas", f"{HEAD}{CODES[0]},东里,{cell},,\n").rejected == 1
