"""Vector tiles of a large city: the places that do not change with a question, written once per state of the data."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

import geopandas as gpd

from contracts.columns import HIGHWAY, NAME, NAME_EN
from contracts.messages import Message
from contracts.progress import Progress, silent
from gis.tiles import write_pmtiles
from services.access import Principal, authorize
from services.ports import UnitOfWork

LAYERS = ("streets", "buildings", "doors")
KEPT_VERSIONS = 2  # what is shown now, and what a page that is still open shows
_ZOOMS = {"streets": (9, 14), "buildings": (13, 15), "doors": (12, 14)}
_COLUMNS = {"streets": (HIGHWAY, NAME, NAME_EN), "buildings": (NAME,), "doors": ()}


def tiles_version(uow: UnitOfWork, principal: Principal, store: str) -> str:
    """Name of the folder of the tiles for the data as they are: another store, import or computation has another one.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "view_map")
    with uow:
        latest = uow.circles.latest()
        facts = (store, uow.data_version(), uow.streets.count(), uow.buildings.count(), latest[1]["made_at"] if latest else "", uow.city.get("demo", ""))
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def publish_tiles(uow: UnitOfWork, principal: Principal, folder: Path, version: str, *, progress: Progress = silent) -> Path:
    """Write ``folder/version`` whole or not at all, remove versions nobody needs any more, and return it.

    The tiles hold outlines and names only; figures travel apart, within what their reader may see.

    Raises
    ------
    NotAllowedError, UnreadableFileError, CancelledError
    """
    authorize(principal, "view_map")
    target = folder / version
    if target.is_dir():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".making-") as aside:
        made = Path(aside) / version
        for done, layer in enumerate(LAYERS):
            progress(done, len(LAYERS), Message("Preparing the map: {layer}", {"layer": _TITLES[layer]}))
            first, last = _ZOOMS[layer]
            write_pmtiles({layer: _places(uow, layer)}, made, min_zoom=first, max_zoom=last)
        if not target.is_dir():  # another process may have been quicker
            made.replace(target)
    _remove_old(folder, version)
    return target


_TITLES = {"streets": Message("Streets"), "buildings": Message("Buildings"), "doors": Message("Doors")}


def _places(uow: UnitOfWork, layer: str) -> gpd.GeoDataFrame:
    with uow:
        frame = uow.streets.read() if layer == "streets" else uow.buildings.read()
    if layer == "doors":
        frame = frame.set_geometry(frame.representative_point())
    kept = [column for column in _COLUMNS[layer] if column in frame.columns]
    return frame[[*kept, frame.geometry.name]].rename_axis("key")


def _remove_old(folder: Path, version: str) -> None:
    versions = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".") and path.name != version]
    newest_first = sorted(versions, key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
    for path in newest_first[KEPT_VERSIONS - 1 :]:
        shutil.rmtree(path, ignore_errors=True)
