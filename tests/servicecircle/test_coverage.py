"""Shares by hand."""

import numpy as np
import pandas as pd
import pytest

from contracts.errors import InputError
from servicecircle.coverage import coverage_by_area
from servicecircle.standards import radius_share, straight_line_m
from tests.servicecircle.worlds import facilities, points

DOORS = ["d1", "d2", "d3", "d4"]
SECONDS = pd.DataFrame({"clinic": [0.0, 900.0, 900.5, np.inf]}, index=DOORS)
PEOPLE = pd.Series([10, 20, 30, 0], index=DOORS)
AREA = pd.Series(["north", "north", "north", "south"], index=DOORS)


def test_a_door_on_the_limit_counts_and_an_empty_area_is_unknown():
    table = coverage_by_area(SECONDS, PEOPLE, AREA, limits_s=900)
    assert table.drop(columns="covered_share").to_numpy().tolist() == [["north", "clinic", 900.0, 60.0, 30.0], ["south", "clinic", 900.0, 0.0, 0.0]]
    assert table["covered_share"].tolist() == pytest.approx([0.5, np.nan], nan_ok=True)


def test_several_limits_give_rising_shares():
    table = coverage_by_area(SECONDS, PEOPLE, AREA, limits_s=[901, 300, 900])
    assert table.loc[table["area_code"] == "north", "covered_share"].round(3).tolist() == [0.167, 0.5, 1.0]


def test_each_category_may_have_its_own_limit():
    both = SECONDS.assign(market=SECONDS["clinic"])
    table = coverage_by_area(both, PEOPLE, AREA, limits_s={"clinic": 300, "market": [900, 901]})
    assert table.loc[table["area_code"] == "north", ["category", "limit_s"]].to_numpy().tolist() == [["clinic", 300], ["market", 900], ["market", 901]]


def test_a_series_of_seconds_is_one_category():
    assert coverage_by_area(SECONDS["clinic"], PEOPLE, AREA, limits_s=900)["category"].tolist() == ["clinic", "clinic"]


def test_doors_without_an_area_count_nowhere():
    assert coverage_by_area(SECONDS, PEOPLE, AREA.replace("south", None), limits_s=900)["area_code"].tolist() == ["north"]


def test_areas_without_doors_appear_when_they_are_named():
    named = AREA.astype(pd.CategoricalDtype(["east", "north", "south"]))
    assert coverage_by_area(SECONDS, PEOPLE, named, limits_s=900)["area_code"].tolist() == ["east", "north", "south"]


def test_no_categories_give_no_rows():
    assert coverage_by_area(SECONDS[[]], PEOPLE, AREA, limits_s=900).empty


@pytest.mark.parametrize(
    ("seconds", "people", "area", "limits_s"),
    [
        (SECONDS, PEOPLE.iloc[1:], AREA, 900),
        (SECONDS, PEOPLE.rename({"d1": "d9"}), AREA, 900),
        (SECONDS, -PEOPLE, AREA, 900),
        (SECONDS, PEOPLE * np.nan, AREA, 900),
        (SECONDS * np.nan, PEOPLE, AREA, 900),
        (SECONDS, PEOPLE, AREA, {"market": 900}),
        (SECONDS, PEOPLE, AREA, float("nan")),
    ],
)
def test_unusable_input_is_refused(seconds, people, area, limits_s):
    with pytest.raises(InputError):
        coverage_by_area(seconds, people, area, limits_s=limits_s)


def test_the_radius_is_a_straight_line():
    metres = straight_line_m(facilities((0, 0), (500, 0)), points((300, 400), (500, 10)))
    assert metres["clinic"].tolist() == pytest.approx([447.2136, 10.0])
    people, area = pd.Series([3.0, 1.0]), pd.Series(["a", "a"])
    assert radius_share(metres, people, area, radius_m=400)["radius_share"].tolist() == [0.25]


def test_weights_in_another_order_or_without_keys_are_matched_to_their_doors():
    walks = pd.DataFrame({"clinic": [100.0, 1000.0]}, index=["a", "b"])
    weights, area = pd.Series({"b": 3.0, "a": 1.0}), ["x", "x"]
    assert coverage_by_area(walks, weights, area, limits_s=900)["covered_share"].tolist() == [0.25]
