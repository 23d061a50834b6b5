"""Joining doors and facilities to streets: to the nearest one that can really be reached, with the way to it counted.

Candidates are taken in order of distance. The first whose connector crosses neither a barrier nor another street wins; an
island of streets is only used where no connected street can be reached. What finds no street stays ``unsnapped``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from contracts.columns import KIND
from contracts.errors import GeometryError
from contracts.reference import reference_table
from gis.checks import Spatial, require_crs
from gis.doorways import PLAIN_TURN, Doorways
from gis.facing import EVEN_M, find_fronts
from gis.street_rules import is_blocking

if TYPE_CHECKING:
    from gis.network import WalkNetwork

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]

TOUCH_M = 0.001  # a connector may touch what it starts from and what it ends on
SAME_M = 1e-6  # closer than this is the same distance and the same place


@dataclass(frozen=True)
class AttachmentRule:
    """How far and how hard to look for a street (defaults: ``data/reference/attachment_settings.csv``)."""

    radius_m: float
    candidates: int
    island_length_m: float
    island_share: float
    gate_width_m: float


def attachment_rule() -> AttachmentRule:
    """The product's rule; use ``dataclasses.replace`` for a city's own."""
    value = reference_table("attachment_settings").set_index("name")["value"].astype(float)
    return AttachmentRule(value["radius_m"], int(value["candidates"]), value["island_length_m"], value["island_share"], value["gate_width_m"])


ATTACHMENT = attachment_rule()


@dataclass(frozen=True, eq=False)
class Attached:
    """Places on the streets of one network, in the caller's order. All arrays have one entry per place.

    ``edge`` is -1 where no street was found; then ``reason`` says ``no_geometry``, ``no_street`` or ``blocked``.
    ``offset_m`` runs along the edge, ``access_m`` is the way between place and street. ``component`` is the connected part
    (0 = the longest). ``resolved_by`` is ``point`` or ``wall`` (nearest wall of a polygon).
    """

    network: WalkNetwork = field(repr=False)
    index: pd.Index
    attributes: pd.DataFrame = field(repr=False)  # the caller's columns but the geometry
    edge: Ints
    share: Floats = field(repr=False)  # offset as a share of the edge
    offset_m: Floats
    access_m: Floats
    component: Ints
    resolved_by: Shapes
    reason: Shapes
    shapes: Shapes = field(repr=False)  # in the network's system: points, walls of polygons, None where there is nothing
    memo: dict[str, Any] = field(init=False, repr=False, default_factory=dict)  # what searches keep about these places; a copy starts anew

    def __len__(self) -> int:
        return len(self.index)

    @property
    def is_snapped(self) -> Mask:
        return self.edge >= 0

    @property
    def unsnapped(self) -> pd.Index:
        """Keys of the places that found no street: to be listed, never counted as far away or as reached."""
        return self.index[~self.is_snapped]

    def take(self, rows: Ints) -> Attached:
        """Some of the places, by position, in that order."""
        return replace(
            self,
            index=self.index.take(rows),
            attributes=self.attributes.iloc[rows],
            edge=self.edge[rows],
            share=self.share[rows],
            offset_m=self.offset_m[rows],
            access_m=self.access_m[rows],
            component=self.component[rows],
            resolved_by=self.resolved_by[rows],
            reason=self.reason[rows],
            shapes=self.shapes[rows],
        )

    @property
    def access_s(self) -> Floats:
        """Seconds between place and street."""
        return self.access_m / self.network.speed_m_s

    @property
    def connectors(self) -> Shapes:
        """The way from each place to its street as a line, in the network's system; None where there is none."""
        ways = np.full(len(self), None, dtype=object)
        rows = np.flatnonzero(self.is_snapped)
        on_street = shapely.line_interpolate_point(self.network.pieces.geometry[self.edge[rows]], self.share[rows], normalized=True)
        ways[rows] = shapely.shortest_line(self.shapes[rows], on_street)
        return ways


def attach_places(network: WalkNetwork, places: Spatial, *, barriers: Spatial | None, gates: Spatial | None, rule: AttachmentRule) -> Attached:
    """The work behind ``WalkNetwork.attach``."""
    require_crs(places)
    shapes, resolved_by = _anchor_shapes(places, network)
    streets = _Streets.of(network, rule)
    barrier_shapes = barrier_obstacles(network, barriers, gates, rule)
    usable = np.flatnonzero(~shapely.is_missing(shapes))
    chosen = _Choice.empty(len(shapes))
    chosen.fill(_settle(_nearest_candidates(streets, shapes, usable, rule), streets, barrier_shapes), final=False)
    rest = usable[chosen.edge[usable] < 0]
    chosen.fill(_settle(_all_candidates(streets, shapes, rest, rule, barrier_shapes), streets, barrier_shapes), final=True)
    return _attached(network, places, shapes, chosen, resolved_by, usable)


@dataclass(frozen=True, eq=False)
class _Streets:
    """Streets a place may open onto, and streets that stand in the way."""

    lines: Shapes  # all edges
    open_edge: Ints
    open_tree: shapely.STRtree
    wall_edge: Ints
    wall_tree: shapely.STRtree
    is_island: Mask
    in_turn: Ints  # (m,) which of several streets met in one point is taken

    @classmethod
    def of(cls, network: WalkNetwork, rule: AttachmentRule) -> _Streets:
        lines = network.pieces.geometry
        open_edge = np.flatnonzero(network.can_attach)
        in_the_way = np.ones(len(lines), dtype=bool) if network.underground is None else ~network.underground
        wall_edge = np.flatnonzero(in_the_way)
        trees = shapely.STRtree(lines[open_edge]), shapely.STRtree(lines[wall_edge])
        return cls(lines, open_edge, trees[0], wall_edge, trees[1], find_islands(network, rule), _in_turn(network))


@dataclass(frozen=True, eq=False)
class _Candidates:
    """Possible connectors, sorted by place and distance."""

    place: Ints
    edge: Ints
    connector: Shapes
    of_front: Mask  # one of many from the same front: they do not count as further streets

    @property
    def length_m(self) -> Floats:
        return shapely.length(self.connector)

    def take(self, rows: Ints | Mask) -> _Candidates:
        return _Candidates(self.place[rows], self.edge[rows], self.connector[rows], self.of_front[rows])


@dataclass(frozen=True, eq=False)
class _Choice:
    """The connector chosen for each place so far."""

    edge: Ints
    connector: Shapes
    was_blocked: Mask

    @classmethod
    def empty(cls, count: int) -> _Choice:
        return cls(np.full(count, -1, dtype=np.int64), np.full(count, None, dtype=object), np.zeros(count, dtype=bool))

    def fill(self, settled: tuple[_Candidates, Mask, Mask], *, final: bool) -> None:
        """Take the first passable connector of each place; an island's only in the ``final`` round and if nothing else is."""
        candidates, passable, on_island = settled
        self.was_blocked[candidates.place[~passable]] = True
        for allowed in (passable & ~on_island, passable & on_island) if final else (passable & ~on_island,):
            rows = np.flatnonzero(allowed & (self.edge[candidates.place] < 0))
            place, first = np.unique(candidates.place[rows], return_index=True)
            self.edge[place] = candidates.edge[rows[first]]
            self.connector[place] = candidates.connector[rows[first]]


def find_islands(network: WalkNetwork, rule: AttachmentRule = ATTACHMENT) -> Mask:
    """Edges of connected parts too short to be the city: below ``island_length_m`` and below a share of the longest part.

    Length decides, not the number of nodes, so that splitting a street changes nothing.
    """
    if not len(network.component_length_m):
        return np.zeros(network.edge_count, dtype=bool)
    part_m = network.component_length_m
    short = (part_m < rule.island_length_m) & (part_m < rule.island_share * part_m[0])
    return np.where(network.component >= 0, short[network.component], False)


def barrier_obstacles(network: WalkNetwork, barriers: Spatial | None, gates: Spatial | None, rule: AttachmentRule = ATTACHMENT) -> Shapes:
    """What cannot be walked through, in the network's system: barriers of blocking kinds, opened at the gates."""
    if barriers is None or not len(barriers):
        return np.empty(0, dtype=object)
    require_crs(barriers, "barriers")
    if isinstance(barriers, gpd.GeoDataFrame) and KIND in barriers.columns:
        barriers = barriers[is_blocking(barriers[KIND])]
    shapes = barriers.geometry.to_crs(network.crs).explode().to_numpy()
    shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    if gates is None or not len(gates):
        return shapes
    require_crs(gates, "gates")
    openings = shapely.buffer(gates.geometry.to_crs(network.crs).to_numpy(), rule.gate_width_m / 2.0)
    barrier, opening = shapely.STRtree(openings).query(shapes, predicate="intersects")
    for row in np.unique(barrier):
        shapes[row] = shapely.difference(shapes[row], shapely.union_all(openings[opening[barrier == row]]))
    return shapes[~shapely.is_empty(shapes)]


def _anchor_shapes(places: Spatial, network: WalkNetwork) -> tuple[Shapes, Shapes]:
    """Points stay, polygons become their walls; missing and empty ones become None."""
    shapes: Shapes = np.array(shapely.force_2d(places.geometry.to_crs(network.crs).to_numpy()), dtype=object)
    if len(shapes):
        shapes[shapely.is_empty(shapes) | ~np.isfinite(shapely.bounds(shapes)).all(axis=1)] = None
    dimension = shapely.get_dimensions(shapes)
    is_line = dimension == 1
    if is_line.any():
        raise GeometryError("Places to attach must be points or polygons; {key} is a line.", key=places.index[int(np.argmax(is_line))])
    is_polygon = dimension == 2
    shapes[is_polygon] = shapely.boundary(shapes[is_polygon])
    return shapes, np.where(is_polygon, "wall", "point").astype(object)


def _in_turn(network: WalkNetwork) -> Ints:
    """Of streets that meet in one point the largest is taken (the others wait to get onto it), of those one open both ways,
    the quickest; their order in the file decides only between streets that are alike.
    """
    along, back = network.seconds, network.seconds_back
    one_way = ~(np.isfinite(along) & np.isfinite(back))
    road_s = np.zeros(len(along)) if network.road_delay_s is None else network.road_delay_s
    turn = np.empty(len(along), dtype=np.int64)
    turn[np.lexsort((along, back, one_way, -road_s))] = np.arange(len(along))
    return turn


def _nearest_candidates(streets: _Streets, shapes: Shapes, places: Ints, rule: AttachmentRule) -> _Candidates:
    """The nearest street of each place, and those just as near, from the middle of the front where there is one."""
    if not len(places) or not len(streets.open_edge):
        return _connect(streets, shapes, np.empty(0, np.int64), np.empty(0, np.int64))
    (found, _), distance_m = streets.open_tree.query_nearest(shapes[places], max_distance=rule.radius_m + SAME_M, return_distance=True, all_matches=False)
    near = distance_m <= rule.radius_m
    places, distance_m = places[found[near]], distance_m[near]
    row, edge = streets.open_tree.query(shapes[places], predicate="dwithin", distance=distance_m + EVEN_M)
    return _connect(streets, shapes, places[row], streets.open_edge[edge])


def _all_candidates(streets: _Streets, shapes: Shapes, places: Ints, rule: AttachmentRule, barriers: Shapes) -> _Candidates:
    """The nearest few streets within the radius, from all points of the fronts; streets met at the same point count once."""
    if not len(places) or not len(streets.open_edge):
        return _connect(streets, shapes, np.empty(0, np.int64), np.empty(0, np.int64))
    row, edge = streets.open_tree.query(shapes[places], predicate="dwithin", distance=rule.radius_m)
    candidates = _connect(streets, shapes, places[row], streets.open_edge[edge], barriers)
    if not len(candidates.place):
        return candidates
    end = np.round(shapely.get_coordinates(shapely.get_point(candidates.connector, -1)), 6)
    new_place = np.r_[True, candidates.place[1:] != candidates.place[:-1]]
    new_point = new_place | np.r_[True, (end[1:] != end[:-1]).any(axis=1)]
    number = np.cumsum(new_point & ~candidates.of_front)
    before = np.maximum.accumulate(np.where(new_place, number - (new_point & ~candidates.of_front), 0))
    return candidates.take(candidates.of_front | (number - before <= rule.candidates))


def _connect(streets: _Streets, shapes: Shapes, place: Ints, edge: Ints, barriers: Shapes | None = None) -> _Candidates:
    """Connectors in the order in which they are tried; with ``barriers`` from all points of the fronts, else from the middle only."""
    connector = shapely.shortest_line(shapes[place], streets.lines[edge])
    exact_m = shapely.length(connector)
    length_m = np.round(exact_m, 6)
    nearest_m = np.full(len(shapes), np.inf)
    np.minimum.at(nearest_m, place, length_m)
    fronts = find_fronts(shapes, streets.lines, place, edge, exact_m)
    tied = np.flatnonzero(length_m <= nearest_m[place] + EVEN_M)
    tied = tied[np.argsort(place[tied], kind="stable")]
    doorways = Doorways(fronts, streets.lines, place[tied], edge[tied])
    if barriers is None:
        added = doorways.from_middle()
        plain = ~np.isin(place, fronts.place)
        place, edge, connector, length_m = place[plain], edge[plain], connector[plain], length_m[plain]
    else:
        added = doorways.from_everywhere(barriers, streets.wall_tree, streets.wall_edge)
    turn = np.r_[np.full(len(place), PLAIN_TURN), added.turn]
    place, edge, length_m = np.r_[place, added.place], np.r_[edge, added.edge], np.r_[length_m, nearest_m[added.place]]
    connector = np.concatenate([connector, added.connector])
    end = np.round(shapely.get_coordinates(shapely.get_point(connector, -1)), 6).reshape(-1, 2)
    order = np.lexsort((edge, streets.in_turn[edge], end[:, 1], end[:, 0], turn, length_m, place))
    return _Candidates(place, edge, connector, turn != PLAIN_TURN).take(order)


def _settle(candidates: _Candidates, streets: _Streets, barriers: Shapes) -> tuple[_Candidates, Mask, Mask]:
    on_island = streets.is_island[candidates.edge]
    blocked = np.zeros(len(candidates.place), dtype=bool)
    testable = np.flatnonzero(candidates.length_m > 2.0 * TOUCH_M)
    inner = _without_ends(candidates.connector[testable])
    if len(barriers) and len(inner):
        blocked[testable[np.unique(shapely.STRtree(barriers).query(inner, predicate="intersects")[0])]] = True
    row, other = streets.wall_tree.query(inner, predicate="intersects") if len(inner) else (np.empty(0, np.int64),) * 2
    row, other = testable[row], streets.wall_edge[other]
    in_the_way = (other != candidates.edge[row]) & (on_island[row] | ~streets.is_island[other])
    blocked[row[in_the_way]] = True
    return candidates, ~blocked, on_island


def _without_ends(connectors: Shapes) -> Shapes:
    ends = shapely.get_coordinates(connectors).reshape(-1, 2, 2)
    step = ends[:, 1] - ends[:, 0]
    step *= (TOUCH_M / np.linalg.norm(step, axis=1))[:, None]
    return shapely.linestrings(np.stack([ends[:, 0] + step, ends[:, 1] - step], axis=1)) if len(ends) else connectors


def _attached(network: WalkNetwork, places: Spatial, shapes: Shapes, chosen: _Choice, resolved_by: Shapes, usable: Ints) -> Attached:
    snapped = chosen.edge >= 0
    edge = chosen.edge[snapped]
    line = network.pieces.geometry[edge]
    line_m = shapely.length(line)
    along_m = shapely.line_locate_point(line, shapely.get_point(chosen.connector[snapped], -1))
    along_m = np.where(along_m < SAME_M, 0.0, np.where(along_m > line_m - SAME_M, line_m, along_m))
    share, offset_m, access_m = np.full((3, len(snapped)), np.nan)
    share[snapped] = np.divide(along_m, line_m, out=np.zeros(len(edge)), where=line_m > 0)
    offset_m[snapped] = share[snapped] * network.pieces.length_m[edge]
    access_m[snapped] = shapely.length(chosen.connector[snapped])
    component = np.where(snapped, network.component[chosen.edge] if network.edge_count else -1, -1)
    reason = np.full(len(snapped), "no_geometry", dtype=object)
    reason[usable] = np.where(chosen.was_blocked[usable], "blocked", "no_street")
    reason[snapped] = ""
    attributes = pd.DataFrame(places.drop(columns=places.geometry.name)) if isinstance(places, gpd.GeoDataFrame) else pd.DataFrame(index=places.index)
    resolved_by[~snapped] = ""
    return Attached(network, places.index, attributes, chosen.edge, share, offset_m, access_m, component, resolved_by, reason, shapes)
