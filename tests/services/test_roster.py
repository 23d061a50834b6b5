"""A roster says of every worker the kind, telephone, grid, training and term; it goes in from Excel and comes out again."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from services.access import SYSTEM
from services.assignment import assign_workers_to_grids
from services.exports import export_layer
from services.import_report import ImportReport
from services.imports import import_places
from services.rosters import worker_table
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import person
from tests.small_city import AT, WEST

HEADINGS = ["工号", "姓名", "人员类别", "手机号", "所属网格", "培训学时", "聘期开始", "聘期结束", "技能", "社区"]
ROWS = [
    ["w1", "张三", "专职网格员", "13800001234", f"{WEST}001", "40", "2026-01-01", "2026年12月31日", "调解、急救", "西里"],
    ["w3", "李四", "楼门院长", "010-1234", "", "", "2026/1/5", "", "", "西里"],
    ["w9", "王五", "志愿者", "", "", "8.5", "", "20251231", "", "西里"],
]


def take(uow: SqlUnitOfWork, folder: Path, rows: list[list[str]], headings: list[str] = HEADINGS) -> ImportReport:
    pd.DataFrame(rows, columns=headings).to_excel(folder / "roster.xlsx", index=False)
    return import_places(uow, SYSTEM, "workers", folder / "roster.xlsx", at=AT)


def test_a_roster_from_excel_is_read_whole(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    report = take(planned, tmp_path, ROWS)
    found = worker_table(planned, SYSTEM).loc[["w1", "w3", "w9"]]
    assert (report.rejected, report.counts["workers"].added) == (0, 1)
    assert found["worker_kind"].tolist() == ["full_time", "building_head", "volunteer"]
    assert found["full_time"].tolist() == [True, False, False]
    assert found["phone"].iloc[0] == "13800001234"
    assert found["grid_code"].iloc[0] == f"{WEST}001"
    assert found["training_hours"].fillna(0).tolist() == [40, 0, 8.5]
    assert found["term_from"].dt.strftime("%Y%m%d").fillna("").tolist() == ["20260101", "20260105", ""]
    assert found["term_to"].dt.strftime("%Y%m%d").fillna("").tolist() == ["20261231", "", "20251231"]
    assert found["skills"].iloc[0] == ["调解", "急救"]


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet", ".geojson"])
def test_what_goes_out_comes_back_as_it_was(planned: SqlUnitOfWork, tmp_path: Path, ending: str) -> None:
    take(planned, tmp_path, ROWS[:2])
    before = worker_table(planned, SYSTEM)
    export_layer(planned, SYSTEM, "workers", tmp_path / f"out{ending}", at=AT)
    report = import_places(planned, SYSTEM, "workers", tmp_path / f"out{ending}", at=AT)
    assert (report.rejected, report.counts["workers"].updated) == (0, 0)
    assert worker_table(planned, SYSTEM).equals(before)


def test_what_makes_no_sense_is_refused_by_row(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    headings = ["工号", "姓名", "人员类别", "培训学时", "聘期开始", "聘期结束"]
    rows = [["a", "甲", "国王", "", "", ""], ["b", "乙", "", "-1", "", ""], ["c", "丙", "", "", "明天", ""], ["d", "丁", "", "", "2026-02-01", "2026-01-01"]]
    report = take(planned, tmp_path, [*rows, ["e", "戊", "", "", "2026-02-30", ""]], headings)
    assert [(fault.row, fault.field) for fault in report.faults] == [(2, "人员类别"), (3, "培训学时"), (4, "聘期开始"), (5, "聘期结束"), (6, "聘期开始")]


def test_who_is_full_time_may_be_said_by_either_column(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    report = take(planned, tmp_path, [["a", "甲", "志愿者", "是"], ["b", "乙", "专职", ""], ["c", "丙", "", ""]], ["工号", "姓名", "人员类别", "专职"])
    with planned:
        assert planned.workers.read(keys=["a", "b", "c"])["full_time"].tolist() == [True, True, False]
    assert any("count as part-time" in str(note) for note in report.sentences())


def test_a_telephone_is_masked_for_who_may_not_assign(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    take(planned, tmp_path, ROWS[:2])
    export_layer(planned, person(("leader", "")), "workers", tmp_path / "w.csv", at=AT)
    assert pd.read_csv(tmp_path / "w.csv", dtype=str).set_index("key")["phone"].dropna().tolist() == ["138****1234", "******34"]
    assert "13800001234" in worker_table(planned, person(("coordinator", "")))["phone"].tolist()


def test_a_worker_outside_the_term_is_not_assigned_and_it_is_said(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    take(planned, tmp_path, [["w1", "张三", "2026-01-01", "2026-03-03"]], ["工号", "姓名", "聘期开始", "聘期结束"])
    report = assign_workers_to_grids(planned, SYSTEM, at=AT)
    with planned:
        assert "w1" not in set(planned.assignments.read()["worker_key"])
    (reason,) = report.unplaced.loc[report.unplaced["key"] == "w1", "reason"]
    assert "2026-01-01 to 2026-03-03" in str(reason)
