"""What the data doctor needs of the store, read once: streets with their faults, homes, facilities, and who lives where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from contracts.columns import BUILDING_KEY, FACILITY_KEY, NAME, NAME_EN, RESIDENTS, text_of
from gis.attachment import Attached
from gis.doctor import Diagnosis, find_street_faults
from gis.doctor_crossings import Homes
from gis.doctor_rules import DOCTOR, DoctorRule
from gis.network import ADULT, WalkNetwork
from services.networks import city_network
from services.ports import UnitOfWork
from services.walk_ends import map_exits, read_walk_ends

Floats = npt.NDArray[np.float64]


Names = tuple[str, str]  # in Chinese or the place's own tongue, and in English


def names_of(row: pd.Series) -> Names:
    """Both names of a row, ``""`` where it has none."""
    return text_of(row.get(NAME)), text_of(row.get(NAME_EN))


@dataclass(frozen=True, eq=False)
class DoctorCity:
    """A city under examination. Frames are in the network's metric system; ``doors`` name their ``building_key``.

    ``facilities`` are their doors, with ``facility_key``, ``category`` and ``name``.
    """

    diagnosis: Diagnosis
    walking: WalkNetwork  # the same streets, edge by edge, with the waits and slopes every figure of the product counts
    buildings: gpd.GeoDataFrame  # with residents
    doors: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame
    gates: gpd.GeoDataFrame

    @cached_property
    def homes(self) -> Attached:
        """All doors on the streets."""
        return self.diagnosis.network.attach(self.doors, barriers=self.barriers, gates=self.gates)

    @cached_property
    def served(self) -> Attached:
        """All facilities on the streets."""
        return self.diagnosis.network.attach(self.facilities, barriers=self.barriers, gates=self.gates)

    @cached_property
    def people_of_door(self) -> Floats:
        """Residents behind each door; those of a building with several doors count at the first."""
        first = ~self.doors[BUILDING_KEY].duplicated().to_numpy()
        return np.where(first, self.buildings[RESIDENTS].reindex(self.doors[BUILDING_KEY]).to_numpy(), 0.0)

    @cached_property
    def facing(self) -> Homes:
        """Homes as the search for missing crossings sees them."""
        points = shapely.point_on_surface(self.doors.geometry.to_numpy())
        return Homes(points, self.homes, self.people_of_door)

    @cached_property
    def middles(self) -> tuple[shapely.STRtree, Floats]:
        """Index of the buildings' middles, and their residents."""
        return shapely.STRtree(self.buildings.geometry.centroid.to_numpy()), self.buildings[RESIDENTS].to_numpy()

    @cached_property
    def edge_tree(self) -> shapely.STRtree:
        """Index of the edges of ``walking``."""
        return shapely.STRtree(self.walking.pieces.geometry)

    @cached_property
    def door_tree(self) -> shapely.STRtree:
        """Index of the doors."""
        return shapely.STRtree(self.doors.geometry.to_numpy())

    @cached_property
    def facility_tree(self) -> shapely.STRtree:
        """Index of the facilities."""
        return shapely.STRtree(self.facilities.geometry.to_numpy())

    @cached_property
    def barrier_tree(self) -> shapely.STRtree:
        """Index of the barriers."""
        return shapely.STRtree(self.barriers.geometry.to_numpy())

    @cached_property
    def named_streets(self) -> tuple[shapely.STRtree, list[Names]]:
        """Index of the streets that have a name, sorted by it, and their names."""
        streets = self.diagnosis.ground.streets
        columns = [[text_of(name) for name in streets[column]] if column in streets else [""] * len(streets) for column in (NAME, NAME_EN)]
        names = pd.Series(list(zip(*columns, strict=True)), index=streets.index, dtype=object)
        names = names[[any(both) for both in names]].sort_values(kind="stable")
        return shapely.STRtree(streets.geometry[names.index].to_numpy()), names.tolist()

    def people_near(self, places: npt.NDArray[np.object_], rule: DoctorRule = DOCTOR) -> Floats:
        """Residents of buildings whose middle lies within ``near_m`` of each place."""
        tree, people = self.middles
        place, home = tree.query(places, predicate="dwithin", distance=rule.near_m)
        return np.bincount(place, weights=people[home], minlength=len(places)).astype(float)

    def people_on_part(self, part: int) -> float:
        """Residents whose door opens onto this connected part."""
        return float(self.people_of_door[self.homes.component == part].sum())

    def facilities_on_part(self, part: int) -> int:
        """Facilities with a door on this connected part."""
        return int(self.facilities[FACILITY_KEY][self.served.component == part].nunique())

    def street_near(self, place: shapely.Geometry, rule: DoctorRule = DOCTOR) -> Names:
        """Names of the nearest street that has one, two times ``""`` where none is near."""
        tree, names = self.named_streets
        found = tree.query_nearest(place, max_distance=rule.named_m) if names else []
        return names[int(min(found))] if len(found) else ("", "")


def read_doctor_city(uow: UnitOfWork) -> DoctorCity | None:
    """The city of an open transaction; ``None`` where there are no streets.

    Raises
    ------
    InputError
        Streets no network can be built from.
    """
    streets = uow.streets.read()
    if not len(streets):
        return None
    ends = read_walk_ends(uow)
    diagnosis = find_street_faults(streets, barriers=ends.barriers, gates=ends.gates, exits=map_exits(uow, streets))
    served = ends.served.copy()
    for column in ends.facilities.columns.intersection([NAME, NAME_EN]):
        served[column] = served[FACILITY_KEY].map(ends.facilities[column])
    frames = (ends.homes, ends.doors, served, ends.barriers, ends.gates)
    return DoctorCity(diagnosis, city_network(uow, ADULT, streets=streets), *(frame.to_crs(diagnosis.network.crs) for frame in frames))
