"""A division problem at the door of the engine: checked, as a compact graph, with what is plainly impossible explained."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from contracts.errors import InfeasibleDivision, InputError
from contracts.messages import Message
from gis.checks import require_finite, require_nonnegative
from grids.kernels import Band, Graph

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Problem:
    """Nodes with weights, a graph as CSR arrays (both directions), the band and the slack of floating sums."""

    weights: Floats
    first: Ints
    other: Ints
    cost: Floats
    low: float
    high: float
    slack: float

    @property
    def graph(self) -> Graph:
        """The graph as the kernels take it."""
        return Graph(self.first, self.other, self.cost, self.weights)

    def band(self, fixed_fine: float = 0.0, fine_per_unit: float = 0.0) -> Band:
        """The band as the kernels take it."""
        return Band(self.low, self.high, self.slack, fixed_fine, fine_per_unit)

    @property
    def size(self) -> int:
        """Number of nodes."""
        return len(self.weights)

    def components(self) -> Ints:
        """Number of the connected piece of each node."""
        graph = csr_array((np.ones(len(self.other)), self.other, self.first), shape=(self.size, self.size))
        return connected_components(graph, directed=False)[1].astype(np.int64)

    def part_range(self, weight: float, nodes: int) -> range:
        """Numbers of parts that a connected piece of this weight could hold, by weight alone."""
        fewest = max(1, math.ceil((weight - self.slack) / self.high)) if self.high > 0 else 1 if weight <= self.slack else nodes + 1
        most = nodes if self.low <= self.slack else min(nodes, math.floor((weight + self.slack) / self.low))
        return range(fewest, most + 1)

    def only(self, nodes: Ints) -> Problem:
        """The problem on some of the nodes."""
        place = np.full(self.size, -1, dtype=np.int64)
        place[nodes] = np.arange(len(nodes))
        source = np.repeat(np.arange(self.size), np.diff(self.first))
        kept = (place[source] >= 0) & (place[self.other] >= 0)
        pairs = np.column_stack([place[source[kept]], place[self.other[kept]]])
        first, other, cost = _csr(len(nodes), pairs, self.cost[kept])
        return Problem(self.weights[nodes], first, other, cost, self.low, self.high, self.slack)


def make_problem(weights: npt.ArrayLike, edges: npt.ArrayLike, band: tuple[float, float], cut_cost: npt.ArrayLike | None) -> Problem:
    """Check the arrays and pack them. Repeated edges add up, loops are ignored.

    Raises
    ------
    InputError
        Weights, edges, costs or band that mean nothing.
    """
    mass = _numbers("weights", weights)
    low, high = _numbers("band", band) if np.shape(band) == (2,) else (math.nan, math.nan)
    if not (0 <= low <= high):
        raise InputError("The band must be two numbers, 0 <= low <= high; it is {band}.", band=band)
    pairs = _pairs(edges, len(mass))
    cost = np.ones(len(pairs)) if cut_cost is None else _numbers("cut_cost", cut_cost)
    if len(cost) != len(pairs):
        raise InputError("There are {edges} edges but {costs} cut costs. Give one cost per edge.", edges=len(pairs), costs=len(cost))
    proper = pairs[:, 0] != pairs[:, 1]
    pairs, cost = pairs[proper], cost[proper]
    first, other, both = _csr(len(mass), np.vstack([pairs, pairs[:, ::-1]]), np.concatenate([cost, cost]))
    is_whole = bool(np.all(mass == np.round(mass)) and low == round(low) and high == round(high))
    return Problem(mass, first, other, both, float(low), float(high), 0.0 if is_whole else 1e-9 * max(float(high), 1e-300))


def require_plausible(problem: Problem, parts: int) -> None:
    """Refuse what weight and number alone rule out.

    Raises
    ------
    InfeasibleDivision
        Too few nodes, a total outside ``parts`` bands, a node above the band; each says what would help.
    """
    total = float(problem.weights.sum())
    if parts > problem.size:
        raise InfeasibleDivision("{parts} parts are asked of {count} units. Ask for at most {count} parts.", parts=parts, count=problem.size)
    if not parts * problem.low - problem.slack <= total <= parts * problem.high + problem.slack:
        raise InfeasibleDivision(
            "Together the units weigh {total}, but {parts} parts of {low} to {high} hold {least} to {most}. {hint}",
            total=plain(total),
            parts=parts,
            low=plain(problem.low),
            high=plain(problem.high),
            least=plain(parts * problem.low),
            most=plain(parts * problem.high),
            hint=_hint(problem, total),
        )
    heavy = int(np.argmax(problem.weights)) if problem.size else 0
    if problem.weights[heavy] > problem.high + problem.slack:
        raise InfeasibleDivision(
            "Unit {unit} alone weighs {weight}, above the upper limit of {high}. Divide the unit, or raise the limit to {weight}.",
            unit=heavy,
            weight=plain(problem.weights[heavy]),
            high=plain(problem.high),
        )


def _hint(problem: Problem, total: float) -> Message:
    possible = problem.part_range(total, problem.size)
    if len(possible) == 0:
        return Message("No number of parts fits: widen the band.")
    return Message("Ask for {fewest} to {most} parts, or widen the band.", {"fewest": possible[0], "most": possible[-1]})


def plain(value: float) -> int | float:
    """A number as it is said to people: whole ones without decimals, the others with at most six."""
    return int(value) if float(value).is_integer() else round(float(value), 6)


def _numbers(name: str, values: npt.ArrayLike) -> Floats:
    require_finite(name, values)
    require_nonnegative(name, values)
    array = np.asarray(values, dtype=float)
    if array.ndim != 1:
        raise InputError("{name} must be a plain list of numbers, not of shape {shape}.", name=name, shape=str(array.shape))
    return array


def _pairs(edges: npt.ArrayLike, count: int) -> Ints:
    array = np.asarray(edges)
    if array.size == 0:
        return np.empty((0, 2), dtype=np.int64)
    if array.ndim != 2 or array.shape[1] != 2 or array.dtype.kind not in "iu":
        raise InputError("edges must be whole numbers of shape (m, 2); the shape is {shape}.", shape=str(array.shape))
    if array.min() < 0 or array.max() >= count:
        raise InputError("edges must name units 0 to {last}; {worst} is not one.", last=count - 1, worst=int(array.min() if array.min() < 0 else array.max()))
    return array.astype(np.int64)


def _csr(count: int, pairs: Ints, cost: Floats) -> tuple[Ints, Ints, Floats]:
    """Arcs sorted by source and target, repeated ones summed in sorted order, so input order does not matter."""
    order = np.lexsort((cost, pairs[:, 1], pairs[:, 0]))
    pairs, cost = pairs[order], cost[order]
    is_first = np.ones(len(pairs), dtype=bool)
    is_first[1:] = np.any(pairs[1:] != pairs[:-1], axis=1)
    group = np.cumsum(is_first) - 1
    summed = np.bincount(group, weights=cost, minlength=int(is_first.sum())).astype(float)
    kept = pairs[is_first]
    first = np.concatenate([[0], np.cumsum(np.bincount(kept[:, 0], minlength=count))]).astype(np.int64)
    return first, kept[:, 1].astype(np.int64), summed
