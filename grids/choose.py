"""Put atoms together to grids: how many, and which; what cannot be kept is said, and the nearest plan is made all the same."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from contracts.messages import Message
from grids.borders import Neighbours
from grids.partition import InfeasibleDivision, nearest_division, partition_graph
from grids.partition_problem import plain
from grids.rules import GridRule

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_TRIES = 4  # numbers of grids tried around the one that comes nearest to the target


@dataclass(frozen=True)
class Finding:
    """A rule that could not be kept, or a fact a planner should know: why, and what would help.

    ``rule`` is a short stable name (band, walk, building ...); ``grids`` and ``buildings`` name those concerned.
    """

    rule: str
    message: Message
    grids: tuple[Any, ...] = ()
    buildings: tuple[object, ...] = ()


@dataclass(frozen=True)
class Choice:
    """Grid of each atom, and the findings; ``Finding.grids`` hold labels, turned into codes later."""

    labels: Ints
    findings: tuple[Finding, ...]


def choose_grids(weights: Floats, near: Neighbours, rule: GridRule, seed: int) -> Choice:
    """Divide each walk-connected piece of the community, joining pieces over a barrier only where nothing else is possible."""
    joined = _joined_pieces(weights, near, rule)
    labels = np.zeros(len(weights), dtype=np.int64)
    findings: list[Finding] = []
    used = 0
    for number in range(int(joined.max(initial=-1)) + 1):
        atoms = np.flatnonzero(joined == number)
        own, problem = _divide_piece(weights[atoms], _only(near, atoms), rule, seed)
        labels[atoms] = own + used
        if problem is not None:
            findings.append(replace(problem, grids=tuple(label + used for label in problem.grids)))
        used += int(own.max()) + 1
    return Choice(labels, (*findings, *_walk_findings(weights, near, labels)))


def _joined_pieces(weights: Floats, near: Neighbours, rule: GridRule) -> Ints:
    """Number of the piece of each atom: walk-connected ground, with pieces that cannot stand alone joined to a neighbour.

    Ground without households (water, a railway yard) goes to the longest neighbour. A populated piece whose weight no
    number of grids fits is joined over the barrier to the neighbour with which it fits best, smallest piece first.
    """
    piece = _components(len(weights), near.pairs[near.is_open])
    while True:
        loads = np.bincount(piece, weights=weights)
        borders = _piece_borders(piece, near)
        unfit = [number for number in np.lexsort((np.arange(len(loads)), loads)) if borders.get(number) and not _fits(loads[number], rule)]
        if not unfit:
            return piece
        number = int(unfit[0])
        hosts = borders[number]
        if loads[number] == 0:
            host = min(hosts, key=lambda other: (-hosts[other], other))
        else:
            settled = [other for other in hosts if _fits(loads[number] + loads[other], rule)]
            host = min(settled or hosts, key=lambda other: (-hosts[other], other))
        piece[piece == number] = host
        piece = np.unique(piece, return_inverse=True)[1].astype(np.int64)


def _fits(load: float, rule: GridRule) -> bool:
    low, high = rule.band
    return load > 0 and math.ceil(load / high) <= (math.floor(load / low) if low > 0 else math.inf)


def _piece_borders(piece: Ints, near: Neighbours) -> dict[int, dict[int, float]]:
    """Common border of every two pieces in metres."""
    borders: dict[int, dict[int, float]] = {}
    for (a, b), length in zip(piece[near.pairs], near.length_m, strict=True):
        if a != b:
            for one, two in ((int(a), int(b)), (int(b), int(a))):
                own = borders.setdefault(one, {})
                own[two] = own.get(two, 0.0) + float(length)
    return borders


def _divide_piece(weights: Floats, near: Neighbours, rule: GridRule, seed: int) -> tuple[Ints, Finding | None]:
    """Labels inside one connected piece, and what is wrong with them."""
    total = float(weights.sum())
    reason: Message | None = None
    edges = near.pairs[near.is_open] if _components(len(weights), near.pairs[near.is_open]).max(initial=0) == 0 else near.pairs
    cost = near.cost if len(edges) == len(near.pairs) else near.cost[near.is_open]
    for parts in _numbers_inside(total, len(weights), rule):
        try:
            return partition_graph(weights, edges, parts=parts, band=rule.band, cut_cost=cost, seed=seed, effort=rule.effort), None
        except InfeasibleDivision as error:
            reason = error.message
    best = min((_nearest(weights, edges, cost, parts, rule, seed) for parts in _numbers_near(weights, rule)), key=lambda found: found[:2])
    sums = np.bincount(best[2], weights=weights).astype(float)
    return best[2], Finding("band", _why(weights, total, rule, reason), tuple(int(label) for label in np.flatnonzero(_outside(sums, rule) > 0)))


def _numbers_inside(total: float, atoms: int, rule: GridRule) -> list[int]:
    """Numbers of grids the band allows, nearest to the target first."""
    low, high = rule.band
    most = min(atoms, math.floor(total / low) if low > 0 else atoms)
    allowed = range(max(1, math.ceil(total / high)), most + 1)
    return sorted(allowed, key=lambda parts: (abs(parts - total / rule.target), parts))[:_TRIES]


def _numbers_near(weights: Floats, rule: GridRule) -> list[int]:
    """Numbers of grids worth trying where the band cannot be kept: one for every unit above it, the rest by the target."""
    heavy = weights > rule.band[1]
    rest = float(weights[~heavy].sum())
    around = {math.floor(rest / rule.target), math.ceil(rest / rule.target), math.ceil(rest / rule.band[1])}
    return sorted({min(max(1, int(heavy.sum()) + parts), len(weights)) for parts in around})


def _nearest(weights: Floats, edges: Ints, cost: Floats, parts: int, rule: GridRule, seed: int) -> tuple[float, float, Ints]:
    labels = nearest_division(weights, edges, parts=parts, band=rule.band, cut_cost=cost, seed=seed, effort=rule.effort)
    sums = np.bincount(labels, weights=weights).astype(float)
    return float(_outside(sums, rule).sum()), abs(parts - float(weights.sum()) / rule.target), labels


def _outside(sums: Floats, rule: GridRule) -> Floats:
    return np.maximum(0.0, np.maximum(rule.band[0] - sums, sums - rule.band[1]))


def _why(weights: Floats, total: float, rule: GridRule, reason: Message | None) -> Message:
    low, high = rule.band
    facts = {"total": plain(round(total, 3)), "low": plain(low), "high": plain(high)}
    if total < low:
        return Message("Only {total} households hang together here, fewer than the {low} of a grid. Join this place to a neighbour, or lower the limit.", facts)
    if weights.max() > high:
        worst = {"largest": plain(round(float(weights.max()), 3)), "count": int((weights > high).sum())}
        return Message(
            "{count} building(s) hold more than {high} households, the largest {largest}. A building is not cut: raise the limit, or divide it by entrance.",
            facts | worst,
        )
    if not _fits(total, rule):
        return Message("{total} households cannot be shared out in grids of {low} to {high}: no number of grids fits. Widen the band.", facts)
    return Message("No division inside {low} to {high} was found for these {total} households. {reason}", facts | {"reason": reason or ""})


def _walk_findings(weights: Floats, near: Neighbours, labels: Ints) -> list[Finding]:
    """Grids whose people cannot all reach each other on foot inside the grid."""
    inside = (labels[near.pairs[:, 0]] == labels[near.pairs[:, 1]]) & near.is_open if len(near.pairs) else np.empty(0, dtype=bool)
    ground = _components(len(weights), near.pairs[inside])
    populated = weights > 0
    grids = [int(label) for label in np.unique(labels) if len(np.unique(ground[(labels == label) & populated])) > 1]
    if not grids:
        return []
    message = Message(
        "{count} grid(s) reach over a river, railway, expressway or wall without a crossing, because one side alone is too small. Add a crossing, or widen the band.",
        {"count": len(grids)},
    )
    return [Finding("walk", message, tuple(grids))]


def _components(count: int, pairs: Ints) -> Ints:
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def _only(near: Neighbours, atoms: Ints) -> Neighbours:
    """The neighbours among some atoms, numbered from zero."""
    place = {int(atom): number for number, atom in enumerate(atoms)}
    keep = np.array([int(a) in place and int(b) in place for a, b in near.pairs], dtype=bool)
    pairs = np.array([[place[int(a)], place[int(b)]] for a, b in near.pairs[keep]], dtype=np.int64).reshape(-1, 2)
    return Neighbours(pairs, near.cost[keep], near.length_m[keep], near.is_open[keep])
