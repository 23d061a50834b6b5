"""Divide a weighted graph into connected parts of nearly equal weight, cutting as little as possible.

Random spanning trees give a first division, then an annealed search moves units over borders, swaps them and splits
two neighbouring parts anew along another tree. The band is hard: an answer keeps it or ``InfeasibleDivision`` says
what stands in the way. Small graphs are enumerated, which gives the optimum or a proof that there is none.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from contracts.errors import InfeasibleDivision, InputError
from grids.anneal import Schedule, search
from grids.enumerate_small import FOUND, IMPOSSIBLE, MOST_NODES, enumerate_divisions
from grids.kernels import Band, cut_of, grow_tree, seed_division
from grids.partition_problem import Ints, Problem, make_problem, plain, require_plausible
from grids.tree_cut import LARGEST_WEIGHT, cut_tree

__all__ = ["EFFORTS", "InfeasibleDivision", "nearest_division", "partition_graph"]


@dataclass(frozen=True)
class Effort:
    """How long to try. Every run starts from a fresh seed; the search ends early when ``enough`` runs agree on the least cut.

    Time grows with nodes times runs times moves. What every effort promises is the same: the band and connected parts.
    """

    runs: int
    enough: int
    extra_runs: int  # only while nothing inside the band was found
    moves_per_node: int
    least_moves: int
    enumeration_steps: int


# Tuned on ten published districting instances and two hundred generated communities; see benchmarks/districting.py, divide.py, optimum.py.
EFFORTS = {
    "quick": Effort(3, 2, 6, 60, 2_000, 20_000),  # a preview while somebody drags a border
    "normal": Effort(16, 4, 8, 150, 4_500, 200_000),  # a community of 80 atoms in about 30 ms; nine in ten at the best known cut
    "best": Effort(80, 10, 40, 4_000, 60_000, 5_000_000),  # seconds; published county instances at the proven optimum
}
# hot and cold temperature in mean edge costs; fixed fine in mean edge costs; fine per mean part weight; share of moves in pairs
_HOT, _COLD, _FIXED_FINE, _FINE, _PAIRS = 2.0, 0.1, 2.0, 40.0, 0.4
_TREES, _TREES_AT = 0.05, 80  # share of tree splits up to this many nodes; on larger graphs they get dearer and rarer
_SAME_CUT = 1e-9
_TREE_RUNS = 1_000_000  # numbers of the random streams for tree cuts, beyond those of the runs


def partition_graph(
    weights: npt.ArrayLike,
    edges: npt.ArrayLike,
    *,
    parts: int,
    band: tuple[float, float],
    cut_cost: npt.ArrayLike | None = None,
    seed: int = 0,
    effort: str = "normal",
) -> Ints:
    """Labels ``0..parts-1``, one per unit: each part connected, not empty, its weight inside the inclusive band.

    Parameters
    ----------
    weights
        Households or people of each unit, shape (n,), zero or more.
    edges
        Pairs of neighbouring units, shape (m, 2); direction does not matter, repeated pairs add up, loops are ignored.
    parts
        How many parts to make; parts never span pieces of the graph that are not connected.
    band
        Least and most weight of a part, both allowed. Sums of whole numbers are exact, others are compared within 1e-9.
    cut_cost
        Cost of each edge when its ends fall into different parts, shape (m,); 1 where not given.
    seed
        Start of the random stream; the same arguments give the same labels.
    effort
        ``"quick"``, ``"normal"`` or ``"best"``: how long to look for a cheaper cut and, where the band is hard to keep,
        for any division at all (see ``EFFORTS``). Where all divisions of a graph can be tried within the effort, the
        answer is the optimum.

    Raises
    ------
    InfeasibleDivision
        No division exists, or none was found; the message says which, and what would make it possible.
    InputError
        Arguments that mean nothing.
    """
    problem = make_problem(weights, edges, band, cut_cost)
    _require_arguments(parts, effort)
    require_plausible(problem, parts)

    pieces = [np.flatnonzero(piece) for piece in _masks(problem.components())]
    if len(pieces) == 1:
        return _in_order(_solve(problem, int(parts), seed, EFFORTS[effort]))
    return _in_order(_solve_pieces(problem, pieces, int(parts), seed, EFFORTS[effort]))


def nearest_division(
    weights: npt.ArrayLike,
    edges: npt.ArrayLike,
    *,
    parts: int,
    band: tuple[float, float],
    cut_cost: npt.ArrayLike | None = None,
    seed: int = 0,
    effort: str = "normal",
) -> Ints:
    """As ``partition_graph`` on a connected graph, but out of band by as little as could be found where the band cannot be kept.

    Raises
    ------
    InputError
        Arguments that mean nothing, more parts than units, or a graph in several pieces.
    """
    problem = make_problem(weights, edges, band, cut_cost)
    _require_arguments(parts, effort)
    if parts > problem.size or problem.components().max(initial=0) > 0:
        raise InputError("The nearest division needs a connected graph of at least {parts} units.", parts=parts)
    return _in_order(min(_runs(problem, int(parts), seed, EFFORTS[effort]), key=lambda run: run[:2])[2])


def _require_arguments(parts: int, effort: str) -> None:
    if isinstance(parts, bool) or not isinstance(parts, int | np.integer) or parts < 1:
        raise InputError("parts must be a whole number of at least 1, not {parts}.", parts=parts)
    if effort not in EFFORTS:
        raise InputError("effort must be one of {choices}, not {effort}.", choices=", ".join(EFFORTS), effort=effort)


def _solve(problem: Problem, parts: int, seed: int, effort: Effort) -> Ints:
    """Labels of a connected problem, or InfeasibleDivision."""
    if parts == 1:
        require_plausible(problem, 1)
        return np.zeros(problem.size, dtype=np.int64)
    labels = np.full(problem.size, -1, dtype=np.int64)
    if problem.size <= MOST_NODES:
        outcome = enumerate_divisions(problem.graph, problem.band(), parts, effort.enumeration_steps // 10, np.inf, labels)
        if outcome == FOUND:
            return labels
        if outcome == IMPOSSIBLE:
            raise _impossible(problem, parts)
    found = [run for run in _runs(problem, parts, seed, effort) if run[0] <= problem.slack]
    if found:
        return _cheaper(problem, parts, effort, min(found, key=lambda run: run[1])[2])
    return labels if labels.min() >= 0 else _cut_trees(problem, parts, seed, effort)


def _cheaper(problem: Problem, parts: int, effort: Effort, labels: Ints) -> Ints:
    """The optimum of a small graph, tried for below the cut of a known division; that division where none is met in time."""
    better = np.full(problem.size, -1, dtype=np.int64)
    if problem.size <= MOST_NODES:
        enumerate_divisions(problem.graph, problem.band(), parts, effort.enumeration_steps, cut_of(problem.graph, labels), better)
    return better if better.min() >= 0 else labels


def _cut_trees(problem: Problem, parts: int, seed: int, effort: Effort) -> Ints:
    """Last resort of thin graphs: exact cuts of spanning trees, improved by one search; a tree itself is settled for good."""
    whole, everywhere = problem.weights.astype(np.int64), np.zeros(problem.size, dtype=np.int64)
    is_tree = len(problem.other) == 2 * (problem.size - 1)
    if problem.slack == 0.0 and problem.high <= LARGEST_WEIGHT:
        for run in range(1 if is_tree else effort.runs):
            order, parent = np.empty(problem.size, dtype=np.int64), np.empty(problem.size, dtype=np.int64)
            state = _stream(seed, _TREE_RUNS + run)
            grow_tree(problem.graph, everywhere, 0, 0, order, parent, state)
            labels = cut_tree(order, parent, whole, parts, (int(problem.low), int(problem.high)))
            if labels is not None:
                best = np.empty_like(labels)
                search(problem.graph, _fined(problem, parts, 5.0), _schedule(problem, effort), labels, best, state)
                return best
        if is_tree:
            raise _impossible(problem, parts)
    raise InfeasibleDivision(
        "No {parts} connected parts of {low} to {high} were found (this is no proof that there are none). Widen the band, change the number of parts, or allow more effort.",
        parts=parts,
        low=plain(problem.low),
        high=plain(problem.high),
    )


def _impossible(problem: Problem, parts: int) -> InfeasibleDivision:
    return InfeasibleDivision(
        "No {parts} connected parts of {low} to {high} exist: all divisions were tried. Widen the band, change the number of parts, or connect units that are apart.",
        parts=parts,
        low=plain(problem.low),
        high=plain(problem.high),
    )


def _runs(problem: Problem, parts: int, seed: int, effort: Effort) -> Iterator[tuple[float, float, Ints]]:
    """Violation, cut cost and labels of each run, until enough agree; extra runs, with a growing fine, only while the band is not kept."""
    least, agreeing = math.inf, 0
    for run in range(effort.runs + effort.extra_runs):
        if agreeing >= effort.enough or (agreeing and run >= effort.runs):
            return
        harder = 1.0 + 4.0 * max(0, run - effort.runs + 1) / max(effort.extra_runs, 1)
        state = _stream(seed, run)
        band = _fined(problem, parts, harder)
        labels = seed_division(problem.graph, band, parts, state)
        best = np.empty_like(labels)
        violation, cut = search(problem.graph, band, _schedule(problem, effort), labels, best, state)
        if violation <= problem.slack and cut <= least + _SAME_CUT:
            agreeing = agreeing + 1 if cut >= least - _SAME_CUT else 1
            least = min(least, cut)
        yield float(violation), float(cut), best


def _mean_cost(problem: Problem) -> float:
    return float(problem.cost.mean()) if problem.cost.sum() > 0 else 1.0


def _fined(problem: Problem, parts: int, harder: float) -> Band:
    """The band with its fines, in terms of what edges cost and parts weigh here."""
    cost = _mean_cost(problem) * harder
    return problem.band(_FIXED_FINE * cost, _FINE * cost / max(float(problem.weights.sum()) / parts, 1e-12))


def _schedule(problem: Problem, effort: Effort) -> Schedule:
    moves = max(effort.moves_per_node * problem.size, effort.least_moves)
    return Schedule(moves, _HOT * _mean_cost(problem), _COLD * _mean_cost(problem), _TREES * min(1.0, _TREES_AT / problem.size), _PAIRS)


def _stream(seed: int, run: int) -> npt.NDArray[np.uint64]:
    """A start of the random stream that differs for every seed and run and is never zero."""
    return np.random.SeedSequence([abs(int(seed)), run, int(seed < 0)]).generate_state(1, np.uint64) | np.uint64(1)


def _solve_pieces(problem: Problem, pieces: list[Ints], parts: int, seed: int, effort: Effort) -> Ints:
    """Share the parts out among unconnected pieces at least cost (a knapsack over the pieces), each piece solved alone."""
    ranges = [problem.part_range(float(problem.weights[piece].sum()), len(piece)) for piece in pieces]
    _require_pieces(problem, pieces, ranges, parts)
    best: dict[int, tuple[float, list[Ints]]] = {0: (0.0, [])}
    for number, piece in enumerate(pieces):
        alone = problem.only(piece)
        before, best = best, {}
        later = [sum(r[0] for r in ranges[number + 1 :]), sum(r[-1] for r in ranges[number + 1 :])]
        for share in ranges[number]:
            useful = [used for used in before if later[0] <= parts - used - share <= later[1]]
            solved = _try(alone, share, seed, effort) if useful else None
            if solved is None:
                continue
            for used in useful:
                cost = before[used][0] + solved[0]
                if used + share not in best or cost < best[used + share][0]:
                    best[used + share] = (cost, [*before[used][1], solved[1]])
        if not best:
            raise InfeasibleDivision(
                "The piece of {count} units that holds unit {unit} cannot be divided inside {low} to {high}. Connect it to the rest, widen the band, or change the number of parts.",
                count=len(piece),
                unit=int(piece[0]),
                low=plain(problem.low),
                high=plain(problem.high),
            )
    labels = np.empty(problem.size, dtype=np.int64)
    used = 0
    for piece, own in zip(pieces, best[parts][1], strict=True):
        labels[piece] = own + used
        used += int(own.max()) + 1
    return labels


def _try(problem: Problem, parts: int, seed: int, effort: Effort) -> tuple[float, Ints] | None:
    try:
        labels = _solve(problem, parts, seed, effort)
    except InfeasibleDivision:
        return None
    source = np.repeat(np.arange(problem.size), np.diff(problem.first))
    return float(problem.cost[labels[source] != labels[problem.other]].sum()) / 2.0, labels


def _require_pieces(problem: Problem, pieces: list[Ints], ranges: list[range], parts: int) -> None:
    for piece, possible in zip(pieces, ranges, strict=True):
        if len(possible) == 0:
            raise InfeasibleDivision(
                "The units fall into {pieces} unconnected pieces; the one that holds unit {unit} weighs {weight}, which no number of parts of {low} to {high} fits. Connect it (a bridge, a gate) or widen the band.",
                pieces=len(pieces),
                unit=int(piece[0]),
                weight=plain(problem.weights[piece].sum()),
                low=plain(problem.low),
                high=plain(problem.high),
            )
    fewest, most = sum(r[0] for r in ranges), sum(r[-1] for r in ranges)
    if not fewest <= parts <= most:
        raise InfeasibleDivision(
            "The {pieces} unconnected pieces of the units can hold {fewest} to {most} parts together, not {parts}. Ask for a number in between, or connect pieces.",
            pieces=len(pieces),
            fewest=fewest,
            most=most,
            parts=parts,
        )


def _masks(component: Ints) -> list[npt.NDArray[np.bool_]]:
    return [component == number for number in range(int(component.max(initial=0)) + 1)]


def _in_order(labels: Ints) -> Ints:
    """Number the parts by their first unit, so that equal divisions have equal labels."""
    _, first_seen, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first_seen), dtype=np.int64)
    rank[np.argsort(first_seen)] = np.arange(len(first_seen))
    return rank[inverse]
