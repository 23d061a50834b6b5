"""The walking graph as flat arrays for the search: nodes in the order of a space-filling curve, one list of arcs per node."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Arcs:
    """A directed graph. ``tail`` and ``head`` are each edge's ends in curve order; ``down_s`` leads tail to head, ``up_s`` back.

    The arcs of node ``i`` are ``neighbour[first[i]:first[i + 1]]`` with ``cost_s`` and the edge they lie on in ``edge``.
    Arcs that cannot be walked and loops are left out.
    """

    first: Ints  # (n + 1,)
    neighbour: Ints
    cost_s: Floats
    edge: Ints
    tail: Ints  # (m,)
    head: Ints  # (m,)
    down_s: Floats  # (m,)
    up_s: Floats  # (m,)

    @property
    def node_count(self) -> int:
        return len(self.first) - 1

    @cached_property
    def edges_at(self) -> tuple[Ints, Ints]:
        """Every edge at both its ends, closed ones and loops too: those at node ``i`` are ``edge[first[i]:first[i + 1]]``."""
        is_loop = self.tail == self.head
        number = np.arange(len(self.tail), dtype=np.int32)
        node, edge = np.r_[self.tail, self.head[~is_loop]], np.r_[number, number[~is_loop]]
        first = np.zeros(self.node_count + 1, dtype=np.int32)
        np.cumsum(np.bincount(node, minlength=self.node_count), out=first[1:])
        return first, edge[np.argsort(node, kind="stable")]


def build_arcs(xy: Floats, edges: npt.NDArray[np.int64], down_s: Floats, up_s: Floats) -> Arcs:
    """Arcs of a graph with node places ``xy`` (n, 2) and edges (m, 2)."""
    place_in_curve = curve_position(xy)
    tail, head = place_in_curve[edges[:, 0]], place_in_curve[edges[:, 1]]
    number = np.arange(len(edges), dtype=np.int32)
    start, end, cost_s, edge = np.r_[tail, head], np.r_[head, tail], np.r_[down_s, up_s], np.r_[number, number]
    walkable = np.isfinite(cost_s) & (start != end)
    start, end, cost_s, edge = start[walkable], end[walkable], cost_s[walkable], edge[walkable]
    order = np.lexsort((edge, start))
    first = np.zeros(len(xy) + 1, dtype=np.int32)
    np.cumsum(np.bincount(start, minlength=len(xy)), out=first[1:])
    return Arcs(first, end[order], cost_s[order], edge[order], tail, head, down_s, up_s)


def curve_position(xy: Floats) -> Ints:
    """Rank of each place along a Z-order curve, so that neighbours in the city are neighbours in memory."""
    if not len(xy):
        return np.empty(0, dtype=np.int32)
    low = xy.min(axis=0)
    cell = max(float((xy.max(axis=0) - low).max()), 1.0) / (2**16 - 1)
    column, row = np.floor((xy - low) / cell).astype(np.uint64).T
    order = np.argsort(_spread_bits(column) | (_spread_bits(row) << np.uint64(1)), kind="stable")
    rank = np.empty(len(xy), dtype=np.int32)
    rank[order] = np.arange(len(xy), dtype=np.int32)
    return rank


def _spread_bits(value: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    for shift, mask in ((16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F), (2, 0x3333333333333333), (1, 0x5555555555555555)):
        value = (value | (value << np.uint64(shift))) & np.uint64(mask)
    return value
