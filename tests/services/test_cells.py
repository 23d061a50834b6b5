"""Unit cells and duty grids of the small city: two communities of 400 x 300 m."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from contracts.errors import CancelledError, InputError, NotAllowedError, NotFoundError
from services.access import SYSTEM
from services.cells import import_duty_grids, make_cells
from services.exports import export_layer
from services.maplayers import map_layer
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import NOBODY, Stop, audited, contents, person
from tests.small_city import AT, EAST, WEST


@pytest.fixture
def celled(planned: SqlUnitOfWork) -> SqlUnitOfWork:
    make_cells(planned, SYSTEM, at=AT)
    return planned


def table(folder: Path, text: str) -> Path:
    path = folder / "duty.csv"
    path.write_text(text, "utf-8")
    return path


def test_cells_tile_each_community_and_carry_its_code(celled: SqlUnitOfWork) -> None:
    cells = map_layer(celled, SYSTEM, "cells", area_code=WEST)
    assert cells["area_m2"].sum() == pytest.approx(120_000, rel=1e-3)
    assert cells.index.tolist() == [f"{WEST}{number:03d}" for number in range(1, len(cells) + 1)]
    assert set(cells["duty_grid"]) == {f"{WEST}001", f"{WEST}002"}


def test_making_them_again_changes_nothing(celled: SqlUnitOfWork) -> None:
    before = map_layer(celled, SYSTEM, "cells")
    report = make_cells(celled, SYSTEM, at=AT)
    after = map_layer(celled, SYSTEM, "cells")
    assert after.equals(before)
    assert (report.communities, report.cells, report.duty_grids) == (2, len(before), 4)
    assert audited(celled)["action"] == "make_cells"


def test_a_duty_grid_is_the_ground_of_its_cells(celled: SqlUnitOfWork) -> None:
    duties, cells = map_layer(celled, SYSTEM, "duty_grids"), map_layer(celled, SYSTEM, "cells")
    assert duties["cells"].sum() == len(cells)
    assert duties["area_m2"].sum() == pytest.approx(cells["area_m2"].sum())


def test_a_table_gives_cells_their_duty_grid_and_keeps_it_through_a_new_drawing(celled: SqlUnitOfWork, tmp_path: Path) -> None:
    report = import_duty_grids(celled, SYSTEM, table(tmp_path, f"cell,duty_grid,duty_name\n{WEST}001,南片,南片一组\n{WEST}002,\n"), at=AT)
    assert (report.rows, report.changed) == (2, 2)
    make_cells(celled, SYSTEM, communities=[WEST], at=AT)
    cells = map_layer(celled, SYSTEM, "cells")
    assert cells.loc[f"{WEST}001", ["duty_grid", "duty_name"]].tolist() == ["南片", "南片一组"]
    assert "南片" in map_layer(celled, SYSTEM, "duty_grids").index


def test_an_exported_table_comes_back_unchanged(celled: SqlUnitOfWork, tmp_path: Path) -> None:
    export_layer(celled, SYSTEM, "cells", tmp_path / "cells.csv", at=AT)
    rows = pd.read_csv(tmp_path / "cells.csv", dtype=str).rename(columns={"code": "cell"})
    rows[["cell", "duty_grid", "duty_name"]].to_csv(tmp_path / "back.csv", index=False)
    assert import_duty_grids(celled, SYSTEM, tmp_path / "back.csv", at=AT).changed == 0


def test_the_conversion_table_counts_every_household_once(celled: SqlUnitOfWork, tmp_path: Path) -> None:
    export_layer(celled, SYSTEM, "cell_grid", tmp_path / "t.csv", at=AT)
    rows = pd.read_csv(tmp_path / "t.csv", dtype={"cell": str, "grid_code": str})
    assert rows["households"].sum() == 2 * 840
    assert (rows.groupby("cell")["cell_share"].sum() - 1).abs().max() < 1e-9
    assert (rows.groupby("grid_code")["grid_share"].sum() - 1).abs().max() < 1e-9


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cell,name\n1,x\n", "column duty_grid"),
        ("duty_grid\nx\n", "column cell"),
        (f"cell,duty_grid\n{WEST}001,a\n{WEST}001,b\n", "another row names already"),
        (f"cell,duty_grid\n{WEST}999,a\n", f"{WEST}999"),
    ],
)
def test_a_table_that_cannot_be_used_changes_nothing(celled: SqlUnitOfWork, tmp_path: Path, text: str, words: str) -> None:
    before = contents(celled)
    with pytest.raises(InputError, match=words):
        import_duty_grids(celled, SYSTEM, table(tmp_path, text), at=AT)
    assert contents(celled) == before


def test_cells_are_made_by_planners_of_the_place(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    for who in (NOBODY, person(("planner", EAST)), person(("leader", ""))):
        with pytest.raises(NotAllowedError):
            make_cells(planned, who, communities=[WEST], at=AT)
    assert make_cells(planned, person(("planner", EAST)), at=AT).communities == 1
    with pytest.raises(NotAllowedError):
        import_duty_grids(planned, person(("planner", WEST)), table(tmp_path, f"cell,duty_grid\n{EAST}001,a\n"), at=AT)
    with pytest.raises(NotFoundError):
        make_cells(planned, SYSTEM, communities=["990101001009"], at=AT)


def test_a_cancel_leaves_everything_as_it_was(planned: SqlUnitOfWork) -> None:
    before = contents(planned)
    for call in range(2):
        with pytest.raises(CancelledError):
            make_cells(planned, SYSTEM, at=AT, progress=Stop(call))
    assert contents(planned) == before
