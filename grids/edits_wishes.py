"""Edits that change no ground but what later ones may do: locks, buildings to keep together or apart, crossings."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from contracts.errors import InputError
from grids.ground import Ground, metric_shapes
from grids.places import drawn_line
from grids.sketch import Sketch

Ints = npt.NDArray[np.int64]
Pairs = frozenset[tuple[int, int]]


def lock_grids(sketch: Sketch, grids: Collection[str]) -> Sketch:
    """Keep grids as they are, whatever comes.

    Raises
    ------
    InputError
        No such grid.
    """
    for code in grids:
        sketch.label_of(code)
    return replace(sketch, locked=sketch.locked | set(grids))


def unlock_grids(sketch: Sketch, grids: Collection[str]) -> Sketch:
    """Let grids change again.

    Raises
    ------
    InputError
        No such grid.
    """
    for code in grids:
        sketch.label_of(code)
    return replace(sketch, locked=sketch.locked - set(grids))


def keep_together(sketch: Sketch, atoms: Ints) -> Sketch:
    """Wish that some ground shares one grid; searches keep to it, and a plan that does not says so.

    Raises
    ------
    InputError
        Only one piece of ground, or two of them are to be kept apart.
    """
    group = _group(atoms)
    if _clashes(group, sketch.apart):
        raise InputError("Two of these are to be kept apart. Drop that wish first.")
    return replace(sketch, together=(*(own for own in sketch.together if own != group), group))


def keep_apart(sketch: Sketch, atoms: Ints) -> Sketch:
    """Wish that no two of these share a grid.

    Raises
    ------
    InputError
        Only one piece of ground, or two of them are to be kept together.
    """
    group = _group(atoms)
    if _clashes(group, sketch.together):
        raise InputError("Two of these are to be kept together. Drop that wish first.")
    return replace(sketch, apart=(*(own for own in sketch.apart if own != group), group))


def _group(atoms: Ints) -> tuple[int, ...]:
    if len(atoms) < 2:
        raise InputError("This takes at least two buildings on ground of their own. Choose another one.")
    return tuple(int(atom) for atom in atoms)


def _clashes(group: tuple[int, ...], others: Collection[tuple[int, ...]]) -> bool:
    """Whether two of a group are in one of the others, which wish the opposite."""
    return any(len(set(other) & set(group)) > 1 for other in others)


def drop_wish(sketch: Sketch, wish: str, number: int) -> Sketch:
    """Forget one wish: ``together`` or ``apart``, by its place in the sketch's list.

    Raises
    ------
    InputError
        There is no such wish.
    """
    groups = {"together": sketch.together, "apart": sketch.apart}.get(wish, ())
    if not 0 <= number < len(groups):
        raise InputError("There is no wish {wish} with the number {number}.", wish=wish, number=number)
    rest = (*groups[:number], *groups[number + 1 :])
    return replace(sketch, together=rest) if wish == "together" else replace(sketch, apart=rest)


def allow_crossing(sketch: Sketch, pairs: Pairs) -> Sketch:
    """Let people walk over a closed border between pairs of neighbouring ground (a gate the map does not know)."""
    opened = frozenset(pair for pair, is_open in _own_state(sketch, pairs).items() if not is_open)
    return replace(sketch, allowed=sketch.allowed | opened, forbidden=sketch.forbidden - pairs)


def forbid_crossing(sketch: Sketch, pairs: Pairs) -> Sketch:
    """Let no grid hang together over a border that the map holds open (a gate that is locked)."""
    shut = frozenset(pair for pair, is_open in _own_state(sketch, pairs).items() if is_open)
    return replace(sketch, forbidden=sketch.forbidden | shut, allowed=sketch.allowed - pairs)


def _own_state(sketch: Sketch, pairs: Pairs) -> dict[tuple[int, int], bool]:
    """What the map alone says about each pair.

    Raises
    ------
    InputError
        They are no neighbours.
    """
    near = sketch.ground.near
    known = dict(zip(map(tuple, near.pairs.tolist()), near.is_open.tolist(), strict=True))
    for pair in sorted(pairs):
        if pair not in known:
            raise InputError("These two pieces of ground have no common border. Choose two that touch.")
    return {pair: known[pair] for pair in pairs}


def pairs_of_crossing(sketch: Sketch, values: Mapping[str, Any], *, is_open: bool) -> Pairs:
    """The neighbouring pairs a crossing means: a ``pair``, those open (or not) near a ``point``, or along a ``line``.

    Raises
    ------
    InputError
        None is meant, or none is within the rule's ``gate_reach_m``.
    """
    ground = sketch.ground
    if values.get("pair"):
        a, b = sorted(int(atom) for atom in values["pair"])
        return frozenset({(a, b)})
    if values.get("line"):
        shape = drawn_line(ground, values["line"])
    elif values.get("point"):
        shape = metric_shapes(ground, np.array([shapely.Point(values["point"])], dtype=object))[0]
    else:
        raise InputError("Choose where the crossing is: a place on the border.")
    pairs = _pairs_near(ground, shape)
    state = dict(zip(map(tuple, ground.near.pairs.tolist()), sketch.is_open.tolist(), strict=True))
    found = frozenset(pair for pair in pairs if state[pair] == is_open)
    if not found:
        raise InputError("There is no border within {reach} m that this would change. Choose a place on the border.", reach=ground.rule.gate_reach_m)
    return found


def _pairs_near(ground: Ground, shape: shapely.Geometry) -> Pairs:
    left, right = (ground.atoms.of_face[side] for side in (ground.segments.left, ground.segments.right))
    differ = left != right
    pieces = shapely.linestrings(np.stack([ground.segments.start[differ], ground.segments.end[differ]], axis=1))
    near = shapely.dwithin(pieces, shape, ground.rule.gate_reach_m)
    return frozenset((min(a, b), max(a, b)) for a, b in zip(left[differ][near].tolist(), right[differ][near].tolist(), strict=True))
