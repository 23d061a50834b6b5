"""Good rows of a table made ready for the store: keys that stay the same, codes, communities. Pure: frames in, frames out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from contracts.columns import (
    CATEGORY,
    CODE,
    COMMUNITY,
    COMMUNITY_CODE,
    ESTIMATED,
    FULL_TIME,
    GEOMETRY,
    HOUSEHOLDS,
    KEY,
    KIND,
    LEVEL,
    NAME,
    PARENT_CODE,
    RESIDENTS,
    WORKER_KIND,
)
from contracts.messages import Message
from gis.archives import limit
from gis.crs import metric_crs
from gis.osm_rules import estimate
from grids.rules import rule_value
from services.area_codes import GENERATED, SOURCE_KEY, code_communities, is_code, made_up_district, parent_of
from services.import_checks import MOST_NAMED, CheckedPlaces, Fault

_KM_PER_DEGREE = 111.32  # of latitude
_ROUNDING = 5  # digits of a degree that count for a derived key: about a metre


def derived_keys(frame: gpd.GeoDataFrame, kind: str) -> pd.Series:
    """A key for each row that stays the same from import to import: from kind, name, category and rounded position."""
    points = shapely.point_on_surface(frame.geometry.to_numpy()) if len(frame) else np.empty(0, dtype=object)
    place = [("", "") if point is None else (f"{point.x:.{_ROUNDING}f}", f"{point.y:.{_ROUNDING}f}") for point in points]
    said = [frame[column].fillna("").astype(str) if column in frame else pd.Series("", index=frame.index) for column in (NAME, CATEGORY, KIND)]
    keys = [hashlib.sha256("|".join((kind, *words, *where)).encode()).hexdigest()[:12] for *words, where in zip(*said, place, strict=True)]
    return pd.Series([f"{kind[0]}-{key}" for key in keys], index=frame.index, dtype="str")


def keys_of_stored(checked: CheckedPlaces, stored: gpd.GeoDataFrame) -> pd.Series:
    """For rows that came as points: the key of the stored building they lie in, missing where there is none. By source row."""
    rows = checked.frame[checked.frame.index.isin(checked.drawn)]
    if rows.empty or stored.empty:
        return pd.Series([], dtype="str")
    point, building = shapely.STRtree(stored.geometry.to_numpy()).query(shapely.centroid(rows.geometry.to_numpy()), predicate="intersects")
    found = pd.DataFrame({"point": point, "building": building}).sort_values(["point", "building"]).drop_duplicates("point")
    return pd.Series(stored.index.to_numpy()[found["building"]], index=rows.index[found["point"]], dtype="str")


def with_keys(checked: CheckedPlaces, kind: str, stored_keys: pd.Series | None = None) -> None:
    """Index the good rows by key and refuse rows whose key an earlier row has; the source row stays in column ``row``.

    The key is the one given, else that of ``stored_keys``, else derived from name and place.
    """
    frame = checked.frame
    derived = derived_keys(frame, kind)
    if stored_keys is not None:
        derived = stored_keys.reindex(frame.index).fillna(derived)
    keys = frame[KEY].where(frame[KEY].notna(), derived) if KEY in frame else derived
    _refuse_doubled(
        checked,
        keys,
        KEY,
        lambda row: Message("row {first} has the same key, or is the same place, and says something else", {"first": row}),
        Message("leave one of the two out or give each a key of its own"),
    )
    keys = keys[checked.frame.index].astype("str")
    checked.frame = checked.frame.drop(columns=KEY, errors="ignore").assign(row=checked.frame.index).set_index(pd.Index(keys, name=KEY))


def _refuse_doubled(checked: CheckedPlaces, keys: pd.Series, heading: str, reason: Callable[[int], Message], remedy: Message) -> None:
    """Of rows with one key keep the first; later ones that say the same are dropped with a note, others refused by ``reason(first row)``."""
    double = keys[keys.duplicated(keep=False)]
    rows = checked.frame.loc[double.index]
    said = [rows[name].astype(str) for name in rows.columns if name not in (KEY, GEOMETRY)]
    content = dict(zip(double.index, zip(*said, shapely.to_wkb(rows.geometry.to_numpy()), strict=True), strict=True))
    first: dict[str, int] = {}
    repeated: list[int] = []
    for row, key in zip(map(int, double.index), map(str, double), strict=True):
        earlier = first.setdefault(key, row)
        if earlier == row:
            continue
        repeated.append(row)
        if content[row] != content[earlier]:
            checked.faults.append(Fault(row, heading, reason(earlier), remedy))
    refused = {fault.row for fault in checked.faults}
    same = sum(row not in refused for row in repeated)
    if same:
        checked.notes.append(Message("{count} rows repeat an earlier row word for word; they count once.", {"count": same}))
    checked.frame = checked.frame[~checked.frame.index.isin(repeated)]


def repeated_names(names: pd.Series) -> list[Message]:
    """A note where areas share a name, which is no fault: codes tell them apart."""
    count = names[names.fillna("") != ""].value_counts()
    twice = sorted(count[count > 1].index)
    if not twice:
        return []
    which = ", ".join(twice[:MOST_NAMED]) + (" …" if len(twice) > MOST_NAMED else "")
    return [
        Message(
            "{count:name belongs|names belong} to more than one area each ({which}). Every area has a code of its own.", {"count": len(twice), "which": which}
        )
    ]


def with_codes(checked: CheckedPlaces, stored: gpd.GeoDataFrame, name: str) -> None:
    """Index areas by code: 12-digit codes stay, others get one that is kept for good; fill in level and parent.

    Parameters
    ----------
    checked
        Good rows with name and perhaps code, level, parent_code.
    stored
        Areas of the store, with source_key.
    name
        Name of the source, from which a made-up district gets its code.
    """
    frame = checked.frame
    given = frame[CODE] if CODE in frame else pd.Series(None, index=frame.index, dtype=object)
    official = given.map(is_code)
    sources = given.where(given.notna(), derived_keys(frame, "areas")).astype(str)
    _refuse_doubled(
        checked,
        sources,
        CODE,
        lambda row: Message("row {first} has the same code, or is the same area, and says something else", {"first": row}),
        Message("leave one of the two out"),
    )
    frame = checked.frame
    given, official, sources = (each[frame.index] for each in (given, official, sources))
    known = {} if SOURCE_KEY not in stored else {str(key): str(code) for code, key in stored[SOURCE_KEY].dropna().items()}
    made = code_communities(list(sources[~official]), known, made_up_district(name), {*stored.index, *given[official]})
    codes = given.where(official, sources.map(made)).astype("str")
    levels = frame[LEVEL] if LEVEL in frame else pd.Series(None, index=frame.index, dtype=object)
    levels = levels.where(levels.notna(), "community")
    parents = pd.Series([parent_of(code, level) or None for code, level in zip(codes, levels, strict=True)], index=frame.index, dtype="str")
    if PARENT_CODE in frame:
        parents = frame[PARENT_CODE].where(frame[PARENT_CODE].map(is_code), parents)
    is_made = ~official.astype(bool) | codes.map(stored[GENERATED].eq(True) if GENERATED in stored else {}).eq(True)
    origin = sources.where(~official.astype(bool), codes.map(stored.get(SOURCE_KEY, {})))
    columns = {LEVEL: levels, PARENT_CODE: parents, GENERATED: is_made, SOURCE_KEY: origin.astype(object).where(origin.notna(), None)}
    checked.frame = frame.assign(**columns, row=frame.index).drop(columns=CODE, errors="ignore").set_index(pd.Index(codes, name=CODE))


def community_of(places: gpd.GeoDataFrame, communities: gpd.GeoDataFrame) -> pd.Series:
    """Code of the community each place overlaps most, ``None`` outside all; ties go to the smaller code. Index kept.

    A footprint that only touches a border, or reaches over it by no more than drawing noise, is outside.
    """
    found = pd.Series(None, index=places.index, dtype=object, name=COMMUNITY_CODE)
    if places.empty or communities.empty:
        return found
    crs = metric_crs(communities)
    areas, shapes = communities.sort_index().to_crs(crs), places.geometry.to_crs(crs).to_numpy()
    place, area = shapely.STRtree(areas.geometry.to_numpy()).query(shapes, predicate="intersects")
    pairs = pd.DataFrame({"place": place, "area": area}).sort_values(["place", "area"])
    inside, ground = shapes[pairs["place"]], areas.geometry.to_numpy()[pairs["area"]]
    whole = shapely.area(inside)
    share = whole.copy()
    torn = ~shapely.covered_by(inside, ground)
    share[torn] = shapely.area(shapely.intersection(inside[torn], ground[torn]))
    noise = np.minimum(rule_value("gap_tolerance"), 0.5 * whole)
    is_inside = (share > noise) | (whole == 0.0)
    best = pairs.assign(share=share)[is_inside].sort_values(["place", "share", "area"], ascending=[True, False, True]).drop_duplicates("place")
    found.iloc[best["place"].to_numpy()] = areas.index.to_numpy()[best["area"].to_numpy()]
    return found


def with_communities(frame: gpd.GeoDataFrame, communities: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Message]]:
    """Buildings with their community: the one given where it exists, else the one they lie in."""
    here = community_of(frame, communities)
    given = frame[COMMUNITY_CODE] if COMMUNITY_CODE in frame else pd.Series(None, index=frame.index, dtype=object)
    known = given.isin(communities.index)
    unknown = int((given.notna() & ~known).sum())
    code = given.where(known, here)
    homeless = int(code.isna().sum())
    notes = [
        (unknown, Message("{count} buildings name a community that is not known; the one they lie in was taken.", {"count": unknown})),
        (homeless, Message("{count} buildings lie in no community. Import the communities to place them.", {"count": homeless})),
    ]
    return frame.assign(**{COMMUNITY_CODE: code.astype(object).where(code.notna(), None)}), [note for count, note in notes if count]


def with_worker_communities(frame: gpd.GeoDataFrame, communities: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Message]]:
    """Workers with the code of their community, where its name or code was given and is known; a name twice is not guessed.

    Where only the kind of worker is given, it says who works full-time.
    """
    frame, notes = _with_full_time(frame)
    if COMMUNITY not in frame:
        return frame, notes
    names = communities[NAME].dropna() if NAME in communities else pd.Series(dtype="str")
    by_name = {name: code for code, name in names[~names.duplicated(keep=False)].items()}
    code = frame[COMMUNITY].map(lambda said: said if said in communities.index else by_name.get(said))
    lost = int((frame[COMMUNITY].notna() & code.isna()).sum())
    note = Message("{count} workers name a community that is not known; they can work anywhere.", {"count": lost})
    return frame.assign(**{COMMUNITY: code.astype(object).where(code.notna(), None)}), notes + ([note] if lost else [])


def _with_full_time(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Message]]:
    if WORKER_KIND not in frame:
        return frame, []
    kind = frame[WORKER_KIND]
    said = frame[FULL_TIME] if FULL_TIME in frame else pd.Series(None, index=frame.index, dtype=object)
    unknown = int((said.isna() & kind.isna()).sum())
    note = Message("{count} workers have neither a kind nor a word on full-time; they count as part-time.", {"count": unknown})
    full_time = said.astype(object).where(said.notna(), kind == FULL_TIME).astype(bool)
    return frame.assign(**{FULL_TIME: full_time}), [note] if unknown else []


def filled_from(frame: gpd.GeoDataFrame, stored: gpd.GeoDataFrame, checked: CheckedPlaces) -> gpd.GeoDataFrame:
    """Buildings without a shape, or known only as a point, take the stored one; those that are new then have none and are refused."""
    lacking = frame.geometry.isna() | (frame["row"].isin(checked.drawn) & frame.index.isin(stored.index))
    own = stored.geometry.reindex(frame.index[lacking])
    shapes = frame.geometry.copy()
    shapes.loc[lacking] = own.to_numpy()
    frame = frame.set_geometry(shapes)
    nowhere = frame.geometry.isna()
    checked.frame = checked.frame.set_index("row")
    rows = checked.frame.index.isin(frame.loc[nowhere, "row"])
    checked.refuse(
        rows,
        GEOMETRY,
        Message("the building is new and the row has no place"),
        Message("give longitude and latitude, a geometry, or the key of a building already stored"),
    )
    frame = frame[~nowhere]
    return _with_people(frame, stored.reindex(frame.index), checked)


def _with_people(frame: gpd.GeoDataFrame, before: pd.DataFrame, checked: CheckedPlaces) -> gpd.GeoDataFrame:
    """Households as given, else as stored, else 0; residents likewise, else from the mean size of a household and marked ``estimated``."""
    nothing = pd.Series(np.nan, index=frame.index)
    said, counted = (pd.to_numeric(frame.get(column, nothing)).astype(float) for column in (HOUSEHOLDS, RESIDENTS))
    stored_households, stored_residents = (pd.to_numeric(before.get(column, nothing)).astype(float) for column in (HOUSEHOLDS, RESIDENTS))
    was_guessed = before[ESTIMATED].eq(True) if ESTIMATED in before else nothing.notna()
    households = said.fillna(stored_households).fillna(0.0)
    known = counted.fillna(stored_residents.where(said.isna() | ~was_guessed))
    guessed = known.isna() & (households > 0)
    if guessed.any():
        checked.notes.append(Message("Residents of {count} buildings are estimated from their households.", {"count": int(guessed.sum())}))
    residents = known.fillna((households * estimate("household_size")).round())
    return frame.assign(**{HOUSEHOLDS: households.astype("int64"), RESIDENTS: residents, ESTIMATED: guessed | (was_guessed & said.isna())})


def keep_counted(buildings: gpd.GeoDataFrame, stored: gpd.GeoDataFrame) -> None:
    """Households and residents that were counted outrank estimates: put the stored ones into the new frame, in place."""
    if stored.empty:
        return
    known = stored.reindex(buildings.index)
    counted = known[ESTIMATED].astype(object).eq(False) & (pd.to_numeric(known[HOUSEHOLDS]) > 0) & buildings[ESTIMATED].astype(bool)
    for column in (HOUSEHOLDS, RESIDENTS, ESTIMATED):
        buildings[column] = buildings[column].where(~counted, known[column])


def far_away(frame: gpd.GeoDataFrame, known: tuple[float, float, float, float] | None) -> list[Message]:
    """A warning where all places lie beyond ``far_away_km`` of ``import_limits.csv`` from the bounds (degrees) the city has."""
    if known is None or frame.geometry.notna().sum() == 0:
        return []
    west, south, east, north = (float(value) for value in frame.total_bounds)
    across = max(west - known[2], known[0] - east, 0.0) * float(np.cos(np.radians((known[1] + known[3]) / 2)))
    away_km = float(np.hypot(across, max(south - known[3], known[1] - north, 0.0))) * _KM_PER_DEGREE
    if away_km <= limit("far_away_km"):
        return []
    return [Message("These places lie {away_km} km from the city; the coordinates or their system may be wrong.", {"away_km": round(away_km)})]


Placing = Callable[[gpd.GeoDataFrame, gpd.GeoDataFrame], tuple[gpd.GeoDataFrame, list[Message]]]
PLACING: dict[str, Placing] = {"buildings": with_communities, "workers": with_worker_communities}
