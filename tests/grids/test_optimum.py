"""The engine beside HiGHS: on graphs small enough to prove, ours cuts no more than the proven optimum."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.spatial import Delaunay

from benchmarks.optimum_proof import Task, prove
from grids.partition import InfeasibleDivision, partition_graph


def task_of(seed: int, count: int, parts: int, slack: float) -> Task:
    """A random planar graph whose edges cost as long borders do."""
    rng = np.random.default_rng(seed)
    xy = rng.random((count, 2))
    edges = sorted({tuple(sorted(pair)) for corner in Delaunay(xy).simplices for pair in itertools.combinations(corner.tolist(), 2)})
    weights = rng.integers(5, 60, count).astype(float)
    mean = weights.sum() / parts
    return Task(weights, np.array(edges), rng.integers(1, 40, len(edges)).astype(float), parts, (np.ceil(mean * (1 - slack)), np.floor(mean * (1 + slack))))


@pytest.mark.parametrize(("seed", "count", "parts", "slack"), [(1, 12, 2, 0.2), (2, 14, 2, 0.05), (3, 12, 3, 0.25), (4, 14, 3, 0.2), (5, 16, 2, 0.1)])
def test_ours_is_the_proven_optimum(seed, count, parts, slack):
    task = task_of(seed, count, parts, slack)
    labels = partition_graph(task.weights, task.edges, parts=parts, band=task.band, cut_cost=task.cost)
    proof = prove(task, limit_s=30)
    assert proof.is_proven
    assert task.cut_of(labels) == pytest.approx(proof.cost)


@pytest.mark.parametrize("seed", range(4))
def test_what_we_call_impossible_is_proven_so(seed):
    task = task_of(seed, 9, 3, 0.012)
    proof = prove(task, limit_s=30)
    if np.isinf(proof.cost):
        with pytest.raises(InfeasibleDivision):
            partition_graph(task.weights, task.edges, parts=3, band=task.band, cut_cost=task.cost)
    else:
        assert task.cut_of(partition_graph(task.weights, task.edges, parts=3, band=task.band, cut_cost=task.cost)) == pytest.approx(proof.cost)


def test_parts_in_two_pieces_are_no_answer_of_the_proof():
    path = Task(np.array([3.0, 1, 3, 1]), np.array([(0, 1), (1, 2), (2, 3)]), np.array([1.0, 5, 1]), 2, (4, 4))
    assert prove(path, limit_s=10).cost == 5
    apart = Task(np.array([3.0, 1, 1, 3]), np.array([(0, 1), (1, 2), (2, 3)]), np.ones(3), 2, (2, 2))
    assert np.isinf(prove(apart, limit_s=10).cost)
