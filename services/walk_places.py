"""Buildings to walk from: which there are in a community, and what a building is called."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from contracts.columns import ADDRESS, COMMUNITY_CODE, GEOMETRY, NAME, NAME_EN, RESIDENTS, text_of
from contracts.messages import Message, Named
from services.access import Principal, authorize, may
from services.ports import UnitOfWork
from services.walk_words import name_message

NEAR_DEGREES = 0.003  # about 300 m: how far around a building a street is looked for that names it


def walk_places(uow: UnitOfWork, principal: Principal, community: str) -> gpd.GeoDataFrame:
    """Lived-in buildings of a community with their ``label`` (a ``Message``), sorted by label, in EPSG:4326.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "view_map", community)
    with uow:
        buildings = uow.buildings.read(communities=[community])
        lived_in = buildings[buildings[RESIDENTS].fillna(0.0) > 0] if len(buildings) else buildings
        labels = building_labels(uow, lived_in)
    frame = lived_in[[GEOMETRY]].assign(label=[labels[str(key)] for key in lived_in.index])
    order = pd.Series([_sort_key(str(label)) for label in frame["label"]], index=frame.index).sort_values(kind="stable").index
    return frame.loc[order]


def community_of(uow: UnitOfWork, principal: Principal, building_key: str) -> str:
    """Code of the community a building lies in, ``""`` where there is no such building or the principal may not see it."""
    with uow:
        found = uow.buildings.read(keys=[building_key])
    code = text_of(found[COMMUNITY_CODE].iloc[0]) if len(found) else ""
    return code if code and may(principal, "view_map", code) else ""


def building_labels(uow: UnitOfWork, buildings: gpd.GeoDataFrame) -> dict[str, Message]:
    """What each building is called: its name, its address, else the community and the street it stands near."""
    labels: dict[str, Message] = {}
    unnamed = []
    for key, row in buildings.iterrows():
        address = text_of(row.get(ADDRESS))
        label = name_message(row) or (Named(address) if address else None)
        if label is None:
            unnamed.append(key)
        else:
            labels[str(key)] = label
    return labels | _places_of(uow, buildings.loc[unnamed])


def _places_of(uow: UnitOfWork, buildings: gpd.GeoDataFrame) -> dict[str, Message]:
    """Words for buildings without a name; those that would be called the same are numbered in the order of their keys."""
    if not len(buildings):
        return {}
    areas = uow.areas.read(keys=sorted(set(buildings[COMMUNITY_CODE].dropna().astype(str))))
    communities = {str(code): name_message(row) for code, row in areas.iterrows()}
    streets = _street_names(uow, buildings)
    words: dict[str, Message] = {}
    count: dict[str, int] = {}
    for key in sorted(map(str, buildings.index)):
        place = {"community": communities.get(str(buildings.at[key, COMMUNITY_CODE])) or Message("no community"), "street": streets.get(key)}
        near = Message("Building in {community}, near {street}", place) if place["street"] else Message("Building in {community}", place)
        count[str(near)] = count.get(str(near), 0) + 1
        words[key] = Message("{place} ({number})", {"place": near, "number": count[str(near)]})
    return words


def _street_names(uow: UnitOfWork, buildings: gpd.GeoDataFrame) -> dict[str, Message]:
    """The nearest street with a name, per building."""
    west, south, east, north = (float(value) for value in buildings.total_bounds)
    streets = uow.streets.read(bbox=(west - NEAR_DEGREES, south - NEAR_DEGREES, east + NEAR_DEGREES, north + NEAR_DEGREES))
    named = streets[(streets[NAME].fillna("") != "") | (streets[NAME_EN].fillna("") != "")] if len(streets) and NAME in streets else streets.iloc[:0]
    if not len(named):
        return {}
    metric = named.estimate_utm_crs()
    near = gpd.sjoin_nearest(buildings[[GEOMETRY]].to_crs(metric), named[[GEOMETRY]].to_crs(metric), how="left", distance_col="away_m")
    street = near.columns[-2]
    first = near.sort_values(["away_m", street]).groupby(level=0)[street].first()
    found = {str(key): name_message(named.loc[row]) for key, row in first.items()}
    return {key: name for key, name in found.items() if name is not None}


def _sort_key(label: str) -> tuple[int, str]:
    """Buildings in the order of their numbers: 2 before 10."""
    digits = "".join(sign for sign in label if sign.isdigit())
    return (int(digits[-9:]) if digits else 0, label)
