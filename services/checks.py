"""What is wrong with the data and the plans in force, each with its place and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from contracts.columns import COMMUNITY_CODE, KIND, NAME, text_of
from contracts.messages import Message
from gis.attachment import ATTACHMENT, find_islands
from gis.network import ADULT
from grids.check import find_faults
from services.access import Principal, areas_for, authorize, may
from services.division import city_rule
from services.networks import city_network
from services.ports import UnitOfWork


@dataclass(frozen=True)
class CityFault:
    """One fault: its kind for machines, the place's name for people, where it is, and the sentence."""

    kind: str
    place: str
    lon: float
    lat: float
    message: Message


def check_city(uow: UnitOfWork, principal: Principal) -> list[CityFault]:
    """Faults of the plans in force, communities without a plan, islands of streets, and places that find no street.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "check_data")
    with uow:
        communities = uow.areas.at_level("community")
        communities = communities[[may(principal, "check_data", str(code)) for code in communities.index]]
        ground = None if areas_for(principal, "check_data") is None else communities.geometry.union_all()
        on_streets = [fault for fault in _street_faults(uow) if ground is None or shapely.intersects_xy(ground, fault.lon, fault.lat)]
        return [*_plan_faults(uow, communities), *on_streets]


def _plan_faults(uow: UnitOfWork, communities: gpd.GeoDataFrame) -> Iterator[CityFault]:
    rule, grids = city_rule(uow), uow.plans.grids(communities=list(communities.index))
    for code, community in communities.iterrows():
        place, middle = text_of(community[NAME]) or str(code), community.geometry.representative_point()
        mine = grids[grids[COMMUNITY_CODE] == code]
        if not len(mine):
            yield CityFault("no_plan", place, middle.x, middle.y, Message("This community has no grids in force. Divide it."))
            continue
        buildings = uow.buildings.read(communities=[str(code)])
        buildings[rule.weight] = buildings[rule.weight].fillna(0)
        unweighed = mine.drop(columns=rule.weight)  # the plan keeps the figures of its day; the band is judged by today's
        for fault in find_faults(unweighed, communities.loc[[code]], buildings, rule=rule):
            point = fault.place or middle
            yield CityFault(fault.kind, place, point.x, point.y, fault.message)


def _street_faults(uow: UnitOfWork) -> Iterator[CityFault]:
    streets, facilities = uow.streets.read(), uow.facilities.read()
    if not len(streets):
        return
    network = city_network(uow, ADULT, streets=streets)
    islands = np.flatnonzero(find_islands(network))
    parts, first = np.unique(network.component[islands], return_index=True)
    for part, edge in zip(parts, islands[first], strict=True):
        row = network.pieces.row[edge]
        point = streets.geometry.iloc[row].interpolate(0.5, normalized=True)
        name = text_of(streets[NAME].iloc[row]) or str(streets.index[row])
        text = Message(
            "{length:.0f} m of street are cut off from the rest of the city. Look for a missing link.", {"length": float(network.component_length_m[part])}
        )
        yield CityFault("island", name, point.x, point.y, text)
    entrances = uow.entrances.read()
    lost = network.attach(facilities, barriers=uow.barriers.read(), gates=entrances[entrances[KIND] == "gate"]).unsnapped
    for key in lost:
        row = facilities.loc[key]
        yield CityFault(
            "unsnapped",
            text_of(row[NAME]) or str(key),
            row.geometry.x,
            row.geometry.y,
            Message("No street can be reached from here within {radius:.0f} m. Mend the place or draw the missing path.", {"radius": ATTACHMENT.radius_m}),
        )
