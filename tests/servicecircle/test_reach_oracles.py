"""Exact walking times against shortest paths that are not ours, on many random tangles."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from servicecircle.reach import covered_streets, nearest_facilities, nearest_walk, walk_matrix
from tests.servicecircle.towns import random_spots, random_town
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


@pytest.mark.parametrize("batch", range(50))
def test_walks_agree_with_a_street_of_beads_half_a_metre_apart(batch):
    for seed in range(10 * batch, 10 * batch + 10):
        network, served, homes = random_world(1000 + seed, one_way=False)
        services, doors = network.attach(served), network.attach(homes)
        expected = walk_by_densifying(network, services, doors).min(axis=0)
        ours = nearest_walk(network, services, doors, limit_s=np.inf, by=None)["all"].to_numpy()
        np.testing.assert_allclose(ours, expected, atol=0.5 / 1.2, err_msg=f"world {seed}")


@pytest.mark.parametrize("batch", range(10))
def test_times_at_junctions_agree_with_scipy(batch):
    for seed in range(10 * batch, 10 * batch + 10):
        network, services = _places_at_junctions(seed, 25, "f")
        _, doors = _places_at_junctions(seed, len(network.pieces.xy), "d", network)
        graph, limit_s = _reversed_graph(network), (200.0, np.inf)[seed % 2]
        expected = dijkstra(graph, indices=_junction_of(network, services), min_only=True, limit=limit_s)
        ours = nearest_walk(network, services, doors, limit_s=limit_s, by=None)["all"].to_numpy()
        np.testing.assert_allclose(ours, expected[_junction_of(network, doors)], rtol=1e-9, atol=1e-9)


@pytest.mark.filterwarnings("ignore:Unsigned integer")  # its way of saying that there is no way
def test_times_between_junctions_agree_with_pandana():
    """Pandana counts in thousandths, each street rounded, so a long walk may differ by a tenth of a second."""
    pandana = pytest.importorskip("pandana")
    for seed in range(20):
        network, starts = _places_at_junctions(seed, 60, "a", two_way=True)
        _, ends = _places_at_junctions(seed + 1, 40, "b", network)
        u, v = network.pieces.edges.T
        x, y = network.pieces.xy.T
        other = pandana.Network(pd.Series(x), pd.Series(y), pd.Series(u), pd.Series(v), pd.DataFrame({"s": network.seconds}), twoway=True)
        row, column = (part.ravel() for part in np.meshgrid(_junction_of(network, starts), _junction_of(network, ends), indexing="ij"))
        expected = np.array(other.shortest_path_lengths(row, column, imp_name="s"))
        ours = _dense(walk_matrix(network, starts, ends, limit_s=np.inf)).ravel()
        joined = np.isfinite(ours)
        assert (expected[~joined] > 1e6).all()
        np.testing.assert_allclose(ours[joined], expected[joined], atol=0.1)


def _dense(matrix):
    pairs = matrix.tocoo()
    seconds = np.full(pairs.shape, np.inf)
    seconds[pairs.coords] = pairs.data
    return seconds


def _places_at_junctions(seed, count, prefix, network=None, *, two_way=False):
    """A town of 150 junctions and places at some ends of its streets."""
    town = random_town(seed, two_way=two_way, nodes=150)
    network = network or town.network()
    spots = random_spots(seed, town, count, prefix)
    if prefix == "d":
        spots = replace(spots, edge=np.arange(count) % len(town.edges))
    return network, replace(spots, share=np.round(spots.share), access_m=np.zeros(count)).on(network)


def _junction_of(network, places):
    return network.pieces.edges[places.edge, places.share.astype(int)]


def _reversed_graph(network):
    """Least seconds against each street's direction; scipy takes a stored zero for a free step."""
    (u, v), nodes = network.pieces.edges.T, len(network.pieces.xy)
    tail, head, cost = np.r_[v, u], np.r_[u, v], np.r_[network.seconds, network.seconds_back]
    order = np.lexsort((cost, head, tail))
    order = order[np.isfinite(cost[order])]
    first = order[np.r_[True, (np.diff(tail[order]) != 0) | (np.diff(head[order]) != 0)]]
    return csr_array((cost[first], (tail[first], head[first])), shape=(nodes, nodes))


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
