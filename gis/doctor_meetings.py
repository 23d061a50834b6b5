"""Where two streets of one level touch or cross, and whether they are joined there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from gis.doctor_ground import Ground
from gis.doctor_rules import DoctorRule, Ints, Mask, Shapes


@dataclass(frozen=True, eq=False)
class Meetings:
    """Points where two edges of one level touch or cross without a common node."""

    first: Ints
    second: Ints
    point: Shapes

    def take(self, rows: Ints | Mask) -> Meetings:
        return Meetings(self.first[rows], self.second[rows], self.point[rows])


def find_meetings(ground: Ground, rule: DoctorRule) -> Meetings:
    """All unjoined meetings of two edges, sorted by the rank of both."""
    lines = ground.network.pieces.geometry[ground.single]
    left, right = ground.tree.query(lines, predicate="intersects")
    first, second = ground.single[left], ground.single[right]
    chosen = (ground.rank[first] < ground.rank[second]) & can_meet(ground, first, second)
    first, second = first[chosen], second[chosen]
    order = np.lexsort((ground.rank[second], ground.rank[first]))
    first, second = first[order], second[order]
    common = shapely.intersection(ground.network.pieces.geometry[first], ground.network.pieces.geometry[second])
    parts, row = shapely.get_parts(common, return_index=True)
    overlaps = np.bincount(row[shapely.get_dimensions(parts) > 0], minlength=len(first)) > 0  # drawn on each other: no crossing
    is_point = (shapely.get_dimensions(parts) == 0) & ~overlaps[row]
    met = Meetings(first[row[is_point]], second[row[is_point]], parts[is_point])
    here, there = _node_at(ground, met.first, met.point, rule), _node_at(ground, met.second, met.point, rule)
    return met.take(~((here >= 0) & (here == there)) & ~meet_at_ends(ground, met.first, met.second, met.point, rule))


def meet_at_ends(ground: Ground, first: Ints, second: Ints, points: Shapes, rule: DoctorRule) -> Mask:
    """Pairs with a common node whose lines end at the point: joined, though the node may be thought to lie elsewhere.

    Where lines are drawn against their ``u`` and ``v`` the place of a node is a guess.
    """
    ends = ground.network.pieces.edges
    have_common = (ends[first][:, :, None] == ends[second][:, None, :]).any(axis=(1, 2))
    lines = ground.network.pieces.geometry
    near = [shapely.distance(shapely.boundary(lines[edge]), points) <= rule.same_place_m for edge in (first, second)]
    return have_common & near[0] & near[1]


def can_meet(ground: Ground, first: Ints, second: Ints) -> Mask:
    """Pairs on one level, both judged, that are not two drawings of one stretch."""
    ends = np.sort(ground.network.pieces.edges, axis=1)
    one_level = (ground.level[first] == ground.level[second]) & ~ground.may_pass[first] & ~ground.may_pass[second]
    return one_level & ground.is_judged[first] & ground.is_judged[second] & (ends[first] != ends[second]).any(axis=1)


def _node_at(ground: Ground, edge: Ints, points: Shapes, rule: DoctorRule) -> Ints:
    """The end of the edge that lies at the point, -1 where none does."""
    pieces = ground.network.pieces
    xy = shapely.get_coordinates(points)
    ends = pieces.edges[edge]
    away = np.linalg.norm(pieces.xy[ends] - xy[:, None, :], axis=2) if len(edge) else np.empty((0, 2))
    near = np.where(away[:, 0] <= away[:, 1], ends[:, 0], ends[:, 1])
    return np.where(away.min(axis=1, initial=np.inf) <= rule.same_place_m, near, -1)


def touches_dead_end(ground: Ground, met: Meetings, rule: DoctorRule) -> Mask:
    """Meetings at the place where a street ends."""
    touches = np.zeros(len(met.first), dtype=bool)
    for edge in (met.first, met.second):
        node = _node_at(ground, edge, met.point, rule)
        touches |= (node >= 0) & (ground.neighbours == 1)[node]
    return touches
