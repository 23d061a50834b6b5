"""Laws of the engine: what it returns keeps every rule, and it refuses only what cannot be done."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grids.partition import EFFORTS, InfeasibleDivision, partition_graph


@st.composite
def small_graphs(draw):
    """Up to eight units with a few random edges, connected or not, and a band about the mean."""
    count = draw(st.integers(2, 8))
    weights = draw(st.lists(st.integers(0, 9), min_size=count, max_size=count))
    pairs = list(itertools.combinations(range(count), 2))
    edges = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=12))
    parts = draw(st.integers(1, min(4, count)))
    low = draw(st.integers(0, 12))
    return weights, edges, parts, (low, low + draw(st.integers(0, 10)))


def is_division(graph: nx.Graph, weights, labels, parts, band) -> bool:
    if set(labels) != set(range(parts)):
        return False
    groups = [[node for node in graph if labels[node] == part] for part in range(parts)]
    return all(band[0] <= sum(weights[node] for node in group) <= band[1] and nx.is_connected(graph.subgraph(group)) for group in groups)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(small_graphs())
def test_it_refuses_only_what_trying_everything_cannot_find(case):
    weights, edges, parts, band = case
    graph = nx.Graph(edges)
    graph.add_nodes_from(range(len(weights)))
    try:
        labels = partition_graph(weights, edges, parts=parts, band=band, effort="quick").tolist()
    except InfeasibleDivision:
        tried = itertools.product(range(parts), repeat=len(weights) - 1)
        assert not any(is_division(graph, weights, (0, *rest), parts, band) for rest in tried)
    else:
        assert is_division(graph, weights, labels, parts, band)
        assert [labels.index(part) for part in range(parts)] == sorted(labels.index(part) for part in range(parts))


@pytest.mark.parametrize("effort", EFFORTS)
def test_units_in_another_order_are_divided_within_the_same_rules(effort):
    graph = nx.grid_2d_graph(5, 5)
    names = sorted(graph)
    edges = [(names.index(a), names.index(b)) for a, b in graph.edges]
    labels = partition_graph([4] * 25, edges, parts=5, band=(16, 24), effort=effort).tolist()
    assert is_division(nx.Graph(edges), [4] * 25, labels, 5, (16, 24))


def test_more_effort_cuts_no_more():
    graph = nx.random_geometric_graph(90, 0.2, seed=3)
    graph.add_edges_from(itertools.pairwise(range(90)))
    edges = np.array(graph.edges)
    cuts = []
    for effort in ("quick", "normal"):
        labels = partition_graph([1] * 90, edges, parts=5, band=(14, 22), effort=effort)
        cuts.append(int((labels[edges[:, 0]] != labels[edges[:, 1]]).sum()))
    assert cuts == sorted(cuts, reverse=True)
