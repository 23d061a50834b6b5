"""Shares of people by area, counted from the drawing."""

from __future__ import annotations

import math

import pytest

from contracts.errors import NotAllowedError
from services.access import SYSTEM
from services.circles import compute_circles
from services.coverage import COLUMNS, coverage_table
from services.reach_summary import covered_categories, paired_coverage, reach_method
from store.unit_of_work import SqlUnitOfWork
from tests.services.acts import NOBODY, person
from tests.small_city import AT, CANTEEN, EAST, KINDERGARTEN, STATION, STREET, WEST


def shares(uow: SqlUnitOfWork, column: str = "covered_share", **asked) -> dict[tuple[str, str], float]:
    table = coverage_table(uow, SYSTEM, **{"profile": "adult", **asked})
    return {(code, category): share for code, category, share in zip(table["area_code"], table["category"], table[column], strict=True)}


@pytest.mark.parametrize(
    ("limit_s", "area", "category", "houses"),
    [
        (300.0, WEST, STATION, 9),  # 360 m: columns 40, 120 and 280 (290 m, 340 m), not 360 (370 m)
        (300.0, EAST, STATION, 0),
        (600.0, EAST, STATION, 8),  # 720 m: columns 440, 520, and 680 in two rows (690 m), not in the third (740 m)
        (900.0, EAST, STATION, 12),
        (300.0, EAST, KINDERGARTEN, 9),  # 360 m: 440, 520, 680 (290, 340 m), not 760 (370 m)
        (600.0, WEST, CANTEEN, 11),  # 720 m: column 40 stands exactly on the limit in two rows (720 m), beyond it in the third
    ],
)
def test_houses_within_the_limit_count(planned: SqlUnitOfWork, limit_s: float, area: str, category: str, houses: int) -> None:
    assert shares(planned, limit_s=limit_s)[area, category] == pytest.approx(houses / 12)


def test_at_older_pace_two_thirds_of_the_way_count(planned: SqlUnitOfWork) -> None:
    found = shares(planned, profile="older", limit_s=300.0)
    assert found[WEST, STATION] == pytest.approx(6 / 12)  # 240 m: columns 40 and 120
    assert math.isnan(found[EAST, STATION])  # no older people are known there


def test_the_radius_counts_straight_metres(planned: SqlUnitOfWork) -> None:
    assert shares(planned, "radius_share", limit_s=300.0)[WEST, STATION] == pytest.approx(9 / 12)


def test_grids_split_their_communitys_count(planned: SqlUnitOfWork) -> None:
    found = shares(planned, level="grid", limit_s=300.0)
    assert (found[f"{WEST}001", STATION], found[f"{WEST}002", STATION]) == (1.0, 0.5)


def test_a_street_is_the_sum_of_its_communities(planned: SqlUnitOfWork) -> None:
    people = shares(planned, "covered_people", limit_s=600.0)
    above = shares(planned, "covered_people", limit_s=600.0, level="street")
    assert above[STREET, STATION] == people[WEST, STATION] + people[EAST, STATION] == (12 + 8) * 140


def test_the_whole_city_is_the_sum_where_no_city_is_drawn(planned: SqlUnitOfWork) -> None:
    with planned:
        planned.areas.delete(list(planned.areas.at_level("city").index))
        planned.commit()
    compute_circles(planned, SYSTEM, at=AT)
    whole = coverage_table(planned, SYSTEM, level="city", profile="adult", limit_s=600.0).set_index("category")
    below = coverage_table(planned, SYSTEM, level="community", profile="adult", limit_s=600.0).groupby("category")
    assert whole["covered_people"].to_dict() == below["covered_people"].sum().to_dict()
    assert whole["covered_share"].to_dict() == (below["covered_people"].sum() / below["people"].sum()).to_dict()


def test_more_minutes_never_cover_fewer(planned: SqlUnitOfWork) -> None:
    five, ten, fifteen = (shares(planned, limit_s=limit) for limit in (300.0, 600.0, 900.0))
    assert all(five[key] <= ten[key] <= fifteen[key] <= 1.0 for key in five)


def test_every_row_names_its_area_and_service(planned: SqlUnitOfWork) -> None:
    table = coverage_table(planned, SYSTEM, area_code=WEST, profile="adult")
    assert list(table.columns) == COLUMNS
    assert set(table["name"]) == {"西里"}
    assert "社区卫生服务站" in set(table["category_zh"])


def test_before_the_first_computation_there_are_columns_and_no_rows(loaded: SqlUnitOfWork) -> None:
    table = coverage_table(loaded, SYSTEM, profile="adult")
    assert list(table.columns) == COLUMNS
    assert table.empty
    assert covered_categories(loaded, SYSTEM) == []
    assert reach_method(loaded, SYSTEM) == {}


def test_a_leader_of_the_east_sees_the_east(planned: SqlUnitOfWork) -> None:
    leader = person(("leader", EAST))
    assert set(coverage_table(planned, leader, profile="adult")["area_code"]) == {EAST}
    assert coverage_table(planned, leader, profile="adult", level="street").empty
    with pytest.raises(NotAllowedError):
        coverage_table(planned, leader, area_code=WEST, profile="adult")


def test_strangers_see_nothing(planned: SqlUnitOfWork) -> None:
    for ask in (lambda: coverage_table(planned, NOBODY, profile="adult"), lambda: reach_method(planned, NOBODY)):
        with pytest.raises(NotAllowedError):
            ask()


def test_both_paces_stand_in_one_row_against_the_target(planned: SqlUnitOfWork) -> None:
    table = paired_coverage(planned, SYSTEM, level="community", limit_s=300.0, target=0.85, categories=[STATION]).set_index("area_code")
    assert list(table.index) == [WEST, EAST]
    assert (table.loc[WEST, "adult_share"], table.loc[WEST, "older_share"]) == (0.75, 0.5)
    assert table.loc[WEST, "gap_to_target"] == pytest.approx(-35.0)


def test_services_come_in_the_order_of_the_reference_table(planned: SqlUnitOfWork) -> None:
    assert covered_categories(planned, SYSTEM) == [KINDERGARTEN, STATION, CANTEEN]
