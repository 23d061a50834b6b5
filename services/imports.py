"""A planner brings data in: a street map, or a table of places. One transaction each: all of it or nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from os import PathLike
from pathlib import Path

import geopandas as gpd
import pandas as pd

from contracts.columns import COMMUNITY_CODE, GEOMETRY, HOUSEHOLDS, NAME
from contracts.messages import Message
from contracts.progress import Progress, silent
from contracts.records import UpsertCount
from contracts.settings import settings
from gis.archives import require_readable_size
from gis.checks import require_choice
from gis.coords import SYSTEMS
from gis.fields import KINDS
from gis.files import read_places
from gis.map_edge import MapEdge
from gis.osm import OsmExtract, read_osm
from services.access import Principal, authorize
from services.area_codes import missing_parents
from services.import_areas import with_stored_shapes
from services.import_checks import CheckedPlaces, Fault, check_places
from services.import_osm import few_homes, left_out_rows, map_name, osm_communities, ready_for_store, unshifted
from services.import_places import PLACING, community_of, far_away, filled_from, keep_counted, keys_of_stored, repeated_names, with_codes, with_keys
from services.import_report import ImportReport
from services.ports import Places, UnitOfWork
from services.rejected_rows import write_rejected
from services.walk_ends import MAP_EDGE

__all__ = ["ImportReport", "import_osm", "import_places"]

MAP_NAME = "map_name"  # setting: what pages call the city where nothing else names it
_OSM_TABLES = ("streets", "barriers", "grounds", "facilities", "buildings", "entrances")


@dataclass(frozen=True)
class _Refusals:
    """Where refused rows are written and in which language; no folder, no file."""

    folder: Path | None
    language: str
    name: str
    at: datetime

    def write(self, faults: Sequence[Fault], cells: pd.DataFrame) -> Path | None:
        if self.folder is None or not faults:
            return None
        return write_rejected(faults, cells, self.language, folder=self.folder, name=self.name, at=self.at)


def import_places(
    uow: UnitOfWork,
    principal: Principal,
    kind: str,
    path: str | PathLike[str],
    *,
    crs: str | None = None,
    mapping: Mapping[str, str] | None = None,
    at: datetime,
    dry_run: bool = False,
    rejected_folder: Path | None = None,
    language: str = "zh_CN",
    progress: Progress = silent,
) -> ImportReport:
    """Import a table of areas, buildings, facilities, workers or barriers.

    Good rows are stored, refused ones reported with reason and remedy and written to a file in ``rejected_folder``.
    Importing the same file again changes nothing; a row with the key of a stored one replaces it. A row without a key
    gets one from its name and place that stays the same. A dry run does the same and undoes it.

    Raises
    ------
    UnreadableFileError, CrsError, MissingColumnError, InputError
        The file as a whole cannot be used; nothing is stored.
    NotAllowedError
        The principal may not import.
    """
    authorize(principal, "import_data")
    require_choice("kind", kind, KINDS)
    source = Path(path)
    progress(0, 4, Message("Reading the file"))
    table = read_places(source, kind, crs=crs or "wgs84", mapping=mapping, max_mb=settings().max_upload_mb)
    with uow:
        progress(1, 4, Message("Checking the rows"))
        known = _known_bounds(uow)
        checked = check_places(table, kind, known=known)
        frame = _prepared(uow, checked, kind, source.stem)
        progress(2, 4, Message("Storing the places"))
        counts = _store_places(uow, kind, frame, checked.kept)
        report = ImportReport(
            file=source.name,
            dry_run=dry_run,
            counts=counts,
            faults=tuple(checked.faults),
            rejected_path=_Refusals(rejected_folder, language, f"{kind}-{source.stem}", at).write(checked.faults, table.cells),
            fields=table.fields,
            notes=(*table.notes, *checked.notes),
            preview={kind: frame} if dry_run else {},
            warnings=tuple(far_away(frame, known)),
        )
        progress(3, 4, Message("Finishing"))
        progress(4, 4, Message("Done"))
        _finish(uow, principal, report, kind, at)
    return report


def import_osm(
    uow: UnitOfWork,
    principal: Principal,
    path: str | PathLike[str],
    *,
    crs: str = "wgs84",
    areas_path: str | PathLike[str] | None = None,
    at: datetime,
    dry_run: bool = False,
    rejected_folder: Path | None = None,
    language: str = "zh_CN",
    progress: Progress = silent,
) -> ImportReport:
    """Import a street map with everything on it.

    Communities are the polygons of ``areas_path`` where given; else the stored ones where the map lies in them; else the
    finest administrative borders of the map that divide it; else the whole map is one community. Streets of ways that
    are cut otherwise than before replace the old pieces. Refused rows of ``areas_path``, and areas of the map that are broken,
    are listed in files in ``rejected_folder``.

    Raises
    ------
    UnreadableFileError
        The file is damaged, of another kind, too large, or holds nothing.
    InputError
        ``crs`` is none of wgs84, gcj02, bd09 (a street map is always in degrees).
    NotAllowedError
        The principal may not import.
    """
    authorize(principal, "import_data")
    require_choice("crs", crs, SYSTEMS)
    source = Path(path)
    require_readable_size(source, settings().max_upload_mb)
    progress(0, 4, Message("Reading the file"))
    extract = unshifted(read_osm(source), crs)
    given = None if areas_path is None else read_places(areas_path, "areas", max_mb=settings().max_upload_mb)
    with uow:
        progress(1, 4, Message("Finding the communities"))
        checked = osm_communities(extract, uow.areas.read()) if given is None else check_places(given, "areas")
        counts = {"areas": UpsertCount(0, 0)} if checked is None else _store_areas(uow, checked, map_name(source))
        frames, outside = _frames_of(uow, extract)
        progress(2, 4, Message("Storing the places"))
        counts |= {table: _table(uow, table).upsert(frame) for table, frame in frames.items()}
        _drop_old_pieces(uow, frames["streets"])
        uow.city.put(MAP_EDGE, MapEdge.from_json(uow.city.get(MAP_EDGE)).joined(extract.edge).as_json())
        uow.city.put(MAP_NAME, uow.city.get(MAP_NAME) or map_name(source))
        refusals = _Refusals(rejected_folder, language, f"areas-{map_name(source)}", at)
        broken = _listed(extract, replace(refusals, name=f"osm-{map_name(source)}-left-out"))
        homeless = few_homes(frames["buildings"], uow.buildings.read)
        report = ImportReport(
            file=source.name,
            dry_run=dry_run,
            counts=counts,
            faults=() if checked is None else tuple(checked.faults),
            rejected_path=None if checked is None or given is None else refusals.write(checked.faults, given.cells),
            notes=(*extract.notes, *broken, *(checked.notes if checked else ()), *outside, *homeless),
            preview=frames if dry_run else {},
        )
        progress(3, 4, Message("Finishing"))
        progress(4, 4, Message("Done"))
        _finish(uow, principal, report, "osm", at)
    return report


def _listed(extract: OsmExtract, refusals: _Refusals) -> list[Message]:
    """Where the areas of the map that were left out are listed."""
    path = refusals.write(*left_out_rows(extract))
    return [Message("Areas left out, one by one: {path}", {"path": path})] if path else []


def _frames_of(uow: UnitOfWork, extract: OsmExtract) -> tuple[dict[str, gpd.GeoDataFrame], list[Message]]:
    """The frames of a map as they go into the store, buildings with their community, and what to say about those without."""
    frames = {table: ready_for_store(getattr(extract, table)) for table in _OSM_TABLES}
    buildings = frames["buildings"]
    keep_counted(buildings, uow.buildings.read(keys=list(buildings.index)))
    buildings[COMMUNITY_CODE] = community_of(buildings, _communities(uow, buildings))
    lost = int((buildings[COMMUNITY_CODE].isna() & (buildings[HOUSEHOLDS] > 0)).sum())
    note = Message("{count} buildings with households lie in no community. Import the communities to place them.", {"count": lost})
    return frames, [note] if lost else []


def _table(uow: UnitOfWork, kind: str) -> Places:
    table: Places = getattr(uow, kind)
    return table


def _known_bounds(uow: UnitOfWork) -> tuple[float, float, float, float] | None:
    areas = uow.areas.read()
    if areas.empty:
        return None
    west, south, east, north = areas.total_bounds
    return float(west), float(south), float(east), float(north)


def _communities(uow: UnitOfWork, places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    communities = uow.areas.at_level("community")
    if places.geometry.notna().sum() == 0 or communities.empty:
        return communities
    west, south, east, north = places.total_bounds
    return communities.cx[west:east, south:north]


def _prepared(uow: UnitOfWork, checked: CheckedPlaces, kind: str, name: str) -> gpd.GeoDataFrame:
    """Good rows indexed by key or code as they go into the store; adds faults and notes to ``checked``."""
    if kind == "areas":
        stored = uow.areas.read()
        with_stored_shapes(checked, stored)
        with_codes(checked, stored, name)
        checked.notes.extend(repeated_names(checked.frame[NAME]))
        unnamed = checked.frame[NAME].fillna("") == ""
        frame = checked.frame.assign(**{NAME: checked.frame[NAME].where(~unnamed, name)})
    else:
        with_keys(checked, kind, keys_of_stored(checked, _stored_near(uow, checked.frame)) if kind == "buildings" else None)
        frame = checked.frame
        if kind == "buildings":
            frame = filled_from(frame, uow.buildings.read(keys=list(frame.index)), checked)
        if kind in PLACING:
            frame, notes = PLACING[kind](frame, uow.areas.at_level("community"))
            checked.notes.extend(notes)
    return ready_for_store(frame.drop(columns="row", errors="ignore")).sort_index()


def _stored_near(uow: UnitOfWork, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Stored buildings in the bounds of a frame, none where it has no places."""
    if frame.geometry.notna().sum() == 0:
        return uow.buildings.read(keys=[])
    west, south, east, north = (float(value) for value in frame.total_bounds)
    return uow.buildings.read(bbox=(west, south, east, north))


def _store_areas(uow: UnitOfWork, checked: CheckedPlaces, name: str) -> dict[str, UpsertCount]:
    frame = _prepared(uow, checked, "areas", name)
    return _store_places(uow, "areas", frame, checked.kept)


def _store_places(uow: UnitOfWork, kind: str, frame: gpd.GeoDataFrame, kept: Collection[str] = ()) -> dict[str, UpsertCount]:
    counts = {kind: _table(uow, kind).upsert(frame)}
    drawn = frame[~frame.index.isin(kept)]
    if kind != "areas" or drawn.empty:
        return counts
    parents = missing_parents(uow.areas.read())
    if not parents.empty:
        made = uow.areas.upsert(parents)
        counts["areas"] = UpsertCount(counts["areas"].added + made.added, counts["areas"].updated + made.updated, counts["areas"].unchanged + made.unchanged)
    moved = _move_buildings(uow, drawn)
    return counts | ({"buildings": moved} if moved is not None else {})


def _move_buildings(uow: UnitOfWork, areas: gpd.GeoDataFrame) -> UpsertCount | None:
    """Stored buildings near imported areas go to the community they now lie in; ``None`` where there are none."""
    if areas.empty:
        return None
    west, south, east, north = (float(value) for value in areas.total_bounds)
    buildings = uow.buildings.read(bbox=(west, south, east, north))
    if buildings.empty:
        return None
    here = community_of(buildings, _communities(uow, buildings))
    changed = buildings[[GEOMETRY]].assign(**{COMMUNITY_CODE: here.where(here.notna(), None)})
    return uow.buildings.upsert(changed)


def _drop_old_pieces(uow: UnitOfWork, streets: gpd.GeoDataFrame) -> None:
    """Pieces of a way that was imported again but is now cut otherwise."""
    if streets.empty:
        return
    west, south, east, north = (float(value) for value in streets.total_bounds)
    stored = uow.streets.read(bbox=(west, south, east, north)).index
    ways = set(streets.index.str.split(":").str[0])
    old = [key for key in stored.difference(streets.index) if str(key).split(":")[0] in ways]
    if old:
        uow.streets.delete(old)


def _finish(uow: UnitOfWork, principal: Principal, report: ImportReport, kind: str, at: datetime) -> None:
    """Write the audit row and commit; a dry run leaves without, which undoes everything, and so does an import of nothing new."""
    if report.dry_run or not any(count.added or count.updated for count in report.counts.values()):
        return
    uow.audit.append(at=at, login=principal.login, action="import_data", subject=f"{kind}:{report.file}", details=report.as_dict())
    uow.commit()
