"""Addresses of published tiles; publishes them, with a word about it, when the data are newer than the tiles."""

from __future__ import annotations

from threading import Lock

import streamlit as st

from contracts.settings import settings
from services.tiles import publish_tiles, tiles_version
from views import wiring
from views.components import progress_box
from views.i18n import _

_LOCK = Lock()


def addresses() -> dict[str, str]:
    """Layer -> address of its tiles for the data as they are."""
    version = wiring.read(tiles_version, store=settings().store_url)
    folder = settings().tiles
    if not (folder / version).is_dir():
        place = st.empty()
        with place.container(), _LOCK, progress_box.show(_("Preparing the map of the whole city, once for these data")) as progress:
            publish_tiles(wiring.unit_of_work(), wiring.principal(), folder, version, progress=progress)
        place.empty()
    return {path.stem: f"/tiles/{version}/{path.name}" for path in sorted((folder / version).glob("*.pmtiles"))}
