"""What is wrong with the data and the plans in force, each with its place, who is concerned and what to do."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd

from contracts.columns import COMMUNITY_CODE, NAME, text_of
from contracts.messages import Message
from contracts.progress import Progress, silent
from grids.check import find_faults
from services.access import Principal, areas_for, authorize, may
from services.division import city_rule
from services.doctor import examine
from services.doctor_city import read_doctor_city
from services.fault_words import CityFault, worst_first
from services.ports import UnitOfWork
from services.workload import with_weights


def check_city(uow: UnitOfWork, principal: Principal, *, progress: Progress = silent) -> list[CityFault]:
    """Faults of the plans in force, of streets, homes and facilities, worst first: most people, then most to gain.

    Whoever may check some areas only is told of the faults in them.

    Raises
    ------
    NotAllowedError, CancelledError
    """
    authorize(principal, "check_data")
    with uow:
        progress(0, 1, Message("Reading the city"))
        communities = uow.areas.at_level("community")
        communities = communities[[may(principal, "check_data", str(code)) for code in communities.index]]
        ground = None if areas_for(principal, "check_data") is None else communities.geometry.union_all()
        progress(0, 1, Message("Checking the grids in force"))
        on_plans = list(_plan_faults(uow, communities))
        progress(0, 1, Message("Looking for faults in the streets"))
        city = read_doctor_city(uow)
    on_streets = [] if city is None else examine(city, ground=ground, progress=progress)
    return worst_first([*on_plans, *on_streets])


def _plan_faults(uow: UnitOfWork, communities: gpd.GeoDataFrame) -> Iterator[CityFault]:
    rule, grids = city_rule(uow), uow.plans.grids(communities=list(communities.index))
    for code, community in communities.iterrows():
        place, middle = text_of(community[NAME]) or str(code), community.geometry.representative_point()
        mine = grids[grids[COMMUNITY_CODE] == code]
        if not len(mine):
            yield CityFault("no_plan", place, middle.x, middle.y, Message("This community has no grids in force. Divide it."))
            continue
        buildings = with_weights(uow, communities.loc[[code]], uow.buildings.read(communities=[str(code)]), rule)
        buildings[rule.weight] = buildings[rule.weight].fillna(0)
        unweighed = mine.drop(columns=rule.weight, errors="ignore")  # the plan keeps the figures of its day; the band is judged by today's
        for fault in find_faults(unweighed, communities.loc[[code]], buildings, rule=rule):
            point = fault.place or middle
            yield CityFault(fault.kind, place, point.x, point.y, fault.message)
