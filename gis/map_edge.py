"""Where the map ends: beyond that line nobody can say what can be walked to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from contracts.errors import CrsError
from contracts.reference import reference_table
from gis.crs import WGS84, metric_crs
from gis.map_ground import settled_ground

_FAR_TOO_LARGE = 100.0  # times the box of the streets; some programs write the half of the world
_INSIDE_DEG = 1e-4  # about ten metres: a torn end this far inside another map's extent is no end any more


@dataclass(frozen=True, eq=False)
class MapEdge:
    """The extent the streets were taken from, and the ends of streets whose next point is not in the file. Degrees, WGS-84.

    An empty ``extent`` is an unknown one.
    """

    extent: shapely.Geometry
    torn: npt.NDArray[np.float64]  # (n, 2)

    @classmethod
    def unknown(cls) -> Self:
        """Nothing is known of an edge."""
        return cls(shapely.Polygon(), np.empty((0, 2)))

    @classmethod
    def of_file(cls, box: tuple[float, float, float, float] | None, streets: gpd.GeoDataFrame, torn: npt.NDArray[np.float64]) -> Self:
        """The edge of a file that says it covers ``box``.

        Where it says nothing, or something far too large, it ends where streets are no longer many (``gis.map_ground``); a map
        too small for that ends at the box of its streets.
        """
        own = shapely.box(*streets.total_bounds) if len(streets) else shapely.Polygon()
        said = shapely.Polygon() if box is None else shapely.box(*box)
        if 0.0 < said.area <= _FAR_TOO_LARGE * own.area:
            return cls(said, torn)
        ground = settled_ground(streets)
        return cls(own if ground.is_empty else ground, torn)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """What ``as_json`` wrote; nothing gives an unknown edge."""
        if not value:
            return cls.unknown()
        return cls(shapely.from_wkt(value["extent"]), np.array(value["torn"], dtype=float).reshape(-1, 2))

    def as_json(self) -> dict[str, Any]:
        """As a value the store can keep."""
        return {"extent": shapely.to_wkt(self.extent, rounding_precision=7), "torn": self.torn.tolist()}

    def joined(self, other: MapEdge) -> MapEdge:
        """The edge of both maps together: what is torn in one may be whole in the other."""
        extent = shapely.normalize(shapely.union_all([self.extent, other.extent]))
        in_both = self.torn[(self.torn[:, None] == other.torn[None]).all(axis=2).any(axis=1)]
        torn = np.concatenate([_outside(self.torn, other.extent), _outside(other.torn, self.extent), in_both])
        return MapEdge(extent, np.unique(torn, axis=0))

    def exits(self, streets: gpd.GeoDataFrame | gpd.GeoSeries) -> gpd.GeoSeries:
        """Points where the streets leave the map: torn ends, where they cross the border of the extent, and dead ends just inside it.

        How near is near is ``map_edge_m`` of ``attachment_settings.csv``: a street is cut at its last point inside, not at the border.

        Returns
        -------
            Points in WGS-84, numbered; empty where nothing is known.

        Raises
        ------
        CrsError
            The streets have no system.
        """
        if streets.crs is None:
            raise CrsError("The streets have no coordinate reference system. Say which one their coordinates are in.")
        lines = streets.geometry.to_crs(WGS84)
        found = [self.torn]
        if not self.extent.is_empty and len(lines):
            crossing = shapely.intersection(lines.to_numpy()[shapely.intersects(lines.to_numpy(), self.extent.boundary)], self.extent.boundary)
            found += [shapely.get_coordinates(crossing), _ends_near(lines, self.extent.boundary)]
        places = np.unique(np.concatenate(found), axis=0)
        return gpd.GeoSeries(shapely.points(places) if len(places) else [], crs=WGS84)


def _ends_near(lines: gpd.GeoSeries, border: shapely.Geometry) -> npt.NDArray[np.float64]:
    """Dead ends of streets near a border, degrees."""
    ends = np.concatenate([shapely.get_coordinates(shapely.get_point(lines.to_numpy(), place)) for place in (0, -1)])
    vertices, uses = np.unique(shapely.get_coordinates(lines.to_numpy()), axis=0, return_counts=True)
    busy = {tuple(place) for place in vertices[uses > 1].tolist()}
    dead = np.array([place for place in ends.tolist() if tuple(place) not in busy]).reshape(-1, 2)
    if not len(dead):
        return dead
    metric = metric_crs(lines)
    near_m = float(reference_table("attachment_settings").set_index("name")["value"]["map_edge_m"])
    away_m = gpd.GeoSeries(shapely.points(dead), crs=WGS84).to_crs(metric).distance(gpd.GeoSeries([border], crs=WGS84).to_crs(metric).iloc[0])
    return dead[away_m.to_numpy() <= near_m]


def _outside(points: npt.NDArray[np.float64], extent: shapely.Geometry) -> npt.NDArray[np.float64]:
    if extent.is_empty or not len(points):
        return points
    return points[~shapely.contains_xy(extent.buffer(-_INSIDE_DEG), points)]
