"""Squares and pedestrian areas: crossed straight between their ways in, where one can see from one to the other.

The edge of a plaza stays a street as well (doors open onto it). Where the map draws the edge as a mere outline, it becomes
one. More ways in than ``plaza_most_entrances`` (``osm_estimates.csv``) are too many to link: such a plaza is walked along its edge.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from contracts.columns import HIGHWAY, KEY, LENGTH_M, SOURCE, U, V
from gis.crs import WGS84, geodesic_length_m
from gis.osm_rules import estimate, is_plaza
from gis.osm_scan import Scan, Tags
from gis.osm_streets import street_tags

Point = tuple[float, float]
LINK_HIGHWAY = "footway"  # no line on the ground: nothing a border could follow


@dataclass(frozen=True)
class Plaza:
    """One polygon of a pedestrian area; ``key`` is the map's (``w<way>`` or ``r<relation>``), several may share it."""

    key: str
    shape: shapely.Polygon
    tags: Tags

    @property
    def rings(self) -> list[list[Point]]:
        """Corners of the outer edge and of every hole, the last one the first again."""
        return [[(x, y) for x, y in ring.coords] for ring in (self.shape.exterior, *self.shape.interiors)]


@dataclass(frozen=True)
class _Link:
    plaza: Plaza
    start: int
    end: int
    path: list[Point]


def find_plazas(scan: Scan, shapes: gpd.GeoSeries) -> list[Plaza]:
    """The plazas among the areas of a file; ``shapes`` is what ``area_shapes`` made of them."""
    chosen = [i for i, tags in enumerate(scan.area_tags) if is_plaza(tags, is_relation=scan.area_keys[i].startswith("r"))]
    plazas = [Plaza(scan.area_keys[i], part, scan.area_tags[i]) for i in chosen for part in shapely.get_parts(shapes.iloc[i])]
    return sorted((plaza for plaza in plazas if plaza.shape.geom_type == "Polygon"), key=lambda plaza: (plaza.key, plaza.shape.wkb))


def plaza_corners(plazas: list[Plaza]) -> npt.NDArray[np.float64]:
    """Corners of all plazas, shape (n, 2)."""
    return shapely.get_coordinates([plaza.shape for plaza in plazas]).reshape(-1, 2)


def link_plazas(plazas: list[Plaza], streets: gpd.GeoDataFrame, obstacles: npt.NDArray[np.object_]) -> gpd.GeoDataFrame:
    """Streets across plazas and along edges that are no streets yet, with the columns of ``streets``.

    Parameters
    ----------
    plazas
        See ``find_plazas``.
    streets
        What ``cut_streets`` gave: a way in is a corner of a plaza where a street of another way begins or ends.
    obstacles
        Buildings, walls, water in degrees: no link runs through one.

    Returns
    -------
        Rows under ``w<way>:x<n>`` or ``r<relation>:x<n>``, sorted.
    """
    tree = shapely.STRtree(streets.geometry.to_numpy())
    links = [link for plaza in plazas for link in _links_of(plaza, streets, tree)]
    paths: npt.NDArray[np.object_] = np.array([shapely.LineString(link.path) for link in links], dtype=object)
    free = ~_is_blocked(paths, obstacles)
    links, paths = [link for link, good in zip(links, free, strict=True) if good], paths[free]
    if not links:
        return streets.iloc[:0]
    table = street_tags([link.plaza.tags for link in links])
    table[HIGHWAY], table[SOURCE] = LINK_HIGHWAY, "osm"
    table[U], table[V] = [link.start for link in links], [link.end for link in links]
    table[LENGTH_M] = geodesic_length_m(paths)
    keys = pd.Series([link.plaza.key for link in links])
    number = keys.groupby(keys).cumcount()
    table.index = pd.Index((keys + ":x" + number.astype(str)).to_numpy(), name=KEY, dtype="str")
    return gpd.GeoDataFrame(table, geometry=paths, crs=WGS84).reindex(columns=streets.columns, fill_value="").sort_index()


def _links_of(plaza: Plaza, streets: gpd.GeoDataFrame, tree: shapely.STRtree) -> Iterator[_Link]:
    near = streets.iloc[np.sort(tree.query(plaza.shape, predicate="intersects"))]
    lines = [[(x, y) for x, y in line.coords] for line in near.geometry]
    is_own = near.index.str.startswith(f"{plaza.key}:")
    corners = {corner for ring in plaza.rings for corner in ring}
    ways_in: dict[Point, int] = {}
    for line, own, start, end in zip(lines, is_own, near[U], near[V], strict=True):
        if not own:
            ways_in |= {place: int(node) for place, node in ((line[0], start), (line[-1], end)) if place in corners}
    walked = {frozenset(step) for line in lines for step in pairwise(line)}
    for ring in plaza.rings:
        yield from _arcs_of(plaza, ring, ways_in, walked)
    if len(ways_in) <= estimate("plaza_most_entrances"):
        yield from _sights_of(plaza, ways_in)


def _arcs_of(plaza: Plaza, ring: list[Point], ways_in: dict[Point, int], walked: set[frozenset[Point]]) -> Iterator[_Link]:
    """The edge from one way in to the next, where it is no street already."""
    stops = [number for number, corner in enumerate(ring[:-1]) if corner in ways_in]
    if not stops:
        return
    turned = ring[stops[0] : -1] + ring[: stops[0] + 1]
    cuts = [number - stops[0] for number in stops] + [len(turned) - 1]
    for first, last in pairwise(cuts):
        path = turned[first : last + 1]
        if not all(frozenset(step) in walked for step in pairwise(path)):
            yield _Link(plaza, ways_in[path[0]], ways_in[path[-1]], path)


def _sights_of(plaza: Plaza, ways_in: dict[Point, int]) -> Iterator[_Link]:
    """Straight lines between ways in that stay on the plaza and are more than its edge."""
    pairs = [(a, b) for a, b in combinations(sorted(ways_in), 2) if ways_in[a] != ways_in[b]]
    if not pairs:
        return
    sights = shapely.linestrings(np.array(pairs))
    inside = shapely.covers(plaza.shape, sights) & ~shapely.covers(plaza.shape.boundary, sights)
    yield from (_Link(plaza, ways_in[a], ways_in[b], [a, b]) for (a, b), good in zip(pairs, inside, strict=True) if good)


def _is_blocked(paths: npt.NDArray[np.object_], obstacles: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Paths that run through an obstacle; touching one (a door in its wall) is no harm."""
    blocked = np.zeros(len(paths), dtype=bool)
    if len(paths) and len(obstacles):
        path, obstacle = shapely.STRtree(obstacles).query(paths, predicate="intersects")
        blocked[path[~shapely.touches(paths[path], obstacles[obstacle])]] = True
    return blocked
