"""The minimum-cost flow behind an assignment: workers with room, grids with seats, and a spill node for what stays empty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_MOST_PENALTY_STEPS = 1000  # an empty seat weighs this many of the dearest pairs at most; keeps costs inside 64 bits


@dataclass(frozen=True)
class Demand:
    """What is wanted of the workers and grids of one role.

    Attributes
    ----------
    room
        Most grids per worker.
    wanted
        How many grids each worker should get before others get more.
    seats
        Most workers per grid.
    first_weight, next_weight
        What the first seat of each grid and each further one weigh against each other.
    """

    room: Ints
    wanted: Ints
    seats: Ints
    first_weight: Ints
    next_weight: Ints

    @property
    def first(self) -> Ints:
        """The seat of each grid that weighs most: one, or none where a grid has no seats."""
        return np.minimum(self.seats, 1)

    def empty_price(self, dearest: int) -> int:
        """What an empty seat of weight 1 costs: more than any chain of changes could save."""
        return dearest * min(len(self.room) + len(self.seats), _MOST_PENALTY_STEPS)

    def wanted_price(self, dearest: int) -> int:
        """What a worker's wanted grid is worth: more than the dearest pair."""
        return 2 * dearest


def solve_flow(worker: Ints, grid: Ints, price: Ints, demand: Demand, dearest: int) -> Bools:
    """Which pairs are used: as many seats filled as can be, evenly over the grids, then at least price.

    ``dearest`` is above every price; what is empty or wanted is weighed with it.
    """
    if not len(worker) or not demand.seats.sum():
        return np.zeros(len(worker), dtype=bool)
    workers, grids = len(demand.room), len(demand.seats)
    source, sink, spill = workers + grids, workers + grids + 1, workers + grids + 2
    empty = demand.empty_price(dearest)
    flow = SimpleMinCostFlow()
    pairs = flow.add_arcs_with_capacity_and_unit_cost(worker, workers + grid, np.ones(len(worker), dtype=np.int64), price)
    _add(flow, np.full(workers, source), np.arange(workers), demand.wanted, -demand.wanted_price(dearest))
    _add(flow, np.full(workers, source), np.arange(workers), demand.room - demand.wanted, 0)
    nodes = workers + np.arange(grids)
    _add(flow, np.full(grids, spill), nodes, demand.seats - demand.first, demand.next_weight * empty)
    _add(flow, np.full(grids, spill), nodes, demand.first, demand.first_weight * empty)
    _add(flow, nodes, np.full(grids, sink), demand.seats, 0)
    total = int(demand.seats.sum())
    _add(flow, np.array([source]), np.array([spill]), np.array([total]), 0)
    flow.set_node_supply(source, total)
    flow.set_node_supply(sink, -total)
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise RuntimeError(f"the flow has a spill node and must be solvable, but ended with status {status}")
    return np.asarray(flow.flows(pairs)) > 0


def _add(flow: SimpleMinCostFlow, tail: Ints, head: Ints, capacity: Ints, unit_cost: int | Ints) -> None:
    flow.add_arcs_with_capacity_and_unit_cost(tail, head, capacity, np.broadcast_to(np.asarray(unit_cost, dtype=np.int64), len(tail)))
