"""What a proposed fix would change for residents, computed exactly in its neighbourhood.

A walk that uses a link stays within one walking limit of it, so doors farther away cannot change; what such doors reach
today lies within two limits. Beyond that nothing is looked at. Limits are turned into metres at the fastest pace there is:
downhill one gets farther than on the level.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from contracts.columns import BUILDING_KEY, CODE, RESIDENTS
from contracts.reference import reference_table
from gis.attachment import ATTACHMENT, find_islands
from gis.doctor_rules import Fix
from gis.network import WalkNetwork
from gis.network_part import part_of, with_fix
from servicecircle.reach import nearest_walk
from services.doctor_city import DoctorCity

Ints = npt.NDArray[np.int64]


@cache
def limit_s() -> float:
    """Seconds of the 15-minute circle."""
    minutes = reference_table("life_circle_levels").set_index(CODE)["minutes"]
    return 60.0 * float(str(minutes["LC15"]))


def effect_of(city: DoctorCity, fix: Fix) -> tuple[float, float]:
    """Residents who would newly, and who would no longer, be within 15 minutes of the nearest facility of some category."""
    network = city.walking
    focus, reach_m = _focus(network, fix), limit_s() * network.fastest_m_s
    halo_m = ATTACHMENT.radius_m
    edges = np.sort(_within(city.edge_tree, focus, 2.0 * (reach_m + halo_m)))
    doors = city.doors.iloc[np.sort(_within(city.door_tree, focus, reach_m + halo_m))]
    facilities = city.facilities.iloc[np.sort(_within(city.facility_tree, focus, 2.0 * reach_m + halo_m))]
    barriers = city.barriers.iloc[np.sort(_within(city.barrier_tree, focus, 2.0 * (reach_m + halo_m)))]
    if not len(edges) or not len(doors) or not len(facilities):
        return 0.0, 0.0
    part = part_of(network, edges)
    before, after = (_is_covered(each, city, doors, facilities, barriers) for each in (part, with_fix(part, _local(fix, edges))))
    people = city.buildings[RESIDENTS].reindex(before.index)
    return float(people[(after & ~before).any(axis=1)].sum()), float(people[(before & ~after).any(axis=1)].sum())


def _within(tree: shapely.STRtree, focus: Any, metres: float) -> Ints:
    return np.asarray(tree.query(focus, predicate="dwithin", distance=metres), dtype=np.int64)


def _focus(network: WalkNetwork, fix: Fix) -> Any:
    """The fix, and the islands it joins: places on and beside them may attach anew."""
    parts = {int(network.component[joint.edge]) for joint in fix.joints if joint.edge >= 0}
    islands = np.isin(network.component, sorted(parts)) & find_islands(network)
    return shapely.union_all(np.r_[network.pieces.geometry[islands], fix.shape])


def _local(fix: Fix, edges: Ints) -> Fix:
    """The fix in the numbers of a part's own edges."""
    joints = tuple(replace(joint, edge=int(np.searchsorted(edges, joint.edge))) if joint.edge >= 0 else joint for joint in fix.joints)
    return Fix(fix.shape, joints, tuple(int(np.searchsorted(edges, edge)) for edge in fix.drop))


def _is_covered(network: WalkNetwork, city: DoctorCity, doors: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, barriers: gpd.GeoDataFrame) -> pd.DataFrame:
    """Buildings x categories: whether some door of the building is within the limit."""
    homes, served = (network.attach(places, barriers=barriers, gates=city.gates) for places in (doors, facilities))
    seconds = nearest_walk(network, served, homes, limit_s=limit_s())
    return (seconds <= limit_s()).groupby(doors[BUILDING_KEY]).any()
