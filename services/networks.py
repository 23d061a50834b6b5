"""The walking network of the city, kept on disk from one run to the next.

A network belongs to one state of the streets, one walker, one set of rules and one version of the programs. The store gives every
state of its streets a word that never comes back, in no copy of the store either. A small network is quicker built than kept.
"""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from contracts.errors import NotFoundError
from contracts.messages import Message
from contracts.reference import reference_table
from contracts.settings import ROOT, settings
from gis.network import WalkNetwork, build_network
from gis.network_file import load_network, save_network
from gis.profiles import WalkerProfile
from services.ports import UnitOfWork

KEPT_FROM = 5_000  # streets: fewer are built in a tenth of a second
KEPT_FILES = 8  # walkers of what is in force, and of the state before
RULES = ("attachment_rules", "crossing_delays", "slope_settings", "street_rules", "walker_profiles")


def city_network(uow: UnitOfWork, profile: WalkerProfile, *, streets: gpd.GeoDataFrame | None = None, folder: Path | None = None) -> WalkNetwork:
    """The network of all streets for one kind of walker, with waits at crossings and slopes.

    Inside an entered transaction.

    Parameters
    ----------
    uow
        The open transaction.
    profile
        Who walks.
    streets
        All streets of the store, where they have been read already.
    folder
        Where networks are kept (default: the installation's folder).

    Raises
    ------
    NotFoundError
        There are no streets.
    """
    count = uow.streets.count()
    if not count:
        raise NotFoundError("There are no {what} to compute with. Import them first.", what=Message("streets"))
    if count < KEPT_FROM:
        return walking_network(uow.streets.read() if streets is None else streets, profile)
    state = uow.streets.state()
    if not state:
        return walking_network(uow.streets.read() if streets is None else streets, profile)
    key = _key(state, profile)
    path = (folder or settings().networks) / f"{blake2b(key.encode(), digest_size=16).hexdigest()}.network"
    stored = load_network(path, key=key)
    if stored is not None:
        return stored
    network = walking_network(uow.streets.read() if streets is None else streets, profile)
    try:
        save_network(network, path, key=key)
        _remove_old(path.parent)
    except OSError:
        return network  # a folder that cannot be written costs time, not the answer
    return network


def walking_network(streets: gpd.GeoDataFrame, profile: WalkerProfile) -> WalkNetwork:
    """The network as every figure of the product uses it: waits at crossings and slopes count."""
    return build_network(streets, profile=profile, crossing_delays=True, slopes=True)


def _key(state: str, profile: WalkerProfile) -> str:
    """Everything a network is made of: the streets, the walker, the rules, and the programs."""
    rules = blake2b(digest_size=16)
    for name in RULES:
        rules.update(reference_table(name).to_csv(index=False).encode())
    for program in sorted((ROOT / "gis").glob("*.py")):
        rules.update(program.read_bytes())
    versions = (pyproj.__proj_version__, shapely.geos_version_string, np.__version__, pd.__version__)
    return repr((state, profile, rules.hexdigest(), versions))


def _remove_old(folder: Path) -> None:
    newest_first = sorted(folder.glob("*.network"), key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
    for path in newest_first[KEPT_FILES:]:
        path.unlink(missing_ok=True)
