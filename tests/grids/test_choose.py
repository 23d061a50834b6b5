"""Choosing grids: how many, what is advised where a rule cannot be kept, and staying with the plan in force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.communities import make_community
from grids.borders import Neighbours
from grids.choose import choose_grids
from grids.divide import divide_community
from grids.rules import GridRule

RULE = GridRule(band=(300, 500), target=400)


def row(count: int, closed: tuple[int, ...] = ()) -> Neighbours:
    """Atoms in a row, a border of 10 m between neighbours; the closed ones cannot be walked over."""
    pairs = np.array([(i, i + 1) for i in range(count - 1)]).reshape(-1, 2)
    return Neighbours(pairs, np.full(len(pairs), 10.0), np.full(len(pairs), 10.0), ~np.isin(np.arange(len(pairs)), closed))


def chosen(weights, near=None, rule=RULE, **more):
    weights = np.array(weights, dtype=float)
    return choose_grids(weights, row(len(weights)) if near is None else near, rule, 0, **more)


@pytest.mark.parametrize(
    ("weights", "closed", "rules"),
    [
        ([50, 60], (), {"band"}),
        ([0, 0], (), {"band"}),
        ([140, 140, 140, 130], (), {"band"}),
        ([900, 200, 200, 150], (), {"band"}),
        ([250, 290, 10, 250], (), {"band"}),
        ([100, 400, 400], (0,), {"walk"}),
        ([100, 100], (0,), {"band", "walk"}),
        ([1600, *[100] * 20], (), {"band"}),
        ([480, 30, 480, 30, 480, 30], (), {"band"}),
    ],
)
def test_the_band_that_is_advised_helps(weights, closed, rules):
    near = row(len(weights), closed)
    choice = chosen(weights, near)
    assert {finding.rule for finding in choice.findings} == rules
    for finding in choice.findings:
        low, high = finding.remedy
        assert (low, high) != RULE.band
        assert low <= RULE.band[0]
        assert high >= RULE.band[1]
        assert str(int(high)) in str(finding.message)
        assert not chosen(weights, near, replace(RULE, band=finding.remedy)).findings


@pytest.mark.parametrize("kind", ["few_households", "islands", "tower_900", "three_buildings", "river_without_bridge", "one_building", "no_household"])
def test_what_a_report_advises_is_kept_when_asked_for(kind):
    for seed in range(3):
        made = make_community(kind, seed)
        plan = divide_community(made.shape, made.buildings, made.lines, crossings=made.crossings)
        for finding in plan.report.findings:
            if finding.rule in ("band", "walk"):
                rule = replace(GridRule(), band=finding.remedy)
                assert divide_community(made.shape, made.buildings, made.lines, crossings=made.crossings, rule=rule).report.keeps_rules


def test_a_river_that_needs_no_crossing_is_not_reported():
    assert not chosen([200, 200, 210, 200], row(4, (1,))).findings


def test_borders_stay_where_they_are_in_force():
    weights = [100.0] * 12
    old = np.repeat([0, 1, 2], [5, 3, 4])
    assert chosen(weights, previous_label=old).labels.tolist() == old.tolist()
    free = chosen(weights).labels
    assert np.bincount(free).tolist() != [5, 3, 4]


def test_today_s_number_of_grids_stays_where_the_band_allows_it():
    weights = [100.0] * 12
    assert len(np.unique(chosen(weights).labels)) == 3
    assert len(np.unique(chosen(weights, previous_label=np.repeat([0, 1, 2, 3], 3)).labels)) == 4


def test_ground_that_is_new_joins_what_is_there():
    labels = chosen([100.0] * 12, previous_label=np.array([-1, 0, 0, 0, 1, 1, 1, -1, 2, 2, 2, -1])).labels
    assert len(np.unique(labels)) == 3
    assert np.all(labels[1:4] == labels[1])
