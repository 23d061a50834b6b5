"""What it costs to put a worker into a grid: the walk from home, plus seconds for what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from contracts.errors import InputError
from contracts.reference import reference_table
from grids.assign_site import Bools, Floats, Ints, Site

PER_SECOND = 100  # prices are whole hundredths of a second


@cache
def _figure(name: str) -> float:
    table = reference_table("assignment_rules")
    return float(table.loc[table["rule"] == name, "value"].iloc[0])


def _setting(name: str) -> float:
    return field(default_factory=lambda: _figure(name))


@dataclass(frozen=True)
class AssignmentRule:
    """Loads and penalties, with defaults from ``assignment_rules.csv``. Penalties are seconds added to the walk.

    ``scattered_s`` is what each further piece of a lead's grids costs (pieces = grids that do not touch); zero, the default,
    leaves the cheapest assignment as it is. ``city_rule`` takes the figure of the table.
    """

    lead_load: tuple[int, int] = field(default_factory=lambda: (int(_figure("lead_load_low")), int(_figure("lead_load_high"))))
    members_per_grid: int = field(default_factory=lambda: int(_figure("members_per_grid")))
    speed_m_s: float = _setting("walk_speed")
    detour: float = _setting("detour")
    other_community_s: float = _setting("other_community")
    missing_skill_s: float = _setting("missing_skill")
    change_s: float = _setting("change")
    scattered_s: float = 0.0
    neighbour_gap_m: float = _setting("neighbour_gap")

    def __post_init__(self) -> None:
        penalties = (self.other_community_s, self.missing_skill_s, self.change_s, self.members_per_grid, self.scattered_s, self.neighbour_gap_m)
        if not (0 <= self.lead_load[0] <= self.lead_load[1] and self.speed_m_s > 0 and self.detour >= 1 and min(penalties) >= 0):
            raise InputError("The load must be 0 <= low <= high, the speed above zero, the detour at least 1, penalties zero or more.")


def city_rule(own: Mapping[str, Any]) -> AssignmentRule:
    """The rule of a city: the table's figures, neighbouring grids for one lead preferred, and what the city has set itself."""
    return AssignmentRule(**{"scattered_s": _figure("scattered"), **own})


@dataclass(frozen=True)
class Field:
    """Who is put where: positions of the workers and grids of one role, with the site and the rule they are judged by."""

    site: Site
    rule: AssignmentRule
    who: Ints
    where: Ints

    @property
    def s_per_m(self) -> float:
        """Seconds a metre of straight line costs."""
        return self.rule.detour / self.rule.speed_m_s

    def pair_numbers(self, worker: Ints, grid: Ints) -> Ints:
        """The site's numbers of pairs given by their places in ``who`` and ``where``."""
        return self.site.pair_numbers(self.who[worker], self.where[grid])


@dataclass(frozen=True)
class Costs:
    """Possible pairs, sorted: places in ``who`` and ``where``, walk and full cost in seconds."""

    worker: Ints
    grid: Ints
    walk_s: Floats
    cost_s: Floats

    def only(self, kept: Bools | Ints) -> Costs:
        """Some of the pairs."""
        return Costs(self.worker[kept], self.grid[kept], self.walk_s[kept], self.cost_s[kept])

    def with_more(self, other: Costs) -> Costs:
        """These pairs and others, sorted; none occurs in both."""
        both = [np.concatenate(parts) for parts in zip(_columns(self), _columns(other), strict=True)]
        return Costs(*both).only(np.lexsort([both[1], both[0]]))


def prices_of(costs: Costs) -> Ints:
    """Costs in whole hundredths of a second."""
    return np.rint(costs.cost_s * PER_SECOND).astype(np.int64)


def _columns(costs: Costs) -> tuple[Ints, Ints, Floats, Floats]:
    return costs.worker, costs.grid, costs.walk_s, costs.cost_s


def is_listed(numbers: Ints, listed: Ints) -> Bools:
    """Whether each number occurs in a sorted list."""
    if not len(listed):
        return np.zeros(len(numbers), dtype=bool)
    return listed[np.minimum(np.searchsorted(listed, numbers), len(listed) - 1)] == numbers


def straight_costs(field: Field, worker: Ints, grid: Ints) -> Costs:
    """Costs of pairs whose walk is guessed from the straight line; hard exclusions are left out."""
    allowed = ~is_listed(field.pair_numbers(worker, grid), field.site.excluded)
    worker, grid = worker[allowed], grid[allowed]
    straight_m = np.hypot(*(field.site.worker_xy[field.who[worker]] - field.site.grid_xy[field.where[grid]]).T)
    walk_s = straight_m * field.s_per_m
    return Costs(worker, grid, walk_s, walk_s + _penalties(field, worker, grid))


def known_costs(field: Field) -> Costs:
    """Costs of all pairs whose walk was given; hard exclusions are left out."""
    site, walks = field.site, field.site.walks
    if walks is None:
        return straight_costs(field, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    worker = _places(field.who, len(site.worker_keys))[walks.worker]
    grid = _places(field.where, len(site.grid_keys))[walks.grid]
    kept = (worker >= 0) & (grid >= 0)
    kept &= ~is_listed(site.pair_numbers(walks.worker, walks.grid), site.excluded)
    worker, grid, walk_s = worker[kept], grid[kept], walks.walk_s[kept]
    return Costs(worker, grid, walk_s, walk_s + _penalties(field, worker, grid))


def _places(chosen: Ints, count: int) -> Ints:
    places = np.full(count, -1, dtype=np.int64)
    places[chosen] = np.arange(len(chosen))
    return places


def _penalties(field: Field, worker: Ints, grid: Ints) -> Floats:
    site, rule, who, where = field.site, field.rule, field.who[worker], field.where[grid]
    penalty = np.where(_is_elsewhere(site, who, where), rule.other_community_s, 0.0)
    for needs, offers in zip(site.grid_needs.T, site.worker_offers.T, strict=True):
        penalty = penalty + rule.missing_skill_s * np.bitwise_count(needs[where] & ~offers[who])
    if site.has_today:
        penalty = penalty + np.where(is_listed(site.pair_numbers(who, where), site.today), 0.0, rule.change_s)
    return penalty.astype(float)


def _is_elsewhere(site: Site, who: Ints, where: Ints) -> Bools:
    """Whether worker and grid are known to be of different communities."""
    own, there = site.worker_community[who], site.grid_community[where]
    return (own != there) & (own >= 0) & (there >= 0)
