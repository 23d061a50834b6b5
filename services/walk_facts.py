"""What decides the answers of buildings: the facts of their best doors, the same for every figure, page and drawing."""

from __future__ import annotations

from typing import TypeVar

import geopandas as gpd
import pandas as pd

from contracts.columns import BUILDING_KEY, CATEGORY, EDGE_S, FACILITY_KEY, SECONDS, VERIFIED, VERIFIED_S
from gis.attachment import Attached
from gis.network import WalkNetwork
from servicecircle.answers import best_door, door_facts

SERVED = "served"  # which door of the facility
_DIGITS = 6

Times = TypeVar("Times", pd.Series, pd.DataFrame)


def kept_seconds(seconds: Times) -> Times:
    """Seconds as they are kept and compared, to a millionth.

    Places kept in degrees come back some nanometres off: a door on the limit would be in or out by chance.
    """
    return seconds.round(_DIGITS)


def building_facts(network: WalkNetwork, served: Attached, homes: Attached, exits: gpd.GeoSeries, *, by: str | None = CATEGORY) -> pd.DataFrame:
    """Facts of buildings over all their doors, for ``servicecircle.answers.four_answers``.

    Parameters
    ----------
    network
        Where and how fast one walks.
    served, homes
        What ``services.walk_ends`` gave, attached: doors of facilities and of buildings.
    exits
        Where streets leave the map.
    by
        As in ``door_facts``.

    Returns
    -------
        One row per building and category: ``door_facts`` of the best door, with ``building_key``, ``facility_key`` and, as
        ``served``, the key of the facility's door.
    """
    facts = door_facts(network, served, homes, exits=exits, by=by, is_verified=served.attributes[VERIFIED])
    facts[SERVED] = facts[FACILITY_KEY]
    facts[FACILITY_KEY] = facts[SERVED].map(served.attributes[FACILITY_KEY])
    facts[BUILDING_KEY] = facts["door"].map(homes.attributes[BUILDING_KEY])
    times = [SECONDS, EDGE_S, VERIFIED_S]
    facts[times] = kept_seconds(facts[times])
    return best_door(facts, BUILDING_KEY)
