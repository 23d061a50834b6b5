"""Vector tiles written once per data version and served as plain files: one PMTiles file per layer."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from contracts.errors import CrsError, InputError, UnreadableFileError

MAX_ZOOM = 22
_SUFFIX = ".pmtiles"


def write_pmtiles(layers: Mapping[str, gpd.GeoDataFrame], folder: Path, *, min_zoom: int, max_zoom: int) -> dict[str, Path]:
    """Write each frame to ``folder/<name>.pmtiles`` (layer ``<name>``) and return the files.

    All columns of a frame become attributes, so pass only those a map needs; the named index (``code`` or ``key``) becomes
    the attribute the browser joins values by. Places without geometry are left out, and a frame without places gives no
    file. Files are written aside and moved into place together at the end: a broken run changes nothing.

    The driver cannot hold two layers in one file, hence one file each (measured with GDAL 3.12).

    Raises ``CrsError`` for a frame without CRS, ``InputError`` for an unnamed index or impossible zooms,
    ``UnreadableFileError`` where the driver fails.
    """
    if not 0 <= min_zoom <= max_zoom <= MAX_ZOOM:
        raise InputError("Tiles need zooms with 0 <= first <= last <= {limit}, {first} and {last} came.", limit=MAX_ZOOM, first=min_zoom, last=max_zoom)
    for name, frame in layers.items():
        _require_keyed(name, frame)

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as aside:
        written = {name: _write(name, frame, Path(aside), (min_zoom, max_zoom)) for name, frame in layers.items() if frame.geometry.notna().any()}
        return {name: path.replace(folder / path.name) for name, path in written.items()}


def _require_keyed(name: str, frame: gpd.GeoDataFrame) -> None:
    if frame.crs is None:
        raise CrsError("Tiles of {layer} need a coordinate system; set it where the places are read.", layer=name)
    if not frame.index.name or frame.index.name in frame.columns:
        raise InputError("Tiles of {layer} need a named index, code or key.", layer=name)


def _write(name: str, frame: gpd.GeoDataFrame, folder: Path, zooms: tuple[int, int]) -> Path:
    path = folder / (name + _SUFFIX)
    placed = frame[frame.geometry.notna() & ~frame.geometry.is_empty].sort_index().reset_index().to_crs("EPSG:4326")
    options = {"MINZOOM": str(zooms[0]), "MAXZOOM": str(zooms[1]), "NAME": name, "DESCRIPTION": name}
    try:
        pyogrio.write_dataframe(placed, path, driver="PMTiles", layer=name, dataset_options=options)
    except (DataSourceError, DataLayerError) as error:
        raise UnreadableFileError("The tiles of {layer} could not be written: {reason}", layer=name, reason=str(error)) from error
    return path
