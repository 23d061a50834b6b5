"""How fast the circle of one facility is: the answer at every street and door, and the drawing, beside the usual recipe.

``python -m benchmarks.circles [--quick]`` prints seconds as JSON. The city is the invented one of ``benchmarks.reach``. The usual
recipe is networkx's ``ego_graph`` and the union of a buffer around each edge it kept: nodes only, no parts of streets, no doors.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import TypeVar

import networkx as nx
import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from benchmarks.reach import invented_city, places_on
from gis.network import WalkNetwork
from servicecircle.circles import STREET_SIDE_M, CircleDrawer, walk_circles
from servicecircle.reach import nearest_walk
from servicecircle.stops import rank_by_key, stops_of
from servicecircle.stretches import covered_shares

Answer = TypeVar("Answer")
LIMIT_S = 900.0
REPEATS = 5


def run(quick: bool) -> dict[str, float]:
    """Best of several seconds for one facility in the middle of the city."""
    side, door_count = (40, 2_000) if quick else (141, 20_000)
    rng = np.random.default_rng(7)
    network = invented_city(side)
    services = places_on(network, 200, rng)
    away_m = shapely.distance(services.shapes, shapely.Point(network.pieces.xy.mean(axis=0)))
    facility = services.take(np.array([int(np.argmin(away_m))]))
    doors = places_on(network, door_count, rng)
    stops = stops_of(facility, np.arange(1), rank_by_key(facility.index))
    with_doors, without = CircleDrawer(network, doors=doors), CircleDrawer(network)
    result = {"junctions": float(len(network.pieces.xy)), "edges": float(network.edge_count), "doors": float(door_count)}
    result["streets_s"], (edge, _start, _end) = _timed(lambda: covered_shares(network, stops, limit_s=LIMIT_S))
    result["doors_s"], seconds = _timed(lambda: nearest_walk(network, facility, doors, limit_s=LIMIT_S, by=None, threads=1))
    result["answer_s"] = result["streets_s"] + result["doors_s"]
    result["drawing_15_min_s"], _ = _timed(lambda: without.circles(facility, minutes=(15,), by=None))
    result["drawing_5_10_15_min_s"], _ = _timed(lambda: without.circles(facility, by=None))
    result["drawing_5_10_15_min_with_doors_s"], _ = _timed(lambda: with_doors.circles(facility, by=None, seconds=seconds))
    result["first_drawing_15_min_s"], _ = _timed(lambda: walk_circles(network, facility, minutes=(15,), by=None))
    result["streets_in_reach"], result["doors_in_reach"] = float(len(edge)), float((seconds <= LIMIT_S).to_numpy().sum())
    return result | _rivals(network, int(network.pieces.edges[facility.edge[0], 0]))


def _rivals(network: WalkNetwork, node: int) -> dict[str, float]:
    (u, v), count = network.pieces.edges.T, len(network.pieces.xy)
    matrix = csr_array((np.r_[network.seconds, network.seconds_back], (np.r_[u, v], np.r_[v, u])), shape=(count, count))
    scipy_s, _ = _timed(lambda: dijkstra(matrix, indices=node, limit=LIMIT_S))
    graph = nx.Graph()
    graph.add_weighted_edges_from(zip(u.tolist(), v.tolist(), network.seconds.tolist(), strict=True), weight="s")
    ego_s, ego = _timed(lambda: nx.ego_graph(graph, node, radius=LIMIT_S, distance="s"))
    xy = network.pieces.xy
    lines = [shapely.LineString(xy[[a, b]]) for a, b in ego.edges]
    union_s, _ = _timed(lambda: shapely.union_all(shapely.buffer(lines, STREET_SIDE_M)))
    return {"scipy_nodes_s": scipy_s, "networkx_ego_graph_s": ego_s, "buffer_union_s": union_s, "usual_recipe_s": ego_s + union_s}


def _timed(work: Callable[[], Answer]) -> tuple[float, Answer]:
    best_s, answer = np.inf, work()
    for _ in range(REPEATS):
        start = time.perf_counter()
        answer = work()
        best_s = min(best_s, time.perf_counter() - start)
    return best_s, answer


if __name__ == "__main__":
    print(json.dumps(run("--quick" in sys.argv), indent=2))
