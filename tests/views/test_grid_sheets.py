"""Printed sheets: one page per grid after the overview, in both languages, nothing fetched, nothing run."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from contracts.errors import InputError
from services.access import SYSTEM
from services.grid_sheets import PlanSheets, plan_sheets
from services.plan_history import plan_in_force
from store.engine import open_store
from store.unit_of_work import SqlUnitOfWork
from tests.small_city import AT, WEST, plan, settle
from views.grid_sheets import sheets_html, write_sheets
from views.maps.sheet_map import Paper, sheet_svg
from views.maps.standalone import find_outside_addresses


@pytest.fixture(scope="module")
def sheets(sqlite_ready: Path) -> PlanSheets:
    store = open_store(f"sqlite:///{sqlite_ready.with_name('sheets.sqlite')}")
    uow = SqlUnitOfWork(store)
    settle(uow)
    plan(uow)
    made = plan_sheets(uow, SYSTEM, plan_in_force(uow, SYSTEM, WEST), at=AT)
    store.close()
    return made


@pytest.mark.parametrize(
    ("language", "words"), [("zh_CN", ("西里网格", "四至", "社区边界", "网格长", "现行")), ("en", ("Grids of West", "Border", "Grid leader"))]
)
def test_sheets_speak_the_readers_language(sheets: PlanSheets, language: str, words: tuple[str, ...]) -> None:
    page = sheets_html(sheets, language=language, approval_no="GS(2026)1")
    assert not [word for word in words if word not in page]
    assert page.count("<section>") == page.count("GS(2026)1") == 3
    assert find_outside_addresses(page) == []
    assert "<script" not in page


def test_the_drawing_is_sound_and_shows_its_grid(sheets: PlanSheets) -> None:
    drawn = sheet_svg(sheets, Paper(sheets.sheets[0].box, 720, 560), language="en", grid=sheets.sheets[0].code)
    assert ElementTree.fromstring(drawn).tag.endswith("svg")
    assert "This grid" in drawn


def test_the_legend_lies_below_the_map_and_names_inside_it(sheets: PlanSheets) -> None:
    drawn = ElementTree.fromstring(sheet_svg(sheets, Paper(sheets.sheets[0].box, 720, 560), language="en", grid=sheets.sheets[0].code))
    groups = {group[-1].text: group for group in drawn.iter("{http://www.w3.org/2000/svg}g") if group[-1].text}
    places = {name: [float(value) for value in re.findall(r"-?[0-9.]+", group.get("transform", ""))] for name, group in groups.items()}
    assert min(places[name][1] for name in ("This grid", "Other buildings", "Wall or railway")) > 560
    assert all(0 < place[0] < 720 for place in places.values())


def test_the_project_itself_is_no_login(sheets: PlanSheets) -> None:
    assert "by System (automatic)" in sheets_html(sheets, language="en")


def test_paper_is_true_to_scale_and_shows_the_whole_box(sheets: PlanSheets) -> None:
    west, south, east, north = sheets.sheets[0].box
    paper = Paper((west, south, east, north), 720, 560)
    shown = paper.shown
    assert shown[0] <= west + 1e-12
    assert shown[3] >= north - 1e-12
    (corner,) = paper.on(np.array([[shown[0], shown[3]]]))
    assert corner.tolist() == pytest.approx([0, 0], abs=1e-6)


def test_names_cannot_break_the_page(sheets: PlanSheets) -> None:
    grids = sheets.grids.assign(name="<b>&\"'")
    page = sheet_svg(PlanSheets(**{**sheets.__dict__, "grids": grids}), Paper(sheets.sheets[0].box, 720, 560), language="en")
    assert not re.search(r"<b>", page)
    ElementTree.fromstring(page)


def test_sheets_are_written_as_html_only(sheets: PlanSheets, tmp_path: Path) -> None:
    write_sheets(sheets, tmp_path / "s.html", language="en")
    assert (tmp_path / "s.html").read_text("utf-8").startswith("<!doctype html>")
    with pytest.raises(InputError, match="end in one of"):
        write_sheets(sheets, tmp_path / "s.pdf", language="en")
