"""What an OpenStreetMap extract becomes in the store: communities out of its borders, columns as the store keeps them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from contracts.columns import CODE, HOUSEHOLDS, LEVEL, NAME, NAME_EN
from contracts.messages import Message
from gis.archives import limit
from gis.coords import convert
from gis.crs import WGS84
from gis.map_edge import MapEdge
from gis.osm import OsmExtract
from gis.osm_places import OSM_ADMIN_LEVEL
from services.area_codes import SOURCE_KEY, is_code
from services.import_checks import CheckedPlaces, Fault

_FROM_MAP = "osm:"


def unshifted(extract: OsmExtract, crs: str) -> OsmExtract:
    """The extract in WGS-84, where its coordinates were of another Chinese map system."""
    if crs == "wgs84":
        return extract
    frames = {field.name: value for field in fields(extract) if isinstance(value := getattr(extract, field.name), gpd.GeoDataFrame)}
    moved = {
        name: frame.set_geometry(
            gpd.GeoSeries(shapely.transform(frame.geometry.to_numpy(), lambda xy: convert(xy, crs, "wgs84")), index=frame.index, crs=WGS84)
        )
        for name, frame in frames.items()
    }
    edge = MapEdge(shapely.transform(extract.edge.extent, lambda xy: convert(xy, crs, "wgs84")), convert(extract.edge.torn, crs, "wgs84"))
    return replace(extract, **moved, edge=edge)


def map_name(path: Path) -> str:
    """Name of a street map for people: its file without ``.osm.pbf``, ``.osm`` and the like."""
    bare = path.stem[:-4] if path.stem.lower().endswith(".osm") else path.stem
    return bare or path.stem


def left_out_rows(extract: OsmExtract) -> tuple[list[Fault], pd.DataFrame]:
    """Areas of the map that could not be used, one by one, and the table their file shows: ``object`` and ``name``."""
    kinds = {"w": "way", "r": "relation"}
    cells = pd.DataFrame(
        {"object": [f"{kinds[key[0]]}/{key[1:]}" for key in extract.left_out], "name": list(extract.left_out.values())},
        index=pd.RangeIndex(1, len(extract.left_out) + 1),
        dtype="str",
    )
    reason = Message("this area is incomplete in the file, or its outline crosses itself")
    remedy = Message("take a larger extract, or mend the outline on the map, and import again")
    return [Fault(row, "object", reason, remedy) for row in cells.index], cells


def few_homes(imported: gpd.GeoDataFrame, stored: Callable[[], gpd.GeoDataFrame]) -> list[Message]:
    """A note where neither the map nor the store holds buildings enough to divide (``few_homes`` of ``import_limits.csv``)."""
    least = limit("few_homes")
    if (imported[HOUSEHOLDS] > 0).sum() >= least or (pd.to_numeric(stored()[HOUSEHOLDS]) > 0).sum() >= least:
        return []
    return [Message("There are almost no buildings with households here: import a buildings table before dividing.")]


def ready_for_store(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A copy in which empty text is missing, as the store keeps it."""
    ready = frame.copy()
    for column in ready.columns.drop(ready.geometry.name):
        if pd.api.types.is_string_dtype(ready[column].dtype) or ready[column].dtype == object:
            empty = ready[column].map(lambda value: isinstance(value, str) and not value).astype(bool)
            ready[column] = ready[column].astype(object).where(ready[column].notna() & ~empty, None)
    return ready


def osm_communities(extract: OsmExtract, stored: gpd.GeoDataFrame) -> CheckedPlaces | None:
    """Areas to import with the map, ``None`` where the stored communities already hold it.

    The finest level of borders with at least two areas that hold a fair share of the households (``ward_share`` of
    ``import_limits.csv``; of the streets where there are no households) becomes the communities. A map without such borders is one community.
    """
    weight = _weights(extract)
    communities = stored[stored[LEVEL] == "community"] if LEVEL in stored else stored.iloc[:0]
    from_maps = communities[SOURCE_KEY].fillna("").str.startswith(_FROM_MAP) if SOURCE_KEY in communities else pd.Series(False, index=communities.index)
    if _share_inside(weight, communities[~from_maps.astype(bool)]) > 0.0:
        return None
    for admin_level in sorted(extract.areas[OSM_ADMIN_LEVEL].unique(), reverse=True):
        borders = extract.areas[extract.areas[OSM_ADMIN_LEVEL] == admin_level]
        if len(borders) >= 2 and _share_inside(weight, borders) >= limit("ward_share"):
            note = Message(
                "Communities are the {count} areas of level {level} on the map; check whether they are.", {"count": len(borders), "level": int(admin_level)}
            )
            return CheckedPlaces(_as_communities(borders), notes=[note])
    if _share_inside(weight, communities) > 0.0:
        return None
    whole = gpd.GeoDataFrame({NAME: [""], NAME_EN: [""]}, index=[_extent_key(extract)], geometry=[shapely.box(*_extent(extract))], crs=WGS84)
    return CheckedPlaces(_as_communities(whole), notes=[Message("The map has no borders of communities: all of it became one. Import your own communities.")])


def _as_communities(borders: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    said = borders["division_code"] if "division_code" in borders else pd.Series("", index=borders.index)
    code = [code if is_code(code) else f"{_FROM_MAP}{key}" for key, code in zip(borders.index, said, strict=True)]
    frame = borders[[NAME, NAME_EN, borders.geometry.name]].assign(**{CODE: code, LEVEL: "community"})
    return frame.set_index(pd.RangeIndex(1, len(frame) + 1))


def _extent_key(extract: OsmExtract) -> str:
    west, south, east, north = _extent(extract)
    return f"extent:{(west + east) / 2:.2f}:{(south + north) / 2:.2f}"


def _weights(extract: OsmExtract) -> gpd.GeoSeries:
    """Points where people are (homes, or streets where there are none); the index is their weight."""
    homes = extract.buildings[extract.buildings[HOUSEHOLDS] > 0]
    source, weight = (homes, homes[HOUSEHOLDS]) if len(homes) else (extract.streets, extract.streets["length_m"])
    points = shapely.point_on_surface(source.geometry.to_numpy()) if len(source) else np.empty(0, dtype=object)
    return gpd.GeoSeries(points, index=pd.Index(weight.to_numpy(dtype=float), name="weight"), crs=WGS84)


def _share_inside(points: gpd.GeoSeries, areas: gpd.GeoDataFrame) -> float:
    """Share of the weight that lies in the areas."""
    total = float(points.index.to_numpy().sum())
    if areas.empty or not total:
        return 0.0
    hit, _ = shapely.STRtree(areas.geometry.to_numpy()).query(points.to_numpy(), predicate="intersects")
    return float(points.index.to_numpy()[np.unique(hit)].sum()) / total


def _extent(extract: OsmExtract) -> tuple[float, float, float, float]:
    """Streets and buildings, with a margin; facilities only where there are neither: stations of a line lie far outside."""
    boxes = [frame.total_bounds for frame in (extract.streets, extract.buildings) if len(frame)] or [extract.facilities.total_bounds]
    west, south = np.min([box[:2] for box in boxes], axis=0)
    east, north = np.max([box[2:] for box in boxes], axis=0)
    margin = 1e-4  # about ten metres, so that nothing lies on the border
    return float(west - margin), float(south - margin), float(east + margin), float(north + margin)
