"""The very walk behind a time: from a door along which streets to which facility, leg by leg.

The search tells how long it takes from everywhere; the walk is read off it backwards. An arc belongs to a shortest walk where
its seconds and the time at its far end add up to the time at its near end, to the last bit, because that is how the search
got the time. So the seconds of a walk are the seconds ``nearest_walk`` reports, not a second opinion.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from contracts.errors import NotFoundError
from gis.attachment import Attached
from gis.network import WalkNetwork
from servicecircle.flat import Graph, Stops, Workspace, bounds_of, graph_of, new_workspace
from servicecircle.legs import METRES, Stretch, legs_of
from servicecircle.search import between_s, part_s, spread, without_noise
from servicecircle.stops import Places, attached_to, rank_by_key, require_limit, stops_of


@dataclass(frozen=True, eq=False)
class Walk:
    """One walk from a door to a facility.

    ``legs`` has one row per leg in the order they are walked: ``kind`` (a word of ``LEG_KINDS``), ``street`` (key of the street, missing
    between street and place), ``from_m`` and ``to_m`` along it (falling where one walks against its drawn direction),
    ``metres``, ``seconds`` and ``geometry`` in the system of the streets.
    """

    door: object
    facility: object
    seconds: float
    legs: gpd.GeoDataFrame

    @property
    def metres(self) -> float:
        """Metres of all legs together."""
        return float(self.legs[METRES].sum())

    @property
    def path(self) -> shapely.LineString:
        """The whole walk as one line, in the system of the streets."""
        xy = shapely.get_coordinates(self.legs.geometry.to_numpy())
        moved = np.r_[True, (xy[1:] != xy[:-1]).any(axis=1)]
        return shapely.LineString(xy[moved] if moved.sum() > 1 else xy)


def trace_walk(
    network: WalkNetwork, facilities: Places, doors: Places, door_key: object, *, facility_key: object | None = None, limit_s: float = math.inf
) -> Walk | None:
    """The walk from a door to its nearest facility, or to the one named; ``None`` where there is none within the limit.

    Of facilities equally near the one whose key sorts first is taken, of equal ways the one by the first node along the curve
    of ``gis.arcs``: the walk does not depend on the order of rows.

    Parameters
    ----------
    network
        Where and how fast one walks.
    facilities
        Points or polygons, or what ``network.attach`` gave for them; one category, or any mixture.
    doors
        Where residents start, likewise.
    door_key, facility_key
        Keys in the index of ``doors`` and of ``facilities``.
    limit_s
        Longest walk looked for.

    Raises
    ------
    NotFoundError
        There is no such door or facility.
    CrsError, GeometryError, InputError
        See ``WalkNetwork.attach`` and ``require_limit``.
    """
    require_limit(limit_s)
    served, homes = attached_to(network, facilities), attached_to(network, doors)
    door = row_of(homes, door_key)
    rows = np.arange(len(served)) if facility_key is None else np.array([row_of(served, facility_key)])
    sources = stops_of(served, rows, rank_by_key(served.index))
    if homes.edge[door] < 0 or not len(sources.edge):
        return None
    return _Tracer(network, sources, served, homes, door, limit_s).walk()


def row_of(places: Attached, key: object) -> int:
    """Position of a place by its key.

    Raises
    ------
    NotFoundError
        It is not among them.
    """
    row = places.index.get_indexer(pd.Index([key]))[0]
    if row < 0:
        raise NotFoundError("There is no place with the key {key} among those that were attached.", key=key)
    return int(row)


class _Tracer:
    """One search from the facilities, and the walk from one door read off it."""

    def __init__(self, network: WalkNetwork, sources: Stops, served: Attached, homes: Attached, door: int, limit_s: float) -> None:
        self.network, self.served, self.homes, self.door, self.sources = network, served, homes, door, sources
        self.graph: Graph = graph_of(network.towards)
        self.out = network.outward
        self.space: Workspace = new_workspace(network.towards)
        self.bounds = bounds_of(network.towards, limit_s, sources.access_s)
        spread(self.graph, sources, self.bounds, self.space)
        rank = rank_by_key(served.index)
        self.facility_row = np.empty(len(served), dtype=np.int64)
        self.facility_row[rank] = np.arange(len(served))
        self.edge, self.share = int(homes.edge[door]), float(homes.share[door])

    def walk(self) -> Walk | None:
        """The walk, if it is within the limit."""
        seconds, node, source = self._first_step()
        seconds += self.homes.access_s[self.door]
        if not seconds <= self.bounds.reach_s or math.isinf(seconds):
            return None
        if source >= 0:
            stretches = [self._stretch(self.edge, self.share, float(self.sources.share[source]))]
        else:
            stretches, source = self._from_node(node)
        facility = int(self.facility_row[self.sources.rank[source]])
        legs = legs_of(self.network, self.homes, self.door, stretches, self.served, facility)
        return Walk(self.homes.index[self.door], self.served.index[facility], without_noise(seconds, self.bounds), legs)

    def _first_step(self) -> tuple[float, int, int]:
        """Least seconds from where the door meets its street; by which node, or straight along the street to which source."""
        graph, space, edge, share = self.graph, self.space, self.edge, self.share
        tail, head = int(graph.tail[edge]), int(graph.head[edge])
        ways = [
            (float(space.time_s[tail]) + part_s(share, graph.down_s[edge]), int(space.owner[tail]), 0, tail, -1),
            (float(space.time_s[head]) + part_s(1.0 - share, graph.up_s[edge]), int(space.owner[head]), 1, head, -1),
        ]
        for source in np.flatnonzero(self.sources.edge == edge).tolist():
            way_s = self.sources.access_s[source] + between_s(graph, edge, self.sources.share[source], share)
            ways.append((float(way_s), int(self.sources.rank[source]), 2, -1, source))
        seconds, _owner, _order, node, source = min(ways)
        return seconds, node, source

    def _from_node(self, node: int) -> tuple[list[Stretch], int]:
        """Stretches from the door by its first node to a facility, and which source it is.

        Arcs of no cost can lead in circles or into a blind alley, hence a search that never enters a node twice.
        """
        came: dict[int, tuple[int, int]] = {node: (-1, -1)}
        stack = [node]
        while stack:
            here = stack.pop()
            source = self._source_at(here)
            if source >= 0:
                return [self._to_node(node), *self._along(came, here), self._into_source(here, source)], source
            for other, edge in reversed(self._next(here)):
                if other not in came:
                    came[other] = (here, edge)
                    stack.append(other)
        raise ArithmeticError("a time was found that no walk explains")

    def _next(self, here: int) -> list[tuple[int, int]]:
        """Nodes and edges by which a shortest walk goes on, sorted by node, parallel streets by key."""
        arcs = slice(self.out.first[here], self.out.first[here + 1])
        time_s, owner = self.space.time_s, self.space.owner
        other, edge = self.out.neighbour[arcs], self.out.edge[arcs]
        tight = (time_s[other] + self.out.cost_s[arcs] == time_s[here]) & (owner[other] == owner[here])
        keys, row = self.network.streets.index, self.network.pieces.row
        return sorted(zip(other[tight].tolist(), edge[tight].tolist(), strict=True), key=lambda way: (way[0], str(keys[row[way[1]]]), way[1]))

    def _source_at(self, here: int) -> int:
        """The source whose own edge ends at this node and gave it its time, -1 = none."""
        graph, sources = self.graph, self.sources
        for source in np.flatnonzero(sources.rank == self.space.owner[here]):
            edge, share, access_s = sources.edge[source], sources.share[source], sources.access_s[source]
            for end, way_s in ((graph.tail[edge], part_s(share, graph.up_s[edge])), (graph.head[edge], part_s(1.0 - share, graph.down_s[edge]))):
                if end == here and access_s + way_s == self.space.time_s[here]:
                    return int(source)
        return -1

    def _along(self, came: dict[int, tuple[int, int]], here: int) -> list[Stretch]:
        stretches = []
        while came[here][0] >= 0:
            before, edge = came[here]
            forward = self.graph.head[edge] == here
            stretches.append(self._stretch(edge, 0.0, 1.0) if forward else self._stretch(edge, 1.0, 0.0))
            here = before
        return stretches[::-1]

    def _to_node(self, node: int) -> Stretch:
        end = self._end_at(self.edge, node, self.share, leaving=True)
        return self._stretch(self.edge, self.share, end)

    def _into_source(self, node: int, source: int) -> Stretch:
        edge, share = int(self.sources.edge[source]), float(self.sources.share[source])
        return self._stretch(edge, self._end_at(edge, node, share, leaving=False), share)

    def _end_at(self, edge: int, node: int, share: float, *, leaving: bool) -> float:
        """Which end of an edge the node is; of a loop the end with the quicker way."""
        tail, head = self.graph.tail[edge], self.graph.head[edge]
        if tail != head:
            return 0.0 if node == tail else 1.0
        back, on = (self.graph.down_s[edge], self.graph.up_s[edge]) if leaving else (self.graph.up_s[edge], self.graph.down_s[edge])
        return 0.0 if part_s(share, back) <= part_s(1.0 - share, on) else 1.0

    def _stretch(self, edge: int, start: float, end: float) -> Stretch:
        along, back = self.network.seconds[edge], self.network.seconds_back[edge]
        return Stretch(edge, start, end, part_s(end - start, along) if end >= start else part_s(start - end, back))
