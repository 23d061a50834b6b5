"""Which rows of a stranger's table can be taken, and why the others cannot. Pure: rows in, good rows and faults out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from contracts.columns import GEOMETRY, HOUSEHOLDS, NAME, OLDER_RESIDENTS, RESIDENTS, STAFF_FACTS, TERM_FROM, TERM_TO
from contracts.errors import MissingColumnError
from contracts.messages import Message
from gis.archives import limit
from gis.crs import CHINA, WGS84, to_metric
from gis.fields import BadCell, Field, fields_of, read_cell
from gis.files import PlaceTable

Bounds = tuple[float, float, float, float]
Flags = npt.NDArray[np.bool_]
Geometries = npt.NDArray[np.object_]

SHAPES = {"areas": "polygon", "buildings": "polygon", "barriers": "line", "facilities": "point", "workers": "point"}
NEEDS_PLACE = frozenset({"barriers", "facilities"})  # every row; areas already stored may keep their shape
MOST_NAMED = 5  # in a note; the rest is counted
_POINT_FIELDS = ("lon", "lat")


@dataclass(frozen=True)
class Fault:
    """Why one row was refused: the row of the source, the heading of the cell, the reason, what to do."""

    row: int
    field: str
    reason: Message
    remedy: Message


@dataclass
class CheckedPlaces:
    """Rows that can be taken, indexed by source row, EPSG:4326, and the faults of the others."""

    frame: gpd.GeoDataFrame
    faults: list[Fault] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)
    drawn: frozenset[int] = frozenset()  # source rows that came as points and were drawn as squares
    kept: frozenset[str] = frozenset()  # codes of areas that keep their stored shape

    def refuse(self, rows: Flags, heading: str, reason: Message, remedy: Message) -> None:
        """Take marked rows (shape of the frame) out of the good ones."""
        self.faults.extend(Fault(int(row), heading, reason, remedy) for row in self.frame.index[rows])
        self.frame = self.frame[~rows]


def check_places(table: PlaceTable, kind: str, *, known: Bounds | None = None) -> CheckedPlaces:
    """Judge every cell and shape of a table.

    Parameters
    ----------
    table
        As ``gis.files.read_places`` gives it.
    kind
        areas, buildings, facilities, workers or barriers.
    known
        Bounds of what the city already has, to notice swapped longitude and latitude where both are possible.

    Raises
    ------
    MissingColumnError
        The table lacks a column that no row can do without.
    """
    rules = [rule for rule in fields_of(kind) if rule.name in table.fields and rule.name not in _POINT_FIELDS]
    _require_headings(table, kind)
    table, left_out = _without_example(table, kind)
    faults: list[Fault] = []
    columns = {rule.name: _read_column(rule, table.cells[table.fields[rule.name]], table.fields[rule.name], faults) for rule in rules}
    frame = gpd.GeoDataFrame(pd.DataFrame(columns, index=table.cells.index), geometry=table.geometry.to_numpy(), crs=WGS84)
    bad = {fault.row for fault in faults}
    checked = CheckedPlaces(frame[~frame.index.isin(bad)], faults, left_out)
    _refuse_shifted_rows(checked, table)
    _refuse_broken_text(checked, table)
    _refuse_bad_coordinates(checked, table)
    _refuse_misplaced(checked, known)
    _shape(checked, SHAPES[kind])
    if kind in NEEDS_PLACE:
        nowhere = shapely.is_missing(checked.frame.geometry.to_numpy())
        checked.refuse(nowhere, GEOMETRY, Message("the row has no place"), Message("give longitude and latitude or a geometry"))
    _refuse_contradictions(checked, table.fields)
    checked.faults.sort(key=lambda fault: (fault.row, fault.field))
    return checked


def _without_example(table: PlaceTable, kind: str) -> tuple[PlaceTable, list[Message]]:
    """The table without rows that are the untouched example of our template, and a note where there was one."""
    examples = {rule.name: rule.example for rule in fields_of(kind)}
    same = pd.Series(len(table.fields) == len(examples), index=table.cells.index)
    for ours, theirs in table.fields.items():
        same &= table.cells[theirs] == examples[ours]
    if not same.any():
        return table, []
    kept = replace(table, cells=table.cells[~same], geometry=table.geometry[~same])
    return kept, [Message("The example row of the template was left out.")]


def _require_headings(table: PlaceTable, kind: str) -> None:
    missing = [rule for rule in fields_of(kind) if rule.is_required and rule.name not in table.fields]
    if missing:
        raise MissingColumnError(
            "No column of the file was recognised as {missing}. Its columns are: {present}. Rename one or say which it is.",
            missing=", ".join(f"{rule.zh} / {rule.en}" for rule in missing),
            present=", ".join(map(str, table.cells.columns)) or "-",
        )
    has_place = {"lon", "lat"} <= table.fields.keys() or bool(table.geometry.notna().any()) or bool(table.broken)
    says_staff = kind == "areas" and not table.fields.keys().isdisjoint(STAFF_FACTS)
    if kind in (*NEEDS_PLACE, "areas") and not (has_place or says_staff):
        raise MissingColumnError(
            "The file does not say where things are: it has no geometry and no longitude and latitude. Its columns are: {present}.",
            present=", ".join(map(str, table.cells.columns)) or "-",
        )


def _read_column(rule: Field, cells: pd.Series, heading: str, faults: list[Fault]) -> list[Any]:
    """Values of one column, ``None`` where empty or refused; equal cells are read once."""
    read: dict[str, Any] = {}
    values: list[Any] = []
    for row, text in zip(cells.index, cells, strict=True):
        if text not in read:
            read[text] = _read(rule, text)
        value = read[text]
        if isinstance(value, BadCell):
            faults.append(Fault(int(row), heading, value.reason, value.remedy))
        values.append(None if isinstance(value, BadCell) else value)
    return values


def _read(rule: Field, text: str) -> Any:
    if not text:
        return BadCell(Message("the cell is empty"), Message("fill it in")) if rule.is_required else None
    try:
        return read_cell(rule, text)
    except BadCell as fault:
        return fault


def _refuse_shifted_rows(checked: CheckedPlaces, table: PlaceTable) -> None:
    """Rows with cells beyond the heading: a separator too many has moved everything."""
    beyond = [column for column in table.cells.columns if str(column).startswith("+") and str(column)[1:].isdecimal()]
    if beyond:
        rows = (table.cells.loc[checked.frame.index, beyond] != "").any(axis=1).to_numpy()
        checked.refuse(rows, beyond[0], Message("the row has more cells than the heading"), Message("put quotes around text that holds a separator"))


def _refuse_broken_text(checked: CheckedPlaces, table: PlaceTable) -> None:
    """Geometry written as text that cannot be read."""
    for heading in sorted(set(table.broken.values())):
        rows = np.array([table.broken.get(int(row)) == heading for row in checked.frame.index], dtype=bool)
        checked.refuse(
            rows, heading, Message("the geometry cannot be read as text"), Message("write well-known text, for example POINT (116.4 39.9), or export it again")
        )


def _refuse_bad_coordinates(checked: CheckedPlaces, table: PlaceTable) -> None:
    """A longitude or latitude that is there but no number, or only one of the two."""
    rules = {rule.name: rule for rule in fields_of("workers") if rule.name in _POINT_FIELDS}
    if not set(_POINT_FIELDS) <= table.fields.keys():
        return
    texts = {name: table.cells.loc[checked.frame.index, table.fields[name]] for name in _POINT_FIELDS}
    missing = checked.frame.geometry.isna()
    faults: list[Fault] = []
    for name in _POINT_FIELDS:
        given = texts[name][missing & (texts[name] != "")]
        _read_column(rules[name], given, table.fields[name], faults)
    halves = missing & ((texts["lon"] == "") != (texts["lat"] == ""))
    bad = {fault.row for fault in faults}
    checked.faults.extend(faults)
    checked.frame = checked.frame[~checked.frame.index.isin(bad)]
    half = checked.frame.index.isin(halves.index[halves])
    checked.refuse(half, " / ".join(table.fields[name] for name in _POINT_FIELDS), Message("only one of longitude and latitude is given"), Message("give both"))


def _refuse_misplaced(checked: CheckedPlaces, known: Bounds | None) -> None:
    """Coordinates that are no numbers, swapped, or not on the globe."""
    bounds = shapely.bounds(checked.frame.geometry.to_numpy()) if len(checked.frame) else np.empty((0, 4))
    has_place = ~shapely.is_missing(checked.frame.geometry.to_numpy())
    finite = np.isfinite(_coordinate_sums(checked.frame.geometry.to_numpy()))
    broken = has_place & ~finite
    west, south, east, north = bounds.T
    with np.errstate(invalid="ignore"):
        outside = (west < -180) | (east > 180) | (south < -90) | (north > 90)
        swapped = (np.abs(bounds[:, [1, 3]]) <= 180).all(axis=1) & (np.abs(bounds[:, [0, 2]]) <= 90).all(axis=1) & ((south < -90) | (north > 90))
        if known is not None:
            swapped |= _is_inside(bounds[:, [1, 0, 3, 2]], known) & ~_is_inside(bounds, known)
        else:
            swapped |= _mirrored_into_china(bounds)
    null = has_place & (bounds == 0.0).all(axis=1)
    swapped &= has_place & ~broken
    outside &= has_place & ~broken & ~swapped
    nonsense = (
        (null, Message("longitude and latitude are both 0, which stands for empty coordinates"), Message("fill in the coordinates or leave the cells empty")),
        (broken, Message("a coordinate is not a finite number"), Message("mend the geometry")),
        (swapped, Message("longitude and latitude are swapped"), Message("exchange the two columns (longitude comes first in coordinates)")),
        (outside, Message("the place is not on the globe in degrees"), Message("say which coordinate system the file is in, for example EPSG:4547")),
    )
    keep = np.ones(len(checked.frame), dtype=bool)
    for rows, reason, remedy in nonsense:
        checked.faults.extend(Fault(int(row), GEOMETRY, reason, remedy) for row in checked.frame.index[rows])
        keep &= ~rows
    checked.frame = checked.frame[keep]


def _mirrored_into_china(bounds: npt.NDArray[np.float64]) -> Flags:
    """Boxes outside China whose mirror lies inside; none where they are not most of the file, for it may be of a city abroad."""
    west, south, east, north = CHINA
    low, high = np.array([west, south]), np.array([east, north])
    inside = ((bounds[:, :2] >= low) & (bounds[:, 2:] <= high)).all(axis=1)
    mirrored = ((bounds[:, [1, 0]] >= low) & (bounds[:, [3, 2]] <= high)).all(axis=1) & ~inside
    return mirrored & (mirrored.sum() * 2 > (~np.isnan(bounds[:, 0])).sum())


def _coordinate_sums(shapes: Geometries) -> npt.NDArray[np.float64]:
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    return np.bincount(owner, weights=xy.sum(axis=1), minlength=len(shapes)).astype(float) if len(xy) else np.zeros(len(shapes))


def _is_inside(bounds: npt.NDArray[np.float64], known: Bounds) -> Flags:
    """Whether the middle of each box lies in the known bounds, widened by half their size."""
    x, y = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2
    margin_x, margin_y = (known[2] - known[0]) / 2 + 0.05, (known[3] - known[1]) / 2 + 0.05
    return np.asarray((x >= known[0] - margin_x) & (x <= known[2] + margin_x) & (y >= known[1] - margin_y) & (y <= known[3] + margin_y))


def _shape(checked: CheckedPlaces, wanted: str) -> None:
    """Bring shapes to the type the kind needs: mend, take a point inside, draw a square; refuse what cannot be."""
    empty = shapely.is_empty(checked.frame.geometry.to_numpy())
    checked.refuse(empty, GEOMETRY, Message("the geometry is empty"), Message("draw it again or leave the row out"))
    {"polygon": _to_polygons, "line": _to_lines, "point": _to_points}[wanted](checked)


def _to_polygons(checked: CheckedPlaces) -> None:
    shapes = checked.frame.geometry.to_numpy().copy()
    point = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
    if point.any():
        shapes[point] = _squares(shapes[point])
        checked.drawn = frozenset(int(row) for row in checked.frame.index[point])
        checked.notes.append(Message("{count} places came as points and were drawn as small squares.", {"count": int(point.sum())}))
    broken = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    checked.frame = checked.frame.set_geometry(gpd.GeoSeries(shapes, index=checked.frame.index, crs=WGS84))
    checked.notes.extend([_mended(checked.frame, broken)] if broken.any() else [])
    _refuse_type(checked, (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
    tiny = ~shapely.is_missing(checked.frame.geometry.to_numpy()) & ~(_areas_m2(checked.frame.geometry) >= limit("least_area_m2"))
    checked.refuse(tiny, GEOMETRY, Message("the polygon has no area"), Message("draw it again or leave the row out"))


def _mended(frame: gpd.GeoDataFrame, broken: npt.NDArray[np.bool_]) -> Message:
    rows = frame.index[broken][:MOST_NAMED]
    names = frame[NAME].reindex(rows).fillna("") if NAME in frame else pd.Series("", index=rows)
    which = ", ".join(f"{row} {name}".strip() for row, name in names.items()) + (" …" if broken.sum() > MOST_NAMED else "")
    return Message("{count} areas crossed themselves and were mended (rows {which}).", {"count": int(broken.sum()), "which": which})


def _squares(points: Geometries) -> Geometries:
    half = limit("point_building_side_m") / 2 / 111_319.49
    x, y = shapely.get_x(points), shapely.get_y(points)
    wide = half / np.maximum(np.cos(np.radians(y)), 0.01)
    return np.asarray(shapely.box(x - wide, y - half, x + wide, y + half), dtype=object)


def _areas_m2(shapes: gpd.GeoSeries) -> npt.NDArray[np.float64]:
    return np.nan_to_num(to_metric(shapes).area.to_numpy())


def _to_lines(checked: CheckedPlaces) -> None:
    line, ring = (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING), (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
    _refuse_type(checked, (*line, *ring))
    short = shapely.length(checked.frame.geometry.to_numpy()) == 0.0
    checked.refuse(short, GEOMETRY, Message("the line has no length"), Message("draw it again or leave the row out"))


def _to_points(checked: CheckedPlaces) -> None:
    shapes = checked.frame.geometry.to_numpy().copy()
    other = ~shapely.is_missing(shapes) & (shapely.get_type_id(shapes) != shapely.GeometryType.POINT)
    usable = other & (shapely.get_type_id(shapes) != shapely.GeometryType.GEOMETRYCOLLECTION)
    shapes[usable] = shapely.point_on_surface(shapely.make_valid(shapes[usable]))
    if usable.any():
        checked.notes.append(Message("{count} places came as lines or areas; a point inside each was taken.", {"count": int(usable.sum())}))
    checked.frame = checked.frame.set_geometry(gpd.GeoSeries(shapes, index=checked.frame.index, crs=WGS84))
    _refuse_type(checked, (shapely.GeometryType.POINT,))


def _refuse_type(checked: CheckedPlaces, types: tuple[int, ...]) -> None:
    shapes = checked.frame.geometry.to_numpy()
    wrong = ~shapely.is_missing(shapes) & ~np.isin(shapely.get_type_id(shapes), types)
    checked.refuse(
        wrong,
        GEOMETRY,
        Message("the geometry is of a kind that does not fit here"),
        Message("give polygons for areas and buildings, lines for barriers, points for the rest"),
    )


def _refuse_contradictions(checked: CheckedPlaces, headings: Mapping[str, str]) -> None:
    frame = checked.frame
    if {TERM_FROM, TERM_TO} <= set(frame.columns):
        backwards = (pd.to_datetime(frame[TERM_TO]) < pd.to_datetime(frame[TERM_FROM])).to_numpy(dtype=bool)
        checked.refuse(backwards, headings[TERM_TO], Message("the term ends before it begins"), Message("correct one of the two days"))
    frame = checked.frame
    if {RESIDENTS, OLDER_RESIDENTS} <= set(frame.columns):
        more = (pd.to_numeric(frame[OLDER_RESIDENTS]) > pd.to_numeric(frame[RESIDENTS])).to_numpy(dtype=bool)
        checked.refuse(more, headings[OLDER_RESIDENTS], Message("there are more older residents than residents"), Message("correct one of the two numbers"))
    if HOUSEHOLDS in checked.frame.columns and RESIDENTS in checked.frame.columns:
        none = (pd.to_numeric(checked.frame[HOUSEHOLDS]) == 0) & (pd.to_numeric(checked.frame[RESIDENTS]) > 0)
        if none.any():
            checked.notes.append(Message("{count} buildings have residents but no households.", {"count": int(none.sum())}))
