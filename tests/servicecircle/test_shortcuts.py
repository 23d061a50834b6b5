"""Errors of the shortcuts, worked out by hand on one street and against each other on random worlds."""

import numpy as np
import pandas as pd
import pytest

from gis.network import build_network
from servicecircle.shortcuts import COLUMNS, shortcut_errors
from tests.servicecircle.worlds import facilities, lines, points, random_world

STREET = lines([(0, 0), (1000, 0)], [(1000, 0), (2000, 0)])
DOORS = points((900, 0), (1075, 0), (1085, 0), (1110, 0), (1190, 0), (1300, 0))  # the limit is a walk of 1080 m


def errors(served, doors, people=None, streets=STREET):
    weights = pd.Series(np.ones(len(doors)) if people is None else people, index=doors.index)
    table = shortcut_errors(build_network(streets), served, doors, weights=weights)
    return table[table["category"] == "all"].set_index("shortcut")


def test_a_circle_is_wrong_between_its_radius_and_the_walk():
    found = errors(facilities((0, 0)), DOORS)
    assert found.loc["radius_1000", ["wrongly_covered_share", "wrongly_uncovered_share"]].tolist() == pytest.approx([0, 1 / 6])
    assert found.loc["radius_1200", ["wrongly_covered_share", "wrongly_uncovered_share"]].tolist() == pytest.approx([3 / 6, 0])


def test_rounding_to_minutes_lets_in_half_a_minute():
    found = errors(facilities((0, 0)), DOORS)
    assert found.loc["minutes", ["wrongly_covered_share", "wrongly_uncovered_share"]].tolist() == pytest.approx([2 / 6, 0])  # 1085 and 1110 m, up to 1115.9


def test_junctions_take_the_door_to_the_corner():
    found = errors(facilities((0, 0)), DOORS)
    assert found.loc["junctions", ["wrongly_covered_share", "wrongly_uncovered_share"]].tolist() == pytest.approx([4 / 6, 0])  # all at the corner 1000 m away


def test_the_shift_weighs_people():
    found = errors(facilities((0, 0)), DOORS, people=[10, 10, 30, 0, 0, 50])
    assert found.loc["minutes", "shift_points"] == pytest.approx(30.0)


def test_near_doors_are_those_with_a_walk_near_the_limit():
    found = errors(facilities((0, 0)), points((100, 0), (1085, 0), (1900, 0)))
    assert found.loc["minutes", ["near_doors", "near_wrong_share"]].tolist() == [1, 1.0]


def test_the_two_kinds_of_wrong_add_up_in_every_category():
    network, served, homes = random_world(5)
    found = shortcut_errors(network, served, homes, weights=pd.Series(1.0, index=homes.index), limit_s=60.0)
    assert found.columns.tolist() == COLUMNS
    np.testing.assert_allclose(found["wrongly_covered_share"] + found["wrongly_uncovered_share"], found["wrong_share"])


def test_doors_without_a_street_are_left_out():
    assert errors(facilities((0, 0)), points((100, 0), (100, 5000)))["doors"].tolist() == [1] * 4


def test_no_doors_give_no_shares():
    assert errors(facilities((0, 0)), points())["wrong_share"].isna().all()


def test_the_callers_frames_are_untouched():
    served, doors = facilities((0, 0)), DOORS.copy()
    errors(served, doors)
    pd.testing.assert_frame_equal(doors, DOORS)
    assert served.columns.tolist() == ["category", "geometry"]
