"""The data doctor on a city: faults of streets, doors and facilities with the people behind them and what a fix would change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from contracts.columns import BUILDING_KEY, FACILITY_KEY, RESIDENTS
from contracts.messages import Message
from contracts.progress import Progress, silent
from gis.attachment import ATTACHMENT, Attached, find_islands
from gis.crs import WGS84
from gis.doctor_crossings import find_missing_crossings
from gis.doctor_rules import DOCTOR, HARMLESS, ISLAND, DoctorRule, Fix, Joint, StreetFault
from services.doctor_city import DoctorCity, Names, names_of
from services.doctor_effect import effect_of
from services.fault_words import CityFault

Shapes = npt.NDArray[np.object_]
UNSNAPPED, UNSNAPPED_HOME, FAR_PLACE = "unsnapped", "unsnapped_home", "far_place"


@dataclass(frozen=True, eq=False)
class _Found:
    """A fault on its way to people: where, who is concerned, and the fix in the network's own terms."""

    kind: str
    name: str
    name_en: str
    place: BaseGeometry
    people: float
    message: Message
    remedy: Message
    fix: Fix | None


def examine(city: DoctorCity, *, ground: BaseGeometry | None = None, rule: DoctorRule = DOCTOR, progress: Progress = silent) -> list[CityFault]:
    """All faults of streets, homes and facilities, those inside ``ground`` (longitude and latitude) where it is given.

    The effect of the fix is computed for the ``rule.effects`` faults with most people; the rest say so.
    """
    progress(0, 1, Message("Looking for faults between homes and streets"))
    found = [*_on_streets(city, rule), *_places(city, rule), *_homes(city, rule)]
    found = [each for each in found if each.kind != ISLAND or each.people > 0 or _length_m(each) >= rule.island_report_m]
    spots = gpd.GeoSeries([each.place for each in found], crs=city.diagnosis.network.crs).to_crs(WGS84)
    if ground is not None:
        inside = np.flatnonzero(shapely.intersects_xy(ground, spots.x.to_numpy(), spots.y.to_numpy()))
        found, spots = [found[row] for row in inside], spots.iloc[inside]
    effects = _effects(city, found, rule, progress)
    drawn = gpd.GeoSeries([None if each.fix is None else each.fix.shape for each in found], crs=city.diagnosis.network.crs).to_crs(WGS84)
    return [
        CityFault(each.kind, each.name, spot.x, spot.y, each.message, each.people, each.remedy, fix, *effect, each.name_en)
        for each, spot, fix, effect in zip(found, spots, drawn, effects, strict=True)
    ]


def _length_m(found: _Found) -> float:
    return float(found.message.details["length"])


def _effects(city: DoctorCity, found: list[_Found], rule: DoctorRule, progress: Progress) -> list[tuple[float | None, float | None]]:
    order = sorted(range(len(found)), key=lambda row: (-found[row].people, found[row].kind, found[row].name, found[row].place.wkt))
    wanted = [row for row in order if found[row].fix is not None and found[row].kind not in HARMLESS][: int(rule.effects)]
    known: dict[int, tuple[float | None, float | None]] = {row: (0.0, 0.0) for row in order if found[row].kind in HARMLESS}
    for number, row in enumerate(wanted):
        progress(number, len(wanted), Message("Computing what each fix would change"))
        fix = found[row].fix
        known[row] = (None, None) if fix is None else effect_of(city, fix)
    return [known.get(row, (None, None)) for row in range(len(found))]


def _on_streets(city: DoctorCity, rule: DoctorRule) -> Iterator[_Found]:
    faults = [*city.diagnosis.faults, *find_missing_crossings(city.diagnosis.ground, city.facing, rule)]
    near = city.people_near(np.array([fault.place for fault in faults], dtype=object), rule)
    is_island = find_islands(city.diagnosis.network)
    for fault, neighbours in zip(faults, near, strict=True):
        part = _island_of(city, fault, is_island)
        people = neighbours if part < 0 else city.people_on_part(part)
        message = _with_people(city, fault, part, people) if fault.kind == ISLAND else fault.message
        yield _Found(fault.kind, *_street_names(city, fault, rule), fault.place, float(people), message, fault.remedy, fault.fix)


def _island_of(city: DoctorCity, fault: StreetFault, is_island: npt.NDArray[np.bool_]) -> int:
    """The island a fault cuts off, -1 where it cuts off none."""
    if fault.component >= 0 or fault.fix is None:
        return fault.component
    parts = [int(city.diagnosis.network.component[joint.edge]) for joint in fault.fix.joints if is_island[joint.edge]]
    return max(parts, default=-1)


def _with_people(city: DoctorCity, fault: StreetFault, part: int, people: float) -> Message:
    details = {**fault.message.details, "people": people, "facilities": city.facilities_on_part(part)}
    return Message("{length:.0f} m of street are cut off from the rest of the city, with {people:,.0f} residents and {facilities} facilities on it.", details)


def _street_names(city: DoctorCity, fault: StreetFault, rule: DoctorRule) -> Names:
    """ "A × B" of the streets that have names, else the nearest named street, else a key."""
    streets = city.diagnosis.ground.streets
    known = sorted({names_of(streets.loc[key]) for key in fault.streets if key in streets.index} - {("", "")})
    own = " × ".join(name or name_en for name, name_en in known), " × ".join(name_en or name for name, name_en in known)
    return _names(city, own, fault.place, fault.streets[0], rule)


def _names(city: DoctorCity, own: Names, place: BaseGeometry, key: object, rule: DoctorRule) -> Names:
    """A place's own names, else those of the nearest named street, else its key."""
    name, name_en = own if any(own) else city.street_near(place, rule)
    return name or name_en or str(key), name_en or name


def _places(city: DoctorCity, rule: DoctorRule) -> Iterator[_Found]:
    """Facilities that find no street, or only a distant one."""
    served, shapes = city.served, city.facilities.geometry.to_numpy()
    away_m = pd.Series(np.where(served.is_snapped, served.access_m, np.inf)).groupby(city.facilities[FACILITY_KEY].to_numpy()).transform("min")
    is_first = ~city.facilities[FACILITY_KEY].duplicated().to_numpy()
    rows = np.flatnonzero(is_first & (away_m > rule.long_access_m).to_numpy())
    rows = rows[~(shapely.is_missing(shapes[rows]) | shapely.is_empty(shapes[rows]))]
    near = city.people_near(shapes[rows], rule)
    fixes = _links(city, shapes[rows], rule)
    for row, people, fix in zip(rows, near, fixes, strict=True):
        names = _names(city, names_of(city.facilities.iloc[row]), shapes[row], city.facilities[FACILITY_KEY].iloc[row], rule)
        place = shapely.point_on_surface(shapes[row])
        if np.isfinite(away_m[row]):
            text = Message("The nearest street is {away:.0f} m away from this place.", {"away": float(away_m[row])})
            yield _Found(FAR_PLACE, *names, place, float(people), text, Message("Mend the place, or draw its entrance and the path to it."), None)
        else:
            yield _Found(UNSNAPPED, *names, place, float(people), _no_street(served, int(row)), _way_in(served, int(row)), fix)


def _homes(city: DoctorCity, rule: DoctorRule) -> Iterator[_Found]:
    """Buildings none of whose doors finds a street."""
    homes = city.homes
    rows = np.flatnonzero(~homes.is_snapped & ~city.doors[BUILDING_KEY].duplicated().to_numpy())
    reached = set(city.doors[BUILDING_KEY].to_numpy()[homes.is_snapped])
    rows = np.array([row for row in rows if city.doors[BUILDING_KEY].iloc[row] not in reached], dtype=np.int64)
    shapes = city.doors.geometry.to_numpy()[rows]
    seen = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    for row, shape, fix in zip(rows[seen], shapes[seen], _links(city, shapes[seen], rule), strict=True):
        building = city.buildings.loc[city.doors[BUILDING_KEY].iloc[row]]
        names = _names(city, names_of(building), shape, building.name, rule)
        place = shapely.point_on_surface(shape)
        yield _Found(UNSNAPPED_HOME, *names, place, float(building[RESIDENTS]), _no_street(homes, int(row)), _way_in(homes, int(row)), fix)


def _no_street(places: Attached, row: int) -> Message:
    details = {"radius": ATTACHMENT.radius_m}
    if places.reason[row] == "blocked":
        return Message("A wall, water or railway stands between this place and every street within {radius:.0f} m.", details)
    return Message("No street can be reached from here within {radius:.0f} m.", details)


def _way_in(places: Attached, row: int) -> Message:
    return Message("Draw the gate or the missing path.") if places.reason[row] == "blocked" else Message("Mend the place or draw the missing path.")


def _links(city: DoctorCity, shapes: Shapes, rule: DoctorRule) -> list[Fix | None]:
    """The straight way from each place to the nearest street of the city proper, ``None`` where none is within ``home_link_m``."""
    network = city.diagnosis.network
    main = np.flatnonzero(network.can_attach & ~find_islands(network))
    fixes: list[Fix | None] = [None] * len(shapes)
    if not len(main) or not len(shapes):
        return fixes
    lines = network.pieces.geometry[main]
    row, found = shapely.STRtree(lines).query_nearest(shapes, max_distance=rule.home_link_m)
    rank = city.diagnosis.ground.rank[main]
    order = np.lexsort((rank[found], row))
    for place, edge in dict(zip(row[order][::-1], found[order][::-1], strict=True)).items():
        fixes[int(place)] = _link(shapes[place], lines[edge], int(main[edge]))
    return fixes


def _link(shape: Any, line: Any, edge: int) -> Fix | None:
    link = shapely.shortest_line(shape, line)
    if not shapely.length(link):
        return None
    share = float(shapely.line_locate_point(line, shapely.get_point(link, -1), normalized=True))
    return Fix(link, (Joint(-1), Joint(edge, share)))
