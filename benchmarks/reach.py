"""How fast are the nearest services of a whole city found, beside other people's searches on the same streets in the same run?

Ours answers at doors on streets; the others answer at the junctions only, which is less work. A place of the benchmark lies
anywhere along the streets, so finding its street takes no part in any figure.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from benchmarks.reach_rivals import carried_to_doors, networkx_seconds, pandana_seconds, scipy_graph, scipy_times
from contracts.settings import ROOT
from gis.attachment import Attached
from gis.network import WalkNetwork, build_network
from gis.osm import read_osm
from servicecircle.nearest import nearest_and_covered
from servicecircle.reach import nearest_walk
from servicecircle.stops import processors, rows_by_category

CRS = 32650
LIMIT_S = 900.0
DATA = ROOT.parent / "shared" / "data"
CITIES = {"porto_alegre": "poa_osm.pbf", "heidelberg": "heidelberg.osm.pbf", "wuhan": "wuhan_streets.parquet"}
CATEGORIES = 20
REPEATS = 15  # of ours: a run is over before the machine has settled
DOORS = 200_000
RIVAL_EDGES = 300_000
MILLION_SIDE = 746  # junctions along each side of an invented city of a million streets
CIRCLE_SIDE = 142  # the same for twenty thousand junctions

Answer = TypeVar("Answer")


def run(quick: bool = False) -> dict[str, Any]:
    """Seconds of each engine for all categories per city, and how many times faster ours is.

    ``quick`` is one small invented city, to see that everything runs.
    """
    if quick:
        return {"cities": {"invented": compare(invented_city(40), each=10, doors=2_000, categories=4)}, "one_circle": one_circle(40)}
    report: dict[str, Any] = {"cities": {}, "left_out": {}, "one_circle": one_circle(CIRCLE_SIDE)}
    for name, file in CITIES.items():
        if (DATA / file).exists():
            report["cities"][name] = _told(name, compare(_network_of(file), each=100, doors=DOORS))
        else:
            report["left_out"][name] = f"{file} is not in the folder shared/data beside the checkout"
    report["cities"]["invented_million"] = _told("invented_million", compare(invented_city(MILLION_SIDE), each=2000, doors=DOORS))
    report["million_alone"] = json.loads(
        subprocess.run([sys.executable, "-m", "benchmarks.reach", "million"], cwd=ROOT, capture_output=True, check=True).stdout
    )
    return report


def compare(network: WalkNetwork, *, each: int, doors: int, categories: int = CATEGORIES) -> dict[str, Any]:
    """All engines on one network: ``each`` services of every category, and doors for ours."""
    rng = np.random.default_rng(7)
    services, homes = places_on(network, categories * each, rng, categories=categories), places_on(network, doors, rng)
    groups, nodes = list(rows_by_category(services, "category").values()), len(network.pieces.xy)
    ours = partial(nearest_walk, network, services, homes, limit_s=LIMIT_S)
    with_streets = partial(nearest_and_covered, network, services, homes, groups, limit_s=LIMIT_S, threads=processors())
    graph = scipy_graph(network, services)
    ours(), with_streets()  # compile, and put the arcs in order once
    found: dict[str, Any] = {"junctions": nodes, "edges": network.edge_count, "doors": doors, "categories": categories, "services_each": each}
    seconds = _timed(found, "ours", ours, REPEATS)
    _timed(found, "ours_one_thread", partial(ours, threads=1), REPEATS)
    _, parts = _timed(found, "ours_with_streets", with_streets, REPEATS)
    times = _timed(found, "scipy", partial(scipy_times, graph, groups, nodes, LIMIT_S), 3)
    _timed(found, "scipy_doors", partial(carried_to_doors, times, network, homes, LIMIT_S), 3)
    junctions = partial(nearest_walk, network, services, junctions_of(network), limit_s=LIMIT_S)
    junctions()
    _timed(found, "ours_at_junctions", junctions, REPEATS)
    _timed(found, "ours_at_junctions_one_thread", partial(junctions, threads=1), REPEATS)
    found["reached_junctions_share"] = round(float(np.mean([np.isfinite(at_node).mean() for at_node in times])), 3)
    found["covered_edges_whole_share"] = round(float(np.mean([len(part.whole) for part in parts])) / network.edge_count, 3)
    if network.edge_count <= RIVAL_EDGES:
        found["networkx_build_s"], found["networkx_one_category_s"] = networkx_seconds(graph, nodes + groups[0], LIMIT_S)
        found["networkx_s_scaled_from_one_category"] = found["networkx_one_category_s"] * categories
        found |= pandana_seconds(network, services, groups, LIMIT_S) or {"pandana": "not installed"}
    else:
        found["left_out"] = f"networkx and pandana above {RIVAL_EDGES} edges: building their graphs takes many minutes"
    found["largest_difference_to_scipy_s"] = _largest_difference(network, homes, services, seconds.to_numpy(), times)
    return found | _ratios(found)


def one_circle(side: int) -> dict[str, float]:
    """Milliseconds of one facility's search at doors, and with the covered streets."""
    network, rng = invented_city(side), np.random.default_rng(3)
    service, homes = places_on(network, 1, rng, categories=1), places_on(network, 20_000, rng)
    middle = replace(service, edge=np.array([_middle_edge(network)]))
    group = [np.array([0])]
    doors = partial(nearest_walk, network, middle, homes, limit_s=LIMIT_S)
    streets = partial(nearest_and_covered, network, middle, homes, group, limit_s=LIMIT_S, threads=1)
    doors(), streets()
    found: dict[str, Any] = {}
    _timed(found, "doors", doors, 25)
    _timed(found, "doors_and_streets", streets, 25)
    return {"junctions": len(network.pieces.xy), "doors": len(homes), **{name.removesuffix("_s") + "_ms": 1000 * value for name, value in found.items()}}


def million() -> dict[str, float]:
    """Twenty categories of two thousand services on a million streets, alone in a process: seconds, and memory at its highest."""
    network, rng = invented_city(MILLION_SIDE), np.random.default_rng(7)
    services, homes = places_on(network, CATEGORIES * 2000, rng, categories=CATEGORIES), places_on(network, DOORS, rng)
    nearest_walk(network, services, homes, limit_s=LIMIT_S)
    found: dict[str, Any] = {"edges": network.edge_count}
    _timed(found, "ours", partial(nearest_walk, network, services, homes, limit_s=LIMIT_S), 3)
    return {**found, "peak_memory_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}


def invented_city(side: int) -> WalkNetwork:
    """A city of side x side junctions about 50 m apart, bent streets, a tenth of them missing."""
    rng = np.random.default_rng(7)
    row, column = np.divmod(np.arange(side * side), side)
    xy = np.column_stack([column, row]) * 50.0 + rng.normal(0, 10, (side * side, 2)) + (500_000.0, 4_400_000.0)
    right, up = np.flatnonzero(column < side - 1), np.flatnonzero(row < side - 1)
    edges = np.concatenate([np.column_stack([right, right + 1]), np.column_stack([up, up + side])])
    edges = edges[rng.random(len(edges)) > 0.1]
    length_m = np.linalg.norm(xy[edges[:, 0]] - xy[edges[:, 1]], axis=1) * rng.uniform(1.0, 1.2, len(edges))
    return WalkNetwork.from_arrays(xy, edges, length_m, crs=CRS)


def places_on(network: WalkNetwork, count: int, rng: np.random.Generator, *, categories: int = 0) -> Attached:
    """Places anywhere along the streets one can walk, ten metres beside them; with a ``category`` where asked."""
    open_edge = np.flatnonzero(network.can_attach)
    length_m = network.pieces.length_m[open_edge]
    edge, share = rng.choice(open_edge, count, p=length_m / length_m.sum()), rng.random(count)
    index, words = pd.RangeIndex(count), np.full(count, "", dtype=object)
    frame = pd.DataFrame({"category": np.arange(count) % categories} if categories else {}, index=index)
    offset_m, shapes = share * network.pieces.length_m[edge], shapely.line_interpolate_point(network.pieces.geometry[edge], share, normalized=True)
    return Attached(network, index, frame, edge, share, offset_m, np.full(count, 10.0), edge * 0, words, words, shapes)


def junctions_of(network: WalkNetwork) -> Attached:
    """Every junction as a place to ask about: the question the others answer."""
    ends = network.pieces.edges[network.can_attach].T.ravel()
    open_edge = np.flatnonzero(network.can_attach)
    node, first = np.unique(ends, return_index=True)
    edge, share = open_edge[first % len(open_edge)], (first >= len(open_edge)).astype(float)
    words, none = np.full(len(node), "", dtype=object), np.zeros(len(node))
    frame = pd.DataFrame({}, index=pd.RangeIndex(len(node)))
    return Attached(
        network, frame.index, frame, edge, share, share * network.pieces.length_m[edge], none, edge * 0, words, words, shapely.points(network.pieces.xy[node])
    )


def _told(name: str, found: dict[str, Any]) -> dict[str, Any]:
    """Say on the side that a city is done: the whole takes minutes."""
    print(json.dumps({name: found}), file=sys.stderr, flush=True)
    return found


def _network_of(file: str) -> WalkNetwork:
    path = DATA / file
    return build_network(gpd.read_parquet(path) if path.suffix == ".parquet" else read_osm(path).streets)


def _middle_edge(network: WalkNetwork) -> int:
    xy = network.pieces.xy
    return int(np.argmin(np.linalg.norm(xy[network.pieces.edges[:, 0]] - xy.mean(axis=0), axis=1)))


def _timed(found: dict[str, Any], name: str, work: Callable[[], Answer], times: int) -> Answer:
    """Note the median seconds by the clock and of processors (all threads); the latter hardly change when others use the machine."""
    spent = []
    for _ in range(times):
        started, worked = time.perf_counter(), time.process_time()
        answer = work()
        spent.append((time.perf_counter() - started, time.process_time() - worked))
    found[f"{name}_s"], found[f"{name}_cpu_s"] = (statistics.median(column) for column in zip(*spent, strict=True))
    return answer


def _ratios(found: dict[str, Any]) -> dict[str, float]:
    """How many times as long the others take. Ours has the doors in it, theirs has not."""
    ratios = {
        "scipy_over_ours": found["scipy_s"] / found["ours_s"],
        "scipy_over_ours_at_junctions": found["scipy_s"] / found["ours_at_junctions_s"],
        "scipy_with_doors_over_ours": (found["scipy_s"] + found["scipy_doors_s"]) / found["ours_s"],
        "scipy_with_doors_over_ours_processor_time": (found["scipy_cpu_s"] + found["scipy_doors_cpu_s"]) / found["ours_one_thread_cpu_s"],
        "scipy_over_ours_one_thread": found["scipy_s"] / found["ours_one_thread_s"],
        "scipy_over_ours_with_streets": found["scipy_s"] / found["ours_with_streets_s"],
        "scipy_over_ours_processor_time": found["scipy_cpu_s"] / found["ours_one_thread_cpu_s"],
    }
    if "networkx_s_scaled_from_one_category" in found:
        ratios["networkx_over_ours"] = found["networkx_s_scaled_from_one_category"] / found["ours_s"]
    if "pandana_query_s" in found:
        ratios["pandana_query_over_ours"] = found["pandana_query_s"] / found["ours_s"]
        ratios["pandana_query_over_ours_at_junctions"] = found["pandana_query_s"] / found["ours_at_junctions_s"]
        ratios["pandana_query_over_ours_at_junctions_one_thread"] = found["pandana_query_s"] / found["ours_at_junctions_one_thread_s"]
    return {name: round(value, 1) for name, value in ratios.items()}


def _largest_difference(
    network: WalkNetwork, homes: Attached, services: Attached, seconds: npt.NDArray[np.float64], times: list[npt.NDArray[np.float64]]
) -> float:
    """Ours against scipy's junction times carried on to the doors whose street has no service of that category."""
    u, v = network.pieces.edges[homes.edge].T
    to_tail = homes.share * network.seconds_back[homes.edge] + homes.access_s
    to_head = (1 - homes.share) * network.seconds[homes.edge] + homes.access_s
    category = services.attributes["category"].to_numpy()
    worst = 0.0
    for number, at_node in enumerate(times):
        expected = np.minimum(at_node[u] + to_tail, at_node[v] + to_head)
        elsewhere = ~np.isin(homes.edge, services.edge[category == number]) & (expected < LIMIT_S - 1e-6)
        worst = max(worst, float(np.abs(expected[elsewhere] - seconds[elsewhere, number]).max(initial=0.0)))
    return worst


if __name__ == "__main__":
    print(json.dumps(million() if "million" in sys.argv else run("--quick" in sys.argv), indent=2))
