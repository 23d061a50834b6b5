"""Everything about a community that does not depend on a plan: its faces, atoms, who borders on whom.

A plan on a ground is one grid number per atom. Preparing a ground costs most of a division; editing on it costs little.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from grids.atoms import Atoms
from grids.borders import Neighbours, Segments
from grids.faces import Faces, Lines
from grids.rules import GridRule
from grids.units import Place, Units

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ground:
    """A community made ready. Atoms are the pieces grids are put together from; a building stands on exactly one.

    ``near`` are the neighbouring pairs of atoms; ``is_open`` says whether one can walk from one to the other.
    ``dedicated_of_atom`` is the number of the dedicated area an atom belongs to (-1 = none), named in ``dedicated_names``.
    ``fingerprint`` is equal for equal data.
    """

    place: Place
    rule: GridRule
    units: Units
    lines: Lines
    faces: Faces
    segments: Segments
    kinds: npt.NDArray[np.str_]
    atoms: Atoms
    near: Neighbours
    gates: Floats
    buildings: gpd.GeoDataFrame  # the caller's frame, never changed
    dedicated_of_atom: Ints
    dedicated_names: tuple[str, ...]
    drawn: gpd.GeoSeries | None  # borders that were noded in, in the community's system

    @property
    def fingerprint(self) -> str:
        """Short hash of faces, weights and neighbours."""
        raise NotImplementedError

    @property
    def atom_of_building(self) -> Any:
        """Atom of each building, a Series on the caller's index; -1 where it stands on none (outside)."""
        raise NotImplementedError


def prepare_ground(
    community: object,
    buildings: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame | None,
    *,
    rule: GridRule | None = None,
    crossings: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    drawn: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    dedicated: gpd.GeoDataFrame | None = None,
) -> Ground:
    """Make a community ready; arguments as for ``divide_community``.

    ``drawn`` are borders (lines, or polygons by their outline) the faces must follow without being lines of the map;
    ``dedicated`` are polygons with a ``name`` that become grids of their own.

    Raises
    ------
    InputError, CrsError, GeometryError, MissingColumnError
        Input that cannot be understood.
    """
    raise NotImplementedError


def drawn_of_state(ground_crs: object, state: Mapping[str, Any]) -> gpd.GeoSeries | None:
    """The drawn borders a sketch's state was made on, to prepare the same ground again; None where there were none."""
    raise NotImplementedError


def atoms_at(ground: Ground, points: object) -> Ints:
    """Atom under each point (a building's first, else the ground's), shape (n,), -1 outside; ``points`` (n, 2) in the community's system."""
    raise NotImplementedError


def block_of_atom(ground: Ground) -> Ints:
    """Number of the block of each atom: ground not parted by any line, shape (atoms,)."""
    raise NotImplementedError
