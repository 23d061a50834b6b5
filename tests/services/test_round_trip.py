"""What was exported comes back as it was; geometry may be written as text in any table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from contracts.errors import NotAllowedError
from contracts.records import UpsertCount
from services.access import SYSTEM
from services.exports import export_layer
from services.import_report import ImportReport
from services.imports import import_places
from store.unit_of_work import SqlUnitOfWork
from tests.fakes import FakeStore
from tests.services.acts import contents, person
from tests.small_city import AT, WEST

SQUARE = "POLYGON ((116.4 39.9, 116.41 39.9, 116.41 39.91, 116.4 39.91, 116.4 39.9))"


def take(folder: Path, kind: str, text: str, store: FakeStore | None = None) -> ImportReport:
    (folder / "t.csv").write_text(text, "utf-8")
    return import_places((store or FakeStore()).unit(), SYSTEM, kind, folder / "t.csv", at=AT)


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet", ".geojson"])
@pytest.mark.parametrize("layer", ["areas", "buildings", "facilities", "barriers", "workers"])
def test_an_exported_layer_imports_as_it_was(planned: SqlUnitOfWork, tmp_path: Path, layer: str, ending: str) -> None:
    before = contents(planned)
    rows = export_layer(planned, SYSTEM, layer, tmp_path / f"{layer}{ending}", at=AT)
    report = import_places(planned, SYSTEM, layer, tmp_path / f"{layer}{ending}", at=AT)

    assert {fault.reason.details.get("text") for fault in report.faults} <= {
        "=1+1",
        None,
    }  # two facilities of the small city: named like a formula, and nameless
    assert report.counts[layer] == UpsertCount(0, 0, rows - report.rejected)
    after = contents(planned)
    assert {name for name in after if after[name] != before[name]} <= {"audit"}


@pytest.mark.parametrize("heading", ["geometry", "wkt", "WKT", "几何", "geom"])
@pytest.mark.parametrize("kind", ["areas", "buildings"])
def test_polygons_come_as_text(tmp_path: Path, kind: str, heading: str) -> None:
    store = FakeStore()
    take(tmp_path, kind, f'名称,{heading}\n甲,"{SQUARE}"\n', store)

    assert getattr(store.unit(), kind).read().geometry.to_wkt().iloc[-1] == SQUARE


def test_a_line_comes_as_text(tmp_path: Path) -> None:
    assert take(tmp_path, "barriers", '种类,wkt\n河流,"LINESTRING (116.4 39.9, 116.5 39.9)"\n').counts["barriers"] == UpsertCount(1, 0)


def test_text_in_a_parquet_without_a_system_is_read(tmp_path: Path) -> None:
    pd.DataFrame({"name": ["甲"], "geometry": [SQUARE]}).to_parquet(tmp_path / "t.parquet")
    assert import_places(FakeStore().unit(), SYSTEM, "areas", tmp_path / "t.parquet", at=AT).counts["areas"].added >= 1


@pytest.mark.parametrize("text", ["POLYGON ((116.4 39.9, 116.41", "POINT (a b)", "somewhere"])
def test_broken_text_is_a_refused_row(tmp_path: Path, text: str) -> None:
    report = take(tmp_path, "buildings", f'编号,wkt\nB1,"{SQUARE}"\nB2,"{text}"\n')

    assert report.counts["buildings"] == UpsertCount(1, 0)
    assert [(fault.row, fault.field, str(fault.reason)) for fault in report.faults] == [(3, "wkt", "the geometry cannot be read as text")]


def test_rows_without_text_take_their_longitude_and_latitude(tmp_path: Path) -> None:
    text = "名称,类别,经度,纬度,wkt\n甲,药店,116.4,39.9,\n乙,药店,,,POINT (116.5 39.9)\n"
    assert take(tmp_path, "facilities", text).counts["facilities"] == UpsertCount(2, 0)


def test_who_may_not_assign_gets_workers_without_their_homes(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    export_layer(planned, person(("leader", "")), "workers", tmp_path / "w.csv", at=AT)
    export_layer(planned, person(("planner", "")), "workers", tmp_path / "all.csv", at=AT)

    assert "geometry" not in pd.read_csv(tmp_path / "w.csv").columns
    assert pd.read_csv(tmp_path / "all.csv")["geometry"].notna().any()


@pytest.mark.parametrize("role", ["worker", "auditor"])
def test_who_may_not_see_workers_gets_none(planned: SqlUnitOfWork, tmp_path: Path, role: str) -> None:
    with pytest.raises(NotAllowedError):
        export_layer(planned, person((role, WEST)), "workers", tmp_path / "w.csv", area_code=WEST, at=AT)
