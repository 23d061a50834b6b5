"""The quick search without owners gives the same bytes as the one that names facilities, and the same stretches."""

import numpy as np
import pytest

from benchmarks.reach import run
from servicecircle.nearest import nearest_and_covered
from servicecircle.reach import nearest_facilities, nearest_walk
from servicecircle.stops import rows_by_category, stops_of
from servicecircle.stretches import covered_shares
from tests.servicecircle.towns import town_and_people

LIMITS = (0.0, 5.0, 30.0, 90.0, 1e6)


def attached(seed):
    town, served, homes = town_and_people(seed)
    network = town.network()
    return network, served.on(network), homes.on(network)


@pytest.mark.parametrize("limit_s", LIMITS)
def test_times_are_the_same_bytes_with_and_without_owners(limit_s):
    for seed in range(60):
        network, served, homes = attached(seed)
        quick, named = nearest_walk(network, served, homes, limit_s=limit_s), nearest_facilities(network, served, homes, limit_s=limit_s)[0]
        assert quick.to_numpy().tobytes() == named.to_numpy().tobytes()


@pytest.mark.parametrize("limit_s", LIMITS)
def test_covered_parts_of_all_categories_are_those_of_each_alone(limit_s):
    for seed in range(60):
        network, served, homes = attached(seed)
        groups = list(rows_by_category(served, "category").values())
        seconds, covered = nearest_and_covered(network, served, homes, groups, limit_s=limit_s, threads=2)
        np.testing.assert_array_equal(seconds, nearest_walk(network, served, homes, limit_s=limit_s))
        for rows, parts in zip(groups, covered, strict=True):
            np.testing.assert_allclose(_in_one_table(parts), np.array(covered_shares(network, stops_of(served, rows, np.arange(len(served))), limit_s=limit_s)))


def _in_one_table(parts):
    table = np.array([np.r_[parts.whole, parts.edge], np.r_[0.0 * parts.whole, parts.start], np.r_[0.0 * parts.whole + 1.0, parts.end]])
    return table[:, np.lexsort((table[1], table[0]))]


def test_the_benchmark_runs_and_its_rivals_agree():
    report = run(quick=True)
    assert report["cities"]["invented"]["largest_difference_to_scipy_s"] < 1e-6
    assert report["one_circle"]["doors_ms"] > 0
