"""Circles drawn with a run, when asked for, and of one facility; in the small city everything is known by hand."""

from __future__ import annotations

import geopandas as gpd
import pytest

from contracts.errors import NotAllowedError, NotFoundError
from services import circle_drawing
from services.access import SYSTEM
from services.circle_drawing import DrawingBoard, draw_service, drawing_board, facility_circle
from services.circles import compute_circles
from services.maplayers import map_layer
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import NOBODY, person
from tests.small_city import AT, METRIC, STATION, WEST, house, placed


@pytest.fixture
def undrawn(loaded: SqlUnitOfWork, monkeypatch: pytest.MonkeyPatch) -> SqlUnitOfWork:
    """The small city computed as if it were too large to draw at once."""
    with monkeypatch.context() as large:
        large.setattr(circle_drawing, "MOST_AT_ONCE", 0)
        compute_circles(loaded, SYSTEM, at=AT)
    return loaded


def board(uow: SqlUnitOfWork, profile: str = "adult") -> DrawingBoard:
    return drawing_board(uow, SYSTEM, profile=profile)


def houses_inside(circle, uow: SqlUnitOfWork) -> set[str]:
    with uow:
        houses = uow.buildings.read().to_crs(METRIC)
    return set(houses.index[houses.within(gpd.GeoSeries([circle], crs=4326).to_crs(METRIC).iloc[0])])


def test_a_large_city_is_computed_without_drawing(undrawn: SqlUnitOfWork) -> None:
    assert map_layer(undrawn, SYSTEM, "circles").empty


def test_a_service_is_drawn_when_asked_for_and_kept(undrawn: SqlUnitOfWork) -> None:
    with undrawn:
        before = undrawn.data_version()
    drawn = draw_service(undrawn, board(undrawn), SYSTEM, category=STATION)
    kept = map_layer(undrawn, SYSTEM, "circles", profile="adult", category=STATION)
    assert kept["minutes"].tolist() == drawn["minutes"].tolist() == [5, 10, 15]
    assert kept.geometry.geom_equals(drawn.geometry, align=False).all()
    with undrawn:
        assert undrawn.data_version() == before


def test_drawing_twice_keeps_one(undrawn: SqlUnitOfWork) -> None:
    for _ in range(2):
        assert len(draw_service(undrawn, board(undrawn), SYSTEM, category=STATION)) == 3
    with undrawn:
        run_id = undrawn.circles.latest()[0]
        undrawn.circles.keep(run_id, undrawn.circles.circles(run_id))
        assert len(undrawn.circles.circles(run_id)) == 3


def test_drawn_at_once_or_later_is_the_same(undrawn: SqlUnitOfWork) -> None:
    later = draw_service(undrawn, board(undrawn), SYSTEM, category=STATION)
    compute_circles(undrawn, SYSTEM, at=AT)
    at_once = map_layer(undrawn, SYSTEM, "circles", profile="adult", category=STATION)
    assert at_once.geometry.geom_equals(later.geometry, align=False).all()


def test_houses_lie_in_the_circle_of_the_station_as_their_walk_says(planned: SqlUnitOfWork) -> None:
    circles = map_layer(planned, SYSTEM, "circles", profile="adult", category=STATION).set_index("minutes").geometry
    assert houses_inside(circles[5], planned) == {f"h{x:03}-{y}" for x in (40, 120, 280) for y in (130, 170, 220)}  # x + 10 or x + 60 up to 360 m
    assert len(houses_inside(circles[10], planned)) == 20  # up to 720 m: six columns and two houses of the seventh
    assert len(houses_inside(circles[15], planned)) == 24


def test_one_facility_at_both_paces(planned: SqlUnitOfWork) -> None:
    adult = facility_circle(board(planned), SYSTEM, "f1").circles.set_index("minutes")
    older = facility_circle(board(planned, "older"), SYSTEM, "f1").circles.set_index("minutes")
    assert adult.index.tolist() == older.index.tolist() == [5, 10, 15]
    assert adult["people"].tolist() == [140.0 * houses for houses in (9, 20, 24)]
    assert older.loc[5, "people"] == 20.0 * 6  # 240 m
    assert houses_inside(older.geometry[15], planned) == houses_inside(adult.geometry[10], planned)


def test_people_are_counted_where_one_may_look(planned: SqlUnitOfWork) -> None:
    counted = facility_circle(board(planned), person(("leader", WEST)), "f1").circles.set_index("minutes")["people"]
    assert counted[15] == 140.0 * 12


def test_a_facility_on_no_street_has_empty_circles(loaded: SqlUnitOfWork) -> None:
    with loaded:
        loaded.facilities.upsert(placed({"far": (house(5000, 5000).centroid, {"category": STATION})}))
        loaded.commit()
    circle = facility_circle(board(loaded), SYSTEM, "far")
    assert not circle.is_joined
    assert circle.circles.is_empty.all()
    assert circle.circles["people"].tolist() == [0.0, 0.0, 0.0]


def test_what_is_not_there_is_said(undrawn: SqlUnitOfWork) -> None:
    with pytest.raises(NotFoundError, match="HLT_NONE"):
        draw_service(undrawn, board(undrawn), SYSTEM, category="HLT_NONE")
    with pytest.raises(NotFoundError, match="f99"):
        facility_circle(board(undrawn), SYSTEM, "f99")


def test_nobody_draws_without_the_right_to_look(undrawn: SqlUnitOfWork) -> None:
    table = board(undrawn)
    for act in (lambda: draw_service(undrawn, table, NOBODY, category=STATION), lambda: facility_circle(table, NOBODY, "f1")):
        with pytest.raises(NotAllowedError):
            act()
    with pytest.raises(NotAllowedError):
        drawing_board(undrawn, NOBODY, profile="adult")
