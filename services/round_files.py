"""A round as a file: GPX for a telephone, or a layer with one row per stretch in walking order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import geopandas as gpd
import pandas as pd
import shapely

from contracts.errors import InputError
from gis.crs import WGS84
from grids.rounds import Round
from services.exports import require_known_ending, write_frame, write_whole

GPX = ".gpx"
_NAMESPACE = "http://www.topografix.com/GPX/1/1"


def require_round_ending(path: Path) -> None:
    """Pass where a round can be written to this file.

    Raises
    ------
    InputError
    """
    if path.suffix.lower() != GPX:
        require_known_ending(path)


def write_rounds(rounds: Sequence[Round], path: Path, *, name: str) -> int:
    """Write rounds, each a track or, in a layer, a number in ``walk``; the stretches written. The file appears whole or not at all.

    Raises
    ------
    InputError
        The ending is unknown, the file cannot be written, or there is nothing to write.
    """
    require_round_ending(path)
    steps = pd.concat([found.steps.to_crs(WGS84).assign(walk=number + 1) for number, found in enumerate(rounds)], ignore_index=True)
    if not len(steps):
        raise InputError("The round has no stretch to write.")
    if path.suffix.lower() == GPX:
        write_whole(steps, path, lambda _, file: _write_gpx(rounds, file, name))
    else:
        write_frame(steps.rename_axis("order"), path)
    return len(steps)


def _write_gpx(rounds: Sequence[Round], path: Path, name: str) -> None:
    """One track per walk, seven digits of a degree: a centimetre."""
    ElementTree.register_namespace("", _NAMESPACE)
    root = ElementTree.Element(f"{{{_NAMESPACE}}}gpx", version="1.1", creator="Wangge")
    for number, found in enumerate(rounds):
        track = ElementTree.SubElement(root, f"{{{_NAMESPACE}}}trk")
        ElementTree.SubElement(track, f"{{{_NAMESPACE}}}name").text = name if number == 0 else f"{name} ({number + 1})"
        segment = ElementTree.SubElement(track, f"{{{_NAMESPACE}}}trkseg")
        line = gpd.GeoSeries([found.line], crs=found.steps.crs).to_crs(WGS84).iloc[0]
        for lon, lat in shapely.get_coordinates(line).tolist():
            ElementTree.SubElement(segment, f"{{{_NAMESPACE}}}trkpt", lat=f"{lat:.7f}", lon=f"{lon:.7f}")
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
