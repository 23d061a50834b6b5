"""What is divided: the community and its buildings in metres, cleaned, with buildings that overlap tied together.

A *unit* is a building, or several whose footprints overlap by more than drawing noise and so cannot be told apart by a
border. Units are numbered by the smallest key of their buildings, so the order of rows does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry.base import BaseGeometry

from contracts.columns import CODE
from contracts.errors import CrsError, GeometryError, InputError
from gis.checks import require_columns, require_crs, require_finite, require_nonnegative, require_unique_index
from gis.crs import metric_crs
from grids.rules import GridRule, rule_value

Objects = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Place:
    """The community: its shape as given and in metres, its code."""

    given: BaseGeometry
    metric: BaseGeometry
    crs: CRS
    metric_crs: CRS
    code: str
    was_mended: bool


@dataclass(frozen=True)
class Units:
    """Buildings grouped into units that no border may run through.

    ``keys`` are the caller's index labels in a fixed order, ``of_building`` the unit of each (-1 = outside the
    community), ``shapes`` the footprints inside the community in metres, ``weights`` one per unit.
    """

    keys: pd.Index
    of_building: npt.NDArray[np.int64]
    shapes: Objects
    weights: npt.NDArray[np.float64]
    crossing_border: tuple[object, ...]
    outside: tuple[object, ...]
    shapeless: tuple[object, ...]
    tied: tuple[object, ...]


def read_community(community: object, buildings: gpd.GeoDataFrame, rule: GridRule) -> Place:
    """The community as a polygon, from a shapely geometry (in the buildings' system), a GeoSeries or a one-row frame.

    Raises
    ------
    CrsError, GeometryError, InputError
        No system; not a polygon; more than one community.
    """
    code = rule.community_code
    if isinstance(community, BaseGeometry):
        shape, crs = community, buildings.crs
    elif isinstance(community, gpd.GeoDataFrame | gpd.GeoSeries):
        if len(community) != 1:
            raise InputError("One community is divided at a time; {count} rows came.", count=len(community))
        require_crs(community, "community")
        shape, crs = community.geometry.iloc[0], community.crs
        code = _code_of(community) or code
    else:
        raise GeometryError("The community must be a polygon, a GeoSeries or a frame with one row, not {kind}.", kind=type(community).__name__)
    if crs is None:
        raise CrsError("The community and the buildings have no coordinate reference system. Say which one they are in.")
    mended = clean_polygon(shape)
    if mended is None:
        raise GeometryError("The community has no area: it is missing, empty, or not a polygon.")
    series = gpd.GeoSeries([mended], crs=crs)
    metres = metric_crs(series)
    metric = clean_polygon(series.to_crs(metres).iloc[0])
    if metric is None:
        raise GeometryError("The community has no area: it is missing, empty, or not a polygon.")
    return Place(mended, metric, CRS.from_user_input(crs), metres, code, not shape.is_valid)


def clean_polygon(shape: BaseGeometry | None) -> BaseGeometry | None:
    """A valid Polygon or MultiPolygon with the same area, or None where there is no area at all."""
    if shape is None or shape.is_empty:
        return None
    valid = shape if shape.is_valid else shapely.make_valid(shape)
    parts = [part for part in shapely.get_parts(shapely.get_parts([valid])) if part.geom_type == "Polygon" and part.area > 0]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)


def make_units(buildings: gpd.GeoDataFrame, place: Place, rule: GridRule) -> Units:
    """Group the buildings. Footprints are clipped to the community: what sticks out belongs to the neighbours' ground.

    Raises
    ------
    InputError, MissingColumnError
        Repeated keys; no weight column; weights that are missing or below zero.
    """
    require_crs(buildings, "buildings")
    require_columns(buildings, rule.weight, what="buildings")
    require_unique_index(buildings, "buildings")
    require_finite(rule.weight, buildings[rule.weight])
    require_nonnegative(rule.weight, buildings[rule.weight])

    order = np.argsort([f"{type(key).__name__} {key!s:>24}" for key in buildings.index], kind="stable") if len(buildings) else np.empty(0, dtype=int)
    ordered = buildings.iloc[order]
    whole = [clean_polygon(shape) for shape in ordered.geometry.to_crs(place.metric_crs)]
    inside = [_clip(shape, place.metric) for shape in whole]
    tolerance = rule_value("gap_tolerance")
    placed = np.array([shape is not None for shape in inside], dtype=bool)
    crossing = [
        i for i, (full, part) in enumerate(zip(whole, inside, strict=True)) if full and part and full.area - part.area > max(tolerance, 0.001 * full.area)
    ]
    group = _groups([inside[i] for i in np.flatnonzero(placed)])
    of_building = np.full(len(ordered), -1, dtype=np.int64)
    of_building[placed] = group
    mass = ordered[rule.weight].to_numpy(dtype=float)
    count = int(group.max()) + 1 if len(group) else 0
    members = np.bincount(group, minlength=count)
    return Units(
        keys=ordered.index,
        of_building=of_building,
        shapes=_joined([inside[i] for i in np.flatnonzero(placed)], group, count),
        weights=np.bincount(group, weights=mass[placed], minlength=count).astype(float),
        crossing_border=tuple(ordered.index[crossing]),
        outside=tuple(ordered.index[[i for i in range(len(ordered)) if whole[i] is not None and not placed[i]]]),
        shapeless=tuple(ordered.index[[i for i in range(len(ordered)) if whole[i] is None]]),
        tied=tuple(ordered.index[placed][members[group] > 1]),
    )


def _code_of(community: gpd.GeoDataFrame | gpd.GeoSeries) -> str:
    if isinstance(community, gpd.GeoDataFrame) and CODE in community.columns:
        return str(community[CODE].iloc[0])
    key = community.index[0]
    return key if isinstance(key, str) else ""


def _clip(shape: BaseGeometry | None, community: BaseGeometry) -> BaseGeometry | None:
    """The part of a footprint inside the community, None where there is none to speak of."""
    if shape is None:
        return None
    inside = shape if shapely.contains_properly(community, shape) else clean_polygon(shapely.intersection(shape, community))
    if inside is None or inside.area <= min(rule_value("gap_tolerance"), 0.5 * shape.area):
        return None
    return inside


def _groups(shapes: list[BaseGeometry]) -> npt.NDArray[np.int64]:
    """Group number of each footprint: those that overlap by more than the cut tolerance share one."""
    if not shapes:
        return np.empty(0, dtype=np.int64)
    array = np.array(shapes, dtype=object)
    left, right = shapely.STRtree(array).query(array, predicate="intersects")
    keep = left < right
    left, right = left[keep], right[keep]
    shared = shapely.area(shapely.intersection(array[left], array[right]))
    limit = np.minimum(rule_value("cut_tolerance"), 0.5 * np.minimum(shapely.area(array[left]), shapely.area(array[right])))
    tied = shared > limit
    graph = coo_array((np.ones(int(tied.sum())), (left[tied], right[tied])), shape=(len(array), len(array)))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def _joined(shapes: list[BaseGeometry], group: npt.NDArray[np.int64], count: int) -> Objects:
    joined = np.empty(count, dtype=object)
    members: list[list[BaseGeometry]] = [[] for _ in range(count)]
    for shape, number in zip(shapes, group, strict=True):
        members[number].append(shape)
    for number, own in enumerate(members):
        joined[number] = own[0] if len(own) == 1 else shapely.union_all(own)
    return joined
