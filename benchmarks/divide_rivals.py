"""Other people's ways to divide a graph, on the same graph and with the same number of parts: METIS, GerryChain, spopt and more.

They are installed for benchmarks only (``requirements-bench.txt``); what is missing is left out and named.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from benchmarks.optimum_proof import Task

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
METIS_SEEDS = 20
TREES_PER_CUT = 2_000  # GerryChain gives up a cut after so many trees
RECOM_STEPS = 200


@dataclass(frozen=True)
class Rival:
    """A method, the package it needs, its function of a task and the middles of the nodes, and how many towns it is given."""

    name: str
    package: str
    solve: Callable[[Task, Floats], Ints | None]
    communities: int


def missing_rivals(*packages: str) -> str | None:
    """One sentence that says which packages are not installed and how to install them; None where all are there."""
    missing = sorted({package for package in packages if importlib.util.find_spec(package) is None})
    if not missing:
        return None
    return f"Not installed: {', '.join(missing)}. To compare with them: .venv/bin/uv pip install --python .venv/bin/python -r requirements-bench.txt"


def metis(task: Task, seed: int = 0) -> Ints:
    """k-way METIS with contiguous parts and the imbalance that the upper limit of the band allows."""
    import pymetis

    count, (a, b) = len(task.weights), task.edges.T
    cost = np.maximum(1, np.rint(task.cost / max(float(task.cost.mean()), 1e-12) * 100)).astype(int)
    graph = coo_array((np.r_[cost, cost], (np.r_[a, b], np.r_[b, a])), shape=(count, count)).tocsr()
    mean = float(task.weights.sum()) / task.parts
    options = pymetis.Options(seed=seed, ufactor=max(1, int(1000 * (task.band[1] / mean - 1))), contig=True)
    _, labels = pymetis.part_graph(
        task.parts,
        adjacency=pymetis.CSRAdjacency(graph.indptr.tolist(), graph.indices.tolist()),
        vweights=np.rint(task.weights).astype(int).tolist(),
        eweights=graph.data.tolist(),
        recursive=False,
        options=options,
    )
    return np.array(labels, dtype=np.int64)


def metis_of_many(task: Task, seeds: int = METIS_SEEDS) -> Ints:
    """The best of several seeds: fewest parts outside the band or in pieces, then least cut."""
    return min((metis(task, seed) for seed in range(seeds)), key=lambda labels: (faults_of(task, labels), task.cut_of(labels)))


def metis_best(task: Task) -> Ints | None:
    """The best of a thousand seeds, None where none keeps the band or METIS is missing."""
    if missing_rivals("pymetis"):
        return None
    labels = metis_of_many(task, 1_000)
    return None if faults_of(task, labels) else labels


def faults_of(task: Task, labels: Ints) -> int:
    """Parts outside the band or missing, and loose pieces."""
    sums = np.bincount(labels, weights=task.weights, minlength=task.parts)
    kept = labels[task.edges[:, 0]] == labels[task.edges[:, 1]]
    graph = coo_array((np.ones(int(kept.sum())), tuple(task.edges[kept].T)), shape=(len(labels), len(labels)))
    pieces = connected_components(graph, directed=False)[0]
    return int(((sums < task.band[0]) | (sums > task.band[1])).sum()) + pieces - len(np.unique(labels))


def _tolerance(task: Task) -> tuple[float, float]:
    """Mean weight of a part, and the share by which all may differ from it."""
    mean = float(task.weights.sum()) / task.parts
    return mean, min(task.band[1] / mean - 1.0, 1.0 - task.band[0] / mean)


def _networkx_graph(task: Task) -> Any:
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from((node, {"weight": float(weight)}) for node, weight in enumerate(task.weights))
    graph.add_edges_from((int(a), int(b)) for a, b in task.edges)
    return graph


def gerrychain_tree(task: Task, seed: int = 0) -> Ints | None:
    """GerryChain's recursive tree partition, None where it gives up."""
    from gerrychain import Graph
    from gerrychain.tree import BalanceError, bipartition_tree, recursive_tree_part

    mean, epsilon = _tolerance(task)
    if task.parts == 1:
        return np.zeros(len(task.weights), dtype=np.int64)
    cut = partial(bipartition_tree, max_attempts=TREES_PER_CUT)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            graph = Graph.from_networkx(_networkx_graph(task))
            found = recursive_tree_part(graph, range(task.parts), mean, "weight", epsilon, bipartition_tree_fn=cut, rng=seed)
    except (RuntimeError, BalanceError):
        return None
    return np.array([found[node] for node in range(len(task.weights))], dtype=np.int64)


def gerrychain_short_run(task: Task) -> Ints | None:
    """The best of a short ReCom chain from a recursive tree seed; None where no seed is found or GerryChain is missing."""
    if missing_rivals("gerrychain"):
        return None
    from gerrychain import Graph, Partition
    from gerrychain.proposals import recom
    from gerrychain.tree import BalanceError, bipartition_tree
    from gerrychain.updaters import Tally

    labels = next((found for found in (gerrychain_tree(task, seed) for seed in range(3)) if found is not None), None)
    if labels is None:
        return None
    mean, epsilon = _tolerance(task)
    graph = Graph.from_networkx(_networkx_graph(task))
    plan = Partition(graph, {node: int(label) for node, label in enumerate(labels)}, {"weight": Tally("weight", alias="weight")})
    best = labels
    for _ in range(RECOM_STEPS):
        try:
            plan = recom(plan, "weight", mean, epsilon, bipartition_tree_fn=partial(bipartition_tree, max_attempts=200))
        except (RuntimeError, BalanceError):
            continue
        labels = np.array([plan.assignment[node] for node in range(len(labels))], dtype=np.int64)
        best = min(best, labels, key=task.cut_of)
    return best


def k_means(task: Task, middles: Floats) -> Ints:
    """k-means with sizes limited to the number of pieces that the band means on average."""
    from k_means_constrained import KMeansConstrained

    mean = float(task.weights.mean())
    least, most = int(np.ceil(task.band[0] / mean)), int(task.band[1] / mean)
    count = len(middles)
    size = {"size_min": min(least, count // task.parts), "size_max": max(most, -(-count // task.parts))}
    return KMeansConstrained(task.parts, **size, random_state=0, n_init=3).fit_predict(middles).astype(np.int64)


def _spopt(task: Task, middles: Floats, name: str) -> Ints:
    """One of spopt's regionalizations: like places together, at least the lower limit in each where the method knows one."""
    import k_means_constrained  # noqa: F401  # first: two copies of HiGHS in one process only load in this order
    from libpysal.weights import W
    from spopt.region import AZP, MaxPHeuristic, Skater, WardSpatial

    table = pd.DataFrame({"x": middles[:, 0], "y": middles[:, 1], "households": task.weights})
    beside: dict[int, list[int]] = {node: [] for node in range(len(table))}
    for a, b in task.edges.tolist():
        beside[a].append(b)
        beside[b].append(a)
    near, place = W(beside, silence_warnings=True), ["x", "y"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.random.seed(0)  # noqa: NPY002  # the generator these methods use
        models = {
            "maxp": lambda: MaxPHeuristic(table, near, place, "households", task.band[0], top_n=2, max_iterations_construction=10),
            "skater": lambda: Skater(table, near, place, n_clusters=task.parts),
            "azp": lambda: AZP(table, near, place, n_clusters=task.parts, random_state=0),
            "ward": lambda: WardSpatial(table, near, place, n_clusters=task.parts),
        }
        model = models[name]()
        model.solve()
    return np.unique(np.asarray(model.labels_), return_inverse=True)[1].astype(np.int64)


def _of_graph(solve: Callable[[Task], Ints | None]) -> Callable[[Task, Floats], Ints | None]:
    return lambda task, _middles: solve(task)


RIVALS = (
    Rival("METIS", "pymetis", _of_graph(metis), 200),
    Rival("METIS, best of 20 seeds", "pymetis", _of_graph(metis_of_many), 200),
    Rival("GerryChain recursive tree", "gerrychain", _of_graph(gerrychain_tree), 200),
    Rival("k-means-constrained", "k_means_constrained", k_means, 200),
    Rival("spopt Ward", "spopt", partial(_spopt, name="ward"), 200),
    Rival("spopt SKATER", "spopt", partial(_spopt, name="skater"), 20),
    Rival("spopt MaxP", "spopt", partial(_spopt, name="maxp"), 5),
    Rival("spopt AZP", "spopt", partial(_spopt, name="azp"), 5),
)
