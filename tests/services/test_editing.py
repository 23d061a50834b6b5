"""Drafts on the planner's table: opened, tried, changed, taken back, saved, published; nobody overwrites anybody."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from contracts.errors import ConflictError, InputError, NotAllowedError, NotFoundError, UnreadableFileError
from grids.edits import Edit
from services import editing
from services.access import SYSTEM
from services.division import divide_communities
from services.editing import Desk
from services.grid_plans import publish_plans
from services.grounds import Grounds
from services.plan_files import grids_of_file
from services.plan_offers import plans_on_offer
from store.repositories.places import PlaceTable
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import NOBODY, audited, contents, give_own_grid, person
from tests.small_city import AT, EAST, WEST, placed

PLANNER = person(("planner", WEST))
FIRST, SECOND = f"{WEST}001", f"{WEST}002"
HOUSE = "h280-130"


@pytest.fixture
def desk(planned: SqlUnitOfWork) -> Desk:
    return opened(planned, editing.start_draft(planned, PLANNER, WEST, at=AT, grounds=Grounds()))


def opened(uow: SqlUnitOfWork, plan_id: int) -> Desk:
    return editing.open_draft(uow, PLANNER, plan_id, grounds=Grounds())


def move(uow: SqlUnitOfWork, house: str = HOUSE, to: str = FIRST) -> Edit:
    return Edit("move", {"to": to, "buildings": [house]})


def home(desk: Desk, house: str = HOUSE) -> str:
    return str(desk.sketch.grid_of_building[house])


def test_a_draft_of_the_plan_in_force_begins_as_that_plan(planned: SqlUnitOfWork, desk: Desk) -> None:
    with planned:
        today = planned.plans.grid_of_building(communities=[WEST])
    assert desk.sketch.grid_of_building.to_dict() == today.to_dict()
    assert desk.is_saved
    assert desk.repairs.is_empty


def test_trying_an_edit_keeps_nothing(planned: SqlUnitOfWork, desk: Desk) -> None:
    before = contents(planned)
    found = editing.preview(PLANNER, desk, move(planned))
    assert found.effect.households_moved == 70
    assert found.effect.moved_in_force == 70
    assert contents(planned) == before


def test_an_edit_is_there_after_a_reload_and_the_grids_are_drawn_when_saved(planned: SqlUnitOfWork, desk: Desk) -> None:
    editing.do_edit(planned, PLANNER, desk, move(planned), at=AT)
    again = opened(planned, desk.plan_id)
    assert home(again) == FIRST
    assert not again.is_saved
    saved = editing.save_draft(planned, PLANNER, again, at=AT)
    assert saved.is_saved
    with planned:
        assert planned.plans.grid_of_building(plan_ids=[desk.plan_id])[HOUSE] == FIRST
    assert audited(planned)["action"] == "save_draft"


def test_undo_and_redo_go_back_and_forth(planned: SqlUnitOfWork, desk: Desk) -> None:
    changed = editing.do_edit(planned, PLANNER, desk, move(planned), at=AT)
    back = editing.undo(planned, PLANNER, changed, at=AT)
    assert (home(back), back.is_saved) == (SECOND, True)
    assert home(editing.redo(planned, PLANNER, opened(planned, desk.plan_id), at=AT)) == FIRST
    with pytest.raises(InputError):
        editing.undo(planned, PLANNER, desk, at=AT)


def test_of_two_planners_the_second_is_told_and_nothing_of_the_first_is_lost(planned: SqlUnitOfWork, desk: Desk) -> None:
    editing.do_edit(planned, PLANNER, desk, move(planned), at=AT)
    with pytest.raises(ConflictError):
        editing.do_edit(planned, PLANNER, desk, Edit("lock", {"grids": [FIRST]}), at=AT)
    assert home(opened(planned, desk.plan_id)) == FIRST


def test_a_plan_comes_into_force_with_its_reason(planned: SqlUnitOfWork, desk: Desk) -> None:
    changed = editing.do_edit(planned, PLANNER, desk, move(planned, "h280-220", FIRST), at=AT)
    editing.publish_draft(planned, PLANNER, changed, reason=" New block ", valid_from=AT.date(), at=AT)
    with planned:
        plan = planned.plans.list_plans(communities=[WEST], status="active").iloc[0]
        assert (plan["plan_id"], plan["reason"]) == (desk.plan_id, "New block")
        assert planned.plans.grid_of_building(communities=[WEST])["h280-220"] == FIRST
    with pytest.raises(NotFoundError):
        opened(planned, desk.plan_id)


@pytest.mark.parametrize("is_saved", [True, False])
def test_a_draft_another_planner_changed_is_not_published_unseen(planned: SqlUnitOfWork, desk: Desk, is_saved: bool) -> None:
    theirs = editing.do_edit(planned, PLANNER, desk, move(planned, "h280-220", FIRST), at=AT)
    if is_saved:
        editing.save_draft(planned, PLANNER, theirs, at=AT)
    before = contents(planned)
    with pytest.raises(ConflictError, match="meanwhile"):
        editing.publish_draft(planned, PLANNER, desk, reason="x", valid_from=AT.date(), at=AT)
    assert contents(planned) == before


def test_a_draft_of_other_data_is_published_only_when_opened_and_saved_again(planned: SqlUnitOfWork, desk: Desk) -> None:
    with planned:
        planned.buildings.upsert(planned.buildings.read(keys=[HOUSE]).assign(households=90))
        planned.commit()
    before = contents(planned)
    with pytest.raises(ConflictError, match="西里 changed since"):
        editing.publish_draft(planned, PLANNER, desk, reason="x", valid_from=AT.date(), at=AT)
    with pytest.raises(ConflictError, match="西里 changed since"):
        publish_plans(planned, PLANNER, [desk.plan_id], valid_from=AT.date(), at=AT, reason="x")
    assert contents(planned) == before
    again = opened(planned, desk.plan_id)
    assert not again.is_saved
    editing.save_draft(planned, PLANNER, again, at=AT)
    assert publish_plans(planned, PLANNER, [desk.plan_id], valid_from=AT.date(), at=AT, reason="x") == 1


def test_a_plan_without_a_reason_or_with_ground_in_no_grid_stays_a_draft(planned: SqlUnitOfWork, desk: Desk) -> None:
    with pytest.raises(InputError, match="reason"):
        editing.publish_draft(planned, PLANNER, desk, reason="  ", valid_from=AT.date(), at=AT)
    torn = editing.do_edit(planned, PLANNER, desk, Edit("move", {"to": None, "buildings": [HOUSE]}), at=AT)
    assert editing.forbidding(torn)
    with pytest.raises(InputError, match="cannot be published"):
        editing.publish_draft(planned, PLANNER, torn, reason="x", valid_from=AT.date(), at=AT)
    assert editing.save_draft(planned, PLANNER, torn, at=AT).is_saved


def test_changed_data_are_noticed_and_the_grids_read_onto_them(planned: SqlUnitOfWork, desk: Desk) -> None:
    changed = editing.save_draft(planned, PLANNER, editing.do_edit(planned, PLANNER, desk, move(planned), at=AT), at=AT)
    with planned:
        houses = planned.buildings.read(communities=[WEST])
        planned.buildings.upsert(houses.loc[[HOUSE]].assign(households=90))
        planned.commit()
    again = opened(planned, changed.plan_id)
    assert again.was_reread
    assert (home(again), again.history.undo_steps) == (FIRST, 0)
    assert editing.do_edit(planned, PLANNER, again, Edit("lock", {"grids": [FIRST]}), at=AT).version == changed.version + 1


def test_grounds_are_made_once_for_the_same_data(planned: SqlUnitOfWork) -> None:
    grounds = Grounds()
    with planned:
        first = grounds.of(planned, WEST)
        assert grounds.of(planned, WEST).faces is first.faces
        planned.buildings.upsert(planned.buildings.read(communities=[WEST]).iloc[:1].assign(households=1))
        assert grounds.of(planned, WEST).faces is not first.faces


def test_a_city_may_balance_work_on_the_table_too(planned: SqlUnitOfWork) -> None:
    grounds = Grounds()
    with planned:
        planned.city.put("grid_rule", {"weight": "workload", "band": [400, 700], "target": 560})
        planned.commit()
    desk = editing.open_draft(planned, PLANNER, editing.start_draft(planned, PLANNER, WEST, at=AT, grounds=grounds), grounds=grounds)
    assert desk.sketch.codes == (FIRST, SECOND)
    assert plans_on_offer(planned, PLANNER, WEST, grounds=grounds).offers


@pytest.mark.parametrize("rule", [{}, {"weight": "workload", "band": [400, 700], "target": 560}], ids=["households", "work"])
def test_a_community_is_read_once_while_its_tables_stay_as_they_are(planned: SqlUnitOfWork, monkeypatch: pytest.MonkeyPatch, rule: dict[str, object]) -> None:
    grounds, reads = Grounds(), []
    monkeypatch.setattr(PlaceTable, "select", lambda self, *at, _select=PlaceTable.select, **how: reads.append(self.table.name) or _select(self, *at, **how))
    with planned:
        planned.city.put("grid_rule", rule)
        grids = planned.plans.grids(communities=[WEST])
        grounds.of(planned, WEST)
        once = list(reads)
        grounds.of(planned, WEST)
        grounds.open_grids(planned, WEST, grids)
        assert (set(once) >= {"building", "street"}, reads) == (True, once)


def test_a_case_far_from_every_house_changes_no_ground(planned: SqlUnitOfWork) -> None:
    grounds, away = Grounds(), {"category": "B01", "state": "open", "reported_at": pd.Timestamp(AT)}
    with planned:
        planned.city.put("grid_rule", {"weight": "workload", "band": [400, 700], "target": 560})
        before, state = grounds.of(planned, WEST), planned.cases.state()
        planned.cases.upsert(placed({"c1": (shapely.Point(200, 10), away)}))
        assert planned.cases.state() != state
        assert grounds.of(planned, WEST).faces is before.faces
        planned.cases.upsert(placed({"c1": (shapely.Point(45, 120), away)}))
        assert grounds.of(planned, WEST).faces is not before.faces


def test_a_new_shop_makes_a_new_ground_where_work_is_balanced(planned: SqlUnitOfWork) -> None:
    grounds = Grounds()
    with planned:
        planned.city.put("grid_rule", {"weight": "workload", "band": [400, 700], "target": 560})
        before = grounds.of(planned, WEST)
        assert grounds.of(planned, WEST).faces is before.faces
        planned.facilities.upsert(placed({"shop": (shapely.Point(55, 130), {"category": "COM_CVS"})}))
        assert grounds.of(planned, WEST).faces is not before.faces


@pytest.fixture
def school(planned: SqlUnitOfWork) -> str:
    """A dedicated grid in force with the houses h120-170 and h120-220; its code."""
    return give_own_grid(planned, WEST, placed({"s": (shapely.box(80, 150, 200, 300), {})}).geometry.iloc[0], "学校")


@pytest.mark.parametrize(
    "edit",
    [Edit("move", {"to": FIRST, "buildings": ["h120-220"]}), Edit("describe", {"grid": f"{WEST}003", "kind": "comprehensive"})],
    ids=["a house taken", "for everybody"],
)
def test_a_broken_dedicated_grid_is_told_before_the_edit(planned: SqlUnitOfWork, school: str, edit: Edit) -> None:
    desk = opened(planned, editing.start_draft(planned, PLANNER, WEST, at=AT, grounds=Grounds()))
    assert not [fault for fault in editing.faults_of(desk) if fault.kind == "dedicated"]
    (told,) = [fault for fault in editing.preview(PLANNER, desk, edit).effect.broken if fault.kind == "dedicated"]
    assert "学校" in str(told.message)


def test_a_planner_may_give_a_dedicated_grid_up_with_a_reason(planned: SqlUnitOfWork, school: str) -> None:
    desk = opened(planned, editing.start_draft(planned, PLANNER, WEST, at=AT, grounds=Grounds()))
    for_all = editing.do_edit(planned, PLANNER, desk, Edit("describe", {"grid": school, "kind": "comprehensive"}), at=AT)
    merged = editing.do_edit(planned, PLANNER, for_all, Edit("merge", {"grids": [FIRST, school]}), at=AT)
    assert editing.faults_of(opened(planned, desk.plan_id)) == []
    editing.publish_draft(planned, PLANNER, merged, reason="学校迁出", valid_from=AT.date(), at=AT)
    again = opened(planned, editing.start_draft(planned, PLANNER, WEST, at=AT, grounds=Grounds()))
    assert editing.faults_of(again) == []


def test_plans_on_offer_keep_the_dedicated_grid(planned: SqlUnitOfWork, school: str) -> None:
    with planned:
        before = planned.plans.grids(communities=[WEST]).geometry[school]
    for offer in plans_on_offer(planned, PLANNER, WEST, grounds=Grounds()).offers:
        (own,) = [code for code, kind in zip(offer.plan.sketch.codes, offer.plan.sketch.kinds, strict=True) if kind == "dedicated"]
        assert offer.shapes[own].symmetric_difference(before).area < 1e-3 * before.area
        desk = opened(planned, editing.start_from(planned, PLANNER, offer.plan.sketch, at=AT))
        assert (desk.was_reread, editing.forbidding(desk)) == (False, [])


def test_against_today_says_what_differs(planned: SqlUnitOfWork, desk: Desk) -> None:
    effect, today = editing.against_today(planned, PLANNER, editing.do_edit(planned, PLANNER, desk, move(planned), at=AT))
    assert effect.moved_in_force == 70
    assert set(effect.grids.index) == {FIRST, SECOND}
    assert today.grid_of_building[HOUSE] == SECOND


def test_a_community_without_a_plan_begins_with_none(loaded: SqlUnitOfWork) -> None:
    desk = opened(loaded, editing.start_draft(loaded, PLANNER, WEST, at=AT, grounds=Grounds()))
    assert desk.sketch.codes == ()
    assert editing.against_today(loaded, PLANNER, desk) is None
    divided = editing.do_edit(loaded, PLANNER, desk, Edit("divide"), at=AT)
    assert editing.forbidding(divided) == []
    assert len(divided.sketch.codes) == 2


def test_a_draft_of_a_division_is_opened_by_its_grids(planned: SqlUnitOfWork) -> None:
    divide_communities(planned, SYSTEM, communities=[WEST], publish=False, at=AT)
    with planned:
        (plan_id,) = planned.plans.list_plans(communities=[WEST], status="draft")["plan_id"]
    desk = opened(planned, int(plan_id))
    assert (desk.version, desk.is_saved) == (0, True)
    assert editing.do_edit(planned, PLANNER, desk, Edit("lock", {"grids": [FIRST]}), at=AT).version == 1


def test_plans_on_offer_can_be_opened(planned: SqlUnitOfWork) -> None:
    offers = plans_on_offer(planned, PLANNER, WEST, grounds=Grounds())
    assert offers.offers
    assert offers.has_plan_in_force
    plan_id = editing.start_from(planned, PLANNER, offers.offers[0].plan.sketch, at=AT)
    assert editing.forbidding(opened(planned, plan_id)) == []


def test_what_lies_under_a_click_is_found(desk: Desk) -> None:
    middle = desk.sketch.ground.buildings.geometry[HOUSE].representative_point()
    assert editing.code_at(desk, (middle.x, middle.y)) == SECOND
    assert editing.code_at(desk, (0.0, 0.0)) == ""
    assert shapely.contains(editing.shapes_under(desk, [(middle.x, middle.y)]).iloc[0], middle)


@pytest.mark.parametrize("act", [editing.undo, editing.redo, editing.save_draft])
def test_steps_ask_for_the_right_of_the_community(planned: SqlUnitOfWork, desk: Desk, act: object) -> None:
    for reader in (NOBODY, person(("planner", EAST)), person(("leader", ""))):
        with pytest.raises(NotAllowedError):
            act(planned, reader, desk, at=AT)


def test_everything_else_asks_for_it_too(planned: SqlUnitOfWork, desk: Desk, tmp_path: Path) -> None:
    stranger, grounds, before = person(("planner", EAST)), Grounds(), contents(planned)
    acts = [
        lambda: editing.open_draft(planned, stranger, desk.plan_id, grounds=grounds),
        lambda: editing.start_draft(planned, stranger, WEST, at=AT, grounds=grounds),
        lambda: editing.start_from(planned, stranger, desk.sketch, at=AT),
        lambda: editing.start_from_file(planned, stranger, WEST, gpd.GeoDataFrame(), at=AT, grounds=grounds),
        lambda: editing.preview(stranger, desk, move(planned)),
        lambda: editing.do_edit(planned, stranger, desk, move(planned), at=AT),
        lambda: editing.publish_draft(planned, stranger, desk, reason="x", valid_from=AT.date(), at=AT),
        lambda: editing.against_today(planned, stranger, desk),
        lambda: plans_on_offer(planned, stranger, WEST, grounds=grounds),
        lambda: grids_of_file(planned, stranger, WEST, tmp_path / "none.geojson"),
    ]
    for act in acts:
        with pytest.raises(NotAllowedError):
            act()
    assert contents(planned) == before


def test_a_desk_writes_to_a_draft_of_its_own_community_only(planned: SqlUnitOfWork, desk: Desk) -> None:
    """Whoever names a draft elsewhere, with rights here, changes nothing there."""
    theirs = editing.start_draft(planned, person(("planner", EAST)), EAST, at=AT, grounds=Grounds())
    slipped, before = replace(desk, plan_id=theirs), contents(planned)
    for act in (
        lambda: editing.do_edit(planned, PLANNER, slipped, move(planned), at=AT),
        lambda: editing.save_draft(planned, PLANNER, slipped, at=AT),
        lambda: editing.publish_draft(planned, PLANNER, slipped, reason="x", valid_from=AT.date(), at=AT),
        lambda: editing.save_draft(planned, person(("planner", EAST)), replace(slipped, community=EAST), at=AT),
    ):
        with pytest.raises(NotFoundError, match="no draft"):
            act()
    assert contents(planned) == before


@pytest.mark.parametrize("plan_id", [999, 1])
def test_what_is_no_draft_is_not_opened(planned: SqlUnitOfWork, plan_id: int) -> None:
    with pytest.raises(NotFoundError):
        opened(planned, plan_id)


def written(uow: SqlUnitOfWork, path: Path, **columns: list[str]) -> Path:
    """The grids of the west as a file with other columns."""
    with uow:
        shapes = uow.plans.grids(communities=[WEST]).geometry.to_numpy()
    gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326").to_file(path, driver="GeoJSON")
    return path


def test_a_plan_goes_out_and_comes_back_as_it_was(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    path = written(planned, tmp_path / "grids.geojson", code=[FIRST, SECOND], name=["一", "二"])
    grids = grids_of_file(planned, PLANNER, WEST, path)
    plan_id, repairs = editing.start_from_file(planned, PLANNER, WEST, grids, at=AT, grounds=Grounds())
    assert repairs.is_empty
    desk = opened(planned, plan_id)
    assert (desk.sketch.codes, desk.sketch.names) == ((FIRST, SECOND), ("一", "二"))
    with planned:
        today, read = planned.plans.grids(communities=[WEST]), planned.plans.grids(plan_ids=[plan_id])
    assert shapely.equals_exact(today.geometry.to_numpy(), read.geometry.to_numpy(), tolerance=1e-7, normalize=True).all()


def test_foreign_codes_become_names_and_the_grids_go_on_with_those_of_today(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    grids = grids_of_file(planned, PLANNER, WEST, written(planned, tmp_path / "grids.geojson", code=["A-1", "A-2"]))
    assert grids["name"].to_dict() == {FIRST: "A-1", SECOND: "A-2"}


def test_a_community_without_a_plan_gives_new_codes(loaded: SqlUnitOfWork, tmp_path: Path) -> None:
    with loaded:
        area = loaded.areas.read(keys=[WEST])
    area[["geometry"]].to_file(tmp_path / "grids.geojson", driver="GeoJSON")
    assert list(grids_of_file(loaded, PLANNER, WEST, tmp_path / "grids.geojson").index) == [FIRST]


def test_a_plan_with_a_gap_and_an_overlap_is_mended_and_says_so(planned: SqlUnitOfWork) -> None:
    with planned:
        grids = planned.plans.grids(communities=[WEST])
    bad = grids.set_geometry([grids.geometry.iloc[0].buffer(0.0002), shapely.affinity.scale(grids.geometry.iloc[1], 0.9, 0.9)])
    plan_id, repairs = editing.start_from_file(planned, PLANNER, WEST, bad, at=AT, grounds=Grounds())
    assert not repairs.is_empty
    assert editing.forbidding(opened(planned, plan_id)) == []


def test_a_file_of_another_place_or_no_file_at_all_is_refused(planned: SqlUnitOfWork, tmp_path: Path) -> None:
    away = gpd.GeoDataFrame({"code": ["1"]}, geometry=[shapely.box(10, 10, 11, 11)], crs="EPSG:4326")
    away.to_file(tmp_path / "away.geojson", driver="GeoJSON")
    with pytest.raises(InputError, match="No area of the file"):
        grids_of_file(planned, PLANNER, WEST, tmp_path / "away.geojson")
    (tmp_path / "broken.geojson").write_text("{")
    with pytest.raises(UnreadableFileError):
        grids_of_file(planned, PLANNER, WEST, tmp_path / "broken.geojson")


def test_codes_of_grids_that_are_gone_are_not_taken_again(planned: SqlUnitOfWork, desk: Desk) -> None:
    merged = editing.do_edit(planned, PLANNER, desk, Edit("merge", {"grids": [FIRST, SECOND]}), at=AT)
    (left,) = merged.sketch.codes
    editing.publish_draft(planned, PLANNER, merged, reason="one", valid_from=AT.date(), at=AT)
    with planned:
        retired = planned.plans.list_plans(communities=[WEST], status="retired")["plan_id"]
    back = opened(planned, editing.start_draft(planned, PLANNER, WEST, based_on=int(retired.iloc[0]), at=AT, grounds=Grounds()))
    assert set(back.sketch.codes) == {left, f"{WEST}003"}
    assert pd.Index(back.sketch.codes).is_unique
