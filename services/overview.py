"""What there is: counts per table and where the figures come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from contracts.columns import text_of
from services.access import Principal, authorize
from services.ports import UnitOfWork


@dataclass(frozen=True)
class CityCounts:
    """Rows per table, whether the city is invented, and which computation is shown."""

    counts: Mapping[str, int]
    is_demo: bool
    city_name: str
    city_name_en: str
    data_version: int
    computed_at: datetime | None

    @property
    def is_empty(self) -> bool:
        """Nothing was imported yet."""
        return not self.counts["communities"]


def city_counts(uow: UnitOfWork, principal: Principal) -> CityCounts:
    """Count what the store holds.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "view_map")
    with uow:
        latest = uow.circles.latest()
        city = uow.areas.at_level("city")
        map_name = uow.city.get("map_name", "")
        name = uow.city.get("city_name") or (text_of(city["name"].iloc[0]) if len(city) else map_name)
        name_en = uow.city.get("city_name_en") or (text_of(city["name_en"].iloc[0]) if len(city) else map_name)
        counts = {
            "communities": len(uow.areas.at_level("community")),
            "grids": len(uow.plans.grids()),
            "buildings": uow.buildings.count(),
            "entrances": uow.entrances.count(),
            "streets": uow.streets.count(),
            "barriers": uow.barriers.count(),
            "facilities": uow.facilities.count(),
            "workers": uow.workers.count(),
            "assignments": len(uow.assignments.read()),
            "cases": uow.cases.count(),
            "circle_runs": 1 if latest else 0,
        }
        return CityCounts(
            counts=counts,
            is_demo=bool(uow.city.get("is_demo", False)),
            city_name=name or "",
            city_name_en=name_en or "",
            data_version=uow.data_version(),
            computed_at=latest[1]["made_at"] if latest else None,
        )
