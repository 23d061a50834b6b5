"""Every page in every state a reader can meet: empty city, filled city, no right, no session, both languages."""

from __future__ import annotations

import pytest
from city import WEST
from conftest import FRAME, PLANNER
from streamlit.testing.v1 import AppTest

from contracts.errors import NotAllowedError
from services import editing
from services.access import ACTION_WORDS, ACTIONS, DEMO_VISITOR, Grant, Principal, authorize
from services.grid_plans import publish_plans
from services.grounds import Grounds
from services.rosters import grid_load, worker_homes
from store.unit_of_work import SqlUnitOfWork
from views import jobs, wiring

PAGES = (
    "map_page.py",
    "grids_page.py",
    "edit_page.py",
    "plans_page.py",
    "staffing_page.py",
    "workers_page.py",
    "circles_page.py",
    "walk_page.py",
    "import_page.py",
    "check_page.py",
    "accuracy_page.py",
    "help_page.py",
)
WEST_GRID = "990101001002001"
WORKER = Principal("w1", (Grant("worker", "990101001002"),))


def show(page: str = "map_page.py", **query: str) -> AppTest:
    """The page inside the frame, opened with a query string."""
    app = AppTest.from_file(str(FRAME), default_timeout=60)
    app.query_params.update(query)
    app.run()
    if page != "map_page.py":
        app.switch_page(page).run()
    return app


def words(app: AppTest) -> str:
    """Everything a reader can read, in one string."""
    plain = [*app.title, *app.header, *app.subheader, *app.markdown, *app.caption, *app.info, *app.error, *app.success, *app.warning]
    return "\n".join([*(str(element.value) for element in plain), *(metric.label for metric in app.metric), *(button.label for button in app.button)])


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_an_empty_city_says_what_to_do_next(empty_store, signed_in, page):
    signed_in()
    app = show(page)
    assert not app.exception
    assert app.info or page == "help_page.py"


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_page_of_a_filled_city_is_shown_whole(filled_store, signed_in, page, language):
    signed_in()
    app = show(page, lang=language)
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize(
    "page", ["map_page.py", "grids_page.py", "plans_page.py", "staffing_page.py", "workers_page.py", "circles_page.py", "walk_page.py", "check_page.py"]
)
def test_a_visitor_looks_and_finds_no_button_that_changes(filled_store, signed_in, page):
    signed_in(DEMO_VISITOR)
    app = show(page)
    assert not app.exception
    assert {button.key for button in app.button} <= {"switch_language", "sign_out", "stop_job"}


def test_a_worker_is_not_offered_what_workers_may_not(filled_store, signed_in):
    signed_in(WORKER)
    assert not show().exception
    with pytest.raises(ValueError, match="workers_page"):
        show("workers_page.py")


def test_without_a_session_there_is_only_the_door(filled_store, monkeypatch):
    monkeypatch.setattr(wiring, "visitor", lambda *_request: None)
    app = show()
    assert "请先登录" in words(app)
    assert not app.dataframe


def test_the_frame_says_that_a_demo_city_is_invented(filled_store, signed_in):
    signed_in()
    with SqlUnitOfWork(filled_store) as uow:
        uow.city.put("is_demo", True)
        uow.commit()
    assert "程序生成的演示城市" in words(show())
    assert "Generated demo city" in words(show(lang="en"))


def test_a_followed_link_opens_the_panel_of_its_grid(filled_store, signed_in):
    signed_in()
    app = show(grid=WEST_GRID, profile="older", minutes="10")
    assert "第1网格" in words(app)
    assert "李明" in "".join(element.proto.body for element in app.get("html"))
    assert "older" in app.query_params["profile"]


@pytest.mark.parametrize(
    "query", [{"area": "nowhere"}, {"grid": "'; DROP TABLE grid"}, {"category": "X"}, {"profile": "flying"}, {"minutes": "-1"}, {"lang": "tlh"}]
)
def test_a_broken_link_falls_back_to_the_whole_city(filled_store, signed_in, query):
    signed_in()
    app = show(**query)
    assert not app.exception
    assert "全市" in words(app)


def test_an_area_in_the_link_narrows_the_numbers(filled_store, signed_in):
    signed_in()
    assert "西社区" in words(show(area="990101001002"))


def test_switching_the_language_keeps_the_question(filled_store, signed_in):
    signed_in()
    app = show(area="990101001002", minutes="5")
    app.button(key="switch_language").click().run()
    assert "within 5 minutes" in words(app)
    assert "West" in words(app)


def test_grids_are_listed_by_name(filled_store, signed_in):
    signed_in()
    table = show("grids_page.py").dataframe[0].value
    assert list(table["社区"]) == ["东社区", "西社区"]


def test_a_grid_without_a_leader_is_on_the_roster(filled_store, signed_in):
    signed_in()
    roster = show("workers_page.py").dataframe[0].value
    assert list(roster["名称"]).count("暂缺") == 3


def test_the_gap_to_the_target_is_in_percentage_points(filled_store, signed_in):
    signed_in()
    table = show("circles_page.py").dataframe[0].value
    assert set(table["老年步速与目标之差（百分点）"].round(1)) == {-60.0}  # 25 % of older people against 85 %


def test_another_reader_does_not_see_what_was_kept_for_the_first(filled_store, signed_in):
    signed_in(PLANNER)
    show("grids_page.py")
    signed_in(Principal("li", (Grant("planner", "990101001001"),)))
    assert list(show("grids_page.py").dataframe[0].value["社区"]) == ["东社区"]


def test_the_question_is_kept_over_a_page_that_does_not_ask_it(filled_store, signed_in):
    signed_in()
    app = show(profile="older")
    app.switch_page("help_page.py").run()
    app.switch_page("map_page.py").run()
    assert app.session_state["profile"] == "older"


def finish(app: AppTest, job: str) -> AppTest:
    """Wait for a job of the planner and look again; a quick one has already been looked at."""
    found = jobs.find("planner", job)
    if found is None:
        return app
    found.wait(60.0)
    return app.run()


def test_dividing_runs_beside_the_page_and_says_what_came_of_it(filled_store, signed_in):
    signed_in()
    app = show("grids_page.py")
    app.button(key="FormSubmitter:divide-划分").click().run()
    assert "个网格" in words(finish(app, "divide"))


def test_assigning_says_how_many_places_were_filled(filled_store, signed_in):
    signed_in()
    app = show("workers_page.py")
    app.button(key="assign_now").click().run()
    assert "个岗位" in words(finish(app, "assign"))


def test_a_job_without_what_it_needs_says_so_in_one_sentence(filled_store, signed_in):
    signed_in()
    with SqlUnitOfWork(filled_store) as uow:
        uow.facilities.delete(["f1"])
        uow.commit()
    app = show("circles_page.py")
    app.button(key="compute_now").click().run()
    assert len(finish(app, "circles").error) == 1


def test_homes_of_workers_are_only_for_those_who_assign_them(filled_store):
    unit = SqlUnitOfWork(filled_store)
    assert list(worker_homes(unit, PLANNER)["name"]) == ["李明"]
    for reader in (DEMO_VISITOR, Principal("l", (Grant("leader"),))):
        with pytest.raises(NotAllowedError):
            worker_homes(unit, reader)


def test_load_is_households_per_worker_and_unknown_where_nobody_works(filled_store):
    load = grid_load(SqlUnitOfWork(filled_store), PLANNER)
    assert load.loc[WEST_GRID, "households_per_worker"] == 100.0
    assert load["households_per_worker"].isna().sum() == 3
    assert load.loc[WEST_GRID, "lead"] == "李明"


def test_a_refusal_says_the_act_in_words():
    with pytest.raises(NotAllowedError) as refused:
        authorize(WORKER, "divide")
    assert str(refused.value) == "w1 may not divide communities into grids here. Ask an administrator for the right."
    assert refused.value.in_language("zh_CN") == "w1 在此无权划分网格。请向管理员申请权限。"


def test_every_action_has_words():
    assert set(ACTION_WORDS) == set(ACTIONS)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_rules_are_shown_without_codes(filled_store, signed_in, language):
    signed_in()
    app = show("help_page.py", lang=language)
    headings = {str(column) for frame in app.dataframe for column in frame.value.columns}
    assert not headings & {"code", "zh", "en", "source", "certainty", "label_zh"}
    assert {"zh_CN": "常用叫法", "en": "Everyday name"}[language] in headings


def test_circles_page_shows_who_can_walk_to_one_facility(filled_store, signed_in):
    signed_in()
    app = show("circles_page.py", facility="f1", lang="en")
    assert not app.exception
    assert [metric.label for metric in app.metric].count("5 min") == 2
    assert "Adult pace: residents who can walk here" in words(app)


def test_circles_left_for_later_are_drawn_from_the_map_and_stay(filled_store, signed_in):
    signed_in()
    app = show(profile="older", lang="en")
    assert not app.exception
    app.button(key="draw_service").click().run()
    assert not app.exception
    assert [button for button in app.button if button.key == "draw_service"] == []


@pytest.fixture
def newly_published(filled_store, signed_in):
    """The west got new grids a day after walking reach was computed."""
    signed_in()
    unit = SqlUnitOfWork(filled_store)
    plan = editing.start_draft(unit, PLANNER, WEST, at=wiring.now(), grounds=Grounds())
    publish_plans(unit, PLANNER, [plan], valid_from=wiring.now().date(), reason="new blocks", at=wiring.now())
    return filled_store


@pytest.mark.parametrize("page", ["map_page.py", "grids_page.py"])
def test_new_grids_without_figures_are_said_with_the_button_that_computes_them(newly_published, page):
    app = show(page)
    assert not app.exception
    assert "西社区" in app.warning[0].value
    assert app.button(key="compute_behind")


def test_who_may_not_compute_is_told_the_command(newly_published, signed_in):
    signed_in(Principal("l", (Grant("leader"),)))
    app = show("map_page.py")
    assert "`./wangge circles`" in app.warning[0].value


def test_figures_of_today_are_not_called_missing(filled_store, signed_in):
    signed_in()
    assert not show("map_page.py").warning
