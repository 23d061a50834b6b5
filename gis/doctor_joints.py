"""Faults where streets should be joined and are not: ends that stop short or poke past, crossings without a node."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import Point

from contracts.columns import NAME, text_of
from contracts.messages import Message
from gis.attachment import find_islands
from gis.detours import Spots, walk_between_m
from gis.doctor_rules import CROSSING, OVERSHOOT, UNDERSHOOT, DoctorRule, Fix, Floats, Ints, Joint, Mask, Shapes, StreetFault
from gis.network import WalkNetwork
from gis.street_levels import is_excepted, may_cross_unseen, street_levels


@dataclass(frozen=True, eq=False)
class Ground:
    """A network with what the joints need to know of its streets and of what stands between them."""

    network: WalkNetwork
    streets: gpd.GeoDataFrame  # the rows the network was built from
    obstacles: Shapes

    @cached_property
    def level(self) -> Ints:
        """Number of the level of each edge."""
        return pd.factorize(street_levels(self.streets), sort=True)[0][self.network.pieces.row]

    @cached_property
    def is_judged(self) -> Mask:
        """Edges whose joints count."""
        return ~is_excepted(self.streets)[self.network.pieces.row]

    @cached_property
    def may_pass(self) -> Mask:
        """Edges that may cross others on a bridge the data are silent about."""
        return may_cross_unseen(self.streets)[self.network.pieces.row]

    @cached_property
    def is_island(self) -> Mask:
        """Edges of islands."""
        return find_islands(self.network)

    @cached_property
    def rank(self) -> Ints:
        """Rank of each edge by street key and place along it, for ties: the same for any order of the rows."""
        pieces = self.network.pieces
        key_rank = self.streets.index.argsort().argsort()[pieces.row]
        return np.lexsort((pieces.start_m, key_rank)).argsort()

    @cached_property
    def single(self) -> Ints:
        """Walkable edges, of equal ones only the first."""
        pieces = self.network.pieces
        edges = np.flatnonzero(self.network.is_walkable)
        edges = edges[np.argsort(self.rank[edges], kind="stable")]
        shape = shapely.to_wkb(shapely.normalize(pieces.geometry[edges]))
        ends = np.sort(pieces.edges[edges], axis=1)
        twins = pd.DataFrame({"shape": shape, "u": ends[:, 0], "v": ends[:, 1]})
        return edges[~twins.duplicated().to_numpy()]

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Index of the single edges."""
        return shapely.STRtree(self.network.pieces.geometry[self.single])

    @cached_property
    def neighbours(self) -> Ints:
        """How many other nodes each node is joined to."""
        ends = np.sort(self.network.pieces.edges[self.single], axis=1)
        pairs = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
        return np.bincount(pairs.ravel(), minlength=len(self.network.pieces.xy))

    def is_blocked(self, lines: Shapes) -> Mask:
        """Lines that cross what cannot be walked through."""
        blocked = np.zeros(len(lines), dtype=bool)
        if len(self.obstacles) and len(lines):
            blocked[np.unique(self.obstacle_tree.query(lines, predicate="intersects")[0])] = True
        return blocked

    @cached_property
    def obstacle_tree(self) -> shapely.STRtree:
        """Index of the obstacles."""
        return shapely.STRtree(self.obstacles)

    def key(self, edge: int) -> object:
        """Key of the street an edge belongs to."""
        return self.streets.index[self.network.pieces.row[edge]]

    def spots(self, edge: Ints, points: Shapes) -> Spots:
        """Where points lie on edges."""
        return Spots(edge, shapely.line_locate_point(self.network.pieces.geometry[edge], points, normalized=True))


@dataclass(frozen=True, eq=False)
class Meetings:
    """Points where two edges of one level touch or cross without a common node."""

    first: Ints
    second: Ints
    point: Shapes

    def take(self, rows: Ints | Mask) -> Meetings:
        return Meetings(self.first[rows], self.second[rows], self.point[rows])


def find_joint_faults(ground: Ground, rule: DoctorRule) -> Iterator[StreetFault]:
    """Undershoots, overshoots and crossings without a node that cost a way round of at least ``joint_detour_m``."""
    met = find_meetings(ground, rule)
    met = met.take(~_touches_dead_end(ground, met, rule))  # an end that stops on a street is an undershoot of no length
    yield from _crossings(ground, met, rule)
    yield from _undershoots(ground, met, rule)
    yield from _stubs(ground, rule)


def find_meetings(ground: Ground, rule: DoctorRule) -> Meetings:
    """All unjoined meetings of two edges, sorted by the rank of both."""
    lines = ground.network.pieces.geometry[ground.single]
    left, right = ground.tree.query(lines, predicate="intersects")
    first, second = ground.single[left], ground.single[right]
    chosen = (ground.rank[first] < ground.rank[second]) & _can_meet(ground, first, second)
    first, second = first[chosen], second[chosen]
    order = np.lexsort((ground.rank[second], ground.rank[first]))
    first, second = first[order], second[order]
    common = shapely.intersection(ground.network.pieces.geometry[first], ground.network.pieces.geometry[second])
    parts, row = shapely.get_parts(common, return_index=True)
    overlaps = np.bincount(row[shapely.get_dimensions(parts) > 0], minlength=len(first)) > 0  # drawn on each other: no crossing
    is_point = (shapely.get_dimensions(parts) == 0) & ~overlaps[row]
    met = Meetings(first[row[is_point]], second[row[is_point]], parts[is_point])
    here, there = _node_at(ground, met.first, met.point, rule), _node_at(ground, met.second, met.point, rule)
    return met.take(~((here >= 0) & (here == there)) & ~_meet_at_ends(ground, met.first, met.second, met.point, rule))


def _meet_at_ends(ground: Ground, first: Ints, second: Ints, points: Shapes, rule: DoctorRule) -> Mask:
    """Pairs with a common node whose lines end at the point: joined, though the node may be thought to lie elsewhere.

    Where lines are drawn against their ``u`` and ``v`` the place of a node is a guess.
    """
    ends = ground.network.pieces.edges
    have_common = (ends[first][:, :, None] == ends[second][:, None, :]).any(axis=(1, 2))
    lines = ground.network.pieces.geometry
    near = [shapely.distance(shapely.boundary(lines[edge]), points) <= rule.same_place_m for edge in (first, second)]
    return have_common & near[0] & near[1]


def _can_meet(ground: Ground, first: Ints, second: Ints) -> Mask:
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


def _touches_dead_end(ground: Ground, met: Meetings, rule: DoctorRule) -> Mask:
    touches = np.zeros(len(met.first), dtype=bool)
    for edge in (met.first, met.second):
        node = _node_at(ground, edge, met.point, rule)
        touches |= (node >= 0) & (ground.neighbours == 1)[node]
    return touches


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


def _undershoots(ground: Ground, met: Meetings, rule: DoctorRule) -> Iterator[StreetFault]:
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
    row, found = ground.tree.query(points, predicate="dwithin", distance=rule.gap_m)
    end, target, own = ends[row], ground.single[found], _edge_of_dead_end(ground)[ends[row]]
    apart = (pieces.edges[target] != end[:, None]).all(axis=1) & _can_meet(ground, own, target) & ~_have_met(met, own, target)
    apart &= ~(ground.is_island[own] & ground.is_island[target])
    row, end, target, own = row[apart], end[apart], target[apart], own[apart]
    link = shapely.shortest_line(points[row], pieces.geometry[target])
    is_open = ~ground.is_blocked(link) & _heads_for(ground, own, end, link, rule) & ~_meet_at_ends(ground, own, target, points[row], rule)
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
    return pd.Series(edges).groupby(nodes).agg(list).to_dict()


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
