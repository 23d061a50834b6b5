"""The planner's table as a page: opened, edited, taken back, shared with another planner, published."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from city import EAST, WEST
from conftest import PLANNER
from streamlit.testing.v1 import AppTest

from contracts.messages import Message
from grids.edits import Edit
from grids.imported import Repair, Repairs
from services import editing
from services.access import Grant, Principal
from services.grounds import Grounds
from store.unit_of_work import SqlUnitOfWork
from tests.views.test_pages import show, words
from views import jobs, wiring
from views.components import edit_tools
from views.components.edit_repairs import repair_rows

NOW = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)
FIRST, SECOND = f"{WEST}001", f"{WEST}002"


@pytest.fixture
def desk(filled_store, signed_in) -> AppTest:
    """The table with a draft of the plan in force of the west on it."""
    signed_in()
    app = show("edit_page.py", community=WEST)
    return app.button(key="edit_in_force").click().run()


def tool(app: AppTest, name: str, *grids: str) -> AppTest:
    app.selectbox(key="edit_tool").select(name).run()
    return app.multiselect(key="edit_grids").set_value(list(grids)).run() if grids else app


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def draft(app: AppTest) -> int:
    return int(app.query_params["draft"][0])


def test_the_plan_in_force_is_put_on_the_table_and_named_in_the_address(desk):
    assert not desk.exception
    assert "撤销（0）" in labels(desk)
    assert draft(desk) > 2


def test_an_edit_shows_its_effect_is_made_and_taken_back(desk):
    seen = tool(desk, "merge", FIRST, SECOND)
    assert "执行后的效果" in words(seen)
    assert "撤销（0）" in labels(seen)
    done = seen.button(key="edit_do").click().run()
    assert "撤销（1）" in labels(done)
    assert "撤销（0）" in labels(done.button(key="edit_undo").click().run())
    assert not done.exception


def test_buildings_in_no_grid_are_told_over_the_whole_page(desk, filled_store):
    unit = SqlUnitOfWork(filled_store)
    with unit:
        part = unit.plans.grids(communities=[WEST]).drop(SECOND)
    plan, _repairs = editing.start_from_file(unit, PLANNER, WEST, part, at=NOW, grounds=Grounds())
    assert "尚不属于任何网格" in words(show("edit_page.py", community=WEST, draft=str(plan)))
    assert "尚不属于任何网格" not in words(desk)


def test_an_edit_that_is_left_is_forgotten(desk):
    left = tool(desk, "merge", FIRST, SECOND).button(key="edit_leave").click().run()
    assert "执行后的效果" not in words(left)
    assert "撤销（0）" in labels(left)


def test_what_is_not_possible_is_said_in_one_sentence(desk):
    locked = tool(desk, "lock", FIRST).button(key="edit_do").click().run()
    refused = tool(locked, "merge", FIRST, SECOND)
    assert len(refused.error) == 1
    assert "edit_do" not in {button.key for button in refused.button}


def test_every_tool_can_be_taken_into_the_hand(desk):
    for name in edit_tools.TOOLS:
        assert not tool(desk, name).exception, name


def test_a_reload_finds_the_draft_as_it_was(desk):
    tool(desk, "lock", FIRST).button(key="edit_do").click().run()
    again = show("edit_page.py", community=WEST, draft=str(draft(desk)))
    assert "撤销（1）" in labels(again)


def test_the_second_of_two_planners_is_told(desk, filled_store):
    unit = SqlUnitOfWork(filled_store)
    theirs = editing.open_draft(unit, PLANNER, draft(desk), grounds=Grounds())
    editing.do_edit(unit, PLANNER, theirs, Edit("lock", {"grids": [SECOND]}), at=NOW)
    told = tool(desk, "lock", FIRST).button(key="edit_do").click().run()
    assert "您的上一步未执行" in words(told)
    assert "撤销（1）" in labels(told)


def test_giving_up_a_draft_leads_back_to_the_choice(desk):
    back = desk.button(key="edit_withdraw").click().run()
    assert "已作废" in words(back)
    assert "draft" not in back.query_params


def test_a_plan_is_published_with_a_reason_only(desk):
    refused = desk.button(key="FormSubmitter:edit_publish-发布").click().run()
    assert len(refused.error) == 1
    refused.text_input(key="edit_reason").input("new blocks")
    done = refused.button(key="FormSubmitter:edit_publish-发布").click().run()
    assert "已发布" in words(done)
    assert "服务圈" in words(done)
    versions = show("plans_page.py", community=WEST).dataframe[-1].value
    assert "new blocks" in set(versions["原因"])


def test_plans_on_offer_are_cards_and_one_can_be_opened(filled_store, signed_in):
    signed_in()
    app = show("edit_page.py", community=WEST).button(key="make_plans").click().run()
    jobs.find("planner", "offers").wait(60)
    app.run()
    assert "共试" in words(app)
    opened = next(button for button in app.button if str(button.key).startswith("open_")).click().run()
    assert not opened.exception
    assert "撤销（0）" in labels(opened)


def test_two_versions_are_compared(desk):
    tool(desk, "merge", FIRST, SECOND).button(key="edit_do").click().run()
    desk.button(key="edit_save").click().run()
    app = show("plans_page.py", community=WEST, plan=str(draft(desk)), **{"with": "1"})
    assert not app.exception
    assert {metric.label for metric in app.metric} >= {"换网格的户数", "涉及网格员"}


def test_a_planner_of_another_community_is_refused_calmly(filled_store, signed_in):
    signed_in(Principal("li", (Grant("planner", EAST), Grant("leader"))))
    app = show("edit_page.py", community=WEST).button(key="edit_in_force").click().run()
    assert not app.exception
    assert any("无权划分" in element.value for element in [*app.error, *app.info])


def test_a_leader_is_not_offered_the_table(filled_store, signed_in):
    signed_in(Principal("l", (Grant("leader"),)))
    with pytest.raises(ValueError, match="edit_page"):
        show("edit_page.py")


def test_what_an_import_mended_is_told_in_words_and_counted(desk):
    kept = editing.open_draft(SqlUnitOfWork(wiring.the_store()), PLANNER, draft(desk), grounds=Grounds())
    was = Message("Building {building} was cut by the border of the grids {grids}.", {"building": "b1", "grids": (FIRST, SECOND)})
    cut = Repair("building_cut", (FIRST, SECOND), None, 12.34, was, Message("The building was given whole to the grid that had most of its ground."), "b1")
    row = repair_rows(Repairs((cut,)), kept).iloc[0]
    assert (row["place"], row["area_m2"]) == ("第1网格、第2网格、1号楼", 12.3)
    assert "楼栋 1号楼 原被" in row["was"]


def test_a_draft_is_called_a_draft_and_never_unsaved(desk):
    done = tool(desk, "lock", FIRST).button(key="edit_do").click().run()
    assert "草案，未发布" in words(done)
