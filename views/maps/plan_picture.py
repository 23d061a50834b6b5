"""A plan as a small drawing for a card: outlines in colour over streets and barriers, as SVG text."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from contracts.columns import KIND
from gis.crs import metric_crs
from views.maps.edit_map import HATCH, hatch_pattern
from views.maps.palette import LIGHT, grid_colour

WIDTH, HEIGHT = 320, 220
_MARGIN = 6
_HATCHED = f"url(#{HATCH})"
_BARRIERS = frozenset({"river", "rail", "expressway", "wall"})


@dataclass(frozen=True)
class _Paper:
    """Metres to points of the drawing: north up, in the middle."""

    west: float
    north: float
    scale: float
    left: float
    top: float

    def path(self, shape: BaseGeometry) -> str:
        """The outlines of a shape as path data."""
        parts = shapely.get_parts(shape)
        rings = shapely.get_rings(parts) if shapely.get_dimensions(shape) == 2 else parts
        return "".join(self._ring(shapely.get_coordinates(ring)) for ring in rings)

    def _ring(self, xy: npt.NDArray[np.float64]) -> str:
        points = np.column_stack([self.left + self.scale * (xy[:, 0] - self.west), self.top + self.scale * (self.north - xy[:, 1])])
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def plan_picture(grids: gpd.GeoSeries, lines: gpd.GeoDataFrame | None = None, *, dedicated: Collection[str] = ()) -> str:
    """SVG of grids (index = code) over the lines of the community; the colours are those of the map, ``dedicated`` ones are hatched.

    A plan without grids gives an empty picture.
    """
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
    head += f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{LIGHT.ground}"/>'
    if not len(grids) or grids.is_empty.all():
        return f"{head}</svg>"
    crs = metric_crs(grids)
    shapes = grids.to_crs(crs)
    paper = _paper(shapes)
    drawn = "" if lines is None or lines.empty else _lines(lines.to_crs(crs), shapely.union_all(shapes.to_numpy()), paper)
    fills = "".join(
        f'<path d="{paper.path(shape)}Z" fill="{_HATCHED if code in dedicated else grid_colour(str(code))}" fill-opacity="{0.8 if code in dedicated else 0.4}" stroke="{LIGHT.label}" stroke-width="1.6" fill-rule="evenodd"/>'
        for code, shape in shapes.items()
    )
    return f"{head}{hatch_pattern('0') if dedicated else ''}{drawn}{fills}</svg>"


def _paper(shapes: gpd.GeoSeries) -> _Paper:
    west, south, east, north = (float(side) for side in shapes.total_bounds)
    width, height = max(east - west, 1.0), max(north - south, 1.0)
    scale = min((WIDTH - 2 * _MARGIN) / width, (HEIGHT - 2 * _MARGIN) / height)
    return _Paper(west, north, scale, (WIDTH - scale * width) / 2, (HEIGHT - scale * height) / 2)


def _lines(lines: gpd.GeoDataFrame, inside: BaseGeometry, paper: _Paper) -> str:
    clipped = shapely.intersection(lines.geometry.to_numpy(), inside)
    return "".join(
        f'<path d="{paper.path(shape)}" fill="none" stroke="{LIGHT.wall if kind in _BARRIERS else LIGHT.street_casing}" stroke-width="2"/>'
        for kind, shape in zip(lines[KIND], clipped, strict=True)
        if shapely.get_dimensions(shape) == 1 and not shape.is_empty
    )
