"""One pass over an OpenStreetMap file: what may matter to us, as flat arrays and tags, nothing judged yet."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import osmium
import osmium.filter
import osmium.geom
import osmium.osm

from contracts.errors import UnreadableFileError
from gis.osm_rules import is_plaza

Tags = dict[str, str]

SUFFIXES = (".osm", ".osm.gz", ".osm.bz2", ".osm.pbf", ".pbf")
_LINE_KEYS = ("highway", "waterway", "railway", "barrier")
_PLACE_KEYS = ("amenity", "shop", "leisure", "healthcare", "social_facility", "office", "craft", "railway", "highway")
_NODE_KEYS = (*_PLACE_KEYS, "entrance", "door", "barrier")
_AREA_KEYS = (
    "building",
    "boundary",
    "landuse",
    "natural",
    "waterway",
    "amenity",
    "shop",
    "leisure",
    "healthcare",
    "social_facility",
    "office",
    "craft",
    "area",
)
_WALKED_AREA_KEYS = (*_AREA_KEYS, "highway")


@dataclass
class Lines:
    """Ways: ``first[i]:first[i + 1]`` are the node rows of way i; nodes the file lacks have NaN coordinates."""

    ids: list[int] = field(default_factory=list)
    tags: list[Tags] = field(default_factory=list)
    first: list[int] = field(default_factory=lambda: [0])
    refs: array[int] = field(default_factory=lambda: array("q"))
    lon: array[float] = field(default_factory=lambda: array("d"))
    lat: array[float] = field(default_factory=lambda: array("d"))


@dataclass
class Scan:
    """What a file holds. Areas are WKB text of multipolygons under keys ``w<id>`` or ``r<id>``."""

    lines: Lines = field(default_factory=Lines)
    node_keys: list[str] = field(default_factory=list)
    node_xy: list[tuple[float, float]] = field(default_factory=list)
    node_tags: list[Tags] = field(default_factory=list)
    area_keys: list[str] = field(default_factory=list)
    area_wkb: list[str] = field(default_factory=list)
    area_tags: list[Tags] = field(default_factory=list)
    relations: dict[str, str] = field(default_factory=dict)  # key -> name of a boundary or multipolygon, whole or not
    nodes_lost: int = 0
    box: tuple[float, float, float, float] | None = None  # west, south, east, north the file says it covers
    broken: dict[str, str] = field(default_factory=dict)  # key -> name of closed ways that make no area

    @property
    def left_out(self) -> dict[str, str]:
        """Key -> name of the areas that are incomplete or broken."""
        whole = set(self.area_keys)
        return dict(sorted((self.broken | {key: name for key, name in self.relations.items() if key not in whole}).items()))

    def node_points(self) -> npt.NDArray[np.float64]:
        """Coordinates of the nodes kept, shape (nodes, 2)."""
        return np.array(self.node_xy, dtype=float).reshape(-1, 2)


def scan_osm(path: Path) -> Scan:
    """Everything of interest in an ``.osm``, ``.osm.gz``, ``.osm.bz2`` or ``.osm.pbf`` file.

    Raises
    ------
    UnreadableFileError
        Not there, not one of these kinds, or broken: cut off, of another format, out of order.
    """
    if not path.is_file():
        raise UnreadableFileError("There is no file {file}. Check the path.", file=path.name)
    if not path.name.lower().endswith(SUFFIXES):
        raise UnreadableFileError("{file} is not a file this reads: {kinds} are.", file=path.name, kinds=", ".join(SUFFIXES))
    try:
        scan = _scan(path)
    except (RuntimeError, ValueError, OSError) as error:
        raise UnreadableFileError(
            "{file} cannot be read as OpenStreetMap data: it is cut off, damaged or of another kind ({reason}). Download it again.",
            file=path.name,
            reason=str(error),
        ) from error
    if not scan.lines.ids and not scan.node_keys and not scan.area_keys:
        raise UnreadableFileError("{file} holds no street, building, place or border. Check that it is the right extract.", file=path.name)
    return scan


def _scan(path: Path) -> Scan:
    scan, factory = Scan(box=_box(path)), osmium.geom.WKBFactory()
    wanted = osmium.filter.KeyFilter(*dict.fromkeys(_LINE_KEYS + _NODE_KEYS + _AREA_KEYS))
    for thing in _objects(path, wanted):
        if thing.is_area():
            _keep_area(scan, thing, factory)
        elif thing.is_node():
            _keep_node(scan, thing)
        elif thing.is_way():
            _keep_way(scan, thing)
        elif thing.is_relation() and thing.tags.get("type") in {"multipolygon", "boundary"}:
            scan.relations[f"r{thing.id}"] = thing.tags.get("name", "")
    return scan


def _box(path: Path) -> tuple[float, float, float, float] | None:
    box = osmium.FileProcessor(str(path)).header.box()
    if not box.valid():
        return None
    return box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat


def _objects(path: Path, wanted: osmium.filter.KeyFilter) -> Iterable[Any]:
    areas = osmium.filter.KeyFilter(*_WALKED_AREA_KEYS)
    return osmium.FileProcessor(str(path)).with_locations().with_areas(areas).with_filter(wanted)


def _keep_node(scan: Scan, node: Any) -> None:
    if any(key in node.tags for key in _NODE_KEYS) and node.location.valid():
        scan.node_keys.append(f"n{node.id}")
        scan.node_xy.append((node.lon, node.lat))
        scan.node_tags.append(dict(node.tags))


def _keep_way(scan: Scan, way: Any) -> None:
    if not any(key in way.tags for key in _LINE_KEYS):
        return
    lines = scan.lines
    lines.ids.append(way.id)
    lines.tags.append(dict(way.tags))
    for node in way.nodes:
        location = node.location
        known = location.valid()
        lines.refs.append(node.ref)
        lines.lon.append(location.lon if known else np.nan)
        lines.lat.append(location.lat if known else np.nan)
        scan.nodes_lost += not known
    lines.first.append(len(lines.refs))


def _keep_area(scan: Scan, area: Any, factory: osmium.geom.WKBFactory) -> None:
    if not any(key in area.tags for key in _AREA_KEYS) and not is_plaza(dict(area.tags), is_relation=not area.from_way()):
        return  # a street that ends where it began
    try:
        wkb = factory.create_multipolygon(area)
    except (RuntimeError, osmium.InvalidLocationError):
        if area.from_way():  # broken relations are known from ``relations``
            scan.broken[f"w{area.orig_id()}"] = area.tags.get("name", "")
        return
    scan.area_keys.append(f"{'w' if area.from_way() else 'r'}{area.orig_id()}")
    scan.area_wkb.append(wkb)
    scan.area_tags.append(dict(area.tags))
