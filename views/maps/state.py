"""What surrounds the layers of a map and what comes back from it; the same for the city map and the community map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class MapView:
    """Where the map looks: degrees and zoom."""

    longitude: float
    latitude: float
    zoom: float


@dataclass(frozen=True)
class Selection:
    """The place a user clicked: id of its layer and key of the place."""

    layer: str
    id: str


@dataclass(frozen=True)
class MapOptions:
    """What surrounds the layers. ``fit`` (west, south, east, north) defaults to all inline layers; ``view`` wins at first.

    ``selected`` is highlighted when it changes; ``permalink`` names the query parameter the city map keeps its view
    in and reads it from when ``view`` is not given (empty = none). ``height_px`` 0 = the rest of the window, as
    ``views.components.window_rest`` measures it.
    """

    language: str = "zh_CN"
    theme: str = "light"
    height_px: int = 640
    fit: Bounds | None = None
    view: MapView | None = None
    selected: Selection | None = None
    permalink: str = "view"
    attribution: str = ""


@dataclass(frozen=True)
class MapState:
    """What the user did: the selected place (None = nothing), the view at that moment, polygons drawn (GeoJSON geometries)."""

    selected: Selection | None
    view: MapView | None
    drawn: tuple[dict[str, Any], ...] = ()


def parse_view(text: str | None) -> MapView | None:
    """A view from a permalink, ``longitude,latitude,zoom``; None for anything else, since anybody can type an address."""
    try:
        longitude, latitude, zoom = (float(part) for part in (text or "").split(","))
    except ValueError:
        return None
    if not (-180 <= longitude <= 180 and -85 <= latitude <= 85 and 0 <= zoom <= 22):
        return None
    return MapView(longitude, latitude, zoom)
