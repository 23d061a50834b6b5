"""A plan as a file, and the facts of its printed sheets."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from contracts.errors import InputError, NotAllowedError, NotFoundError
from services.access import SYSTEM
from services.division import divide_communities
from services.grid_sheets import plan_sheets
from services.plan_export import ENDINGS, export_plan
from services.plan_history import plan_in_force
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import NOBODY, audited, person
from tests.small_city import AT, EAST, WEST


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format_holds_every_grid_with_its_measures(planned: SqlUnitOfWork, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"plan{ending}"
    assert export_plan(planned, SYSTEM, plan_in_force(planned, SYSTEM, WEST), path, at=AT) == 2
    readers = {".csv": lambda: pd.read_csv(path, dtype={"code": str}), ".xlsx": lambda: pd.read_excel(path, dtype={"code": str})}
    back = readers.get(ending, lambda: gpd.read_file(path, layer="grids" if ending == ".gpkg" else None))()
    assert sorted(back["code"]) == [f"{WEST}001", f"{WEST}002"]
    assert {"households", "buildings", "area_m2", "deviation_share", "compactness", "street_share", "status", "valid_from"} <= set(back.columns)
    assert back["community"].tolist() == ["西里"] * 2
    assert audited(planned)["action"] == "export_plan"


def test_a_geopackage_and_a_workbook_note_the_grid_of_each_building(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    plan = plan_in_force(planned, SYSTEM, WEST)
    for name in ("p.gpkg", "p.xlsx"):
        export_plan(planned, SYSTEM, plan, tmp_path / name, at=AT)
    layer = gpd.read_file(tmp_path / "p.gpkg", layer="buildings")
    sheet = pd.read_excel(tmp_path / "p.xlsx", sheet_name="buildings", dtype=str)
    assert len(layer) == len(sheet) == 12
    assert dict(zip(layer["building_key"], layer["grid_code"], strict=True)) == dict(zip(sheet["building_key"], sheet["grid_code"], strict=True))


def test_a_draft_can_be_written_too(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    report = divide_communities(planned, SYSTEM, communities=[WEST], publish=False, at=AT)
    assert export_plan(planned, SYSTEM, int(report.plans["plan_id"].iloc[0]), tmp_path / "d.geojson", at=AT) == 2
    assert set(gpd.read_file(tmp_path / "d.geojson")["status"]) == {"draft"}


def test_what_cannot_be_written_is_refused(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    plan = plan_in_force(planned, SYSTEM, WEST)
    with pytest.raises(InputError, match="end in one of"):
        export_plan(planned, SYSTEM, plan, tmp_path / "p.doc", at=AT)
    with pytest.raises(NotFoundError, match="4711"):
        export_plan(planned, SYSTEM, 4711, tmp_path / "p.csv", at=AT)
    for who in (NOBODY, person(("planner", EAST))):
        with pytest.raises(NotAllowedError):
            export_plan(planned, who, plan, tmp_path / "p.csv", at=AT)
        with pytest.raises(NotAllowedError):
            plan_sheets(planned, who, plan, at=AT)
    assert not list(tmp_path.glob("p.*"))


def test_a_sheet_says_what_the_grid_is_and_what_it_borders_on(planned: SqlUnitOfWork) -> None:
    plan = plan_sheets(planned, SYSTEM, plan_in_force(planned, SYSTEM, WEST), at=AT)
    first = plan.sheets[0]
    assert (first.code, first.households, first.residents, first.buildings) == (f"{WEST}001", 420, 840, 6)
    along = {side.side: [str(word) for word in side.along] for side in first.borders}
    assert along["east"] == ["Residential street"]
    assert along["north"] == along["south"] == ["border of the community"]
    assert first.workers is not None
    assert first.workers["name"].tolist() == ["员1", "员3"]
    assert plan.names["community"] == ("西里", "West")


def test_a_wall_is_named_as_border(planned: SqlUnitOfWork) -> None:
    plan = plan_sheets(planned, SYSTEM, plan_in_force(planned, SYSTEM, WEST), at=AT)
    assert str(plan.sheets[1].borders[1].along[0]) == "wall"


def test_who_may_not_see_workers_prints_sheets_without_them(planned: SqlUnitOfWork) -> None:
    report = divide_communities(planned, SYSTEM, communities=[WEST], publish=False, at=AT)
    draft = plan_sheets(planned, SYSTEM, int(report.plans["plan_id"].iloc[0]), at=AT)
    assert [sheet.workers for sheet in draft.sheets] == [None, None]
