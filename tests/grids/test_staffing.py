"""Staff by the rules of the field, at the edges of the classes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from contracts.errors import InputError
from contracts.reference import reference_table
from grids.staffing import committee_members, judge_staffing, needs_by_scheme, rooms_m2, staffing_gaps, staffing_needs, staffing_schemes, station_staff


@pytest.mark.parametrize(("households", "staff"), [(0, 3), (1499, 3), (1500, 3), (1501, 4), (2000, 4), (2001, 5)])
def test_a_station_has_one_worker_per_500_households_and_three_at_least(households, staff):
    assert station_staff(households) == staff


@pytest.mark.parametrize(("households", "members"), [(0, 5), (999, 5), (1000, 7), (2000, 7), (2001, 9), (9000, 9)])
def test_a_committee_has_5_7_or_9_members(households, members):
    assert committee_members(households) == members


@pytest.mark.parametrize(("households", "scheme", "area"), [(900, "Beijing", 350), (900, "Shijiazhuang", 300), (2500, "Shijiazhuang", 500)])
def test_rooms_follow_the_scheme(households, scheme, area):
    assert rooms_m2(households, scheme=scheme) == area


def test_gaps_are_needs_minus_what_is_there():
    needs = staffing_needs(pd.Series([2001, 100], index=["a", "b"]))
    gaps = staffing_gaps(needs, pd.DataFrame({"station_staff": [9]}, index=["a"]))
    assert gaps.loc["a"].tolist() == [0, 9, 350]
    assert gaps.loc["b"].tolist() == needs.loc["b"].tolist()


@pytest.mark.parametrize("value", [-1, np.nan, np.inf])
def test_households_that_are_no_count_are_refused(value):
    for measure in (station_staff, committee_members, rooms_m2):
        with pytest.raises(InputError):
            measure(value)
    with pytest.raises(InputError):
        staffing_needs(pd.Series([value]))


def test_a_scheme_without_figures_is_refused():
    with pytest.raises(InputError):
        rooms_m2(100, scheme="Atlantis")


@pytest.mark.parametrize(
    "name", ["grid_rules", "grid_boundary_costs", "assignment_rules", "staffing", "staffing_schemes", "staffing_measures", "staffing_published"]
)
def test_every_figure_has_a_source_and_a_certainty(name):
    table = reference_table(name)
    assert (table[["source", "certainty"]] != "").all(axis=None)


TOWN = pd.DataFrame({"households": [1000.0, 2000.0, np.nan], "residents": [2778.0, 0.0, np.nan], "grids": [4.0, 0.0, np.nan]}, index=["a", "b", "c"])


@pytest.mark.parametrize(("edges", "members"), [("table", [7, 7]), ("upper", [7, 9]), ("lower", [5, 7])])
def test_edges_count_to_the_class_asked_for(edges, members):
    assert needs_by_scheme(TOWN, scheme="beijing", edges=edges)["committee_members"].tolist()[:2] == members


def test_henan_counts_by_residents_and_households():
    needs = needs_by_scheme(TOWN, scheme="henan")
    assert needs.loc["a"].to_dict() == {"committee_members": 5, "community_workers": 6, "rooms_m2": 300, "staffed_grids": 4}
    assert needs.loc["b", "rooms_m2"] == 600


def test_a_need_is_unknown_where_its_figure_is():
    assert needs_by_scheme(TOWN, scheme="henan").loc["c"].isna().to_dict() == {
        "committee_members": False,
        "community_workers": True,
        "rooms_m2": True,
        "staffed_grids": True,
    }


@pytest.mark.parametrize("scheme", staffing_schemes())
def test_needs_grow_with_people(scheme):
    counts = pd.Series(np.arange(0.0, 6001.0, 250.0))
    needs = needs_by_scheme(pd.DataFrame({"households": counts, "residents": 3 * counts, "grids": counts}), scheme=scheme)
    assert (needs.diff().iloc[1:] >= 0).all(axis=None)


def test_what_is_not_said_is_unknown():
    needs = pd.DataFrame({"station_staff": [3.0, 3.0, np.nan]}, index=["a", "b", "c"])
    judged = judge_staffing(needs, pd.DataFrame({"station_staff": [2.0, 9.0]}, index=["a", "c"]))
    assert judged["answer"].tolist() == ["short", "unknown", "unknown"]
    assert judged["gap"].tolist()[0] == 1
    assert judged["gap"].isna().tolist() == [False, True, True]


def test_no_communities_have_no_needs():
    needs = needs_by_scheme(TOWN.iloc[:0], scheme="beijing")
    assert judge_staffing(needs, needs).empty


@pytest.mark.parametrize("bad", [{"scheme": "atlantis"}, {"scheme": "law", "edges": "sideways"}])
def test_unknown_rules_are_refused(bad):
    with pytest.raises(InputError):
        needs_by_scheme(TOWN, **bad)


def test_counts_below_zero_are_refused():
    with pytest.raises(InputError):
        needs_by_scheme(TOWN.assign(grids=-1.0), scheme="law")
