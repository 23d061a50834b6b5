"""Reads a city out of an OpenStreetMap extract: streets, buildings, facilities, borders, barriers, ways in."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from contracts.columns import ESTIMATED
from contracts.messages import Message
from gis.map_edge import MapEdge
from gis.osm_places import area_shapes, find_areas, find_buildings, find_entrances, find_facilities, find_grounds
from gis.osm_scan import Scan, scan_osm
from gis.osm_streets import cut_streets, find_barriers, torn_ends
from gis.plazas import find_plazas, link_plazas, plaza_corners


@dataclass(frozen=True)
class OsmExtract:
    """A city in frames, all EPSG:4326, indexed and sorted by key (``n``, ``w`` or ``r`` and the number of the map's own thing).

    Attributes
    ----------
    streets
        Walkable, cut at junctions, key ``w<way>:<piece>``: u, v (node numbers), length_m on the ellipsoid, highway, name,
        foot, oneway_foot (forward, backward or empty), access, sidewalk, surface, layer and more tags; bridge, tunnel, covered
        as truth values; road_at_start and road_at_end (class of a road closed to walkers that is met there on the level).
        Ways across plazas have keys ``w<way>:x<n>`` or ``r<relation>:x<n>``.
    buildings
        Polygons: building_use, levels, households, residents, estimated, name, address, footprint_m2.
    facilities
        Points: category (a code of ``facility_categories.csv``), name, address, phone, opening_hours, capacity.
    areas
        Administrative areas: name, admin_level (the map's number), level (ours, empty above a city), division_code.
    barriers
        Lines: kind river, rail, wall or expressway; bridge where one can pass below.
    entrances
        Points: kind door or gate, building_key of doors, access, opening_hours.
    grounds
        Polygons: kind water or green.
    edge
        Where the map ends.
    left_out
        Areas that are incomplete or broken: key -> name (may be empty).
    notes
        What was left out, mended or guessed, and how many.
    """

    streets: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame
    entrances: gpd.GeoDataFrame
    grounds: gpd.GeoDataFrame
    edge: MapEdge
    left_out: dict[str, str]
    notes: tuple[Message, ...]


def read_osm(path: str | PathLike[str]) -> OsmExtract:
    """A city from an ``.osm``, ``.osm.gz``, ``.osm.bz2`` or ``.osm.pbf`` file.

    What is broken in part (a border cut by the edge of the extract, a way whose nodes are missing) is left out or
    shortened and counted in ``notes``. The rules are the tables ``data/reference/osm_*.csv``.

    Raises
    ------
    UnreadableFileError
        The file is not there, not of these kinds, damaged, or holds nothing of use.
    """
    scan = scan_osm(Path(path))
    shapes, mended = area_shapes(scan)
    plazas = find_plazas(scan, shapes)
    streets, closed_up = cut_streets(scan.lines, plaza_corners(plazas))
    buildings, barriers = find_buildings(scan, shapes), find_barriers(scan.lines)
    in_the_way = np.concatenate([buildings.geometry.to_numpy(), barriers.geometry[~barriers["bridge"]].to_numpy()])
    across = link_plazas(plazas, streets, in_the_way)
    return OsmExtract(
        streets=gpd.GeoDataFrame(pd.concat([streets, across])).sort_index() if len(across) else streets,
        buildings=buildings,
        facilities=find_facilities(scan, shapes),
        areas=find_areas(scan, shapes),
        barriers=barriers,
        entrances=find_entrances(scan, buildings),
        grounds=find_grounds(scan, shapes),
        edge=MapEdge.of_file(scan.box, streets, torn_ends(scan.lines)),
        left_out=scan.left_out,
        notes=_notes(scan, closed_up, mended, int(buildings[ESTIMATED].sum())),
    )


def _notes(scan: Scan, closed_up: int, mended: int, guessed: int) -> tuple[Message, ...]:
    torn = len(scan.left_out)
    said = [
        (
            scan.nodes_lost,
            Message("{count} points of lines are not in the file (usually at the edge of the extract); the lines end there.", {"count": scan.nodes_lost}),
        ),
        (torn, Message("{count} areas are incomplete or broken and were left out.", {"count": torn})),
        (mended, Message("{count} areas crossed themselves and were mended.", {"count": mended})),
        (closed_up, Message("{count} pieces of street have no length; their ends were joined.", {"count": closed_up})),
        (
            guessed,
            Message("Households of {count} buildings are estimated from ground area and storeys. Import real counts where you have them.", {"count": guessed}),
        ),
    ]
    return tuple(message for count, message in said if count)
