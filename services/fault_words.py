"""One fault of the city as people read it, and the word for each kind of fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType

from shapely.geometry.base import BaseGeometry

from contracts.messages import Message

KINDS: Mapping[str, Message] = MappingProxyType(
    {
        "no_plan": Message("Community without grids"),
        "island": Message("Streets cut off"),
        "undershoot": Message("Street that stops short"),
        "overshoot": Message("Street that pokes past"),
        "crossing": Message("Crossing without a node"),
        "missing_crossing": Message("Missing crossing on a major road"),
        "double_vertex": Message("Vertex drawn twice"),
        "double_street": Message("Street drawn twice"),
        "zero_length": Message("Street without length"),
        "no_shape": Message("Street without a line"),
        "unsnapped": Message("Place without a street"),
        "unsnapped_home": Message("Homes without a street"),
        "far_place": Message("Place far from its street"),
        "invalid": Message("Broken outline"),
        "duplicate": Message("Code used twice"),
        "outside": Message("Grid over the border"),
        "gap": Message("Gap between grids"),
        "overlap": Message("Overlapping grids"),
        "multipart": Message("Grid in several parts"),
        "coverage": Message("Community not filled by grids"),
        "building_orphaned": Message("Building without a grid"),
        "building_cut": Message("Building cut by a border"),
        "building_wrong_grid": Message("Building noted in another grid"),
        "band": Message("Grid outside the band of households"),
    }
)

BEHIND = frozenset({"island", "unsnapped_home"})  # their people are cut off; those of other faults live near


@dataclass(frozen=True)
class CityFault:
    """One fault: its kind for machines, the place's name for people, where it is, and what to do.

    ``people`` are those behind it or living near, ``None`` where the fault is about a plan. ``gained`` and ``lost`` are the
    residents who would newly, or no longer, be within 15 minutes of some service once ``fix`` is drawn; ``None`` = not computed.
    """

    kind: str
    place: str
    lon: float
    lat: float
    message: Message
    people: float | None = None
    remedy: Message | None = None
    fix: BaseGeometry | None = None  # longitude and latitude
    gained: float | None = None
    lost: float | None = None
    place_en: str = ""

    @property
    def weight(self) -> float:
        """How much it matters: people whose answer a fix would change, where that was computed, and those cut off by it."""
        if self.gained is None or self.lost is None:
            return self.people or 0.0
        return max(self.gained + self.lost, (self.people or 0.0) if self.kind in BEHIND else 0.0)

    def place_in(self, language: str) -> str:
        """The place's name for a reader of the language."""
        return self.place_en if language.startswith("en") and self.place_en else self.place

    @property
    def effect(self) -> Message:
        """What the fix would change for residents, or that nobody computed it."""
        if self.gained is None or self.lost is None:
            return Message("Effect on coverage: not computed.")
        if not self.gained and not self.lost:
            return Message("Nobody's coverage would change.")
        if not self.lost:
            return Message("{gained:,.0f} residents more would be within 15 minutes of a service.", {"gained": self.gained})
        return Message(
            "{gained:,.0f} residents more would be within 15 minutes of a service, {lost:,.0f} no longer.", {"gained": self.gained, "lost": self.lost}
        )


def worst_first(faults: Sequence[CityFault]) -> list[CityFault]:
    """By weight, then by people concerned; the same for any order."""
    return sorted(faults, key=lambda fault: (-fault.weight, -(fault.people or 0.0), fault.kind, fault.place, fault.lon, fault.lat))


def by_kind(faults: Sequence[CityFault]) -> dict[str, list[CityFault]]:
    """Faults of each kind, worst first; the kind of the worst fault first."""
    ordered = sorted(worst_first(faults), key=lambda fault: fault.kind)
    groups = {kind: list(group) for kind, group in groupby(ordered, key=lambda fault: fault.kind)}
    return dict(sorted(groups.items(), key=lambda item: (-item[1][0].weight, item[0])))
