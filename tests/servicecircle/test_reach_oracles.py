"""Exact walking times against shortest paths that are not ours, on many random tangles."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from servicecircle.reach import covered_streets, nearest_facilities, nearest_walk, walk_matrix
from tests.servicecircle.worlds import random_world, walk_by_cutting, walk_by_densifying

WORLDS = range(100)


@pytest.mark.parametrize("seed", WORLDS)
def test_walks_agree_with_networkx_on_the_graph_cut_at_every_place(seed):
    network, served, homes = random_world(seed)
    services, doors = network.attach(served), network.attach(homes)
    expected = walk_by_cutting(network, doors, services)
    limit_s = (40.0, 90.0, np.inf)[seed % 3]
    within = np.where(expected <= limit_s, expected, np.inf)
    matrix = walk_matrix(network, doors, services, limit_s=limit_s)
    dense = np.full(matrix.shape, np.inf)
    pairs = matrix.tocoo()
    dense[pairs.coords] = pairs.data
    np.testing.assert_allclose(dense, within, rtol=1e-9, atol=1e-9)
    seconds, who = nearest_facilities(network, services, doors, limit_s=limit_s)
    for category in seconds:
        rows = np.flatnonzero(served["category"] == category)
        np.testing.assert_allclose(seconds[category], within[:, rows].min(axis=1, initial=np.inf), rtol=1e-9, atol=1e-9)
        named = np.flatnonzero(np.isfinite(seconds[category]))
        np.testing.assert_allclose(within[named, who[category].to_numpy()[named].astype(int)], seconds[category].to_numpy()[named], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("seed", range(25))
def test_walks_agree_with_a_street_of_beads_half_a_metre_apart(seed):
    network, served, homes = random_world(1000 + seed, one_way=False)
    services, doors = network.attach(served), network.attach(homes)
    expected = walk_by_densifying(network, doors, services)
    ours = nearest_walk(network, services, doors, limit_s=np.inf, by=None)["all"].to_numpy()
    closest = expected.min(axis=1)
    np.testing.assert_allclose(ours, closest, atol=0.5 / 1.2)


@pytest.mark.parametrize("seed", range(25))
def test_covered_streets_agree_with_walks_from_points_along_them(seed):
    network, served, _ = random_world(2000 + seed)
    limit_s = 45.0
    covered = covered_streets(network, served, limit_s=limit_s)
    for edge in range(network.edge_count):
        length_m = network.pieces.length_m[edge]
        if length_m < 1.0:
            continue
        share = np.linspace(0.01, 0.99, 23)
        expected = _seconds_along(network, network.attach(served), edge, share) <= limit_s
        mine = covered[covered["edge"] == edge]
        inside = ((mine["from_m"].to_numpy()[:, None] <= share * length_m) & (share * length_m <= mine["to_m"].to_numpy()[:, None])).any(axis=0)
        np.testing.assert_array_equal(inside, expected)


def _seconds_along(network, services, edge, share):
    count = len(share)
    here = replace(services, index=pd.RangeIndex(count), edge=np.full(count, edge), share=share, access_m=np.zeros(count))
    return walk_by_cutting(network, here, services).min(axis=1)
