"""The four answers to "can one walk there in time": covered, not covered, unreachable, unknown; each but the first with a reason."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from contracts.columns import ANSWER, CATEGORY, EDGE_S, REASON, SECONDS, VERIFIED_S, WHY
from gis.attachment import ATTACHMENT, Attached
from gis.network import WalkNetwork
from servicecircle.flat import NOISE_S
from servicecircle.reach import nearest_facilities, nearest_walk
from servicecircle.stops import EVERYTHING, Places, attached_to, require_limit

COVERED, NOT_COVERED, UNREACHABLE, UNKNOWN = ANSWERS = ("covered", "not_covered", "unreachable", "unknown")

TOO_FAR = "too_far"  # there is a service, but not within the limit
NO_FACILITY = "no_facility"  # the data has no service of this category on any street
CUT_OFF = "cut_off"  # no street leads from here to any service of this category
BLOCKED = "blocked"  # a barrier or another street lies between the door and every street near it
NO_STREET = "no_street"  # no street near the door: it is missing on the map, or the door is misplaced
NO_GEOMETRY = "no_geometry"  # the place of the door is not known
MAP_EDGE = "map_edge"  # the edge of the map is nearer than the limit, and a service may lie behind it
UNVERIFIED = "unverified"  # only services marked as not verified are near enough
REASONS = (TOO_FAR, NO_FACILITY, CUT_OFF, BLOCKED, NO_STREET, NO_GEOMETRY, MAP_EDGE, UNVERIFIED)

_ON_STREET_M = 1.0  # a place on a street is off it by no more, after it was turned from one system into another
_OF_ATTACHMENT = {BLOCKED: UNREACHABLE, NO_STREET: UNKNOWN, NO_GEOMETRY: UNKNOWN}  # the surest first


def door_facts(
    network: WalkNetwork,
    facilities: Places,
    doors: Places,
    *,
    exits: gpd.GeoSeries | None = None,
    by: str | None = CATEGORY,
    is_verified: pd.Series | None = None,
) -> pd.DataFrame:
    """What decides the answer of each door and category at any limit; ``four_answers`` reads it.

    Parameters
    ----------
    network, facilities, doors, by
        As in ``nearest_walk``.
    exits
        Points on streets where these leave the map, as ``gis.map_edge`` finds them; ``None`` where it is not known.
    is_verified
        Per facility, on its index: ``False`` where nobody vouches for the place. Without it, all count as verified.

    Returns
    -------
        One row per door and category, in this order: ``door``, the category, ``seconds`` (inf = never), ``facility_key``,
        ``edge_s`` (seconds to the edge of the map), ``verified_s`` (to the nearest verified service) and ``why`` there is no walk
        at all (a reason, else empty).
    """
    served, homes = attached_to(network, facilities), attached_to(network, doors)
    seconds, keys = nearest_facilities(network, served, homes, limit_s=np.inf, by=by)
    shape, categories = seconds.shape, seconds.columns
    walked_s = seconds.to_numpy()
    has_service = np.zeros(len(categories), dtype=bool)
    if len(categories):
        on_street = served.attributes[by] if by in served.attributes else pd.Series(EVERYTHING, index=served.index)
        has_service = categories.isin(on_street[served.is_snapped])
    why = np.where(np.isfinite(walked_s), "", np.where(has_service, CUT_OFF, NO_FACILITY)).astype(object)
    why[~homes.is_snapped] = homes.reason[~homes.is_snapped][:, None]
    edge_s = np.full(len(homes), np.inf)
    if exits is not None and len(exits):
        edge_s = nearest_walk(network, _on_their_streets(network, exits), homes, limit_s=np.inf, by=None)[EVERYTHING].to_numpy()
    return pd.DataFrame(
        {
            "door": np.repeat(homes.index.to_numpy(dtype=object), shape[1]),
            by or CATEGORY: np.tile(categories.to_numpy(dtype=object), shape[0]),
            SECONDS: walked_s.ravel(),
            "facility_key": keys.to_numpy().ravel(),
            EDGE_S: np.repeat(edge_s, shape[1]),
            VERIFIED_S: _verified_s(network, served, homes, is_verified, seconds, by).ravel(),
            WHY: why.ravel(),
        }
    )


def _on_their_streets(network: WalkNetwork, exits: gpd.GeoSeries) -> Attached:
    """Exits on the very streets they lie on: an island cut off by the edge of the map, a tunnel and a bridge lead off it too."""
    open_to_all = replace(network, no_entry=None, underground=network.waiting)
    placed = open_to_all.attach(exits, rule=replace(ATTACHMENT, radius_m=_ON_STREET_M, island_length_m=0.0))
    return replace(placed, network=network)


def _verified_s(
    network: WalkNetwork, served: Attached, homes: Attached, is_verified: pd.Series | None, seconds: pd.DataFrame, by: str | None
) -> npt.NDArray[np.float64]:
    """Seconds to the nearest verified service, shape of ``seconds``."""
    if is_verified is None or bool(is_verified.all()):
        return seconds.to_numpy()
    keep = is_verified.reindex(served.index).fillna(True).to_numpy(dtype=bool)
    found = nearest_walk(network, served.take(np.flatnonzero(keep)), homes, limit_s=np.inf, by=by)
    return found.reindex(columns=seconds.columns, fill_value=np.inf).to_numpy()


def four_answers(facts: pd.DataFrame, *, limit_s: float = 900.0) -> pd.DataFrame:
    """The answer within a limit for each row of ``door_facts`` (or of several doors' facts put together).

    A door exactly on the limit is covered. A door that is not, but from which one can walk off the map within the limit, is
    unknown: a service may lie just outside.

    Returns
    -------
        ``answer`` (one of ``ANSWERS``) and ``reason`` (one of ``REASONS``, empty where covered), on the index of ``facts``.

    Raises
    ------
    InputError
        The limit is negative or no number.
    """
    require_limit(limit_s)
    reach_s, why = limit_s + NOISE_S, facts[WHY].fillna("").astype(str).to_numpy(dtype=object)
    is_near = facts[SECONDS].to_numpy(dtype=float) <= reach_s
    rules = [
        (is_near & (facts[VERIFIED_S].to_numpy(dtype=float) <= reach_s), COVERED, ""),
        (is_near, UNKNOWN, UNVERIFIED),
        *((why == reason, answer, reason) for reason, answer in _OF_ATTACHMENT.items()),
        (facts[EDGE_S].to_numpy(dtype=float) <= reach_s, UNKNOWN, MAP_EDGE),
        (why == CUT_OFF, UNREACHABLE, CUT_OFF),
        (why == NO_FACILITY, NOT_COVERED, NO_FACILITY),
    ]
    holds = [rule[0] for rule in rules]
    answer = np.select(holds, [np.full(len(facts), rule[1], dtype=object) for rule in rules], default=NOT_COVERED)
    reason = np.select(holds, [np.full(len(facts), rule[2], dtype=object) for rule in rules], default=TOO_FAR)
    return pd.DataFrame({ANSWER: answer, REASON: reason}, index=facts.index)


def best_door(facts: pd.DataFrame, building: str, by: str = CATEGORY) -> pd.DataFrame:
    """Facts of buildings out of those of their doors: least seconds of each kind over the doors, one row per building and category.

    ``building`` is the column that names the building. A door that is lost says nothing while another door of its building is not.
    Where all are lost the surest reason stands for the building, whatever the doors are called: ``blocked`` (seen on the map)
    before ``no_street`` (nothing seen) before ``no_geometry`` (nowhere to look).
    """
    rank = facts[WHY].map({"": 0, **{reason: number for number, reason in enumerate(_OF_ATTACHMENT, start=2)}}).fillna(1)
    ordered = facts.assign(rank=rank).sort_values([building, by, "rank", SECONDS, "facility_key", "door"], kind="stable")
    first = ordered.drop_duplicates([building, by]).set_index([building, by])
    least = facts.groupby([building, by])[[EDGE_S, VERIFIED_S]].min()
    first[[EDGE_S, VERIFIED_S]] = least.reindex(first.index)
    return first.drop(columns="rank").reset_index()
