"""Shops and cases count at the nearest building of their own community."""

from __future__ import annotations

import pandas as pd
import pytest
import shapely

from contracts.errors import SettingError
from grids.rules import GridRule
from grids.workload import workload_weights
from services.access import SYSTEM
from services.division import city_rule, divide_communities
from services.workload import count_at_buildings, with_weights
from store.unit_of_work import SqlUnitOfWork
from tests.small_city import AT, EAST, WEST, areas, buildings, placed

HOUSES = buildings()
COMMUNITIES = areas().loc[[WEST, EAST]]


def points(*xy: tuple[float, float]) -> object:
    return placed({f"p{number}": (shapely.Point(x, y), {"category": "COM_CVS"}) for number, (x, y) in enumerate(xy)})


def test_a_point_counts_at_the_nearest_house_of_its_community() -> None:
    count = count_at_buildings(points((55, 130), (45, 120), (399, 130), (401, 130)), COMMUNITIES, HOUSES)
    assert count[count > 0].to_dict() == {"h040-130": 2, "h360-130": 1, "h440-130": 1}
    assert count.index.equals(HOUSES.index)


def test_what_is_far_from_every_house_or_outside_counts_nowhere() -> None:
    assert count_at_buildings(points((200, 10), (-20, 130)), COMMUNITIES, HOUSES).sum() == 0


def test_the_answer_does_not_depend_on_who_else_is_counted() -> None:
    at = points((399, 130), (401, 130), (80, 150))
    both, west = count_at_buildings(at, COMMUNITIES, HOUSES), HOUSES[HOUSES["community_code"] == WEST]
    alone = count_at_buildings(at, COMMUNITIES.loc[[WEST]], west)
    pd.testing.assert_series_equal(both.loc[west.index], alone)


def test_households_and_people_need_nothing_joined(loaded: SqlUnitOfWork) -> None:
    with loaded:
        assert with_weights(loaded, COMMUNITIES, HOUSES, GridRule()) is HOUSES


def test_work_is_weighed_by_the_table(loaded: SqlUnitOfWork) -> None:
    with loaded:
        loaded.facilities.upsert(points((55, 130)))
        made = with_weights(loaded, COMMUNITIES, HOUSES, GridRule(weight="workload", band=(1, 9999), target=400))
    weights = workload_weights()
    assert made.loc["h040-130", "workload"] == 70 + 20 * weights["older_residents"] + weights["shops"]
    assert made.loc["h120-130", "workload"] == 70 + 20 * weights["older_residents"]


@pytest.mark.parametrize(("weight", "band", "target"), [("residents", [800, 900], 840), ("workload", [400, 700], 560)])
def test_a_city_may_balance_people_or_work(loaded: SqlUnitOfWork, weight: str, band: list[int], target: int) -> None:
    with loaded:
        loaded.city.put("grid_rule", {"weight": weight, "band": band, "target": target})
        loaded.commit()
    report = divide_communities(loaded, SYSTEM, at=AT)
    assert list(report.plans["grids"]) == [2, 2]
    assert report.infeasible == ()


@pytest.mark.parametrize(("own", "words"), [({"weight": "residents"}, "band and a target"), ({"colour": 1}, "field colour")])
def test_a_setting_that_makes_no_rule_is_named(loaded: SqlUnitOfWork, own: dict[str, object], words: str) -> None:
    with loaded:
        loaded.city.put("grid_rule", own)
        with pytest.raises(SettingError, match=words):
            city_rule(loaded)
