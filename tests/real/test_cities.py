"""Real cities from file to figures: counts, what must hold of every plan and share, and Porto Alegre's published people."""

from __future__ import annotations

import pandas as pd
import pytest

from contracts.columns import AREA_CODE, CATEGORY, COVERED_PEOPLE, COVERED_SHARE, LEVEL, LIMIT_S, PROFILE, RADIUS_SHARE, RESIDENTS

SHARED = [pytest.param(name, marks=pytest.mark.shared) for name in ("haidian", "monaco", "porto_alegre")]
MAP_FAULTS = {"undershoot", "overshoot", "crossing", "missing_crossing", "double_vertex", "double_street", "zero_length", "unsnapped_home", "far_place"}
EXPLAINED_FAULTS = {"band", "island", "unsnapped"} | MAP_FAULTS  # a real map has its faults; those of a plan are ours
PEOPLE_OF_PORTO_ALEGRE = 812_935

every_city = pytest.mark.parametrize("name", [*SHARED, "helsinki"])


def coverage_of(city) -> pd.DataFrame:
    with city.unit() as uow:
        return uow.circles.coverage(uow.circles.latest()[0])


COUNTS = {
    "haidian": {"streets": (1200, 1800), "buildings": (500, 540), "facilities": (300, 400), "communities": (1, 1), "grids": (60, 100)},
    "monaco": {"streets": (4500, 6000), "buildings": (23_000, 23_400), "facilities": (600, 800), "communities": (9, 9), "grids": (55, 85)},
    "porto_alegre": {"streets": (20_000, 30_000), "buildings": (1124, 1124), "facilities": (294, 294), "communities": (1, 1), "grids": (1, 1)},
    "helsinki": {"streets": (4500, 6500), "buildings": (420, 470), "facilities": (750, 1000), "communities": (1, 1), "grids": (12, 20)},
}


@every_city
def test_city_comes_in_whole(real_city, name):
    figures = real_city(name).figures
    assert {key: low <= figures[key] <= high for key, (low, high) in COUNTS[name].items()} == dict.fromkeys(COUNTS[name], True)


@every_city
def test_only_faults_with_a_known_reason_remain(real_city, name):
    figures = real_city(name).figures
    assert set(figures["plan_faults"]) <= EXPLAINED_FAULTS
    assert figures["plan_faults"].get("band", 0) == 0 or any("households" in line for line in figures["explained"])


@every_city
def test_every_home_of_a_community_has_one_grid(real_city, name):
    with real_city(name).unit() as uow:
        grid_of, buildings = uow.plans.grid_of_building(), uow.buildings.read()
    homes = buildings[(buildings[RESIDENTS] > 0) & buildings["community_code"].notna()]
    assert grid_of.index.is_unique
    assert set(homes.index) <= set(grid_of.index)


@every_city
def test_shares_lie_between_nothing_and_all(real_city, name):
    shares = coverage_of(real_city(name))[[COVERED_SHARE, RADIUS_SHARE]].stack()
    assert len(shares)
    assert shares.between(0.0, 1.0 + 1e-12).all()


@every_city
def test_more_minutes_never_cover_fewer(real_city, name):
    table = coverage_of(real_city(name)).sort_values(LIMIT_S)
    steps = table.groupby([LEVEL, AREA_CODE, CATEGORY, PROFILE])[COVERED_PEOPLE].diff().dropna()
    assert len(steps)
    assert (steps >= 0).all()


@every_city
def test_older_people_reach_no_more_than_adults(real_city, name):
    shares = coverage_of(real_city(name)).set_index([LEVEL, AREA_CODE, CATEGORY, LIMIT_S, PROFILE])[COVERED_SHARE].unstack().dropna()
    assert (shares["older"] <= shares["adult"] + 1e-12).all()


@every_city
def test_circles_are_valid_and_nested(real_city, name):
    with real_city(name).unit() as uow:
        circles = uow.circles.circles(uow.circles.latest()[0], profile="adult")
    assert circles.is_valid.all()
    wide = circles[circles["minutes"] == 15].set_index(CATEGORY).geometry
    narrow = circles[circles["minutes"] == 5].set_index(CATEGORY).geometry
    assert narrow.within(wide.reindex(narrow.index)).all()


@pytest.mark.shared
class TestPortoAlegre:
    def test_everybody_is_counted(self, real_city):
        with real_city("porto_alegre").unit() as uow:
            assert uow.buildings.read()[RESIDENTS].sum() == PEOPLE_OF_PORTO_ALEGRE

    @pytest.mark.parametrize(("category", "yardstick"), [("HLT_CENTER", 0.838), ("EDU_PRIMARY", 0.968)])
    def test_a_thousand_metres_of_street_are_near_the_rough_yardstick(self, real_city, category, yardstick):
        """The yardstick starts at street nodes; the walk from the door to the street costs up to four points."""
        share = real_city("porto_alegre").figures["shares"][category]["streets_1000_m"]
        assert yardstick - 0.04 < share < yardstick

    @pytest.mark.parametrize("category", ["HLT_CENTER", "EDU_PRIMARY"])
    def test_a_drawn_radius_promises_too_much(self, real_city, category):
        shares = real_city("porto_alegre").figures["shares"][category]
        assert shares["older"] < shares["adult"] < shares["radius"]
