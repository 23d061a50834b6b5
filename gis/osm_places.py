"""Buildings, facilities, ways in and administrative areas out of a scanned OpenStreetMap file."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from contracts.columns import (
    ADDRESS,
    BUILDING_KEY,
    BUILDING_USE,
    CAPACITY,
    CATEGORY,
    ESTIMATED,
    HOUSEHOLDS,
    KEY,
    KIND,
    LEVEL,
    LEVELS,
    NAME,
    NAME_EN,
    OPENING_HOURS,
    PHONE,
    RESIDENTS,
    SOURCE,
)
from gis.crs import WGS84, metric_crs, to_metric
from gis.osm_rules import area_level, dwelling_rule, entrance_kind, estimate, facility_category, ground_kind, is_residential_land, numbers
from gis.osm_scan import Scan, Tags

Geometries = npt.NDArray[np.object_]
Numbers = npt.NDArray[np.float64]
OSM_ADMIN_LEVEL = "admin_level"
FOOTPRINT_M2 = "footprint_m2"


def area_shapes(scan: Scan) -> tuple[gpd.GeoSeries, int]:
    """The polygon of every area of the file, mended where it crossed itself, and how many were mended.

    Index is the position in the scan.
    """
    shapes = np.asarray(shapely.from_wkb(scan.area_wkb), dtype=object)
    single = shapely.get_num_geometries(shapes) == 1
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    broken = ~shapely.is_valid(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken], method="structure")
    return gpd.GeoSeries(shapes, index=pd.RangeIndex(len(shapes)), crs=WGS84), int(broken.sum())


def find_buildings(scan: Scan, shapes: gpd.GeoSeries) -> gpd.GeoDataFrame:
    """Buildings with their use and, where people live, households and residents.

    A count of flats that is mapped is taken as it is; any other figure is guessed from ground, storeys and the rules of
    ``osm_buildings.csv`` and ``osm_estimates.csv`` and marked ``estimated``.
    """
    chosen = [i for i, tags in enumerate(scan.area_tags) if tags.get("building", "no") != "no"]
    tags = [scan.area_tags[i] for i in chosen]
    geometry = shapes.iloc[chosen]
    rules = [dwelling_rule(each["building"]) for each in tags]
    levels = _levels(tags, np.array([rule.levels for rule in rules], dtype=float))
    ground_m2 = to_metric(geometry).area.to_numpy() if chosen else np.zeros(0)
    kind = np.array([rule.is_residential for rule in rules], dtype=object)
    lived_in = (kind == "yes") | ((kind == "by_landuse") & _may_be_lived_in(scan, shapes, geometry, tags, ground_m2))

    dwelling_m2 = np.array([rule.dwelling_m2 for rule in rules], dtype=float)
    share = np.array([rule.floor_share for rule in rules], dtype=float)
    guessed = np.where(lived_in, np.maximum(np.floor(np.nan_to_num(ground_m2 * levels * share / dwelling_m2)), 1.0), 0.0)
    guessed = np.where(kind == "one", 1.0, guessed)
    flats = numbers(tags, "building:flats")
    households = np.where(flats >= 0, flats, guessed).astype(np.int64)
    table = _named(tags)
    table[BUILDING_USE] = [rule.use for rule in rules]
    table[LEVELS] = levels
    table[HOUSEHOLDS] = households
    table[RESIDENTS] = np.rint(households * estimate("household_size")).astype(np.int64)
    table[ESTIMATED] = ~(flats >= 0) & (households > 0)
    table[ADDRESS] = [_address(each) for each in tags]
    table[FOOTPRINT_M2] = np.round(ground_m2, 1)
    return _frame(table, geometry.to_numpy(), [scan.area_keys[i] for i in chosen])


def find_facilities(scan: Scan, shapes: gpd.GeoSeries) -> gpd.GeoDataFrame:
    """Places of service as points with ``category``; an area is shown by a point inside it. Unknown kinds are left out."""
    crs = metric_crs(shapes)
    area_m2 = np.zeros(len(shapes)) if not len(shapes) else shapes.to_crs(crs).area.to_numpy()
    areas = [(i, category) for i, tags in enumerate(scan.area_tags) if (category := facility_category(tags, float(area_m2[i])))]
    nodes = [(i, category) for i, tags in enumerate(scan.node_tags) if (category := facility_category(tags, 0.0))]
    inside = shapely.point_on_surface(shapes.to_numpy()[[i for i, _ in areas]]) if areas else np.empty(0, dtype=object)
    points = shapely.points(scan.node_points()[[i for i, _ in nodes]]) if nodes else np.empty(0, dtype=object)

    tags = [scan.area_tags[i] for i, _ in areas] + [scan.node_tags[i] for i, _ in nodes]
    keys = [scan.area_keys[i] for i, _ in areas] + [scan.node_keys[i] for i, _ in nodes]
    table = _named(tags)
    table[CATEGORY] = pd.Series([category for _, category in areas + nodes], dtype="str")
    table[ADDRESS] = [_address(each) for each in tags]
    table[PHONE] = [each.get("phone", each.get("contact:phone", "")) for each in tags]
    table[OPENING_HOURS] = [each.get("opening_hours", "") for each in tags]
    table[CAPACITY] = numbers(tags, "capacity")
    return _frame(table, np.concatenate([inside, points]), keys)


def find_entrances(scan: Scan, buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Doors (with the key of their building) and gates, as points."""
    kinds = [entrance_kind(tags) for tags in scan.node_tags]
    chosen = [i for i, kind in enumerate(kinds) if kind]
    tags = [scan.node_tags[i] for i in chosen]
    points = shapely.points(scan.node_points()[chosen]) if chosen else np.empty(0, dtype=object)
    table = _named(tags)
    table[KIND] = pd.Series([kinds[i] for i in chosen], dtype="str")
    table["access"] = [each.get("access", "") for each in tags]
    table["foot"] = [each.get("foot", "") for each in tags]
    table[OPENING_HOURS] = [each.get("opening_hours", "") for each in tags]
    table[BUILDING_KEY] = pd.Series(_building_at(points, buildings), dtype="str")
    table.loc[table[KIND] == "gate", BUILDING_KEY] = ""
    return _frame(table, points, [scan.node_keys[i] for i in chosen])


def find_areas(scan: Scan, shapes: gpd.GeoSeries) -> gpd.GeoDataFrame:
    """Administrative areas with the map's ``admin_level`` (int) and the level of ours it usually stands for."""
    chosen = [i for i, tags in enumerate(scan.area_tags) if tags.get("boundary") == "administrative" and tags.get(OSM_ADMIN_LEVEL, "").isdecimal()]
    tags = [scan.area_tags[i] for i in chosen]
    table = _named(tags)
    table[OSM_ADMIN_LEVEL] = np.array([int(each[OSM_ADMIN_LEVEL]) for each in tags], dtype=np.int64)
    table[LEVEL] = pd.Series([area_level(each[OSM_ADMIN_LEVEL]) for each in tags], dtype="str")
    table["division_code"] = [_division_code(each) for each in tags]
    return _frame(table, shapes.to_numpy()[chosen], [scan.area_keys[i] for i in chosen])


def find_grounds(scan: Scan, shapes: gpd.GeoSeries) -> gpd.GeoDataFrame:
    """Water and greens as polygons, the ground of a map."""
    kinds = [ground_kind(tags) for tags in scan.area_tags]
    chosen = [i for i, kind in enumerate(kinds) if kind]
    table = _named([scan.area_tags[i] for i in chosen])
    table[KIND] = pd.Series([kinds[i] for i in chosen], dtype="str")
    return _frame(table, shapes.to_numpy()[chosen], [scan.area_keys[i] for i in chosen])


def _division_code(tags: Tags) -> str:
    return next((value for key in ("ref:CN", "division_code", "gb_code", "ref") if (value := tags.get(key, "")).isdecimal() and len(value) in {6, 9, 12}), "")


def _named(tags: list[Tags]) -> pd.DataFrame:
    columns: dict[str, Any] = {NAME: [each.get("name", each.get("name:zh", "")) for each in tags], NAME_EN: [each.get("name:en", "") for each in tags]}
    return pd.DataFrame(columns, dtype="str").assign(**{SOURCE: "osm"})


def _frame(table: pd.DataFrame, geometry: Geometries, keys: list[str]) -> gpd.GeoDataFrame:
    table.index = pd.Index(keys, name=KEY, dtype="str")
    frame = gpd.GeoDataFrame(table, geometry=geometry, crs=WGS84)
    return frame[~frame.index.duplicated()].sort_index()


def _address(tags: Tags) -> str:
    parts = (tags.get(f"addr:{part}", "") for part in ("city", "district", "street", "housenumber"))
    return tags.get("addr:full", "") or " ".join(part for part in parts if part)


def _levels(tags: list[Tags], usual: Numbers) -> Numbers:
    """Storeys: as mapped, else from the height, else the usual number for the type; odd figures fall back too."""
    by_height = np.rint(numbers(tags, "height") / estimate("level_height_m"))
    levels = np.where(np.isnan(numbers(tags, "building:levels")), by_height, numbers(tags, "building:levels"))
    return np.where((levels >= 1) & (levels <= estimate("most_levels")), levels, usual)


def _may_be_lived_in(scan: Scan, shapes: gpd.GeoSeries, buildings: gpd.GeoSeries, tags: list[Tags], ground_m2: Numbers) -> npt.NDArray[np.bool_]:
    """Of buildings without a type: large enough, no other use mapped on them, and not on land of another use."""
    own_use = np.array([bool(facility_category(each, 0.0)) or "office" in each or "shop" in each for each in tags], dtype=bool)
    fits = (ground_m2 >= estimate("smallest_dwelling_building_m2")) & ~own_use
    said = [is_residential_land(each.get("landuse", "")) for each in scan.area_tags]
    other_land = shapes.iloc[[i for i, lived in enumerate(said) if lived is False]]
    if len(other_land) and len(buildings):
        middle = shapely.point_on_surface(buildings.to_numpy())
        hit, _ = shapely.STRtree(other_land.to_numpy()).query(middle, predicate="intersects")
        fits[hit] = False
    return fits


def _building_at(points: Geometries, buildings: gpd.GeoDataFrame) -> list[str]:
    """Key of the building whose wall a point lies on, empty where none is within reach."""
    keys = np.full(len(points), "", dtype=object)
    if len(points) and len(buildings):
        crs = metric_crs(buildings)
        walls = buildings.geometry.to_crs(crs).boundary.to_numpy()
        here = gpd.GeoSeries(points, crs=WGS84).to_crs(crs).to_numpy()
        hit, wall = shapely.STRtree(walls).query_nearest(here, max_distance=estimate("door_reach_m"), all_matches=False)
        keys[hit] = buildings.index.to_numpy()[wall]
    return list(keys)
