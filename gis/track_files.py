"""Tracks from a receiver: GPX 1.0 and 1.1, and GeoJSON lines or timed points. The only thing read is where and when."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from typing import Any
from xml.parsers import expat

import geopandas as gpd
import numpy as np
import pandas as pd

from contracts.errors import UnreadableFileError
from gis.archives import require_readable_size
from gis.checks import require_choice
from gis.coords import SYSTEMS, convert

PART, TIME = "part", "time"
GPX_ENDINGS, JSON_ENDINGS = (".gpx", ".xml"), (".geojson", ".json")
_POINTS, _PARTS = ("trkpt", "rtept"), ("trkseg", "rte")
_TIME_NAMES = ("time", "timestamp", "datetime")
_TIMES_NAMES = ("coordTimes", "times", "timestamps")
_DEEPEST = 20  # geometry collections inside each other

Fix = tuple[int, float, float, datetime | None]  # part, longitude, latitude, moment


def read_track(path: str | PathLike[str], *, crs: str = "wgs84", max_mb: float = 20.0, most_points: int = 200_000) -> gpd.GeoDataFrame:
    """The points of a track in order.

    Parameters
    ----------
    path
        A ``.gpx`` or ``.geojson`` file. Of GPX, tracks and routes are read; of GeoJSON, lines, and points with a time.
    crs
        System of the coordinates: wgs84, gcj02 or bd09 (some telephones write shifted ones).
    max_mb, most_points
        Larger files are refused.

    Returns
    -------
        Points in EPSG:4326 with ``part`` (0, 1, ...: what hangs together) and ``time`` (UTC, NaT where unknown).

    Raises
    ------
    UnreadableFileError
        Not there, empty, too large, another kind of file, damaged, or without a track. One sentence each.
    InputError
        An unknown system.
    """
    path = Path(path)
    require_choice("crs", crs, SYSTEMS)
    require_readable_size(path, max_mb)
    if path.suffix.lower() in GPX_ENDINGS:
        fixes = _gpx_points(path, most_points)
    elif path.suffix.lower() in JSON_ENDINGS:
        fixes = list(_geojson_points(path))
    else:
        raise UnreadableFileError("{file} is no track. Give a file that ends in .gpx or .geojson.", file=path.name)
    _require_track(path, fixes, most_points)
    xy = convert(np.array([fix[1:3] for fix in fixes], dtype=float), crs, "wgs84")
    frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]), crs="EPSG:4326")
    parts = pd.factorize(np.array([fix[0] for fix in fixes]))[0]
    return frame.assign(**{PART: parts.astype(np.int64), TIME: pd.to_datetime(pd.Series([fix[3] for fix in fixes], dtype=object), utc=True)})


def _require_track(path: Path, fixes: Sequence[Fix], most_points: int) -> None:
    if len(fixes) > most_points:
        raise _too_many(path, most_points)
    if len(fixes) < 2:
        raise UnreadableFileError("{file} holds no track of at least two points.", file=path.name)
    for number, (_, lon, lat, _) in enumerate(fixes):
        if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
            raise UnreadableFileError(
                "Point {number} of {file} is no place on earth: longitude {lon}, latitude {lat}.", number=number + 1, file=path.name, lon=lon, lat=lat
            )


def _too_many(path: Path, most_points: int) -> UnreadableFileError:
    return UnreadableFileError("{file} has more than {most} points. Export one day at a time.", file=path.name, most=most_points)


class _Gpx:
    """Handlers of the XML parser. A document type is refused before anything in it can be expanded."""

    def __init__(self, path: Path, most_points: int) -> None:
        self.path, self.most_points = path, most_points
        self.fixes: list[Fix] = []
        self.part, self.depth, self.point_depth = -1, 0, 0
        self.at: tuple[float, float] | None = None
        self.text: list[str] | None = None
        self.moment: datetime | None = None

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        name = name.rpartition(" ")[2]
        self.depth += 1
        if self.depth == 1 and name != "gpx":
            raise UnreadableFileError("{file} is no GPX file: it begins with <{name}>.", file=self.path.name, name=name)
        if name in _PARTS:
            self.part += 1
        elif name in _POINTS:
            self.at, self.moment, self.point_depth = self._place(attributes), None, self.depth
        elif name == TIME and self.at is not None and self.depth == self.point_depth + 1:
            self.text = []

    def end(self, name: str) -> None:
        name = name.rpartition(" ")[2]
        self.depth -= 1
        if name == TIME and self.text is not None:
            self.moment, self.text = moment_of("".join(self.text)), None
        elif name in _POINTS and self.at is not None:
            self.fixes.append((self.part, *self.at, self.moment))
            self.at = None
            if len(self.fixes) > self.most_points:
                raise _too_many(self.path, self.most_points)

    def characters(self, text: str) -> None:
        if self.text is not None:
            self.text.append(text)

    def doctype(self, *_: object) -> None:
        raise UnreadableFileError("{file} declares a document type, which no GPX file needs. It was not read.", file=self.path.name)

    def _place(self, attributes: Mapping[str, str]) -> tuple[float, float]:
        try:
            return float(attributes["lon"]), float(attributes["lat"])
        except (KeyError, ValueError) as error:
            raise UnreadableFileError("Point {number} of {file} has no longitude and latitude.", number=len(self.fixes) + 1, file=self.path.name) from error


def _gpx_points(path: Path, most_points: int) -> list[Fix]:
    found = _Gpx(path, most_points)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = found.start, found.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = found.characters, found.doctype
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except expat.ExpatError as error:
        raise UnreadableFileError(
            "{file} is damaged in line {line}: {reason}.", file=path.name, line=error.lineno, reason=expat.errors.messages.get(error.code, "")
        ) from error
    return found.fixes


def _geojson_points(path: Path) -> Iterator[Fix]:
    try:
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise UnreadableFileError("{file} is no GeoJSON file, or a damaged one.", file=path.name) from error
    try:
        lines, points = _sorted_out(content)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise UnreadableFileError("{file} is no GeoJSON file, or a damaged one.", file=path.name) from error
    for part, fixes in enumerate(lines):
        yield from ((part, *fix) for fix in fixes)
    timed = [fix for fix in points if fix[2] is not None]
    yield from ((len(lines), *fix) for fix in sorted(timed, key=lambda fix: fix[2] or datetime.min.replace(tzinfo=UTC)))


Timed = tuple[float, float, datetime | None]


def _sorted_out(content: Any) -> tuple[list[list[Timed]], list[Timed]]:
    lines: list[list[Timed]] = []
    points: list[Timed] = []
    for feature in content["features"] if content["type"] == "FeatureCollection" else [content]:
        is_feature = feature["type"] == "Feature"
        facts = (feature.get("properties") or {}) if is_feature else {}
        for shape in _shapes(feature["geometry"] if is_feature else feature, _DEEPEST):
            if shape["type"] == "Point":
                points.append(_timed(shape["coordinates"], _first(facts, _TIME_NAMES)))
            elif shape["type"] == "LineString":
                lines.append(_line(shape["coordinates"], _first(facts, _TIMES_NAMES)))
            elif shape["type"] == "MultiLineString":
                times = _first(facts, _TIMES_NAMES) or []
                lines += [
                    _line(line, times[row] if row < len(times) and isinstance(times[row], list) else None) for row, line in enumerate(shape["coordinates"])
                ]
    return lines, points


def _shapes(shape: Any, depth: int) -> Iterator[Any]:
    if shape is None or depth == 0:
        return
    if shape["type"] == "GeometryCollection":
        for each in shape["geometries"]:
            yield from _shapes(each, depth - 1)
    else:
        yield shape


def _first(facts: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((facts[name] for name in names if facts.get(name) is not None), None)


def _line(coordinates: Sequence[Any], times: Any) -> list[Timed]:
    moments = times if isinstance(times, list) and len(times) == len(coordinates) else [None] * len(coordinates)
    return [_timed(place, moment) for place, moment in zip(coordinates, moments, strict=True)]


def _timed(place: Sequence[Any], moment: Any) -> Timed:
    return float(place[0]), float(place[1]), moment_of(moment)


def moment_of(value: object) -> datetime | None:
    """A moment from ISO 8601 text, or from seconds or milliseconds since 1970; without a zone it is UTC; None where it is none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_number(float(value))
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _from_number(value: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(value / 1000.0 if abs(value) > 1e11 else value, UTC)
    except (OverflowError, OSError, ValueError):
        return None
