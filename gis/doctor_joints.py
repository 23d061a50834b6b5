"""Faults where streets should be joined and are not: ends that stop short or poke past, crossings without a node."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from shapely import Point

from contracts.columns import NAME, text_of
from contracts.messages import Message
from gis.detours import Spots, walk_between_m
from gis.doctor_gaps import find_undershoots
from gis.doctor_ground import Ground
from gis.doctor_meetings import Meetings, find_meetings, touches_dead_end
from gis.doctor_rules import CROSSING, OVERSHOOT, DoctorRule, Fix, Floats, Ints, Joint, Shapes, StreetFault


def find_joint_faults(ground: Ground, rule: DoctorRule) -> Iterator[StreetFault]:
    """Undershoots, overshoots and crossings without a node that cost a way round of at least ``joint_detour_m``."""
    met = find_meetings(ground, rule)
    met = met.take(~touches_dead_end(ground, met, rule))  # an end that stops on a street is an undershoot of no length
    yield from _crossings(ground, met, rule)
    yield from find_undershoots(ground, met, rule)
    yield from _stubs(ground, rule)


def _crossings(ground: Ground, met: Meetings, rule: DoctorRule) -> Iterator[StreetFault]:
    one, other = ground.spots(met.first, met.point), ground.spots(met.second, met.point)
    around_m = walk_between_m(ground.network, one, other, limit_m=rule.joint_detour_m)
    for row in _first_of_place(met.point, np.flatnonzero(np.isinf(around_m))):
        place = met.point[row]
        past_m = min(_past_m(ground, spots, row) for spots in (one, other))
        fix = Fix(place, (Joint(int(one.edge[row]), float(one.share[row])), Joint(int(other.edge[row]), float(other.share[row]))))
        keys = (ground.key(one.edge[row]), ground.key(other.edge[row]))
        if past_m <= rule.overshoot_m:
            text = Message("A street pokes {past:.1f} m past another one it should end on; they have no common node.", {"past": past_m})
            yield StreetFault(OVERSHOOT, place, keys, text, Message("Join them where they cross and cut off the end."), fix)
        else:
            text = Message("Two streets cross here on one level without a common node.")
            yield StreetFault(CROSSING, place, keys, text, Message("Join them where they cross, or mark one as a bridge or tunnel."), fix)


def _past_m(ground: Ground, spots: Spots, row: int) -> float:
    """Metres from the spot to the nearer dead end of its edge."""
    edge, share = int(spots.edge[row]), float(spots.share[row])
    length_m = float(ground.network.pieces.length_m[edge])
    u, v = ground.network.pieces.edges[edge]
    ways = [along for node, along in ((u, share * length_m), (v, (1.0 - share) * length_m)) if ground.neighbours[node] == 1]
    return min(ways, default=np.inf)


def _first_of_place(points: Shapes, rows: Ints) -> Ints:
    """Of rows at the same decimetre the first: many streets may run through one point."""
    xy = np.round(shapely.get_coordinates(points[rows]), 1).reshape(-1, 2)
    return rows[np.sort(np.unique(xy, axis=0, return_index=True)[1])]


def _stubs(ground: Ground, rule: DoctorRule) -> Iterator[StreetFault]:
    """Short dead ends that go straight on past a junction where their own street should have ended."""
    pieces = ground.network.pieces
    dead = ground.neighbours[pieces.edges[ground.single]] == 1
    short = ground.single[ground.is_judged[ground.single] & (dead.sum(axis=1) == 1) & (pieces.length_m[ground.single] <= rule.stub_m)]
    at_node = _edges_by_node(ground)
    for edge in short:
        u, v = pieces.edges[edge]
        end, junction = (u, v) if ground.neighbours[u] == 1 else (v, u)
        others = [other for other in at_node.get(int(junction), []) if other != edge]
        if len(others) < 3 or not _goes_straight_on(ground, int(edge), others, int(junction), rule):
            continue
        place = Point(pieces.xy[end])
        text = Message("A stub of {length:.1f} m pokes past a junction.", {"length": float(pieces.length_m[edge])})
        keys = (ground.key(edge),)
        yield StreetFault(OVERSHOOT, place, keys, text, Message("Cut it off at the junction."), Fix(pieces.geometry[edge], drop=(int(edge),)))


def _edges_by_node(ground: Ground) -> dict[int, list[int]]:
    edges = np.repeat(ground.single, 2)
    nodes = ground.network.pieces.edges[ground.single].ravel()
    joined: dict[int, list[int]] = {}
    for node, edge in zip(nodes.tolist(), edges.tolist(), strict=True):
        joined.setdefault(node, []).append(edge)
    return joined


def _goes_straight_on(ground: Ground, edge: int, others: list[int], junction: int, rule: DoctorRule) -> bool:
    """Whether a street of the same name comes from the opposite side."""
    bearing = _bearing(ground, edge, junction)
    row = ground.network.pieces.row
    names = ground.streets[NAME].to_numpy() if NAME in ground.streets else np.full(len(ground.streets), "", dtype=object)
    same = [other for other in others if row[other] == row[edge] or text_of(names[row[other]]) == text_of(names[row[edge]])]
    turn = [abs((_bearing(ground, other, junction) - bearing) % 360.0 - 180.0) for other in same]
    return min(turn, default=180.0) <= rule.stub_angle_deg


def _bearing(ground: Ground, edge: int, node: int) -> float:
    """Direction in degrees in which an edge leaves a node."""
    xy = shapely.get_coordinates(ground.network.pieces.geometry[edge])
    if ground.network.pieces.edges[edge, 0] != node:
        xy = xy[::-1]
    step: Floats = xy[1] - xy[0]
    return float(np.degrees(np.arctan2(step[1], step[0])))
