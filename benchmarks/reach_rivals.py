"""Other people's searches for the same question, to be timed beside ours: scipy, networkx, pandana."""

from __future__ import annotations

import importlib.util
import os
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from gis.attachment import Attached
from gis.network import WalkNetwork

Floats = npt.NDArray[np.float64]
NO_TIME_S = 1e-9  # for a step of no length: general programs take a zero for no street


def scipy_graph(network: WalkNetwork, services: Attached) -> csr_array:
    """The streets turned round, and one more node per service with a step to both ends of its street."""
    nodes = len(network.pieces.xy)
    (u, v), service = network.pieces.edges.T, nodes + np.arange(len(services))
    to_tail = services.access_s + services.share * network.seconds[services.edge]
    to_head = services.access_s + (1 - services.share) * network.seconds_back[services.edge]
    tail, head = np.concatenate([v, u, service, service]), np.concatenate([u, v, u[services.edge], v[services.edge]])
    cost = np.maximum(np.concatenate([network.seconds, network.seconds_back, to_tail, to_head]), NO_TIME_S)
    order = np.lexsort((cost, head, tail))
    order = order[np.isfinite(cost[order])]
    first = order[np.r_[True, (np.diff(tail[order]) != 0) | (np.diff(head[order]) != 0)]]
    return csr_array((cost[first], (tail[first], head[first])), shape=(nodes + len(services),) * 2)


def scipy_times(graph: csr_array, groups: list[npt.NDArray[np.int64]], nodes: int, limit_s: float) -> list[Floats]:
    """Seconds of every junction, one search with ``min_only`` per category."""
    return [dijkstra(graph, indices=nodes + rows, limit=limit_s, min_only=True)[:nodes] for rows in groups]


def carried_to_doors(times: list[Floats], network: WalkNetwork, homes: Attached, limit_s: float) -> Floats:
    """Junction times carried on to the doors in numpy, as one would who has only a search: shape (doors, categories).

    Doors on the street of a service itself are not treated apart, which is a little less work than the whole answer.
    """
    u, v = network.pieces.edges[homes.edge].T
    to_tail = homes.share * network.seconds_back[homes.edge] + homes.access_s
    to_head = (1 - homes.share) * network.seconds[homes.edge] + homes.access_s
    found = np.empty((len(homes), len(times)))
    for number, at_node in enumerate(times):
        seconds = np.minimum(at_node[u] + to_tail, at_node[v] + to_head)
        found[:, number] = np.where(seconds <= limit_s, seconds, np.inf)
    return found


def networkx_seconds(graph: csr_array, sources: npt.NDArray[np.int64], limit_s: float) -> tuple[float, float]:
    """Seconds to build networkx's graph and to search one category in it."""
    import networkx as nx

    started = time.perf_counter()
    directed = nx.from_scipy_sparse_array(graph, create_using=nx.DiGraph)
    built = time.perf_counter()
    nx.multi_source_dijkstra_path_length(directed, set(sources.tolist()), cutoff=limit_s)
    return built - started, time.perf_counter() - built


def pandana_seconds(network: WalkNetwork, services: Attached, groups: list[npt.NDArray[np.int64]], limit_s: float) -> dict[str, float] | None:
    """Seconds of pandana's build, of placing the services on its nodes, and of the query; ``None`` where it is not installed."""
    if importlib.util.find_spec("pandana") is None:
        return None
    with _quiet():
        import pandana

        (u, v), (x, y) = network.pieces.edges.T, network.pieces.xy.T
        started = time.perf_counter()
        cost = pd.DataFrame({"s": np.where(np.isfinite(network.seconds), np.maximum(network.seconds, 0.001), 1e6)})
        city = pandana.Network(pd.Series(x), pd.Series(y), pd.Series(u), pd.Series(v), cost, twoway=True)
        built = time.perf_counter()
        nearest = network.pieces.xy[np.where(services.share < 0.5, u[services.edge], v[services.edge])]
        for number, rows in enumerate(groups):
            city.set_pois(str(number), limit_s, 1, pd.Series(nearest[rows, 0]), pd.Series(nearest[rows, 1]))
        placed = time.perf_counter()
        for number in range(len(groups)):
            city.nearest_pois(limit_s, str(number), num_pois=1, imp_name="s")
        return {"pandana_build_s": built - started, "pandana_places_s": placed - built, "pandana_query_s": time.perf_counter() - placed}


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what compiled code prints out of the figures, and its warnings out of sight."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
