"""What tags mean to people on foot, with a pram and in a wheelchair: by hand, one world per rule."""

import math

import numpy as np
import pandas as pd
import pytest

from contracts.reference import reference_table
from gis.network import ADULT, OLDER, PRAM, WHEELCHAIR, WalkerProfile, build_network
from gis.slopes import grade_of_words, slope_setting
from gis.street_words import Words
from tests.servicecircle.worlds import lines

STREET = [(0, 0), (100, 0)]
LEVEL = 100 / WHEELCHAIR.speed_m_s


def seconds(profile, *, slopes=False, **tags):
    network = build_network(lines(STREET, **{name: [value] for name, value in tags.items()}), profile=profile, slopes=slopes)
    return network.seconds[0], network.seconds_back[0]


@pytest.mark.parametrize(
    ("tags", "factor"),
    [
        ({"surface": "asphalt"}, 1.0),
        ({"surface": "cobblestone"}, 2.0),
        ({"surface": "sett"}, 1.3),
        ({"surface": "sand"}, math.inf),
        ({"smoothness": "bad"}, 2.0),
        ({"smoothness": "very_bad"}, math.inf),
        ({"surface": "sett", "smoothness": "bad"}, 2.0),
        ({"kerb": "raised"}, math.inf),
        ({"kerb": "lowered"}, 1.0),
        ({"width": "0.7"}, math.inf),
        ({"width": "0.8 m"}, 1.0),
        ({"width": "wide"}, 1.0),
        ({"width": "70 cm"}, math.inf),
        ({"width": "120cm"}, 1.0),
        ({"width": "2'"}, math.inf),
        ({"width": "2'6\""}, math.inf),
        ({"width": "3 ft"}, 1.0),
        ({"width": "30 in"}, math.inf),
        ({"width": "1.5;0.6"}, math.inf),
        ({"surface": "asphalt;sand"}, math.inf),
        ({"surface": "sett; gravel"}, 2.0),
        ({"surface": "sand", "wheelchair": "yes;no"}, math.inf),
        ({"wheelchair": "no"}, math.inf),
        ({"wheelchair": "limited"}, 1.5),
        ({"surface": "sand", "wheelchair": "yes"}, 1.0),
        ({"highway": "steps"}, math.inf),
        ({"highway": "steps", "ramp:wheelchair": "yes"}, 1.5),
        ({"highway": "track", "tracktype": "grade5"}, math.inf),
        ({"highway": "path", "sac_scale": "hiking"}, math.inf),
        ({"surface": None, "width": np.nan}, 1.0),
        ({"surface": " SAND "}, math.inf),
    ],
)
def test_a_wheelchair_obeys_the_table(tags, factor):
    assert seconds(WHEELCHAIR, **tags)[0] == pytest.approx(LEVEL * factor)


@pytest.mark.parametrize("tags", [{"surface": "sand"}, {"smoothness": "very_bad"}, {"kerb": "raised"}, {"wheelchair": "no"}, {"width": "0.5"}])
def test_people_on_foot_are_not_held_up_by_what_stops_wheels(tags):
    assert seconds(ADULT, **tags)[0] == 100 / ADULT.speed_m_s


def test_a_mountain_trail_is_no_daily_walk():
    assert seconds(ADULT, sac_scale="alpine_hiking")[0] == np.inf
    assert seconds(ADULT, sac_scale="hiking")[0] == 100 / ADULT.speed_m_s


def test_stairs_close_the_way_for_prams_unless_there_is_a_ramp():
    assert seconds(PRAM, highway="steps")[0] == np.inf
    assert seconds(PRAM, highway="steps", **{"ramp:stroller": "yes"})[0] == pytest.approx(150 / PRAM.speed_m_s)
    assert seconds(PRAM, surface="gravel")[0] == pytest.approx(130 / PRAM.speed_m_s)


def test_stairs_take_older_people_longer():
    assert seconds(OLDER, highway="steps")[0] == pytest.approx(100 / OLDER.speed_m_s * OLDER.stairs_factor)


@pytest.mark.parametrize(
    ("text", "grade"),
    [("5%", 0.05), ("-5 %", -0.05), ("8", 0.08), ("1:12", 1 / 12), ("-1:8", -0.125), ("45°", 1.0), ("3,5%", 0.035), ("up", 0.05), ("down", -0.05)]
    + [("", 0.0), ("steep", 0.0), ("1:0", 0.0), ("%", 0.0)],
)
def test_an_incline_is_read_as_a_grade(text, grade):
    assert grade_of_words(text) == pytest.approx(grade)


def test_slopes_follow_toblers_curve_in_both_directions():
    up, down = seconds(ADULT, slopes=True, incline="10%")
    assert up == pytest.approx(100 / 1.2 * math.exp(3.5 * (0.15 - 0.05)))
    assert down == pytest.approx(100 / 1.2 * math.exp(3.5 * (0.05 - 0.05)))


def test_a_gentle_descent_is_the_quickest_walk():
    assert seconds(ADULT, slopes=True, incline="-5%")[0] == pytest.approx(100 / 1.2 * math.exp(-0.175))


def test_slopes_count_only_where_asked_for():
    assert seconds(ADULT, incline="10%") == (100 / 1.2, 100 / 1.2)


def test_a_ramp_of_one_in_twelve_takes_a_wheelchair_twice_as_long_and_one_in_seven_is_too_steep():
    assert seconds(WHEELCHAIR, slopes=True, incline="1:12")[0] == pytest.approx(LEVEL * math.exp(8 / 12))
    assert seconds(WHEELCHAIR, slopes=True, incline="1:7") == (np.inf, np.inf)


def test_a_street_surveyed_as_usable_is_never_too_steep():
    assert seconds(WHEELCHAIR, slopes=True, wheelchair="yes", grade=0.2)[0] == pytest.approx(LEVEL * math.exp(8 * 0.125))
    assert seconds(WHEELCHAIR, slopes=True, wheelchair="yes", grade=0.05)[0] == pytest.approx(LEVEL * math.exp(8 * 0.05))
    assert seconds(WHEELCHAIR, slopes=True, wheelchair="no", grade=0.05)[0] == np.inf


def test_a_measured_grade_outranks_the_word_of_the_map():
    streets = lines(STREET, STREET, incline=["up", "up"], grade=[0.2, np.nan])
    network = build_network(streets, slopes=True)
    assert network.seconds[0] > network.seconds[1] > 100 / 1.2


def test_stairs_hold_their_climb_already():
    assert seconds(ADULT, slopes=True, highway="steps", incline="30%") == (200 / 1.2, 200 / 1.2)


def test_absurd_grades_are_cut():
    assert seconds(ADULT, slopes=True, grade=9.0) == seconds(ADULT, slopes=True, grade=slope_setting("steepest_grade"))


def test_a_walker_of_ones_own_knows_no_slopes():
    assert seconds(WalkerProfile("runner", 3.0), slopes=True, incline="20%") == (100 / 3, 100 / 3)


def test_turning_a_sloping_street_round_swaps_its_directions():
    up, down = seconds(ADULT, slopes=True, grade=0.1)
    assert seconds(ADULT, slopes=True, grade=-0.1) == (down, up)


def test_a_network_closed_to_everybody_is_an_answer():
    network = build_network(lines(STREET, [(100, 0), (200, 0)], highway=["steps", "steps"]), profile=WHEELCHAIR)
    assert not network.is_walkable.any()
    assert not len(network.towards.cost_s)
    assert len(network.component_length_m) == 0


def test_rules_speak_of_groups_effects_and_factors_that_exist():
    rules = reference_table("street_rules")
    assert set(rules["rule_group"]) <= set(reference_table("walker_profiles")["rule_group"])
    assert set(rules["effect"]) == {"open", "closed", "slower"}
    assert ((rules["factor"] == "") == (rules["effect"] == "closed")).all()
    assert (rules.loc[rules["factor"] != "", "factor"].astype(float) >= 1).all()


@pytest.mark.parametrize(("values", "texts"), [([True, None], ["true", ""]), ([1.0, np.nan], ["1.0", ""]), ([" Yes ", "yes"], ["yes", "yes"])])
def test_words_read_truth_and_numbers_as_text(values, texts):
    words = Words(pd.Series(values, dtype=object))
    assert [words[row] for row in range(2)] == texts
