"""The walking network of the city, kept on disk from one run to the next.

A network belongs to one state of one store, one walker and one set of rules. The store counts its states; since another store
may stand at the same address later, a sample of the streets is compared too. A small network is quicker built than kept.
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
from contracts.settings import settings
from gis.network import WalkNetwork, build_network
from gis.network_file import load_network, save_network
from gis.profiles import WalkerProfile
from services.ports import UnitOfWork

KEPT_FROM = 5_000  # streets: fewer are built in a tenth of a second
KEPT_FILES = 8  # walkers of what is in force, and of the state before
READING = 2  # raise it when the program reads the same streets and rules otherwise: what was kept before no longer holds
SAMPLE = 200  # streets compared with the store before a file is believed
RULES = ("attachment_rules", "crossing_delays", "slope_settings", "street_rules", "walker_profiles")


def city_network(uow: UnitOfWork, profile: WalkerProfile, *, streets: gpd.GeoDataFrame | None = None, folder: Path | None = None) -> WalkNetwork:
    """The network of all streets for one kind of walker, with waits at crossings and slopes.

    Inside an entered transaction that has not changed streets yet.

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
    key = _key(uow, profile, count)
    path = (folder or settings().networks) / f"{blake2b(key.encode(), digest_size=16).hexdigest()}.network"
    stored = load_network(path, key=key)
    if stored is not None and _digest(uow.streets.read(keys=_sample(stored.network.streets.index))) == stored.note:
        return stored.network
    streets = uow.streets.read() if streets is None else streets
    network = walking_network(streets, profile)
    try:
        save_network(network, path, key=key, note=_digest(streets.loc[_sample(streets.index)]))
        _remove_old(path.parent)
    except OSError:
        return network  # a folder that cannot be written costs time, not the answer
    return network


def walking_network(streets: gpd.GeoDataFrame, profile: WalkerProfile) -> WalkNetwork:
    """The network as every figure of the product uses it: waits at crossings and slopes count."""
    return build_network(streets, profile=profile, crossing_delays=True, slopes=True)


def _key(uow: UnitOfWork, profile: WalkerProfile, count: int) -> str:
    rules = blake2b(digest_size=16)
    for name in RULES:
        rules.update(reference_table(name).to_csv(index=False).encode())
    versions = (pyproj.__proj_version__, shapely.geos_version_string, np.__version__, pd.__version__)
    return repr((settings().store_url, uow.data_version(), count, profile, rules.hexdigest(), READING, versions))


def _sample(keys: pd.Index) -> list[str]:
    return [str(key) for key in keys[np.linspace(0, len(keys) - 1, min(SAMPLE, len(keys))).astype(np.int64)]]


def _digest(streets: gpd.GeoDataFrame) -> str:
    """What a few streets say, whatever the order of their columns."""
    table = pd.DataFrame(streets.drop(columns=streets.geometry.name)).sort_index().sort_index(axis=1)
    filled = table.loc[:, table.notna().any()].astype(object).where(table.notna(), "")
    digest = blake2b(repr(filled.reset_index().to_dict("list")).encode(), digest_size=16)
    digest.update(b"".join(shapely.to_wkb(streets.sort_index().geometry.to_numpy())))
    return digest.hexdigest()


def _remove_old(folder: Path) -> None:
    newest_first = sorted(folder.glob("*.network"), key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
    for path in newest_first[KEPT_FILES:]:
        path.unlink(missing_ok=True)
