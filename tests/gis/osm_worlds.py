"""Small OpenStreetMap files written by hand: ``world(nodes, ways, relations)`` gives XML, ``save`` puts it on disk."""

from __future__ import annotations

import gzip
import math
from pathlib import Path
from xml.sax.saxutils import quoteattr

Tags = dict[str, str]
METRE = 1 / 111_319.49  # degrees of longitude on the equator


def world(
    nodes: dict[int, tuple[float, float] | tuple[float, float, Tags]],
    ways: dict[int, tuple[list[int], Tags]],
    relations: dict[int, tuple[list[tuple[str, int, str]], Tags]] | None = None,
    origin: tuple[float, float] = (0.0, 0.0),
) -> str:
    """XML of a world on the equator: nodes as (metres east, metres north[, tags]), ways as (nodes, tags); another ``origin`` moves it."""
    lines = ["<?xml version='1.0' encoding='UTF-8'?>", '<osm version="0.6">']
    for key, node in nodes.items():
        tags = _tags(node[2]) if len(node) == 3 else ""
        lon, lat = place(node[0], node[1], origin)
        lines.append(f'<node id="{key}" version="1" lon="{lon:.9f}" lat="{lat:.9f}">{tags}</node>')
    for key, (refs, tags) in ways.items():
        lines.append(f'<way id="{key}" version="1">' + "".join(f'<nd ref="{ref}"/>' for ref in refs) + _tags(tags) + "</way>")
    for key, (members, tags) in (relations or {}).items():
        inside = "".join(f'<member type="{kind}" ref="{ref}" role="{role}"/>' for kind, ref, role in members)
        lines.append(f'<relation id="{key}" version="1">{inside}{_tags(tags)}</relation>')
    return "\n".join([*lines, "</osm>"])


def place(east_m: float, north_m: float, origin: tuple[float, float] = (0.0, 0.0)) -> tuple[float, float]:
    """Longitude and latitude of a place given in metres from the origin."""
    return origin[0] + east_m * METRE / math.cos(math.radians(origin[1])), origin[1] + north_m * METRE


def save(folder: Path, text: str, name: str = "world.osm") -> Path:
    """The file, gzipped where the name ends in gz."""
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    return path


def _tags(tags: Tags) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())
