"""Undershoots: dead ends that stop just short of another street."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import shapely
from shapely import Point

from contracts.messages import Message
from gis.detours import Spots, walk_between_m
from gis.doctor_ground import Ground
from gis.doctor_meetings import Meetings, can_meet, meet_at_ends
from gis.doctor_rules import UNDERSHOOT, DoctorRule, Fix, Ints, Joint, Mask, Shapes, StreetFault


def find_undershoots(ground: Ground, met: Meetings, rule: DoctorRule) -> Iterator[StreetFault]:
    """Dead ends that head for a street within ``gap_m`` and have no short way to it; those that cross it are in ``met``."""
    ends, target, link = _links_of_dead_ends(ground, met, rule)
    if not len(ends):
        return
    pieces = ground.network.pieces
    own = _edge_of_dead_end(ground)[ends]
    start = Spots(own, np.where(pieces.edges[own, 0] == ends, 0.0, 1.0))
    goal = ground.spots(target, shapely.get_point(link, -1))
    around_m = walk_between_m(ground.network, start, goal, limit_m=rule.joint_detour_m)
    rows = np.flatnonzero(np.isinf(around_m))
    rows = rows[np.unique(ends[rows], return_index=True)[1]]  # links are sorted by length: the first that counts
    rows = rows[_first_of_ways(link[rows], ground.rank[own[rows]])]
    for row in rows:
        gap_m = float(shapely.length(link[row]))
        keys = (ground.key(own[row]), ground.key(target[row]))
        fix = Fix(link[row], (Joint(int(own[row]), float(start.share[row])), Joint(int(target[row]), float(goal.share[row]))))
        text = Message("A street ends {gap:.1f} m short of another one.", {"gap": gap_m})
        if gap_m < rule.same_place_m:
            text = Message("A street ends on another one without a common node.")
        remedy = Message("Draw it on to that street and join them, if one can walk through.")
        yield StreetFault(UNDERSHOOT, Point(pieces.xy[ends[row]]), keys, text, remedy, fix)


def _links_of_dead_ends(ground: Ground, met: Meetings, rule: DoctorRule) -> tuple[Ints, Ints, Shapes]:
    """Dead end, street within reach of it and the straight way between, sorted by length; blocked ones left out."""
    pieces = ground.network.pieces
    ends = np.flatnonzero(ground.neighbours == 1)
    points = shapely.points(pieces.xy[ends]) if len(ends) else np.empty(0, dtype=object)
    is_end = ~ground.is_exit(points)
    ends, points = ends[is_end], points[is_end]
    row, found = ground.tree.query(points, predicate="dwithin", distance=rule.gap_m)
    end, target, own = ends[row], ground.single[found], _edge_of_dead_end(ground)[ends[row]]
    apart = (pieces.edges[target] != end[:, None]).all(axis=1) & can_meet(ground, own, target) & ~_have_met(met, own, target)
    apart &= ~(ground.is_island[own] & ground.is_island[target])
    row, end, target, own = row[apart], end[apart], target[apart], own[apart]
    link = shapely.shortest_line(points[row], pieces.geometry[target])
    is_open = ~ground.is_blocked(link) & _heads_for(ground, own, end, link, rule) & ~meet_at_ends(ground, own, target, points[row], rule)
    end, target, link = end[is_open], target[is_open], link[is_open]
    order = np.lexsort((ground.rank[target], np.round(shapely.length(link), 6)))
    return end[order], target[order], link[order]


def _heads_for(ground: Ground, own: Ints, end: Ints, link: Shapes, rule: DoctorRule) -> Mask:
    """Dead ends that point at the street: one that runs beside it ends there on purpose."""
    line = ground.network.pieces.geometry[own]
    at_start = ground.network.pieces.edges[own, 0] == end
    size = shapely.get_num_points(line)
    last = shapely.get_coordinates(shapely.get_point(line, np.where(at_start, 0, size - 1)))
    before = shapely.get_coordinates(shapely.get_point(line, np.where(at_start, 1, size - 2)))
    way = shapely.get_coordinates(link).reshape(-1, 2, 2)
    heading, gap = last - before, way[:, 1] - way[:, 0]
    size_m = np.linalg.norm(heading, axis=1) * np.linalg.norm(gap, axis=1)
    cosine = np.divide((heading * gap).sum(axis=1), size_m, out=np.ones(len(own)), where=size_m > 0)
    return (shapely.length(link) < rule.same_place_m) | (cosine >= np.cos(np.radians(rule.gap_angle_deg)))


def _edge_of_dead_end(ground: Ground) -> Ints:
    """For each node the first edge that ends there (of use for dead ends only)."""
    pieces = ground.network.pieces
    edges = ground.single[::-1]
    own = np.full(len(pieces.xy), -1, dtype=np.int64)
    for side in (0, 1):
        own[pieces.edges[edges, side]] = edges
    return own


def _have_met(met: Meetings, own: Ints, target: Ints) -> Mask:
    """Pairs that cross each other: there the crossing is the fault, not the end behind it."""
    pairs = pd.MultiIndex.from_arrays([np.r_[met.first, met.second], np.r_[met.second, met.first]])
    return pd.MultiIndex.from_arrays([own, target]).isin(pairs)


def _first_of_ways(links: Shapes, rank: Ints) -> Ints:
    """Of links between the same two points, seen from both ends, the one whose own street ranks first."""
    xy = np.round(shapely.get_coordinates(links), 2).reshape(-1, 4)
    turned = xy[:, [2, 3, 0, 1]]
    swap = (xy[:, 0] > xy[:, 2]) | ((xy[:, 0] == xy[:, 2]) & (xy[:, 1] > xy[:, 3]))
    way = pd.DataFrame(np.where(swap[:, None], turned, xy)).assign(rank=rank)
    return way.sort_values("rank", kind="stable").drop_duplicates([0, 1, 2, 3]).index.to_numpy()
