"""Staff by the rules of the field, at the edges of the classes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from contracts.errors import InputError
from contracts.reference import reference_table
from grids.staffing import committee_members, rooms_m2, staffing_gaps, staffing_needs, station_staff


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


@pytest.mark.parametrize("name", ["grid_rules", "grid_boundary_costs", "assignment_rules", "staffing"])
def test_every_figure_has_a_source_and_a_certainty(name):
    table = reference_table(name)
    assert (table[["source", "certainty"]] != "").all(axis=None)
