"""The walking network: where one can walk, how long each stretch is and how many seconds it takes in each direction."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from contracts.errors import CrsError, GeometryError, InputError
from gis.arcs import Arcs, build_arcs
from gis.attachment import ATTACHMENT, AttachmentRule, attach_places
from gis.checks import Spatial, require_crs, require_finite, require_nonnegative, require_unique_index
from gis.crossings import road_delays, with_waiting
from gis.crs import metric_crs
from gis.profiles import ADULT, CHILD, OLDER, PRAM, WHEELCHAIR, WalkerProfile
from gis.street_pieces import StreetPieces, split_streets
from gis.street_rules import has_effect, pace_factors

if TYPE_CHECKING:
    from gis.attachment import Attached

__all__ = ["ADULT", "CHILD", "OLDER", "PRAM", "WHEELCHAIR", "WalkNetwork", "WalkerProfile", "build_network"]

Floats = npt.NDArray[np.float64]

LONGEST_S = 1e307  # of all edges together: a search adds a few such sums, and they must stay below the largest number


@dataclass(frozen=True, eq=False)
class WalkNetwork:
    """Streets as a graph, measured in metres. Made by ``build_network`` or ``from_arrays``; never changed.

    Every edge is a stretch of one street row, drawn from its first node to its second. ``seconds`` is the time along it,
    ``seconds_back`` against it, ``inf`` where this walker may not go.
    """

    pieces: StreetPieces
    seconds: Floats
    seconds_back: Floats
    streets: gpd.GeoSeries = field(repr=False)  # the caller's lines, index and system
    crs: CRS = field(repr=False)  # metric system of ``pieces``
    speed_m_s: float = ADULT.speed_m_s
    no_entry: npt.NDArray[np.bool_] | None = field(default=None, repr=False)  # (m,) nothing attaches here
    underground: npt.NDArray[np.bool_] | None = field(default=None, repr=False)  # (m,) nothing attaches here and it is in nobody's way
    waiting: npt.NDArray[np.bool_] | None = field(default=None, repr=False)  # (m,) no stretch of street but the wait at a junction; no length
    road_delay_s: Floats | None = field(default=None, repr=False)  # (m,) what crossing each street costs, where waits count

    @classmethod
    def from_arrays(
        cls,
        xy: npt.ArrayLike,
        edges: npt.ArrayLike,
        length_m: npt.ArrayLike,
        *,
        crs: Any,
        seconds: npt.ArrayLike | None = None,
        seconds_back: npt.ArrayLike | None = None,
        profile: WalkerProfile = ADULT,
    ) -> Self:
        """A network from a plain graph with straight edges.

        Parameters
        ----------
        xy
            Places of the nodes, shape (n, 2), in ``crs``.
        edges
            Numbers of the nodes at both ends, shape (m, 2).
        length_m
            Length of each edge in metres, shape (m,); may differ from the straight line.
        crs
            System of ``xy``, anything pyproj understands.
        seconds, seconds_back
            Time along and against each edge, shape (m,), ``inf`` = closed. By default the profile's speed; ``seconds_back``
            follows ``seconds``.
        profile
            Walker whose speed counts on the way between a door and the street.

        Raises
        ------
        CrsError
            No system.
        InputError
            Shapes that do not fit, node numbers that do not exist, lengths or times missing, negative or beyond all measure.
        """
        if crs is None:
            raise CrsError("The network has no coordinate reference system. Say which one its coordinates are in, for example crs='EPSG:4326'.")
        places, ends = _checked_graph(xy, edges)
        lengths = _checked_column("length_m", length_m, len(ends))
        require_finite("length_m", lengths)
        along = lengths / profile.speed_m_s if seconds is None else _checked_column("seconds", seconds, len(ends))
        back = along if seconds_back is None else _checked_column("seconds_back", seconds_back, len(ends))
        _require_walkable("seconds", along)
        _require_walkable("seconds_back", back)
        nodes = gpd.GeoSeries(shapely.points(places), crs=crs)
        metric = metric_crs(nodes)
        metric_xy = shapely.get_coordinates(nodes.to_crs(metric).to_numpy())
        pieces = StreetPieces(metric_xy, ends, lengths, np.arange(len(ends)), np.zeros(len(ends)), _straight_lines(metric_xy, ends))
        return cls(pieces, along, back, gpd.GeoSeries(_straight_lines(places, ends), crs=crs), metric, profile.speed_m_s)

    def attach(self, points: Spatial, *, barriers: Spatial | None = None, gates: Spatial | None = None, rule: AttachmentRule = ATTACHMENT) -> Attached:
        """Join places to the nearest street each can really be reached from; see ``gis.attachment``.

        Parameters
        ----------
        points
            Doors or facilities: points, or polygons whose walls count. Any CRS.
        barriers
            Lines or areas no connector may cross. With a column ``kind``, roads among them do not block.
        gates
            Points where a barrier can be passed.
        rule
            Radius, number of candidates and what counts as an island.

        Raises
        ------
        CrsError, GeometryError
            A frame has no system; a place is a line.
        """
        return attach_places(self, points, barriers=barriers, gates=gates, rule=rule)

    @property
    def edge_count(self) -> int:
        return len(self.pieces.edges)

    @cached_property
    def fastest_m_s(self) -> float:
        """No walk gets on faster than this: the pace on the level, or that of the quickest street where slopes make one quicker."""
        seconds = np.fmin(self.seconds, self.seconds_back)
        timed = np.isfinite(seconds) & (self.pieces.length_m > 0.0)
        with np.errstate(divide="ignore"):
            return float(max(self.speed_m_s, np.max(self.pieces.length_m[timed] / seconds[timed], initial=0.0)))

    @cached_property
    def street_length_m(self) -> Floats:
        """Metres of each of the caller's streets."""
        return np.bincount(self.pieces.row, weights=self.pieces.length_m, minlength=len(self.streets)).astype(float)

    @cached_property
    def towards(self) -> Arcs:
        """The graph turned round: a search from facilities finds how long residents walk *to* them."""
        return build_arcs(self.pieces.xy, self.pieces.edges, self.seconds_back, self.seconds)

    @cached_property
    def outward(self) -> Arcs:
        """The graph as one walks it: a search from a door finds how long it takes to get anywhere."""
        return build_arcs(self.pieces.xy, self.pieces.edges, self.seconds, self.seconds_back)

    @cached_property
    def is_walkable(self) -> npt.NDArray[np.bool_]:
        """Edges this walker may use in at least one direction."""
        return np.isfinite(self.seconds) | np.isfinite(self.seconds_back)

    @cached_property
    def can_attach(self) -> npt.NDArray[np.bool_]:
        """Edges a door can open onto."""
        closed = [mask for mask in (self.no_entry, self.underground) if mask is not None]
        return self.is_walkable & ~np.logical_or.reduce(closed) if closed else self.is_walkable

    @cached_property
    def component(self) -> npt.NDArray[np.int64]:
        """Number of the connected part each edge belongs to, the longest first; direction does not count, -1 = not walkable."""
        edges, count = self.pieces.edges[self.is_walkable], len(self.pieces.xy)
        graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(count, count))
        of_node = connected_components(graph, directed=False)[1] if count else np.empty(0, dtype=np.int64)
        label = np.full(self.edge_count, -1, dtype=np.int64)
        label[self.is_walkable] = of_node[edges[:, 0]]
        return _longest_first(label, self.pieces.length_m)

    @cached_property
    def component_length_m(self) -> Floats:
        """Metres of street in each connected part."""
        inside = self.component >= 0
        return np.bincount(self.component[inside], weights=self.pieces.length_m[inside]).astype(float)


def build_network(
    streets: gpd.GeoDataFrame | gpd.GeoSeries, *, profile: WalkerProfile = ADULT, crossing_delays: bool = False, slopes: bool = False
) -> WalkNetwork:
    """The network of a street frame for one kind of walker.

    Parameters
    ----------
    streets
        Lines in any CRS. With columns ``u`` and ``v`` these name the nodes; otherwise lines are joined where they share a
        vertex (not where they merely cross). Optional columns: ``length_m`` (else measured), ``highway``, ``tunnel``,
        ``covered``, ``oneway_foot`` (seen along the line), and those ``street_rules.csv`` names.
    profile
        Who walks.
    crossing_delays
        Count the wait where a larger road is crossed (``crossing_delays.csv``, ``gis.crossings``).
    slopes
        Count grades: column ``grade``, else ``incline`` (``gis.slopes``).

    Raises
    ------
    CrsError, GeometryError, InputError
        No system, a street that is no line, keys that repeat, lengths missing or negative, an unknown direction.
    """
    if isinstance(streets, gpd.GeoSeries):
        streets = gpd.GeoDataFrame(geometry=streets)
    if not isinstance(streets, gpd.GeoDataFrame):
        raise GeometryError("Streets must come as a GeoDataFrame of lines, not as {kind}.", kind=type(streets).__name__)
    require_crs(streets, "streets")
    require_unique_index(streets, "streets")
    metric = metric_crs(streets)
    pieces = split_streets(streets.set_geometry(streets.geometry.to_crs(metric)))
    tags = pd.DataFrame(streets.drop(columns=streets.geometry.name))
    along, back = (_seconds(pieces, factor, profile) for factor in pace_factors(tags, profile, slopes=slopes))
    waiting_s, road_s = np.empty(0), None
    if crossing_delays:
        pieces, waiting_s = with_waiting(pieces, tags, np.isfinite(along) | np.isfinite(back))
        road_s = road_delays(tags)[pieces.row]
    waiting = np.arange(len(pieces.edges)) >= len(along)
    return WalkNetwork(
        pieces,
        np.concatenate([along, waiting_s]),
        np.concatenate([back, waiting_s]),
        streets.geometry,
        metric,
        profile.speed_m_s,
        has_effect(tags, "no_entry")[pieces.row],
        has_effect(tags, "underground")[pieces.row] | waiting,
        waiting,
        road_s,
    )


def _seconds(pieces: StreetPieces, factor: Floats, profile: WalkerProfile) -> Floats:
    """Time along each piece at a walker's speed; ``inf`` where the street's factor is."""
    factor = factor[pieces.row]
    with np.errstate(invalid="ignore"):
        return np.where(np.isinf(factor), np.inf, pieces.length_m / profile.speed_m_s * factor)


def _straight_lines(xy: Floats, edges: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    return shapely.linestrings(xy[edges]) if len(edges) else np.empty(0, dtype=object)


def _checked_graph(xy: npt.ArrayLike, edges: npt.ArrayLike) -> tuple[Floats, npt.NDArray[np.int64]]:
    require_finite("xy", xy)
    require_finite("edges", edges)
    places = np.asarray(xy, dtype=float).reshape(-1, 2) if np.size(xy) == 0 else np.asarray(xy, dtype=float)
    ends = np.asarray(edges).reshape(-1, 2) if np.size(edges) == 0 else np.asarray(edges)
    for name, array in (("xy", places), ("edges", ends)):
        if array.ndim != 2 or array.shape[1] != 2:
            raise InputError("{name} must have two columns; its shape is {shape}.", name=name, shape=array.shape)
    numbers = ends.astype(np.int64)
    wrong = (numbers != ends).any(axis=1) | (numbers < 0).any(axis=1) | (numbers >= len(places)).any(axis=1)
    if wrong.any():
        raise InputError(
            "Edge {row} joins nodes {nodes}, but there are only nodes 0 to {last}.",
            row=int(np.argmax(wrong)),
            nodes=ends[wrong][0].tolist(),
            last=len(places) - 1,
        )
    return places, numbers


def _checked_column(name: str, values: npt.ArrayLike, count: int) -> Floats:
    require_nonnegative(name, values)
    column = np.asarray(values, dtype=float)
    if column.shape != (count,):
        raise InputError("{name} must have one value per edge ({count}); its shape is {shape}.", name=name, count=count, shape=column.shape)
    return column


def _require_walkable(name: str, seconds: Floats) -> None:
    """Sums of all times must stay numbers."""
    open_s = np.where(np.isfinite(seconds), seconds, 0.0)
    if open_s.sum() > LONGEST_S:
        row = int(np.argmax(open_s))
        raise InputError("{name} of edge {row} is {value}; no walk takes that long. Write inf where the edge is closed.", name=name, row=row, value=open_s[row])


def _longest_first(label: npt.NDArray[np.int64], length_m: Floats) -> npt.NDArray[np.int64]:
    """Labels renumbered by total length, longest first, so that they do not depend on the order of the input (ties: first edge)."""
    inside = label >= 0
    if not inside.any():
        return label
    total_m = np.bincount(label[inside], weights=length_m[inside])
    present = np.flatnonzero(np.bincount(label[inside]))
    order = present[np.argsort(-total_m[present], kind="stable")]
    rank = np.full(len(total_m), -1, dtype=np.int64)
    rank[order] = np.arange(len(order))
    return np.where(inside, rank[label], -1)
