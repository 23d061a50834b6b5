"""Put atoms together to grids: how many, and which; what cannot be kept is said, and the nearest plan is made all the same.

Every finding about the band or about walking names a band that would do. It is no guess: the community is divided once
more with that band before it is named.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.messages import Message
from grids.borders import Neighbours, connected_pieces, neighbours_among
from grids.partition import InfeasibleDivision, nearest_division, partition_graph
from grids.partition_problem import plain
from grids.rules import GridRule, rule_value

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Span = tuple[float, float]
_TRIES = 4  # numbers of grids tried around the one that comes nearest to the target
_WIDENINGS = 3  # how often a band that was to help is widened once more


@dataclass(frozen=True)
class Finding:
    """A rule that could not be kept, or a fact a planner should know: why, and what would help.

    ``rule`` is a short stable name (band, walk, building ...); ``grids`` and ``buildings`` name those concerned;
    ``remedy`` is a band with which the same community is divided without this finding.
    """

    rule: str
    message: Message
    grids: tuple[Any, ...] = ()
    buildings: tuple[object, ...] = ()
    remedy: Span | None = None


@dataclass(frozen=True)
class Choice:
    """Grid of each atom, and the findings; ``Finding.grids`` hold labels, turned into codes later."""

    labels: Ints
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Piece:
    """What came of one piece of ground: its atoms' weights, its grids outside the band, the engine's last word."""

    weights: Floats
    outside: tuple[int, ...]
    reason: Message | None


@dataclass(frozen=True)
class _Draft:
    """Grid of each atom, the pieces that could not keep the band, the grids whose people cannot reach each other."""

    labels: Ints
    pieces: tuple[_Piece, ...]
    apart: tuple[int, ...]

    @property
    def keeps_rules(self) -> bool:
        """Whether there is nothing to report."""
        return not (self.pieces or self.apart)


def choose_grids(weights: Floats, near: Neighbours, rule: GridRule, seed: int, *, previous_label: Ints | None = None) -> Choice:
    """Divide each walk-connected piece of the community, joining pieces over a barrier only where nothing else is possible.

    Parameters
    ----------
    weights
        Households (or what the rule balances) of each atom, shape (n,).
    near
        Which atoms border on each other, and what a border between them costs.
    previous_label
        Grid of each atom in the plan in force, shape (n,), -1 = none: a new border inside an old grid costs extra
        (``stay_cost`` of ``grid_rules.csv``), so that few households change their grid.
    """
    if previous_label is not None:
        near = _attached(near, previous_label)
    draft = _draft(weights, near, rule, seed, previous_label)
    if draft.keeps_rules:
        return Choice(draft.labels, ())
    remedy = _remedy(weights, near, rule, seed, draft)
    findings = [Finding("band", _why(piece, rule, remedy), piece.outside, (), remedy) for piece in draft.pieces]
    return Choice(draft.labels, (*findings, *([_walk_finding(draft.apart, remedy)] if draft.apart else [])))


def _draft(weights: Floats, near: Neighbours, rule: GridRule, seed: int, previous: Ints | None = None, *, alone: bool = False) -> _Draft:
    """Divide piece by piece; ``alone`` leaves every populated piece to itself, whatever becomes of it."""
    joined = _joined_pieces(weights, near, rule, alone)
    labels = np.zeros(len(weights), dtype=np.int64)
    pieces: list[_Piece] = []
    used = 0
    for number in range(int(joined.max(initial=-1)) + 1):
        atoms = np.flatnonzero(joined == number)
        before = 0 if previous is None else len(np.unique(previous[atoms][previous[atoms] >= 0]))
        own, reason, is_kept = _divide_piece(weights[atoms], neighbours_among(near, atoms), rule, seed, before)
        labels[atoms] = own + used
        if not is_kept:
            sums = np.bincount(own, weights=weights[atoms]).astype(float)
            pieces.append(_Piece(weights[atoms], tuple(int(label) + used for label in np.flatnonzero(_outside(sums, rule) > 0)), reason))
        used += int(own.max()) + 1
    return _Draft(labels, tuple(pieces), _apart(weights, near, labels))


def _attached(near: Neighbours, previous: Ints) -> Neighbours:
    """Borders inside a grid of the plan in force made dearer by the metre."""
    one, two = previous[near.pairs[:, 0]], previous[near.pairs[:, 1]]
    return replace(near, cost=near.cost + np.where((one == two) & (one >= 0), rule_value("stay_cost") * near.length_m, 0.0))


def _remedy(weights: Floats, near: Neighbours, rule: GridRule, seed: int, draft: _Draft) -> Span:
    """A band with which this community keeps every rule, as narrow as the plans made here show.

    A band that holds every grid of a plan is one that the plan keeps. Whether the engine finds such a plan when asked
    is tried, so what is named does help. At the worst any grid will do, down to the smallest piece of ground alone.
    """
    plans = [draft] if not draft.apart else []
    plans.append(_draft(weights, near, rule, seed, alone=True))
    for plan in plans:
        band = _hull(rule.band, weights, plan.labels)
        for _ in range(_WIDENINGS):
            trial = _draft(weights, near, replace(rule, band=band), seed)
            if trial.keeps_rules:
                return band
            band = _hull(band, weights, trial.labels)
    return 0.0, max(rule.band[1], float(weights.sum()))


def _hull(band: Span, weights: Floats, labels: Ints) -> Span:
    """The band widened to hold every part."""
    sums = np.bincount(labels, weights=weights)
    return min(band[0], float(sums.min())), max(band[1], float(sums.max()))


def _joined_pieces(weights: Floats, near: Neighbours, rule: GridRule, alone: bool) -> Ints:
    """Number of the piece of each atom: walk-connected ground, with pieces that cannot stand alone joined to a neighbour.

    Ground without households (water, a railway yard) goes to the longest neighbour. A populated piece whose weight no
    number of grids fits is joined over the barrier to the neighbour with which it fits best, smallest piece first.
    """
    piece = connected_pieces(len(weights), near.pairs[near.is_open])
    while True:
        loads = np.bincount(piece, weights=weights)
        if len(loads) <= 1:
            return piece
        borders = _piece_borders(piece, near)
        is_unfit = [load == 0 if alone else not _fits(load, rule) for load in loads]
        unfit = [number for number in np.lexsort((np.arange(len(loads)), loads)) if borders.get(number) and is_unfit[number]]
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


def _divide_piece(weights: Floats, near: Neighbours, rule: GridRule, seed: int, before: int) -> tuple[Ints, Message | None, bool]:
    """Labels inside one connected piece, the engine's last refusal, and whether the band is kept."""
    reason: Message | None = None
    walkable = near.pairs[near.is_open]
    is_whole = connected_pieces(len(weights), walkable).max(initial=0) == 0
    edges, cost = (walkable, near.cost[near.is_open]) if is_whole else (near.pairs, near.cost)
    for parts in _numbers_inside(weights, rule, before):
        try:
            return partition_graph(weights, edges, parts=parts, band=rule.band, cut_cost=cost, seed=seed, effort=rule.effort), None, True
        except InfeasibleDivision as error:
            reason = error.message
    best = min((_nearest(weights, edges, cost, parts, rule, seed) for parts in _numbers_near(weights, rule)), key=lambda found: found[:2])
    return best[2], reason, False


def _numbers_inside(weights: Floats, rule: GridRule, before: int) -> list[int]:
    """Numbers of grids the band allows: today's, then those nearest to what is wanted, at last the fewest."""
    low, high = rule.band
    total = float(weights.sum())
    most = min(len(weights), math.floor(total / low) if low > 0 else len(weights))
    fewest = max(1, math.ceil(total / high) if high > 0 else 1)
    wanted = _wanted(weights, rule)
    allowed = sorted(range(fewest, most + 1), key=lambda parts: (parts != before, abs(parts - wanted), parts))
    return list(dict.fromkeys([*allowed[:_TRIES], *([fewest] if allowed else [])]))


def _wanted(weights: Floats, rule: GridRule) -> float:
    """Number of grids aimed at: one for every atom above the target, which fills a grid alone, the rest by the target."""
    heavy = weights > rule.target
    return float(heavy.sum()) + float(weights[~heavy].sum()) / rule.target


def _numbers_near(weights: Floats, rule: GridRule) -> list[int]:
    """Numbers of grids worth trying where the band cannot be kept: one for every unit above it, the rest by the target."""
    heavy = weights > rule.band[1]
    rest = float(weights[~heavy].sum())
    around = {math.floor(rest / rule.target), math.ceil(rest / rule.target), math.ceil(rest / rule.band[1])}
    return sorted({min(max(1, int(heavy.sum()) + parts), len(weights)) for parts in around})


def _nearest(weights: Floats, edges: Ints, cost: Floats, parts: int, rule: GridRule, seed: int) -> tuple[float, float, Ints]:
    labels = nearest_division(weights, edges, parts=parts, band=rule.band, cut_cost=cost, seed=seed, effort=rule.effort)
    sums = np.bincount(labels, weights=weights).astype(float)
    return float(_outside(sums, rule).sum()), abs(parts - _wanted(weights, rule)), labels


def _outside(sums: Floats, rule: GridRule) -> Floats:
    return np.maximum(0.0, np.maximum(rule.band[0] - sums, sums - rule.band[1]))


def _why(piece: _Piece, rule: GridRule, remedy: Span) -> Message:
    low, high = rule.band
    total, largest = float(piece.weights.sum()), float(piece.weights.max())
    facts = {
        "total": plain(round(total, 3)),
        "low": plain(low),
        "high": plain(high),
        "fit_low": plain(round(remedy[0], 3)),
        "fit_high": plain(round(remedy[1], 3)),
    }
    if total < low:
        return Message(
            "Only {total} households hang together here, fewer than the {low} of a grid. Join this place to a neighbour, or lower the limit: a band of {fit_low} to {fit_high} would do.",
            facts,
        )
    if largest > high:
        worst = {"largest": plain(round(largest, 3)), "count": int((piece.weights > high).sum())}
        return Message(
            "{count:building holds|buildings hold} more than {high} households, the largest {largest}. A building is not cut: divide it by entrance, or raise the limit: a band of {fit_low} to {fit_high} would do.",
            facts | worst,
        )
    if not _fits(total, rule):
        return Message(
            "{total} households cannot be shared out in grids of {low} to {high}: no number of grids fits. Widen the band: {fit_low} to {fit_high} would do.",
            facts,
        )
    return Message(
        "No division inside {low} to {high} was found for these {total} households. {reason} A band of {fit_low} to {fit_high} would do.",
        facts | {"reason": piece.reason or ""},
    )


def _walk_finding(apart: tuple[int, ...], remedy: Span) -> Finding:
    message = Message(
        "{count:grid reaches|grids reach} over a river, railway, expressway or wall without a crossing, because one side alone does not fit the band. Add a crossing, or widen the band: {fit_low} to {fit_high} would do.",
        {"count": len(apart), "fit_low": plain(round(remedy[0], 3)), "fit_high": plain(round(remedy[1], 3))},
    )
    return Finding("walk", message, apart, (), remedy)


def _apart(weights: Floats, near: Neighbours, labels: Ints) -> tuple[int, ...]:
    """Grids whose people cannot all reach each other on foot inside the grid."""
    inside = (labels[near.pairs[:, 0]] == labels[near.pairs[:, 1]]) & near.is_open if len(near.pairs) else np.empty(0, dtype=bool)
    ground = connected_pieces(len(weights), near.pairs[inside])
    grounds = np.unique(np.column_stack([labels, ground])[weights > 0], axis=0)[:, 0]
    return tuple(int(label) for label in np.flatnonzero(np.bincount(grounds) > 1))
