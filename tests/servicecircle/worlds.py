"""Small worlds for the walking tests, and walking times by other people's shortest paths."""

from __future__ import annotations

import itertools

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from gis.network import WalkNetwork, build_network

CRS = 32650
ORIGIN = np.array([500_000.0, 4_400_000.0])


def points(*xy, crs=CRS, **columns):
    """A frame of points given as metres from the origin of the small worlds."""
    places = np.array(xy, dtype=float).reshape(-1, 2) + ORIGIN
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(*places.T), crs=crs)


def lines(*paths, **columns):
    """A frame of lines, each a list of corners in metres from the origin."""
    return gpd.GeoDataFrame(columns, geometry=[shapely.LineString(np.array(path, dtype=float) + ORIGIN) for path in paths], crs=CRS)


def facilities(*xy, category="clinic"):
    return points(*xy, category=[category] * len(xy))


def random_streets(rng: np.random.Generator, nodes: int = 9, *, one_way: bool = True) -> gpd.GeoDataFrame:
    """A connected-or-not tangle with bends, parallel streets, loops, a street of no length and one-way streets."""
    place = rng.uniform(0, 150, (nodes, 2)) + ORIGIN
    ends = [tuple(rng.integers(0, nodes, 2)) for _ in range(int(nodes * 1.4))]
    ends += [*ends[:2], (0, 0), (1, 2)]
    bends = rng.normal(0, 15, (len(ends), 2, 2))
    shapes = [
        shapely.LineString([place[u], *(bend[: 1 + (u == v)] + (place[u] + place[v]) / 2), place[v]])  # a loop goes round, not there and back
        for (u, v), bend in zip(ends, bends, strict=True)
    ]
    shapes.append(shapely.LineString([place[3], place[3]]))
    ends.append((3, 3))
    length_m = shapely.length(shapes) * rng.choice([1.0, 1.0, 1.3], len(shapes))
    directions = rng.choice(["no", "no", "no", "yes", "-1"], len(shapes)) if one_way else "no"
    u, v = np.array(ends).T
    return gpd.GeoDataFrame({"u": u, "v": v, "length_m": length_m, "oneway_foot": directions}, geometry=shapes, crs=CRS)


def random_places(rng: np.random.Generator, streets: gpd.GeoDataFrame, count: int) -> gpd.GeoDataFrame:
    """Places on streets, at corners, and a little beside."""
    line = streets.geometry.to_numpy()[rng.integers(0, len(streets), count)]
    spot = shapely.get_coordinates(shapely.line_interpolate_point(line, rng.choice([0.0, 1.0, *rng.uniform(0, 1, 8)], count), normalized=True))
    spot = spot + rng.choice([0.0, 1.0], count)[:, None] * rng.normal(0, 4, (count, 2))
    return gpd.GeoDataFrame({"category": rng.choice(["clinic", "market"], count)}, geometry=gpd.points_from_xy(*spot.T), crs=CRS)


def random_world(seed: int, *, one_way: bool = True):
    """Network, facilities, doors."""
    rng = np.random.default_rng(seed)
    streets = random_streets(rng, one_way=one_way)
    return build_network(streets), random_places(rng, streets, 5), random_places(rng, streets, 15)


def walk_by_cutting(network: WalkNetwork, start, end) -> np.ndarray:
    """Seconds from each start to each end (both attached), with networkx on a graph cut open at every place."""
    graph = nx.DiGraph()

    def join(a, b, seconds):
        if np.isfinite(seconds) and seconds < graph.get_edge_data(a, b, {"s": np.inf})["s"]:
            graph.add_edge(a, b, s=seconds)

    stops: dict[int, list] = {edge: [] for edge in range(network.edge_count)}
    for name, places in (("start", start), ("end", end)):
        for row in np.flatnonzero(places.is_snapped):
            stops[places.edge[row]].append((places.share[row], (name, row)))
            access_s = places.access_m[row] / network.speed_m_s
            join((name, row, "home"), (name, row), access_s)
            join((name, row), (name, row, "home"), access_s)
    for edge, (u, v) in enumerate(network.pieces.edges):
        chain = [(0.0, ("node", u)), *sorted(stops[edge]), (1.0, ("node", v))]
        for (share, a), (next_share, b) in itertools.pairwise(chain):
            step = next_share - share
            join(a, b, step * network.seconds[edge] if step else 0.0)
            join(b, a, step * network.seconds_back[edge] if step else 0.0)
    seconds = np.full((len(start), len(end)), np.inf)
    for row in np.flatnonzero(start.is_snapped):
        reached = nx.single_source_dijkstra_path_length(graph, ("start", row, "home"), weight="s")
        seconds[row] = [reached.get(("end", column, "home"), np.inf) for column in range(len(end))]
    return seconds


def walk_by_densifying(network: WalkNetwork, start, end, step_m: float = 0.5) -> np.ndarray:
    """Seconds from each start to each end with a node at least every ``step_m`` and places moved to the nearest of them."""
    heads, tails, cost, bead = [], [], [], {}
    count = len(network.pieces.xy)
    for edge, (u, v) in enumerate(network.pieces.edges):
        parts = max(int(np.ceil(network.pieces.length_m[edge] / step_m)), 1)
        chain = np.r_[u, np.arange(count, count + parts - 1), v]
        count += parts - 1
        bead[edge] = chain
        for ahead, a, b in ((network.seconds[edge], chain[:-1], chain[1:]), (network.seconds_back[edge], chain[1:], chain[:-1])):
            if np.isfinite(ahead):
                tails.append(a), heads.append(b), cost.append(np.full(parts, max(ahead / parts, 1e-12)))
    order = np.argsort(np.concatenate(cost), kind="stable")
    tail, head, seconds = (np.concatenate(part)[order] for part in (tails, heads, cost))
    first = np.unique(tail * count + head, return_index=True)[1]
    graph = csr_array((seconds[first], (tail[first], head[first])), shape=(count, count))

    def nearest(places):
        return np.array([bead[edge][round(share * (len(bead[edge]) - 1))] for edge, share in zip(places.edge, places.share, strict=True)])

    between = dijkstra(graph, indices=nearest(start))[:, nearest(end)]
    return between + start.access_s[:, None] + end.access_s[None, :]
