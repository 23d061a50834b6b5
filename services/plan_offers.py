"""Plans to choose from: one community divided under several settings, each with its figures and a small drawing."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd

from contracts.progress import Progress, silent
from grids.frontier import Frontier, FrontierPlan, plan_frontier
from grids.sketch import shapes_of
from services.access import Principal, authorize
from services.grounds import Grounds
from services.ports import UnitOfWork

WGS84 = "EPSG:4326"


@dataclass(frozen=True)
class Offer:
    """One plan on offer and the outlines of its grids, EPSG:4326, indexed by code."""

    plan: FrontierPlan
    shapes: gpd.GeoSeries


@dataclass(frozen=True)
class Offers:
    """Plans none of which is worse than another in everything, what was left out, and what the community looks like."""

    frontier: Frontier
    offers: tuple[Offer, ...]
    lines: gpd.GeoDataFrame  # streets and barriers with ``kind``, for the drawings
    has_plan_in_force: bool


def plans_on_offer(uow: UnitOfWork, principal: Principal, community: str, *, seed: int = 0, grounds: Grounds, progress: Progress = silent) -> Offers:
    """Divide a community under every setting of ``grid_frontier.csv``; nothing is kept.

    Raises
    ------
    NotAllowedError, NotFoundError, InputError, CancelledError
    """
    authorize(principal, "divide", community)
    with uow:
        ground = grounds.to_divide(uow, community)
        today = uow.plans.grid_of_building(communities=[community])
        lines = grounds.data(uow, community).lines
    found = plan_frontier(ground, seed=seed, previous=today if len(today) else None, progress=progress)
    offers = tuple(Offer(plan, shapes_of(plan.sketch).to_crs(WGS84)) for plan in found.plans)
    return Offers(found, offers, lines, bool(len(today)))
