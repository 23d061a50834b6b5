"""Walks, reasons and remedies as sentences: which street for how long, what stands in the way, what would help."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import geopandas as gpd
import pandas as pd

from contracts.columns import CODE, HIGHWAY, KIND, NAME, NAME_EN, SECONDS, text_of
from contracts.messages import Message, Named
from contracts.reference import reference_table
from gis.attachment import ATTACHMENT
from servicecircle.answers import UNVERIFIED
from servicecircle.blocking import CUT_OFF, DETOUR, DOOR_BLOCKED, DOOR_FAR, FACILITY_OFF, NO_FACILITY, TOO_FAR, Blocking, Fix
from servicecircle.legs import FROM_STREET, METRES, STREET, TO_STREET, WAIT
from servicecircle.obstacles import Obstacle

NEAR_M = 1.0  # streets this near to a wait meet there

OBSTACLES: Mapping[str, Message] = MappingProxyType(
    {
        "river": Message("a river"),
        "water": Message("water"),
        "rail": Message("a railway"),
        "expressway": Message("an expressway"),
        "wall": Message("a wall"),
        "fence": Message("a fence"),
        "major": Message("a main road"),
        "street": Message("another street"),
    }
)
REMEDIES: Mapping[str, Message] = MappingProxyType(
    {
        "river": Message("A bridge at the marked place"),
        "water": Message("A bridge at the marked place"),
        "rail": Message("An underpass or footbridge at the marked place"),
        "expressway": Message("An underpass or footbridge at the marked place"),
        "wall": Message("A gate at the marked place"),
        "fence": Message("A gate at the marked place"),
    }
)


@dataclass(frozen=True)
class WalkLeg:
    """One leg as people tell it, with its metres and seconds."""

    words: Message
    metres: float
    seconds: float


def name_message(row: Mapping[str, object] | pd.Series) -> Message | None:
    """The name of a place in both languages, ``None`` where it has none."""
    zh, en = text_of(row.get(NAME)), text_of(row.get(NAME_EN))
    return Named(en or zh, zh=zh or en) if zh or en else None


def category_message(code: str) -> Message:
    """The name of a facility category in both languages."""
    table = reference_table("facility_categories").set_index(CODE)
    return Named(str(table.at[code, "en"]), zh=str(table.at[code, "zh"])) if code in table.index else Named(code)


def facility_message(facility: pd.Series, category: str) -> Message:
    """What a facility is called, its kind of service where it has no name."""
    return name_message(facility) or category_message(category)


def told_legs(legs: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, facility: Message) -> tuple[WalkLeg, ...]:
    """Legs of a walk as people tell them: stretches of streets with one name are one leg, what takes no time is left out.

    ``streets`` are those of the legs and around them, indexed by key, in the system of the legs.
    """
    told: list[WalkLeg] = []
    for _row, leg in legs.iterrows():
        if leg[SECONDS] == 0.0:
            continue
        words = _leg_words(leg, streets, facility)
        if told and told[-1].words == words and leg[KIND] != WAIT:
            told[-1] = WalkLeg(words, told[-1].metres + leg[METRES], told[-1].seconds + leg[SECONDS])
        else:
            told.append(WalkLeg(words, float(leg[METRES]), float(leg[SECONDS])))
    return tuple(told)


def _leg_words(leg: pd.Series, streets: gpd.GeoDataFrame, facility: Message) -> Message:
    if leg[KIND] == TO_STREET:
        return Message("From the door to the street")
    if leg[KIND] == FROM_STREET:
        return Message("From the street to {facility}", {"facility": facility})
    if leg[KIND] == WAIT:
        return Message("Wait at the crossing of {street}", {"street": street_message(_crossed(leg, streets))})
    street = streets.loc[leg[STREET]]
    if street.get(HIGHWAY) == "steps":
        return Message("Stairs")
    return Message("Along {street}", {"street": street_message(street)})


def street_message(street: pd.Series) -> Message:
    """What a street is called: its name, else its class."""
    name = name_message(street)
    if name is not None:
        return name
    kinds = reference_table("street_kinds").set_index(HIGHWAY)
    highway = text_of(street.get(HIGHWAY))
    if highway not in kinds.index:
        return Message("a street without a name")
    return Message("{kind} without a name", {"kind": Named(str(kinds.at[highway, "en"]), zh=str(kinds.at[highway, "zh"]))})


def _crossed(leg: pd.Series, streets: gpd.GeoDataFrame) -> pd.Series:
    """The street a walker waits at: the largest of those that meet there."""
    metric = streets.geometry.to_crs(streets.estimate_utm_crs())
    place = gpd.GeoSeries([leg.geometry], crs=streets.crs).to_crs(metric.crs).iloc[0]
    meeting = streets[metric.distance(place) < NEAR_M]
    ranks = {highway: rank for rank, highway in enumerate(reference_table("street_kinds")[HIGHWAY])}
    ranked = meeting[HIGHWAY].map(ranks).fillna(len(ranks)) if len(meeting) else pd.Series(dtype=float)
    return meeting.loc[ranked.idxmin()] if len(meeting) else streets.loc[leg[STREET]]


def reason_message(found: Blocking, *, facility: Message, category: Message, obstacle: pd.Series | None, walk_s: float, straight_s: float) -> Message:
    """The first reason as a sentence. ``obstacle`` is the row of the barrier or road, ``walk_s`` the walk there is (``inf`` = none)."""
    facts = {
        "facility": facility,
        "category": category,
        "straight_m": found.straight_m,
        "minutes": walk_s / 60.0,
        "straight_minutes": straight_s / 60.0,
        "street_m": found.street_m,
        "radius_m": ATTACHMENT.radius_m,
        "obstacle": obstacle_message(found.obstacle, obstacle),
        "next_m": found.obstacle.next_way_m if found.obstacle else math.nan,
    }
    return Message(_template(found), facts)


def _template(found: Blocking) -> str:
    if found.reason == DETOUR:
        return _detour(found.obstacle).template
    if found.reason == CUT_OFF and found.obstacle is not None:
        return Message("{facility} is {straight_m:.0f} m away in a straight line, but {obstacle} lies between and no street leads across.").template
    if found.reason == DOOR_BLOCKED and found.obstacle is None:
        return Message("The nearest street is {street_m:.0f} m away, but nothing leads to it from this door.").template
    return _PLAIN[found.reason].template


def _detour(obstacle: Obstacle | None) -> Message:
    if obstacle is None:
        return Message(
            "{facility} is {straight_m:.0f} m away in a straight line, but blocks without a way through lie between: the walk takes {minutes:.1f} minutes."
        )
    if math.isinf(obstacle.next_way_m):
        return Message(
            "{facility} is {straight_m:.0f} m away in a straight line, but {obstacle} lies between and the walk goes round it: {minutes:.1f} minutes."
        )
    return Message(
        "{facility} is {straight_m:.0f} m away in a straight line, but {obstacle} lies between; the next way across is {next_m:.0f} m from there and the walk takes {minutes:.1f} minutes."
    )


_PLAIN: Mapping[str, Message] = MappingProxyType(
    {
        NO_FACILITY: Message("The map has no service of this kind: {category}."),
        DOOR_BLOCKED: Message("The nearest street is {street_m:.0f} m away, but {obstacle} lies between the door and it."),
        DOOR_FAR: Message(
            "There is no street within {radius_m:.0f} m of this door, so no walk begins here. A street is missing on the map, or the building is misplaced."
        ),
        FACILITY_OFF: Message("The nearest, {facility}, is {straight_m:.0f} m away in a straight line, but is joined to no street on the map."),
        TOO_FAR: Message("The nearest, {facility}, is {straight_m:.0f} m away even in a straight line: {straight_minutes:.1f} minutes without any detour."),
        CUT_OFF: Message("{facility} is {straight_m:.0f} m away in a straight line, but the streets at this door are not joined to those at the service."),
    }
)


def unknown_message(why: str, *, facility: Message, edge_s: float) -> Message:
    """Why the data cannot say: ``why`` is a reason of ``servicecircle.answers``, ``edge_s`` the walk to where the map ends."""
    if why == UNVERIFIED:
        return Message(
            "Not known: {facility} is near enough, but nobody has verified it, and no verified service of this kind is within the limit.",
            {"facility": facility},
        )
    return Message("Not known: the map ends {minutes:.1f} minutes from this door, and a nearer service may lie behind its edge.", {"minutes": edge_s / 60.0})


def obstacle_message(found: Obstacle | None, row: pd.Series | None) -> Message:
    """What stands in the way: its name and kind, or its kind alone."""
    if found is None:
        return Message("nothing")
    kind = OBSTACLES.get(found.kind, Message("a barrier"))
    name = None if row is None else name_message(row)
    return kind if name is None else Message("{name} ({kind})", {"name": name, "kind": kind})


def fix_message(fix: Fix) -> Message:
    """The remedy as a sentence with the walk it would make."""
    what = REMEDIES.get(fix.kind, Message("A way through at the marked place"))
    return Message("{what} would make the walk {minutes:.1f} minutes.", {"what": what, "minutes": fix.seconds / 60.0})
