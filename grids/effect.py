"""What a plan is like and what an edit does to it: figures per grid, broken rules, before and after. Fast: no shape is built."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from shapely.geometry import Point

from contracts.columns import CODE, HOUSEHOLDS, KIND, NAME
from contracts.messages import Message
from grids import measures
from grids.borders import connected_pieces
from grids.choose import Finding
from grids.faults import (
    APART,
    EXCUSABLE,
    GAP,
    TOGETHER,
    Fault,
    all_dedicated_fault,
    band_fault,
    given_up_fault,
    joined_fault,
    lost_fault,
    multipart_fault,
    shared_fault,
    strangers_fault,
    walk_fault,
)
from grids.rules import DEDICATED
from grids.sketch import Sketch
from grids.walks import Hold, grids_apart_on_foot, hold_of, longest_walks, piece_counts, sides_on_foot

LONGEST_WALK_M, BARRIERS_INSIDE, PARTS, FAULTS, LOCKED = "longest_walk_m", "barriers_inside", "parts", "faults", "locked"
CHANGE, CHANGED, NEW, GONE = "change", "changed", "new", "gone"
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Effect:
    """What one edit changes.

    Attributes
    ----------
    grids
        One row per grid that changes, is new or goes away, indexed by code: ``change`` (changed, new, gone) and
        ``<figure>_before`` / ``<figure>_after`` for every figure of ``measure`` (missing where there is no grid).
    broken, mended, standing
        Faults the edit brings, takes away, and that stay; dedicated grids that go away are among those it brings.
    households_moved, buildings_moved
        Households (units of the rule's weight where there are none) and buildings that change their grid by this edit.
    moved_in_force, moved_in_force_share
        Households whose grid differs from the plan in force after the edit, and their share of all; None without one.
    """

    grids: pd.DataFrame
    broken: tuple[Fault, ...]
    mended: tuple[Fault, ...]
    standing: tuple[Fault, ...]
    households_moved: float
    buildings_moved: int
    moved_in_force: float | None
    moved_in_force_share: float | None

    @property
    def is_nothing(self) -> bool:
        """Whether the edit changes no grid and no rule."""
        return self.grids.empty and not self.broken and not self.mended


def measure(sketch: Sketch) -> pd.DataFrame:
    """One row per grid, indexed by code.

    Columns name, kind, households, residents and the rule's weight (where the data have them), buildings, area_m2,
    deviation_share (of the rule's target; missing for dedicated grids), compactness (Polsby-Popper), longest_walk_m (way
    between the farthest two buildings, from middle to middle of neighbouring ground), inner_border_m, street_share,
    barriers_inside (metres of closed line within), parts, faults (how many), locked.
    """
    return _measured(sketch, hold_of(sketch.ground, sketch.label_of_atom, sketch.is_open), broken_rules(sketch))


def _measured(sketch: Sketch, hold: Hold, faults: list[Fault]) -> pd.DataFrame:
    ground, label, count = sketch.ground, sketch.label_of_atom, len(sketch.codes)
    figures = ground.figures
    columns: dict[str, Any] = {NAME: list(sketch.names), KIND: list(sketch.kinds)}
    columns |= {name: _by_grid(label, values, count) for name, values in figures.sums.items()}
    columns[measures.BUILDINGS] = _by_grid(label, figures.buildings, count).astype(np.int64)
    area = columns[measures.AREA_M2] = _by_grid(label, figures.area_m2, count)
    deviation = (columns[ground.rule.weight] - ground.rule.target) / ground.rule.target
    columns[measures.DEVIATION_SHARE] = np.where(np.array(sketch.kinds, dtype=object) == DEDICATED, np.nan, deviation)
    outline, inner, share, barriers = _borders(sketch)
    columns[measures.COMPACTNESS] = np.divide(4.0 * np.pi * area, outline**2, out=np.full(count, np.nan), where=outline > 0)
    columns[LONGEST_WALK_M] = longest_walks(ground, label, sketch.is_open, count)
    columns[measures.INNER_BORDER_M], columns[measures.STREET_SHARE], columns[BARRIERS_INSIDE] = inner, share, barriers
    columns[PARTS] = piece_counts(label, hold.ground, count)
    columns[FAULTS] = [sum(code in fault.grids for fault in faults) for code in sketch.codes]
    columns[LOCKED] = [code in sketch.locked for code in sketch.codes]
    return pd.DataFrame(columns, index=pd.Index(sketch.codes, dtype="str", name=CODE))


def _by_grid(label: Ints, values: npt.ArrayLike, count: int) -> Floats:
    """Sum of a figure of atoms by grid number, shape (count,)."""
    return np.bincount(label + 1, weights=np.asarray(values, dtype=float), minlength=count + 1)[1:].astype(float)


def _borders(sketch: Sketch) -> tuple[Floats, Floats, Floats, Floats]:
    """Of each grid: whole outline, inner border, share of it on lines, closed line inside; metres."""
    ground, label, count = sketch.ground, sketch.label_of_atom, len(sketch.codes)
    figures, length = ground.figures, ground.near.length_m
    left, right = label[ground.near.pairs].T
    differ = left != right
    inner = differ & (left >= 0) & (right >= 0)
    outline = _by_grid(label, figures.outer_m, count) + sum(_by_grid(side[differ], length[differ], count) for side in (left, right))
    common = sum(_by_grid(side[inner], length[inner], count) for side in (left, right))
    along = sum(_by_grid(side[inner], figures.on_line_m[inner], count) for side in (left, right))
    share = np.divide(along, common, out=np.full(count, np.nan), where=np.asarray(common) > 0)
    barriers = _by_grid(label, figures.closed_inside_m, count) + _by_grid(left[~differ], figures.closed_m[~differ], count)
    return np.asarray(outline), np.asarray(common), share, barriers


def broken_rules(sketch: Sketch) -> list[Fault]:
    """Every rule the sketch breaks, without building shapes. ``place`` is in the community's system.

    Kinds: ``gap`` (ground in no grid), ``multipart``, ``walk``, ``band``, ``dedicated`` (an area that is not one dedicated
    grid, several in one, homes of others in one), ``together``, ``apart``.
    """
    return _broken(sketch, hold_of(sketch.ground, sketch.label_of_atom, sketch.is_open))


def _broken(sketch: Sketch, hold: Hold) -> list[Fault]:
    return [*_gaps(sketch), *_parts(sketch, hold), *_walks(sketch, hold), *_bands(sketch), *_dedicated(sketch), *_wishes(sketch)]


def hindrances(sketch: Sketch) -> list[Fault]:
    """Of the broken rules those that forbid publishing (cover and shape); band, walk and wishes may be published with a reason."""
    return [fault for fault in broken_rules(sketch) if fault.kind not in EXCUSABLE]


def findings_of(sketch: Sketch) -> tuple[Finding, ...]:
    """The broken rules as a report keeps them with a plan: each with its reason and the grids concerned."""
    return tuple(Finding(fault.kind, fault.message, fault.grids) for fault in broken_rules(sketch))


def _spot(sketch: Sketch, atom: int) -> Point:
    return Point(sketch.ground.figures.spot_xy[atom])


def _gaps(sketch: Sketch) -> Iterator[Fault]:
    """Connected ground in no grid, with what lies on it."""
    bare = np.flatnonzero(sketch.label_of_atom < 0)
    if not len(bare):
        return
    pairs, figures = sketch.ground.near.pairs, sketch.ground.figures
    inside = (sketch.label_of_atom[pairs] < 0).all(axis=1)
    piece = connected_pieces(len(sketch.label_of_atom), pairs[inside])
    for number in np.unique(piece[bare]):
        own = bare[piece[bare] == number]
        area = float(figures.area_m2[own].sum())
        facts = {"area": round(area), "buildings": int(figures.buildings[own].sum())}
        message = Message("{area} square metres with {buildings:building|buildings} belong to no grid. Give them to a grid.", facts)
        yield Fault(GAP, (), _spot(sketch, int(own[np.argmax(figures.area_m2[own])])), area, message)


def _parts(sketch: Sketch, hold: Hold) -> Iterator[Fault]:
    label, area = sketch.label_of_atom, sketch.ground.figures.area_m2
    counts = piece_counts(label, hold.ground, len(sketch.codes))
    for number in np.flatnonzero(counts > 1):
        own = np.flatnonzero(label == number)
        sizes = np.bincount(hold.ground[own], weights=area[own])
        smallest = min(np.unique(hold.ground[own]), key=lambda piece: (sizes[piece], piece))
        yield multipart_fault(sketch.codes[number], int(counts[number]), _spot(sketch, int(own[hold.ground[own] == smallest][0])), float(sizes[smallest]))


def _walks(sketch: Sketch, hold: Hold) -> Iterator[Fault]:
    for number in grids_apart_on_foot(sketch.ground, sketch.label_of_atom, hold):
        count, place = sides_on_foot(sketch.ground, sketch.label_of_atom, hold, int(number))
        yield walk_fault(sketch.codes[number], place, count)


def _bands(sketch: Sketch) -> Iterator[Fault]:
    rule = sketch.ground.rule
    loads = _by_grid(sketch.label_of_atom, sketch.ground.atoms.weights, len(sketch.codes))
    for number, (code, kind) in enumerate(zip(sketch.codes, sketch.kinds, strict=True)):
        own = np.flatnonzero(sketch.label_of_atom == number)
        fault = None if kind == DEDICATED or not len(own) else band_fault(code, float(loads[number]), _spot(sketch, int(own[0])), rule)
        if fault is not None:
            yield fault
    if sketch.kinds and all(kind == DEDICATED for kind in sketch.kinds) and loads.sum() > 0:
        yield all_dedicated_fault(sketch.codes, _spot(sketch, 0), float(loads.sum()))


def _dedicated(sketch: Sketch) -> Iterator[Fault]:
    """Dedicated areas that are not a dedicated grid each, and dedicated grids with homes of others."""
    ground, kinds = sketch.ground, np.array([*sketch.kinds, ""], dtype=object)
    asked = _asked_areas(sketch)
    for area in asked:
        own = np.flatnonzero(ground.dedicated_of_atom == area)
        labels = np.unique(sketch.label_of_atom[own])
        labels = labels[labels >= 0]
        if len(labels) > 1:
            codes = tuple(sketch.codes[label] for label in labels)
            yield shared_fault(ground.dedicated_names[area], codes, _spot(sketch, int(own[0])), float(ground.figures.area_m2[own].sum()))
    for number in np.flatnonzero(kinds == DEDICATED):
        yield from _homes_of_others(sketch, int(number), asked)


def _asked_areas(sketch: Sketch) -> list[int]:
    """Numbers of the dedicated areas that must be kept: who describes the grid of one as comprehensive gives it up."""
    ground, kinds = sketch.ground, np.array([*sketch.kinds, ""], dtype=object)
    for_all = {code for code, kind in zip(sketch.codes, sketch.kinds, strict=True) if kind != DEDICATED}
    held = np.unique(ground.dedicated_of_atom[kinds[sketch.label_of_atom] == DEDICATED])
    return [area for area in held.tolist() if area >= 0 and ground.dedicated_codes[area] not in for_all]


def _homes_of_others(sketch: Sketch, number: int, asked: list[int]) -> Iterator[Fault]:
    """A dedicated grid that holds several areas, or, where one of them is its own, people from outside of all."""
    ground, code, area_m2 = sketch.ground, sketch.codes[number], sketch.ground.figures.area_m2
    own = np.flatnonzero(sketch.label_of_atom == number)
    of_atom = ground.dedicated_of_atom[own]
    held = {ground.dedicated_codes[area]: ground.dedicated_names[area] for area in asked if (of_atom == area).any()}
    if len(held) > 1:
        inside = own[np.isin(of_atom, asked)]
        yield joined_fault(code, [name or key for key, name in sorted(held.items())], _spot(sketch, int(inside[-1])), float(area_m2[inside].sum()))
    strange = own[~np.isin(of_atom, asked) & (ground.atoms.weights[own] > 0)]
    if code in held and len(strange):
        yield strangers_fault(code, int(ground.figures.buildings[strange].sum()), _spot(sketch, int(strange[0])), float(area_m2[strange].sum()))


def _wishes(sketch: Sketch) -> Iterator[Fault]:
    for group in sketch.together:
        grids = _grids_of(sketch, group)
        if len(set(grids)) > 1:
            message = Message("Buildings to be kept together lie in the grids {grids}. Move them into one.", {"grids": sorted(set(grids))})
            yield Fault(TOGETHER, tuple(sorted(set(grids) - {""})), _spot(sketch, group[0]), float(len(group)), message)
    for group in sketch.apart:
        grids = _grids_of(sketch, group)
        for code in sorted({code for code in grids if code and grids.count(code) > 1}):
            message = Message("Buildings to be kept apart lie in one grid, {grid}. Move one of them.", {"grid": code})
            yield Fault(APART, (code,), _spot(sketch, group[0]), float(grids.count(code)), message)


def _grids_of(sketch: Sketch, atoms: tuple[int, ...]) -> list[str]:
    return [sketch.codes[label] if label >= 0 else "" for label in sketch.label_of_atom[list(atoms)]]


def effect_of(before: Sketch, after: Sketch, in_force: pd.Series | None = None) -> Effect:
    """What lies between two sketches of one ground; ``in_force`` = grid code of each building today, by building key."""
    was, now = _state(before), _state(after)
    brought, taken, kept = _compare_faults(was[1], now[1])
    codes_before, codes_after = _codes_of_atoms(before), _codes_of_atoms(after)
    moved = codes_before != codes_after
    figures = after.ground.figures
    people = figures.sums.get(HOUSEHOLDS, after.ground.atoms.weights)
    share = (None, None) if in_force is None else moved_share(after, in_force)
    touched = {*codes_before[moved], *codes_after[moved]} - {""}
    brought = (*brought, *_lost_dedicated(before, after))
    return Effect(_changes(was[0], now[0], touched), brought, taken, kept, float(people[moved].sum()), int(figures.buildings[moved].sum()), *share)


def _lost_dedicated(before: Sketch, after: Sketch) -> Iterator[Fault]:
    """Dedicated grids that are there no more and whose ground is not all dedicated still."""
    kind_of = dict(zip(after.codes, after.kinds, strict=True))
    kind_of_atom = np.array([*after.kinds, ""], dtype=object)[after.label_of_atom]
    area = before.ground.figures.area_m2
    for label, code in enumerate(before.codes):
        own = np.flatnonzero(before.label_of_atom == label)
        if before.kinds[label] == DEDICATED and (kind_of_atom[own] != DEDICATED).any() and kind_of.get(code) != DEDICATED:
            told = given_up_fault if code in kind_of else lost_fault
            yield told(code, before.names[label], _spot(before, int(own[0])), float(area[own].sum()))


def _state(sketch: Sketch) -> tuple[pd.DataFrame, list[Fault]]:
    hold = hold_of(sketch.ground, sketch.label_of_atom, sketch.is_open)
    faults = _broken(sketch, hold)
    return _measured(sketch, hold, faults), faults


def _codes_of_atoms(sketch: Sketch) -> npt.NDArray[np.object_]:
    return np.array([*sketch.codes, ""], dtype=object)[sketch.label_of_atom]


def _compare_faults(was: list[Fault], now: list[Fault]) -> tuple[tuple[Fault, ...], tuple[Fault, ...], tuple[Fault, ...]]:
    """Faults that came, went and stayed; one is the same while kind, sentence, grids and building are."""
    old, new = (
        {(fault.kind, fault.message.template, fault.grids, fault.building, "" if fault.grids else str(fault.place)): fault for fault in side}
        for side in (was, now)
    )
    return (
        tuple(fault for key, fault in new.items() if key not in old),
        tuple(fault for key, fault in old.items() if key not in new),
        tuple(fault for key, fault in new.items() if key in old),
    )


def _changes(was: pd.DataFrame, now: pd.DataFrame, touched: set[str]) -> pd.DataFrame:
    """Rows of grids that gained or lost ground, or differ in what they are called or allowed."""
    old, new = _words(was), _words(now)
    codes = sorted(touched | {code for code in {*old, *new} if old.get(code) != new.get(code)})
    change = [GONE if code not in new else CHANGED if code in old else NEW for code in codes]
    index = pd.Index(codes, dtype="str", name=CODE)
    sides = [frame.reindex(index).add_suffix(suffix) for frame, suffix in ((was, "_before"), (now, "_after"))]
    return pd.concat([pd.Series(change, index=index, name=CHANGE, dtype="str"), *sides], axis=1)


def _words(figures: pd.DataFrame) -> dict[str, tuple[Any, ...]]:
    """What a grid is called, whether it is locked, and what crossings and wishes change about it, by code."""
    columns = [figures[column].tolist() for column in (NAME, KIND, LOCKED, FAULTS, PARTS, LONGEST_WALK_M)]
    return dict(zip(figures.index.tolist(), zip(*columns, strict=True), strict=True))


def moved_share(sketch: Sketch, in_force: pd.Series) -> tuple[float, float]:
    """Households whose grid differs from today's code, and their share. Buildings without a grid today do not count."""
    today = in_force.reindex(sketch.ground.buildings.index)
    column = HOUSEHOLDS if HOUSEHOLDS in sketch.ground.buildings.columns else sketch.ground.rule.weight
    people = pd.to_numeric(sketch.ground.buildings[column], errors="coerce").fillna(0)
    known = today.notna().to_numpy(dtype=bool)
    differs = sketch.grid_of_building.to_numpy(dtype=object) != today.to_numpy(dtype=object)
    total = float(people[known].sum())
    moved = float(people[known & differs].sum())
    return moved, moved / total if total > 0 else 0.0
