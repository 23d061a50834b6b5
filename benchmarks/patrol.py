"""Is every street of a grid walked, and is the round as short as the best a general routing solver finds in a minute?

Fifty grids of real cities: those Haidian and Monaco are divided into, and squares of 400 m in Porto Alegre, whose census gives no
communities. The rival is OR-Tools routing with guided local search: each stretch a visit in one of two directions, walks between
them the quickest ones on the network 1 500 m around.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from scipy.sparse.csgraph import dijkstra

from benchmarks.real_cities import AT, CITIES, City
from contracts.columns import EDGE, FROM_M, HIGHWAY, TO_M
from gis.facing import merged
from gis.network import WalkNetwork
from gis.profiles import walker_profile
from grids.patrol_streets import patrol_streets
from grids.round_ground import RoundGround, graph_of, round_ground
from grids.rounds import Round, suggest_rounds
from services.access import SYSTEM
from services.division import divide_communities
from services.networks import walking_network

Floats = npt.NDArray[np.float64]

GRIDS = {"haidian": 20, "monaco": 20, "porto_alegre": 10}
QUICK = {"haidian": 2}
LEAST_PIECES, MOST_PIECES = 12, 400
SQUARE_M = 400.0
WIDE_M = 1500.0
SAME_M = 1e-3


@dataclass(frozen=True)
class Task:
    """One grid with what a process needs to walk it."""

    city: str
    code: str
    network: WalkNetwork
    pieces: gpd.GeoDataFrame
    limit_s: float


def run(quick: bool = True, folder: Path | None = None) -> dict[str, Any]:
    """Ours beside the rival on every grid, and whether all streets are walked; three grids and two seconds each where ``quick``.

    Cities that stand divided in ``folder`` (NAME.sqlite) are taken as they are.
    """
    with tempfile.TemporaryDirectory() as made:
        tasks = [
            task for name, count in (QUICK if quick else GRIDS).items() if CITIES[name].is_here() for task in _tasks(name, folder or Path(made), count, quick)
        ]
    if quick:
        rows = [compare(task) for task in tasks]
    else:
        with ProcessPoolExecutor(2) as pool:
            rows = list(pool.map(compare, tasks))
    return summary(rows)


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures of all grids in a few."""
    table = pd.DataFrame(rows)
    if not len(table):
        return {"grids": 0}
    ratio = table["ours_s"] / table["rival_s"]
    return {
        "grids": len(table),
        "all_covered": bool(table["covered"].all()),
        "streets": int(table["pieces"].sum()),
        "on_islands": int(table["on_islands"].sum()),
        "proven": int((table["status"] == "optimal").sum()),
        "ratio_worst": round(float(ratio.max()), 4),
        "ratio_mean": round(float(ratio.mean()), 4),
        "ratio_best": round(float(ratio.min()), 4),
        "ours_cpu_s_median": round(float(table["ours_cpu_s"].median()), 2),
        "ours_cpu_s_worst": round(float(table["ours_cpu_s"].max()), 2),
        "rival_limit_s": float(table["limit_s"].iloc[0]),
        "rows": rows,
    }


def compare(task: Task) -> dict[str, Any]:
    """One grid, both ways."""
    started = time.process_time()
    found, *islands = suggest_rounds(task.network, task.pieces)
    ours_cpu_s = time.process_time() - started
    reachable = task.pieces.drop(index=found.unreachable.index)
    ground = round_ground(task.network, reachable, start=None, margin_m=WIDE_M)
    return {
        "city": task.city,
        "grid": task.code,
        "pieces": len(task.pieces),
        "on_islands": len(found.unreachable),
        "covered": is_covered([found, *islands], task.pieces) and all(is_one_walk(each, task.network) for each in (found, *islands)),
        "required_m": round(found.required_m),
        "length_m": round(found.length_m),
        "ours_s": round(found.seconds, 1),
        "bound_s": round(found.bound_s, 1),
        "status": found.status,
        "rival_s": round(rival_seconds(ground, task.limit_s), 1),
        "limit_s": task.limit_s,
        "ours_cpu_s": round(ours_cpu_s, 2),
    }


def is_covered(rounds: Sequence[Round], pieces: gpd.GeoDataFrame) -> bool:
    """Whether the steps lie on every metre of every piece; judged by places along edges, not by what the rounds say of themselves."""
    steps = pd.concat([found.steps for found in rounds])
    edge, start, end = merged(steps[EDGE].to_numpy(), steps[FROM_M].to_numpy(), steps[TO_M].to_numpy())
    walked: dict[int, list[tuple[float, float]]] = {}
    for number, low, high in zip(edge.tolist(), start.tolist(), end.tolist(), strict=True):
        walked.setdefault(number, []).append((low, high))
    wanted = zip(pieces[EDGE], pieces[FROM_M], pieces[TO_M], strict=True)
    return all(any(a <= low + SAME_M and b >= high - SAME_M for a, b in walked.get(int(number), [])) for number, low, high in wanted)


def is_one_walk(found: Round, network: WalkNetwork) -> bool:
    """Whether each step begins where the one before ends, and a closed walk ends where it began."""
    lines = found.steps.geometry.to_crs(network.crs).to_numpy()
    begin, end = (shapely.get_point(lines, place) for place in (0, -1))
    after = np.roll(begin, -1) if found.closed else begin[1:]
    return bool((shapely.distance(end[: len(after)], after) < SAME_M).all())


def rival_seconds(ground: RoundGround, limit_s: float) -> float:
    """The shortest closed walk OR-Tools routing finds: visits are stretches, each in one of two directions."""
    bits = np.flatnonzero(ground.is_required)
    tail, head = np.r_[ground.ends[:, 0], ground.ends[:, 1]], np.r_[ground.ends[:, 1], ground.ends[:, 0]]
    matrix = graph_of(ground.nodes, tail, head, np.tile(ground.cost_s, 2))[0]
    first, last = ground.ends[bits, 0], ground.ends[bits, 1]
    begin, finish = np.stack([first, last], axis=1).ravel(), np.stack([last, first], axis=1).ravel()
    apart = dijkstra(matrix, directed=True, indices=np.unique(finish))
    row = np.searchsorted(np.unique(finish), finish)
    between_ms = np.round(1000.0 * apart[row][:, begin]).astype(np.int64)
    # the first stretch, walked as drawn, is where the tour begins: turning the whole tour round costs nothing
    visits = [0, *range(2, len(begin))]
    costs = between_ms[np.ix_(visits, visits)]
    return float(_routed_ms(costs, limit_s) / 1000.0 + ground.cost_s[bits].sum())


def _routed_ms(costs: npt.NDArray[np.int64], limit_s: float) -> int:
    manager = pywrapcp.RoutingIndexManager(len(costs), 1, 0)
    model = pywrapcp.RoutingModel(manager)
    rows = costs.tolist()
    model.SetArcCostEvaluatorOfAllVehicles(model.RegisterTransitMatrix(rows))
    for visit in range(1, len(costs), 2):
        model.AddDisjunction([manager.NodeToIndex(visit), manager.NodeToIndex(visit + 1)], int(costs.sum()) + 1)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PATH_CHEAPEST_ARC
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(int(1000 * limit_s))
    found = model.SolveWithParameters(parameters)
    return int(found.ObjectiveValue())


def _tasks(name: str, folder: Path, count: int, quick: bool) -> list[Task]:
    city = City(name, f"sqlite:///{folder / f'{name}.sqlite'}")
    if not (folder / f"{name}.sqlite").exists():
        CITIES[name].load(city, folder)
        if name != "porto_alegre":
            divide_communities(city.unit(), SYSTEM, at=AT)
    with city.unit() as uow:
        streets, grids = uow.streets.read(), uow.plans.grids()
    network = walking_network(streets, walker_profile("adult"))
    if name == "porto_alegre":
        grids = _squares(streets)
    tasks: list[Task] = []
    for code in _spread(sorted(grids.index)):
        pieces = patrol_streets(network, grids.loc[[code]], highway=streets[HIGHWAY])
        if LEAST_PIECES <= len(pieces) <= MOST_PIECES:
            tasks.append(Task(name, code, network, pieces, 2.0 if quick else 60.0))
        if len(tasks) == count:
            break
    return tasks


def _spread(codes: list[str]) -> list[str]:
    """The codes in an order that goes over the whole city again and again."""
    step = max(math.isqrt(len(codes)), 1)
    return [code for first in range(step) for code in codes[first::step]]


def _squares(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Squares where the streets lie densest."""
    metres = streets.geometry.to_crs(streets.estimate_utm_crs())
    middle = shapely.get_coordinates(shapely.line_interpolate_point(metres.to_numpy(), 0.5, normalized=True))
    cell, streets_in = np.unique(np.floor(middle / SQUARE_M).astype(int), axis=0, return_counts=True)
    full = cell[(streets_in >= 40) & (streets_in <= MOST_PIECES // 2)]
    low = full * SQUARE_M
    shapes = shapely.box(low[:, 0], low[:, 1], low[:, 0] + SQUARE_M, low[:, 1] + SQUARE_M)
    return gpd.GeoDataFrame(index=pd.Index([f"{x}-{y}" for x, y in full]), geometry=shapes, crs=metres.crs)
