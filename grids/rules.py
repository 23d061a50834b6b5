"""What a division should keep: band, target, weights and border costs, with defaults from the reference tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from contracts.columns import HOUSEHOLDS, RESIDENTS
from contracts.errors import InputError
from contracts.reference import reference_table

THROUGH_BLOCK = "none"  # a border that follows no line
COMPREHENSIVE, DEDICATED = "comprehensive", "dedicated"  # kinds of grid: for everybody; for a school, hospital, park ...


@cache
def rule_value(name: str) -> float:
    """One figure of ``grid_rules.csv``."""
    table = reference_table("grid_rules")
    return float(table.loc[table["rule"] == name, "value"].iloc[0])


def boundary_costs() -> dict[str, float]:
    """Cost of a metre of border by kind of line, strongest barrier first (``grid_boundary_costs.csv``)."""
    table = reference_table("grid_boundary_costs")
    return dict(zip(table["kind"], table["cost_per_m"].astype(float), strict=True))


def closed_kinds() -> frozenset[str]:
    """Kinds of line that cannot be walked across without a crossing."""
    table = reference_table("grid_boundary_costs")
    return frozenset(table.loc[table["is_closed"] == "yes", "kind"])


def _band() -> tuple[float, float]:
    return rule_value("band_low"), rule_value("band_high")


@dataclass(frozen=True)
class GridRule:
    """How a community is to be divided. Lengths in metres, band and target in units of the ``weight`` column.

    Attributes
    ----------
    band
        Least and most weight of a grid, both allowed.
    target
        Weight aimed at; decides how many grids are made within what the band allows.
    weight
        Column of the buildings that is balanced.
    boundary_cost
        Cost per metre of a border on each kind of line; ``none`` = through a block. Low = a welcome border.
    closed
        Kinds of line that need a crossing to be walked over.
    streets_cross
        Whether a street that crosses a closed line in the drawing is a way over it (a bridge, an underpass, a gate).
    community_code
        Begin of the grid codes where the community brings no code itself.
    taken_codes
        Codes that were used before, live or retired; they are not given again.
    effort
        ``"quick"``, ``"normal"`` or ``"best"``.
    weight_per_hectare
        Weight the ground itself adds to a grid (patrols), for a ``weight`` in points of work; households and people have none.
    """

    band: tuple[float, float] = field(default_factory=_band)
    target: float = field(default_factory=lambda: rule_value("target"))
    weight: str = HOUSEHOLDS
    boundary_cost: Mapping[str, float] = field(default_factory=boundary_costs)
    closed: frozenset[str] = field(default_factory=closed_kinds)
    streets_cross: bool = True
    gate_reach_m: float = field(default_factory=lambda: rule_value("gate_reach"))
    least_gap_m: float = field(default_factory=lambda: rule_value("least_gap"))
    sample_step_m: float = field(default_factory=lambda: rule_value("sample_step"))
    community_code: str = ""
    taken_codes: frozenset[str] = frozenset()
    effort: str = "normal"
    weight_per_hectare: float = 0.0

    def __post_init__(self) -> None:
        low, high = self.band
        if not (0 <= low <= high and self.target > 0 and high > 0):
            raise InputError(
                "The band must be 0 <= low <= high and the target above zero; they are {low} to {high} and {target}.", low=low, high=high, target=self.target
            )
        if THROUGH_BLOCK not in self.boundary_cost or min(self.boundary_cost.values()) < 0 or not self.sample_step_m > 0:
            raise InputError("Border costs must be zero or more and hold one for {kind}; the sample step must be above zero.", kind=THROUGH_BLOCK)
        if self.weight_per_hectare < 0 or (self.weight_per_hectare > 0 and self.weight in (HOUSEHOLDS, RESIDENTS)):
            raise InputError("A weight per hectare is zero or more and goes with points of work, not with {weight}. Choose another weight.", weight=self.weight)

    def to_mapping(self) -> dict[str, Any]:
        """The rule as plain values, to be kept with the plan it made."""
        return {
            "band": list(self.band),
            "target": self.target,
            "weight": self.weight,
            "boundary_cost": dict(self.boundary_cost),
            "closed": sorted(self.closed),
            "streets_cross": self.streets_cross,
            "gate_reach_m": self.gate_reach_m,
            "effort": self.effort,
            **({"weight_per_hectare": self.weight_per_hectare} if self.weight_per_hectare else {}),
        }
