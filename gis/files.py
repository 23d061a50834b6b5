"""Reads tables of places people have: GeoJSON, GeoPackage, Shapefile, CSV, XLSX, Parquet, also packed. Nothing is judged yet."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError as UnknownCrs

from contracts.errors import CrsError, UnreadableFileError
from contracts.messages import Message
from gis.archives import limit, require_readable_size, unpack_zip
from gis.coords import SYSTEMS, convert
from gis.crs import WGS84
from gis.fields import BadCell, Field, fields_of, guess_fields, read_cell, shape_column
from gis.tables import decode_text, read_csv_cells, read_xlsx_cells

_TABLES = {".csv": read_csv_cells, ".txt": read_csv_cells, ".tsv": read_csv_cells, ".xlsx": read_xlsx_cells}
_VECTORS = {".geojson", ".json", ".gpkg", ".shp"}
_PARQUETS = {".parquet", ".geoparquet"}
SUFFIXES = (".csv", ".xlsx", ".geojson", ".gpkg", ".shp", ".zip", ".parquet")


@dataclass(frozen=True)
class PlaceTable:
    """A stranger's table as it came.

    Attributes
    ----------
    cells
        The original cells as text, empty where missing; the index is the row of the source (a sheet's own row number,
        or the number of the feature, from 1).
    geometry
        EPSG:4326, same index, ``None`` where a row has none; longitude may still be nonsense.
    fields
        Our field -> the table's column.
    notes
        What was noticed while reading.
    broken
        Rows whose geometry as text cannot be read, with the heading of its column.
    """

    cells: pd.DataFrame
    geometry: gpd.GeoSeries
    fields: Mapping[str, str]
    notes: tuple[Message, ...] = ()
    broken: Mapping[int, str] = field(default_factory=dict)


def read_places(path: str | PathLike[str], kind: str, *, crs: str = "wgs84", mapping: Mapping[str, str] | None = None, max_mb: float = 512.0) -> PlaceTable:
    """A table of places of one kind, with coordinates in EPSG:4326.

    Parameters
    ----------
    path
        GeoJSON, GeoPackage, Shapefile (with its siblings or zipped), CSV, XLSX or Parquet; each may be zipped or gzipped.
        A table may carry geometry as well-known text in a column named so (``geometry``, ``wkt``, ``几何``).
    kind
        areas, buildings, facilities, workers or barriers: says which headings are looked for.
    crs
        "wgs84" = as the file says, degrees where it says nothing; "gcj02", "bd09" = the coordinates are shifted, whatever
        the file says; "EPSG:n" outranks the file.
    mapping
        Our field -> the table's column, outranks the guess.
    max_mb
        Largest file accepted; packed files may unpack to eight times as much.

    Raises
    ------
    UnreadableFileError
        Not there, of another kind, too large, a bomb, damaged, locked, or without rows.
    CrsError
        Unknown system.
    MissingColumnError, InputError
        The mapping does not fit.
    """
    source = Path(path)
    system = _system(crs)
    require_readable_size(source, max_mb)
    with tempfile.TemporaryDirectory() as folder:
        cells, geometry = _read(_unpacked(source, Path(folder), max_mb))
    if cells.empty:
        raise UnreadableFileError("{file} has no rows. Fill it in and import it again.", file=source.name)
    fields = guess_fields(kind, [str(column) for column in cells.columns], mapping)
    drawn = None
    if geometry is None or geometry.isna().all():
        geometry = _points(cells, fields, kind)
        drawn = _drawn_in_text(cells, fields)
    if drawn is None:
        return PlaceTable(cells, _in_degrees(geometry, crs, system), fields, _notes(cells, fields.values()))
    column, shapes = drawn
    broken = {int(row): column for row in cells.index[(cells[column] != "") & shapes.isna()]}
    geometry = shapes.where(shapes.notna(), geometry)
    return PlaceTable(cells, _in_degrees(geometry, crs, system), fields, _notes(cells, {*fields.values(), column}), broken)


def _drawn_in_text(cells: pd.DataFrame, fields: Mapping[str, str]) -> tuple[str, gpd.GeoSeries] | None:
    """Column and shapes where a column holds geometry as well-known text; ``None`` without one, or where points say it all."""
    column = shape_column([str(name) for name in cells.columns], fields.values())
    if column is None:
        return None
    shapes = gpd.GeoSeries(shapely.from_wkt(cells[column].to_numpy(dtype=object), on_invalid="ignore"), index=cells.index)
    has_points = {"lon", "lat"} <= fields.keys()
    return None if shapes.isna().all() and (has_points or (cells[column] == "").all()) else (column, shapes)


def _system(crs: str) -> CRS | None:
    """The system asked for by number, ``None`` for one of the Chinese map systems.

    Raises
    ------
    CrsError
        Neither.
    """
    if crs in SYSTEMS:
        return None
    try:
        return CRS.from_user_input(crs)
    except UnknownCrs as error:
        raise CrsError("{crs} is no coordinate system known here. Use wgs84, gcj02, bd09 or EPSG: and a number, for example EPSG:4547.", crs=crs) from error


def _unpacked(path: Path, folder: Path, max_mb: float) -> Path:
    suffix = path.suffix.lower()
    if suffix == ".gz":
        target = folder / path.stem
        target.write_bytes(gzip.decompress(path.read_bytes()))
        return target
    if suffix != ".zip":
        return path
    readable = [each for each in unpack_zip(path, folder, max_mb) if each.suffix.lower() in _TABLES.keys() | _VECTORS | _PARQUETS]
    if len(readable) != 1:
        raise UnreadableFileError(
            "{file} holds {count} tables of places, exactly one is needed. Pack one table (a Shapefile with its siblings).", file=path.name, count=len(readable)
        )
    return readable[0]


def _read(path: Path) -> tuple[pd.DataFrame, gpd.GeoSeries | None]:
    suffix = path.suffix.lower()
    if suffix in _TABLES:
        return _TABLES[suffix](path), None
    if suffix not in _VECTORS | _PARQUETS:
        raise UnreadableFileError("{file} is not a file this reads: {kinds} are.", file=path.name, kinds=", ".join(SUFFIXES))
    frame = _read_parquet(path) if suffix in _PARQUETS else _read_vector(path)
    if frame.index.name is not None and frame.index.name not in frame:
        frame = frame.reset_index()  # a Parquet file may keep its keys there
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    geometry = frame.geometry if isinstance(frame, gpd.GeoDataFrame) else None
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name) if geometry is not None and isinstance(frame, gpd.GeoDataFrame) else frame)
    return _as_text(table), geometry


def _read_vector(path: Path) -> pd.DataFrame:
    try:
        if path.suffix.lower() in {".geojson", ".json"}:
            return pyogrio.read_dataframe(decode_text(path).encode(), on_invalid="ignore")
        layer = next((name for name, kind in pyogrio.list_layers(path) if kind is not None), None)
        encoding = _dbf_encoding(path) if path.suffix.lower() == ".shp" else None
        return pyogrio.read_dataframe(path, layer=layer, encoding=encoding, on_invalid="ignore")
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError, UnicodeError, ValueError) as error:
        raise _unreadable(path, error) from error


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        try:
            return gpd.read_parquet(path)
        except ValueError:
            return pd.read_parquet(path)
    except (ValueError, OSError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> UnreadableFileError:
    return UnreadableFileError(
        "{file} cannot be read: it is damaged, incomplete or of another kind ({reason}). Export it again.", file=path.name, reason=str(error)[:200]
    )


def _dbf_encoding(path: Path) -> str | None:
    """Encoding of a Shapefile's text: as its ``.cpg`` says, else UTF-8 where that fits, else GB18030."""
    if path.with_suffix(".cpg").is_file() or not path.with_suffix(".dbf").is_file():
        return None
    try:
        path.with_suffix(".dbf").read_bytes()[32:].decode("utf-8")
    except UnicodeDecodeError:
        return "GB18030"
    return "UTF-8"


def _as_text(table: pd.DataFrame) -> pd.DataFrame:
    columns = {str(name): [_text(value) for value in table[name].astype(object)] for name in table.columns}
    return pd.DataFrame(columns, index=table.index, dtype="str")


def _text(value: object) -> str:
    if isinstance(value, np.ndarray | list | tuple):
        return "、".join(_text(each) for each in value)
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def _points(cells: pd.DataFrame, fields: Mapping[str, str], kind: str) -> gpd.GeoSeries:
    """Points from the longitude and latitude columns, ``None`` where a cell is empty or no number."""
    if not {"lon", "lat"} <= fields.keys():
        return gpd.GeoSeries([None] * len(cells), index=cells.index)
    rules = {field.name: field for field in fields_of(kind)}
    x, y = (np.array([_number(rules[name], text) for text in cells[fields[name]]]) for name in ("lon", "lat"))
    known = ~(np.isnan(x) | np.isnan(y))
    points = np.full(len(cells), None, dtype=object)
    points[known] = shapely.points(x[known], y[known])
    return gpd.GeoSeries(points, index=cells.index)


def _number(field: Field, text: str) -> float:
    try:
        value = read_cell(field, text)
    except BadCell:
        return float("nan")
    return float(value) if isinstance(value, float) else float("nan")


def _in_degrees(geometry: gpd.GeoSeries, crs: str, system: CRS | None) -> gpd.GeoSeries:
    flat = gpd.GeoSeries(shapely.force_2d(geometry.to_numpy()), index=geometry.index, crs=geometry.crs)
    if system is not None or flat.crs is None:
        flat = flat.set_crs(system or WGS84, allow_override=True)
    degrees = flat.to_crs(WGS84)
    if system is not None or crs == "wgs84":
        return degrees
    moved = shapely.transform(degrees.to_numpy(), lambda xy: convert(xy, crs, "wgs84"))
    return gpd.GeoSeries(moved, index=geometry.index, crs=WGS84)


def _notes(cells: pd.DataFrame, used: Collection[str]) -> tuple[Message, ...]:
    unused = [str(column) for column in cells.columns if column not in used]
    if not unused:
        return ()
    return (Message("Columns that were not used: {columns}.", {"columns": ", ".join(unused[: int(limit("most_columns"))])}),)
