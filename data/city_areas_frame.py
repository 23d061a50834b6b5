"""City, districts, sub-districts and communities as one frame, with invented names and codes."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from contracts.columns import CODE, COMMUNITY_TYPE, LEVEL, NAME, NAME_EN, PARENT_CODE
from data.city_lattice import DISTRICT_SIDE, Slot
from data.city_names import place_names
from data.city_tile import Tile

CITY_CODE = "990100000000"  # 99 is no province: nothing real is meant
CITY_NAME, CITY_NAME_EN = "示范市(虚构)", "Shifan City (invented)"
FIRST_DISTRICT = ("云汀区", "Yunting District")


def community_codes(slots: list[Slot], tiles: list[Tile]) -> pd.DataFrame:
    """One row per community in tile order: tile, community (in the tile), district, street and community code, type."""
    rows = pd.DataFrame(
        [
            (number, label, slot.column // DISTRICT_SIDE, slot.row // DISTRICT_SIDE, int(tile.side[label]), str(tile.kind[label]))
            for number, (slot, tile) in enumerate(zip(slots, tiles, strict=True))
            for label in range(len(tile.communities))
        ],
        columns=["tile", "community", "district_x", "district_y", "side", COMMUNITY_TYPE],
    )
    district = rows.groupby(["district_y", "district_x"], sort=True).ngroup() + 1
    street = rows.groupby([district, "tile", "side"], sort=True).ngroup()
    street_no = street - street.groupby(district).transform("min") + 1
    rows["district_code"] = [f"9901{d:02d}000000" for d in district]
    rows["street_code"] = [f"9901{d:02d}{s:03d}000" for d, s in zip(district, street_no, strict=True)]
    rows[CODE] = [f"{s[:9]}{n:03d}" for s, n in zip(rows["street_code"], rows.groupby("street_code").cumcount() + 1, strict=True)]
    return rows


def _level(level: str, codes: np.ndarray, parents: np.ndarray, shapes: np.ndarray, names: tuple[np.ndarray, np.ndarray]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {LEVEL: level, PARENT_CODE: parents, NAME: names[0], NAME_EN: names[1], COMMUNITY_TYPE: ""},
        geometry=shapes,
        crs="EPSG:4326",
        index=pd.Index(codes, name=CODE),
    )


def _merged(shapes: np.ndarray, codes: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Unions by code, sorted by code; the shapes are a coverage."""
    labels, number = np.unique(codes.to_numpy(dtype=str), return_inverse=True)
    return labels, np.array([shapely.normalize(shapely.coverage_union_all(shapes[number == i])) for i in range(len(labels))], dtype=object)


def _suffixed(names: tuple[np.ndarray, np.ndarray], zh: str, en: str) -> tuple[np.ndarray, np.ndarray]:
    return names[0] + zh, names[1] + en


def area_frame(rng: np.random.Generator, table: pd.DataFrame, shapes: np.ndarray) -> gpd.GeoDataFrame:
    """All areas, city first; ``table`` is that of ``community_codes``, ``shapes`` the communities in degrees."""
    streets, street_shapes = _merged(shapes, table["street_code"])
    districts, district_shapes = _merged(shapes, table["district_code"])
    city = np.array([shapely.normalize(shapely.coverage_union_all(shapes))], dtype=object)
    communities = _level(
        "community", table[CODE].to_numpy(), table["street_code"].to_numpy(), shapes, _suffixed(place_names(rng, len(table)), "社区", " Community")
    )
    communities[COMMUNITY_TYPE] = table[COMMUNITY_TYPE].to_numpy()
    district_names = _suffixed(place_names(rng, len(districts)), "区", " District")
    district_names[0][0], district_names[1][0] = FIRST_DISTRICT
    street_names = _suffixed(place_names(rng, len(streets)), "街道", " Sub-district")
    parents = np.array([f"{code[:6]}000000" for code in streets])
    levels = [
        _level("city", np.array([CITY_CODE]), np.array([""]), city, (np.array([CITY_NAME]), np.array([CITY_NAME_EN]))),
        _level("district", districts, np.full(len(districts), CITY_CODE), district_shapes, district_names),
        _level("street", streets, parents, street_shapes, street_names),
        communities.sort_index(),
    ]
    return gpd.GeoDataFrame(pd.concat(levels))
