"""Faults of a plan: their kinds, and the sentences that more than one check says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shapely.geometry import Point

from contracts.columns import HOUSEHOLDS, RESIDENTS
from contracts.messages import Message
from grids.partition_problem import plain
from grids.rules import GridRule

# kinds of fault
INVALID, DUPLICATE, GAP, OVERLAP, MULTIPART, OUTSIDE, COVERAGE = "invalid", "duplicate", "gap", "overlap", "multipart", "outside", "coverage"
CUT, ORPHAN, WRONG_GRID, BAND = "building_cut", "building_orphaned", "building_wrong_grid", "band"
WALK, SHARED, TOGETHER, APART = "walk", "dedicated", "together", "apart"
# what the data can force: may be published with its reason; everything else may not
EXCUSABLE = frozenset({BAND, WALK, TOGETHER, APART})


@dataclass(frozen=True)
class Fault:
    """One broken rule. ``place`` is a point in the grids' system, ``amount`` square metres (band: households outside it)."""

    kind: str
    grids: tuple[str, ...]
    place: Point | None
    amount: float
    message: Message
    building: object = None


def multipart_fault(code: str, count: int, place: Point, area_m2: float) -> Fault:
    """A grid in several pieces; place and area of the smallest."""
    return Fault(MULTIPART, (code,), place, area_m2, pieces_message(code, count))


def pieces_message(code: str, count: int) -> Message:
    """That a grid is in several pieces."""
    return Message("Grid {grid} is in {count} pieces. A grid hangs together: give the pieces to their neighbours.", {"grid": code, "count": count})


def band_fault(code: str, load: float, place: Point | None, rule: GridRule) -> Fault | None:
    """What a load outside the band amounts to; None inside it."""
    low, high = rule.band
    away = max(low - load, load - high, 0.0)
    if away <= 0:
        return None
    facts = {"grid": code, "load": plain(load), "low": plain(low), "high": plain(high)}
    if rule.weight == HOUSEHOLDS:
        return Fault(BAND, (code,), place, float(away), Message("Grid {grid} holds {load} households; {low} to {high} are wanted.", facts))
    if rule.weight == RESIDENTS:
        return Fault(BAND, (code,), place, float(away), Message("Grid {grid} holds {load} residents; {low} to {high} are wanted.", facts))
    return Fault(BAND, (code,), place, float(away), Message("Grid {grid} has {load} points of work; {low} to {high} are wanted.", facts))


def all_dedicated_fault(codes: tuple[str, ...], place: Point, load: float) -> Fault:
    """Dedicated grids need not keep the band; where people live not every grid can be one."""
    message = Message("Every grid of this community is dedicated, so its people have no comprehensive grid. Describe one as comprehensive.")
    return Fault(BAND, codes, place, load, message)


def shared_fault(name: str, codes: tuple[str, ...], place: Point, amount: float) -> Fault:
    """A dedicated area that is not one dedicated grid."""
    facts = {"name": name, "grids": codes}
    return Fault(SHARED, codes, place, amount, Message("The dedicated area {name} is not one dedicated grid: grids {grids} hold it. Cut it out again.", facts))


def joined_fault(code: str, names: Sequence[str], place: Point, amount: float) -> Fault:
    """Several dedicated areas in one grid."""
    message = Message("Grid {grid} holds several dedicated areas: {names}. Cut out one grid for each.", {"grid": code, "names": list(names)})
    return Fault(SHARED, (code,), place, amount, message)


def strangers_fault(code: str, count: int, place: Point, amount: float) -> Fault:
    """A dedicated grid with homes from outside its area."""
    facts = {"grid": code, "count": count}
    message = Message("Dedicated grid {grid} holds {count:building|buildings} with people from outside its area. Give them to a comprehensive grid.", facts)
    return Fault(SHARED, (code,), place, amount, message)


def given_up_fault(code: str, name: str, place: Point, area_m2: float) -> Fault:
    """A dedicated grid that a planner describes as comprehensive."""
    message = Message("The dedicated grid {grid} {name} becomes one for everybody; its area is kept apart no more.", {"grid": code, "name": name})
    return Fault(SHARED, (code,), place, area_m2, message)


def lost_fault(code: str, name: str, place: Point, area_m2: float) -> Fault:
    """A dedicated grid that is no more, its ground given to grids that are not dedicated."""
    message = Message("The dedicated grid {grid} {name} goes away. Undo this, or describe it as comprehensive first.", {"grid": code, "name": name})
    return Fault(SHARED, (code,), place, area_m2, message)


def walk_fault(code: str, place: Point | None, places: int) -> Fault:
    """A grid held together only over a closed line that nothing crosses."""
    message = Message(
        "In grid {grid} people on {count} sides of a river, railway, expressway or wall cannot reach each other on foot. Allow a crossing there if there is one, or divide it there.",
        {"grid": code, "count": places},
    )
    return Fault(WALK, (code,), place, float(places), message)
