"""Files for other programs: whole, readable, harmless in a spreadsheet."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from contracts.errors import InputError, NotAllowedError
from services import exports
from services.access import SYSTEM
from services.exports import defused, export_layer
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import NOBODY, audited, contents, person
from tests.small_city import AT, EAST, WEST

READERS = {
    ".geojson": gpd.read_file,
    ".gpkg": gpd.read_file,
    ".csv": lambda path: pd.read_csv(path, dtype=str),
    ".xlsx": lambda path: pd.read_excel(path, dtype=str),
    ".parquet": gpd.read_parquet,
}
LAYERS = ("areas", "communities", "grids", "buildings", "streets", "barriers", "entrances", "facilities", "circles")


def export(uow: SqlUnitOfWork, layer: str, path: Path, who=SYSTEM, **options) -> int:
    return export_layer(uow, who, layer, path, at=AT, **options)


@pytest.mark.parametrize("ending", READERS)
@pytest.mark.parametrize("layer", LAYERS)
def test_every_format_brings_every_row_back(planned: SqlUnitOfWork, tmp_path: Path, layer: str, ending: str) -> None:
    rows = export(planned, layer, tmp_path / f"out{ending}")
    back = READERS[ending](tmp_path / f"out{ending}")
    assert rows == len(back) > 0


@pytest.mark.parametrize("ending", [".geojson", ".gpkg", ".parquet"])
def test_places_keep_their_keys_ground_and_system(planned: SqlUnitOfWork, tmp_path: Path, ending: str) -> None:
    export(planned, "grids", tmp_path / f"g{ending}")
    back = READERS[ending](tmp_path / f"g{ending}")
    codes = back.index if ending == ".parquet" else back["code"]
    assert sorted(codes) == [f"{WEST}001", f"{WEST}002", f"{EAST}001", f"{EAST}002"]
    assert back.to_crs("EPSG:4548").area.round().tolist() == [60_000.0] * 4


def test_a_sheet_names_its_keys_and_draws_in_text(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    export(planned, "facilities", tmp_path / "f.csv")
    sheet = pd.read_csv(tmp_path / "f.csv", index_col="key")
    assert list(sheet.index) == ["f1", "f2", "f3"]
    assert sheet["geometry"].str.startswith("POINT").all()
    assert (tmp_path / "f.csv").read_bytes().startswith(b"\xef\xbb\xbf"), "spreadsheets take a file without the mark for another encoding"


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_a_name_that_is_a_formula_is_text_in_a_sheet(planned: SqlUnitOfWork, tmp_path: Path, ending: str) -> None:
    export(planned, "facilities", tmp_path / f"f{ending}")
    assert READERS[ending](tmp_path / f"f{ending}").set_index("key").at["f1", "name"] == "'=1+1"


@pytest.mark.parametrize("cell", ["=cmd|'/c calc'!A0", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_cells_a_spreadsheet_would_run_are_defused(cell: str) -> None:
    table = defused(pd.DataFrame({"text": [cell], "kind": pd.Categorical([cell]), "object": pd.Series([cell], dtype=object), "number": [-1.0]}))
    assert table.iloc[0].tolist() == [f"'{cell}"] * 3 + [-1.0]


@pytest.mark.parametrize("cell", ["1=1", "a-b", "", "号"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert defused(pd.DataFrame({"text": [cell, None]}))["text"].fillna("none").tolist() == [cell, "none"]


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet"])
def test_coverage_is_a_table(planned: SqlUnitOfWork, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"c{ending}"
    assert export(planned, "coverage", path) == 6
    assert len(pd.read_parquet(path) if ending == ".parquet" else READERS[ending](path)) == 6


def test_coverage_before_the_first_computation_is_a_heading(loaded: SqlUnitOfWork, tmp_path: Path) -> None:
    assert export(loaded, "coverage", tmp_path / "c.csv") == 0
    assert pd.read_csv(tmp_path / "c.csv").columns[0] == "area_code"


@pytest.mark.parametrize(("layer", "name"), [("coverage", "c.geojson"), ("grids", "g.pdf"), ("grids", "g"), ("moon", "m.csv")])
def test_what_cannot_be_written_is_refused_and_leaves_nothing(planned: SqlUnitOfWork, tmp_path: Path, layer: str, name: str) -> None:
    before = contents(planned)
    with pytest.raises(InputError):
        export(planned, layer, tmp_path / "out" / name)
    assert list(tmp_path.rglob(name)) == []
    assert contents(planned) == before


def test_a_folder_that_cannot_be_written_is_said(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(InputError, match=r"x\.csv cannot be written"):
        export(planned, "grids", tmp_path / "file" / "x.csv")


def test_a_broken_write_leaves_the_earlier_file(planned: SqlUnitOfWork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out" / "grids.csv"
    export(planned, "grids", path)
    before = path.read_bytes()

    def half(frame: pd.DataFrame, to: Path) -> None:
        to.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(exports._WRITERS, ".csv", half)
    with pytest.raises(InputError, match="No space left"):
        export(planned, "grids", path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_an_area_limits_the_file(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    assert export(planned, "buildings", tmp_path / "b.csv", area_code=WEST) == 12
    assert export(planned, "buildings", tmp_path / "b.csv", who=person(("planner", EAST))) == 12


@pytest.mark.parametrize("who", [NOBODY, person(("planner", EAST)), person(("worker", WEST)), person(("auditor", ""))])
def test_others_may_not_export_the_west(planned: SqlUnitOfWork, tmp_path: Path, who) -> None:
    with pytest.raises(NotAllowedError):
        export(planned, "buildings", tmp_path / "b.csv", who=who, area_code=WEST)
    assert not (tmp_path / "b.csv").exists()


def test_an_export_is_audited(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    export(planned, "buildings", tmp_path / "b.csv", who=person(("planner", WEST)), area_code=WEST)
    row = audited(planned)
    assert (row["login"], row["action"], row["subject"]) == ("lin", "export_data", "buildings")
    assert row["details"] == {"rows": 12, "area_code": WEST, "format": ".csv"}
