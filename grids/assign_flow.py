"""The minimum-cost flow behind an assignment: workers with room, grids with seats, and a spill node for what stays empty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_PER_SECOND = 100  # costs are whole hundredths of a second
_MOST_PENALTY_STEPS = 1000  # an empty seat weighs this many of the dearest pairs at most; keeps costs inside 64 bits


@dataclass(frozen=True)
class Demand:
    """``room``: most grids per worker; ``wanted``: how many each should get before others get more; ``seats`` per grid;
    ``urgent``: grids whose first seat comes before all others."""

    room: Ints
    wanted: Ints
    seats: Ints
    urgent: Bools


def solve_flow(worker: Ints, grid: Ints, cost_s: Floats, demand: Demand) -> Ints:
    """Positions of the chosen pairs: as many seats filled as can be, evenly over the grids, then at least cost."""
    if not len(worker) or not demand.seats.sum():
        return np.empty(0, dtype=np.int64)
    workers, grids = len(demand.room), len(demand.seats)
    source, sink, spill = workers + grids, workers + grids + 1, workers + grids + 2
    price = np.rint(cost_s * _PER_SECOND).astype(np.int64)
    dearest = int(price.max()) + 1
    empty = dearest * min(workers + grids, _MOST_PENALTY_STEPS)
    flow = SimpleMinCostFlow()
    pairs = flow.add_arcs_with_capacity_and_unit_cost(worker, workers + grid, np.ones(len(worker), dtype=np.int64), price)
    _add(flow, np.full(workers, source), np.arange(workers), demand.wanted, -2 * dearest)
    _add(flow, np.full(workers, source), np.arange(workers), demand.room - demand.wanted, 0)
    nodes = workers + np.arange(grids)
    first = np.minimum(demand.seats, 1)
    _add(flow, np.full(grids, spill), nodes, demand.seats - first, empty)
    _add(flow, np.full(grids, spill), nodes, np.where(demand.urgent, 0, first), 4 * empty)
    _add(flow, np.full(grids, spill), nodes, np.where(demand.urgent, first, 0), 8 * empty)
    _add(flow, nodes, np.full(grids, sink), demand.seats, 0)
    total = int(demand.seats.sum())
    _add(flow, np.array([source]), np.array([spill]), np.array([total]), 0)
    flow.set_node_supply(source, total)
    flow.set_node_supply(sink, -total)
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise RuntimeError(f"the flow has a spill node and must be solvable, but ended with status {status}")
    return np.flatnonzero(flow.flows(pairs) > 0).astype(np.int64)


def _add(flow: SimpleMinCostFlow, tail: Ints, head: Ints, capacity: Ints, unit_cost: int) -> None:
    flow.add_arcs_with_capacity_and_unit_cost(tail, head, capacity, np.full(len(tail), unit_cost, dtype=np.int64))
