"""Every page in every state a reader can meet: empty city, filled city, no right, no session, both languages."""

from __future__ import annotations

import pytest
from conftest import FRAME, PLANNER
from streamlit.testing.v1 import AppTest

from services.access import DEMO_VISITOR, Grant, Principal
from store.unit_of_work import SqlUnitOfWork
from views import wiring

PAGES = ("map_page.py", "grids_page.py", "workers_page.py", "circles_page.py", "import_page.py", "check_page.py", "help_page.py")
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


@pytest.mark.parametrize("page", ["map_page.py", "grids_page.py", "workers_page.py", "circles_page.py", "check_page.py"])
def test_a_visitor_looks_and_finds_no_button_that_changes(filled_store, signed_in, page):
    signed_in(DEMO_VISITOR)
    app = show(page)
    assert not app.exception
    assert {button.key for button in app.button} <= {"switch_language", "sign_out"}


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
    assert set(table["距目标（百分点）"].round(1)) == {-60.0}  # 25 % of older people against 85 %


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
