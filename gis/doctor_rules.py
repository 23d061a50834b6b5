"""What the data doctor looks for, as figures of ``data/reference/doctor_settings.csv``, and how it reports a fault."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
from shapely import Point
from shapely.geometry.base import BaseGeometry

from contracts.messages import Message
from contracts.reference import reference_table

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]

# kinds of fault
UNDERSHOOT, OVERSHOOT, CROSSING, ISLAND, MISSING_CROSSING = "undershoot", "overshoot", "crossing", "island", "missing_crossing"
NO_SHAPE, ZERO_LENGTH, DOUBLE_VERTEX, DOUBLE_STREET = "no_shape", "zero_length", "double_vertex", "double_street"
HARMLESS = frozenset({ZERO_LENGTH, DOUBLE_VERTEX, DOUBLE_STREET})  # the search walks over them: no door's answer can change


@dataclass(frozen=True)
class DoctorRule:
    """Thresholds; every field is a row of the reference table and explained there."""

    same_place_m: float
    gap_m: float
    gap_angle_deg: float
    overshoot_m: float
    stub_m: float
    stub_angle_deg: float
    joint_detour_m: float
    island_report_m: float
    island_link_m: float
    long_access_m: float
    home_link_m: float
    roadside_m: float
    facing_m: float
    stretch_m: float
    crossing_index: float
    crossing_walk_m: float
    crossing_spacing_m: float
    near_m: float
    named_m: float
    effects: float


def doctor_rule() -> DoctorRule:
    """The product's thresholds; use ``dataclasses.replace`` for a city's own."""
    value = reference_table("doctor_settings").set_index("name")["value"].astype(float)
    return DoctorRule(*(float(value[field.name]) for field in fields(DoctorRule)))


DOCTOR = doctor_rule()


@dataclass(frozen=True)
class Joint:
    """One end of a proposed link: a place on an edge (``share`` of it from its first node), or free (``edge`` -1)."""

    edge: int
    share: float = 0.0


@dataclass(frozen=True, eq=False)
class Fix:
    """What to draw or to take away: ``shape`` (metres) joins both ``joints``; a point joins two streets where they meet.

    ``drop`` names edges to be removed instead.
    """

    shape: BaseGeometry
    joints: tuple[Joint, ...] = ()
    drop: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class StreetFault:
    """One fault of the streets. ``place`` is a point in the network's system, ``streets`` are keys, ``component`` that of an island."""

    kind: str
    place: Point
    streets: tuple[Any, ...]
    message: Message
    remedy: Message
    fix: Fix | None = None
    component: int = -1

    @property
    def order(self) -> tuple[Any, ...]:
        """Sorts faults the same way for any order of the streets."""
        return (self.kind, round(self.place.x, 3), round(self.place.y, 3), tuple(sorted(map(str, self.streets))))
