"""What may come into force: the draft as its planner left it, upon the data of today, with dedicated grids as they are."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from contracts.errors import ConflictError, InputError
from contracts.messages import Message
from grids.edits import Edit
from services import editing
from services.access import SYSTEM
from services.division import divide_communities
from services.editing import Desk
from services.grid_plans import publish_plans
from services.grounds import Grounds
from services.plain_messages import message_of, plain_message
from services.plan_files import grids_of_file
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import contents, give_own_grid, person
from tests.small_city import AT, WEST, placed

PLANNER = person(("planner", WEST))
FIRST, SECOND = f"{WEST}001", f"{WEST}002"
TODAY = AT.date()


def desk_of(uow: SqlUnitOfWork) -> Desk:
    plan_id = editing.start_draft(uow, PLANNER, WEST, at=AT, grounds=Grounds())
    return editing.open_draft(uow, PLANNER, plan_id, grounds=Grounds())


def publish_listed(uow: SqlUnitOfWork, desk: Desk) -> int:
    return publish_plans(uow, PLANNER, [desk.plan_id], valid_from=TODAY, at=AT, reason="x")


def test_a_draft_with_steps_that_are_not_drawn_is_not_published_from_the_list(planned: SqlUnitOfWork) -> None:
    start = desk_of(planned)
    desk = editing.do_edit(planned, PLANNER, start, Edit("move", {"to": FIRST, "buildings": ["h280-220"]}), at=AT)
    before = contents(planned)
    with pytest.raises(ConflictError, match="西里 has steps"):
        publish_listed(planned, desk)
    assert contents(planned) == before
    editing.save_draft(planned, PLANNER, desk, at=AT)
    assert publish_listed(planned, desk) == 1


def box_of(*metres: float) -> object:
    return placed({"s": (shapely.box(*metres), {})}).geometry.iloc[0]


@pytest.fixture
def two_schools(planned: SqlUnitOfWork) -> tuple[str, str]:
    """Codes of two dedicated grids in force side by side: h040-170, h040-220 and h120-170, h120-220."""
    west = give_own_grid(planned, WEST, box_of(-9, 155, 80, 310), "小学")
    return west, give_own_grid(planned, WEST, box_of(80, 155, 190, 310), "中学")


EDITS = {
    "homes put in": Edit("move", {"to": f"{WEST}004", "buildings": ["h120-130"]}),
    "two made one": Edit("merge", {"grids": [f"{WEST}003", f"{WEST}004"]}),
    "an area shared": Edit("move", {"to": FIRST, "buildings": ["h120-170"]}),
    "one gives to the other": Edit("move", {"to": f"{WEST}003", "buildings": ["h120-220"]}),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_a_dedicated_grid_in_force_keeps_its_area_to_itself(planned: SqlUnitOfWork, two_schools: tuple[str, str], edit: Edit) -> None:
    desk = desk_of(planned)
    assert (desk.sketch.kinds.count("dedicated"), editing.forbidding(desk)) == (2, [])
    assert "dedicated" in [fault.kind for fault in editing.preview(PLANNER, desk, edit).effect.broken]
    desk = editing.do_edit(planned, PLANNER, desk, edit, at=AT)
    with pytest.raises(InputError, match="cannot be published"):
        editing.publish_draft(planned, PLANNER, desk, reason="x", valid_from=TODAY, at=AT)
    editing.save_draft(planned, PLANNER, desk, at=AT)
    with pytest.raises(ConflictError, match="edicated"):
        publish_listed(planned, desk)


def test_a_dedicated_grid_described_as_comprehensive_is_given_up(planned: SqlUnitOfWork, two_schools: tuple[str, str]) -> None:
    desk = desk_of(planned)
    for edit in (Edit("describe", {"grid": two_schools[1], "kind": "comprehensive"}), Edit("merge", {"grids": [FIRST, two_schools[1]]})):
        desk = editing.do_edit(planned, PLANNER, desk, edit, at=AT)
    assert editing.forbidding(desk) == []
    editing.save_draft(planned, PLANNER, desk, at=AT)
    assert publish_listed(planned, desk) == 1


def test_residents_that_changed_put_a_plan_that_balances_them_out_of_date(planned: SqlUnitOfWork) -> None:
    with planned:
        planned.city.put("grid_rule", {"weight": "residents", "band": [600, 1000], "target": 840})
        planned.commit()
    desk = desk_of(planned)
    with planned:
        houses = planned.buildings.read(communities=[WEST])
        planned.buildings.upsert(houses.assign(residents=houses["residents"] * 5))
        planned.commit()
    with pytest.raises(ConflictError, match="西里 changed since"):
        publish_listed(planned, desk)


def test_a_desk_from_before_a_wall_was_built_is_not_published(planned: SqlUnitOfWork) -> None:
    desk = desk_of(planned)
    with planned:
        planned.barriers.upsert(placed({"b9": (shapely.LineString([(-5, 195), (190, 195), (190, 305)]), {"kind": "wall"})}))
        planned.commit()
    before = contents(planned)
    with pytest.raises(ConflictError, match="西里 changed since"):
        editing.publish_draft(planned, PLANNER, desk, reason="x", valid_from=TODAY, at=AT)
    assert contents(planned) == before


def test_sentences_come_back_as_they_were() -> None:
    for language in ("zh_CN", "en"):
        for facts in ({"x": (f"{WEST}001", "b")}, {"x": Message("Grid {grid}.", {"grid": ["a", "b"]})}, {"x": []}, {"x": np.int64(3)}):
            said = Message("Grids {x}.", facts)
            assert message_of(json.loads(json.dumps(plain_message(said)))).in_language(language) == said.in_language(language)
    assert str(message_of(plain_message(Message("{x:.1f} m", {"x": np.float64(2.26)})))) == "2.3 m"


def test_a_case_that_comes_in_stops_no_division(loaded: SqlUnitOfWork) -> None:
    with loaded:
        loaded.city.put("grid_rule", {"weight": "workload", "band": [1, 9999], "target": 560})
        loaded.commit()
    case = placed({"c1": (shapely.Point(45, 120), {"category": "B01", "state": "open", "reported_at": pd.Timestamp(AT)})})

    def meanwhile(done: int, _total: int, _what: Message) -> None:
        if done == 1:
            with loaded:
                loaded.cases.upsert(case)
                loaded.commit()

    assert len(divide_communities(loaded, SYSTEM, at=AT, progress=meanwhile).plans) == 2
    with loaded:
        assert loaded.cases.count() == 1
        assert {report["cases_counted_on"] for report in loaded.plans.list_plans(status="active")["report"]} == {str(TODAY)}


def read_file(uow: SqlUnitOfWork, path: Path, **columns: list[str]) -> tuple[gpd.GeoDataFrame, list[str]]:
    """The grids of the west out of a file with these columns, and what is said of their codes."""
    with uow:
        shapes = uow.plans.grids(communities=[WEST]).geometry.to_numpy()
    gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326").to_file(path, driver="GeoJSON")
    grids = grids_of_file(uow, PLANNER, WEST, path)
    _plan, repairs = editing.start_from_file(uow, PLANNER, WEST, grids, at=AT, grounds=Grounds())
    return grids, [str(repair.was) for repair in repairs.items if repair.kind == "code"]


def test_own_codes_of_a_file_stay_and_are_no_names(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    for codes in ([FIRST, SECOND], [f"{WEST}050", f"{WEST}051"]):
        grids, said = read_file(planned, tmp_path / "grids.geojson", code=codes)
        assert (list(grids.index), list(grids["name"]), said) == (codes, ["", ""], [])


def test_codes_that_cannot_stay_are_listed(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    grids, said = read_file(planned, tmp_path / "grids.geojson", code=["A-1", SECOND])
    assert (list(grids.index), list(grids["name"])) == ([FIRST, SECOND], ["A-1", ""])
    assert said == ["Code A-1 was not one of this community."]
