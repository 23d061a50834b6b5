"""The benchmark's own measures: towns like real ones, rivals counted as ours are."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.divide import _replan, _towns, changed_households
from benchmarks.divide_grounds import field_of, figures_of, is_feasible
from benchmarks.divide_rivals import metis, missing_rivals
from benchmarks.divide_towns import make_town
from benchmarks.optimum_proof import Task
from grids.choose import choose_grids
from grids.divide import GridRule, divide_community

RULE = GridRule()


@pytest.fixture(scope="module")
def town():
    return make_town(4)


def test_a_town_is_the_same_every_time(town):
    assert make_town(4).buildings.to_wkb().equals(town.buildings.to_wkb())
    assert 20 <= len(town.buildings) <= 200


def test_figures_of_a_choice_are_those_of_the_grids(town):
    field = field_of(town, RULE)
    assert is_feasible(field, RULE)
    choice = choose_grids(field.weights, field.near, RULE, 0)
    figures = figures_of(field, choice.labels, int(choice.labels.max()) + 1, RULE)
    grids = divide_community(town.shape, town.buildings, town.lines, crossings=town.crossings).grids
    assert (figures.grids, figures.in_band, figures.broken, figures.wrong_number) == (len(grids), len(grids), 0, False)
    assert np.sort(figures.compactness) == pytest.approx(np.sort(grids["compactness"]), abs=1e-6)
    assert 2 * figures.inner_m == pytest.approx(grids["inner_border_m"].sum(), rel=1e-6)
    assert 2 * figures.street_m == pytest.approx((grids["inner_border_m"] * grids["street_share"]).sum(), rel=1e-6)


def test_a_part_in_two_pieces_is_counted_as_broken(town):
    field = field_of(town, RULE)
    labels = np.zeros(len(field.weights), dtype=np.int64)
    labels[field.edges[0, 0]] = 1
    far = int(np.argmax(np.hypot(*(field.middles - field.middles[field.edges[0, 0]]).T)))
    labels[far] = 1
    assert figures_of(field, labels, 2, RULE).broken >= 1


def test_towns_are_without_fault_and_a_plan_made_anew_moves_few():
    towns = [make_town(seed) for seed in range(4)]
    assert _towns(towns)["faults"] == 0
    assert _replan(towns)["moved_share"] <= 0.08


def test_one_household_in_twenty_changes():
    before = np.full(80, 30)
    after = changed_households(before, 1)
    assert np.abs(after - before).sum() == pytest.approx(0.05 * before.sum(), abs=2)
    assert after.min() >= 0


@pytest.mark.skipif(missing_rivals("pymetis") is not None, reason="rivals are installed for benchmarks only: requirements-bench.txt")
def test_metis_gives_a_label_to_every_piece(town):
    field = field_of(town, RULE)
    labels = metis(Task(field.weights, field.edges, field.cost, 6, RULE.band))
    assert len(labels) == len(field.weights)
    assert set(labels.tolist()) <= set(range(6))


def test_what_is_not_installed_is_named_with_the_way_to_get_it():
    assert missing_rivals("numpy") is None
    assert "requirements-bench.txt" in str(missing_rivals("numpy", "no_such_package"))
