"""A neighbourhood cut out of a network, and the same with a proposed link drawn: to see what a fix would change."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from gis.doctor_rules import Fix, Joint
from gis.network import WalkNetwork
from gis.street_pieces import StreetPieces

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class NetworkPart(WalkNetwork):
    """Some edges of a larger network. What is an island is decided by the whole, so places attach as they do there."""

    whole_component: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64), repr=False)
    whole_length_m: Floats = field(default_factory=lambda: np.empty(0), repr=False)

    @cached_property
    def component(self) -> Ints:
        """Number of the connected part of the whole network."""
        return self.whole_component

    @cached_property
    def component_length_m(self) -> Floats:
        """Metres of street in each connected part of the whole network."""
        return self.whole_length_m


def part_of(network: WalkNetwork, edges: Ints) -> NetworkPart:
    """The network of some edges (numbers in ascending order)."""
    pieces = network.pieces
    nodes, ends = np.unique(pieces.edges[edges], return_inverse=True)
    cut = StreetPieces(
        pieces.xy[nodes], ends.reshape(-1, 2).astype(np.int64), pieces.length_m[edges], pieces.row[edges], pieces.start_m[edges], pieces.geometry[edges]
    )
    return NetworkPart(
        cut,
        network.seconds[edges],
        network.seconds_back[edges],
        _as_streets(cut.geometry, network),
        network.crs,
        network.speed_m_s,
        no_entry=_of(network.no_entry, edges),
        underground=_of(network.underground, edges),
        whole_component=network.component[edges],
        whole_length_m=network.component_length_m,
    )


def with_fix(part: NetworkPart, fix: Fix) -> NetworkPart:
    """The part after the fix: streets cut at the joints and joined by the link, or the dropped edges gone.

    Joints and dropped edges are numbers of the part's own edges.
    """
    if fix.drop:
        return part_of(part, np.setdiff1d(np.arange(part.edge_count), fix.drop))
    return _linked(part, fix, *_cuts(part, fix))


Cut = tuple[int, float, float, int, int]  # edge, from and to as shares of it, node at both


def _cuts(part: NetworkPart, fix: Fix) -> tuple[list[Cut], list[int], list[Floats]]:
    """The pieces of the edges that are cut, the node of each joint, and the places of new nodes."""
    pieces, cuts = part.pieces, []
    places: list[Floats] = []
    node_of: dict[Joint, int] = {}
    for edge in sorted({joint.edge for joint in fix.joints if joint.edge >= 0}):
        u, v = map(int, pieces.edges[edge])
        stops = [(0.0, u)]
        for joint in sorted({joint for joint in fix.joints if joint.edge == edge}, key=lambda joint: joint.share):
            if 0.0 < joint.share < 1.0:
                stops.append((joint.share, len(pieces.xy) + len(places)))
                places.append(_place_on(pieces.geometry[edge], joint.share))
            node_of[joint] = u if joint.share <= 0.0 else v if joint.share >= 1.0 else stops[-1][1]
        cuts += [(edge, start, end, here, there) for (start, here), (end, there) in pairwise([*stops, (1.0, v)])]
    nodes = []
    for joint, end in zip(fix.joints, shapely.get_coordinates(fix.shape)[[0, -1]], strict=True):
        if joint.edge < 0:
            node_of[joint] = len(pieces.xy) + len(places)
            places.append(end)
        nodes.append(node_of[joint])
    return cuts, nodes, places


def _place_on(line: BaseGeometry, share: float) -> Floats:
    return shapely.get_coordinates(shapely.line_interpolate_point(line, share, normalized=True))[0]


def _linked(part: NetworkPart, fix: Fix, cuts: list[Cut], nodes: list[int], places: list[Floats]) -> NetworkPart:
    pieces = part.pieces
    kept = np.setdiff1d(np.arange(part.edge_count), [edge for edge, *_ in cuts])
    source = np.r_[kept, np.array([edge for edge, *_ in cuts], dtype=np.int64)]
    share = np.r_[np.ones(len(kept)), [end - start for _, start, end, *_ in cuts]]
    bits = np.array([substring(pieces.geometry[edge], start, end, normalized=True) for edge, start, end, *_ in cuts], dtype=object)
    link = shapely.linestrings(shapely.get_coordinates(fix.shape)[[0, -1]])
    link_m = float(shapely.length(link))
    whole, lengths = _joined_components(part, [joint.edge for joint in fix.joints if joint.edge >= 0], link_m)
    drawn = StreetPieces(
        np.vstack([pieces.xy, *places]),
        np.vstack([pieces.edges[kept], np.array([[u, v] for *_, u, v in cuts], dtype=np.int64).reshape(-1, 2), [nodes]]),
        np.r_[pieces.length_m[source] * share, link_m],
        np.r_[pieces.row[source], -1],
        np.r_[pieces.start_m[source], 0.0],
        np.r_[pieces.geometry[kept], bits, link],
    )
    seconds = [np.r_[values[source] * share, link_m / part.speed_m_s] for values in (part.seconds, part.seconds_back)]
    no_entry, underground = (None if mask is None else np.r_[mask[source], False] for mask in (part.no_entry, part.underground))
    return replace(
        part,
        pieces=drawn,
        seconds=seconds[0],
        seconds_back=seconds[1],
        streets=_as_streets(drawn.geometry, part),
        no_entry=no_entry,
        underground=underground,
        whole_component=np.r_[whole[source], whole[fix.joints[-1].edge] if fix.joints[-1].edge >= 0 else whole[fix.joints[0].edge]],
        whole_length_m=lengths,
    )


def _joined_components(part: NetworkPart, edges: list[int], link_m: float) -> tuple[Ints, Floats]:
    """Components after the link: those it joins become the longest of them."""
    joined = sorted({int(part.component[edge]) for edge in edges})
    whole, lengths = part.component.copy(), part.component_length_m.copy()
    whole[np.isin(whole, joined)] = joined[0]
    lengths[joined[0]] = lengths[joined].sum() + link_m
    lengths[joined[1:]] = 0.0
    return whole, lengths


def _of(mask: npt.NDArray[np.bool_] | None, edges: Ints) -> npt.NDArray[np.bool_] | None:
    return None if mask is None else mask[edges]


def _as_streets(lines: npt.NDArray[np.object_], network: WalkNetwork) -> gpd.GeoSeries:
    return gpd.GeoSeries(lines, crs=network.crs)
