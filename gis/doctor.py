"""The data doctor: what is wrong with a street map, where, and what to draw to mend it.

False alarms cost more than a fault missed: a gap counts only where the walk round it is long, streets on different levels
never meet, and nothing is joined through a wall or across water. Thresholds are ``data/reference/doctor_settings.csv``.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np

from gis.attachment import barrier_obstacles
from gis.checks import Spatial, require_crs
from gis.crs import metric_crs
from gis.doctor_ground import Ground
from gis.doctor_islands import find_island_faults
from gis.doctor_joints import find_joint_faults
from gis.doctor_rules import DOCTOR, DoctorRule, StreetFault
from gis.doctor_shapes import find_shape_faults, is_sound
from gis.network import WalkNetwork, build_network


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """The network of the usable streets and all faults found, sorted by kind and place. Shapes are in ``network.crs``."""

    network: WalkNetwork
    ground: Ground
    faults: list[StreetFault]


def find_street_faults(
    streets: gpd.GeoDataFrame, *, barriers: Spatial | None = None, gates: Spatial | None = None, exits: gpd.GeoSeries | None = None, rule: DoctorRule = DOCTOR
) -> Diagnosis:
    """Faults of a street frame; the caller's frame stays as it is.

    Parameters
    ----------
    streets
        Lines as ``build_network`` takes them, in any CRS; here shapes may be missing or broken. ``layer``, ``bridge`` and
        ``tunnel`` say which streets cross without meeting.
    barriers, gates
        As in ``WalkNetwork.attach``: no link is proposed through a barrier.
    exits
        Points where streets leave the map (``gis.map_edge``): what ends there is cut by the edge of the map and no fault.
    rule
        Thresholds.

    Raises
    ------
    CrsError, InputError
        As ``build_network``.
    """
    require_crs(streets, "streets")
    sound = is_sound(streets)
    good = streets[sound]
    network = build_network(good)
    metric = streets.to_crs(metric_crs(good))
    off_map = np.empty(0, dtype=object) if exits is None else exits.to_crs(network.crs).to_numpy()
    ground = Ground(network, metric[sound], barrier_obstacles(network, barriers, gates), off_map)
    joints = list(find_joint_faults(ground, rule)) if network.edge_count else []
    islands = list(find_island_faults(ground, rule)) if network.edge_count else []
    found = [*find_shape_faults(metric, sound, rule), *joints, *_without_cause(islands, joints, network)]
    return Diagnosis(network, ground, sorted(found, key=lambda fault: fault.order))


def _without_cause(islands: list[StreetFault], joints: list[StreetFault], network: WalkNetwork) -> list[StreetFault]:
    """Islands that no missing joint explains: one mistake is one fault."""
    explained: set[int] = set()
    for fault in joints:
        parts = sorted({int(network.component[joint.edge]) for joint in fault.fix.joints} if fault.fix is not None else set())
        explained.update(parts[1:])  # parts are numbered from the longest: the first is what the others should hang on
    return [fault for fault in islands if fault.component not in explained]
