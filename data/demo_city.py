"""The demo city: invented from a seed, in any size, and saying so in every table.

``python -m data.demo_city --communities N --seed S --out FOLDER`` writes it as one GeoPackage layer per table.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from contracts.columns import SOURCE
from contracts.errors import InputError
from data.city_areas_frame import area_frame, community_codes
from data.city_cases import case_frame
from data.city_ground import HEIGHT_M, WIDTH_M
from data.city_lattice import draw_tiles, lay_lattice, place_geometries
from data.city_lines import barrier_frame, green_frame, street_frame, water_frame
from data.city_people import building_frame, door_frame, gate_frame, worker_frame
from data.city_services import facility_frame
from data.city_tile import Tile

INVENTED = "demo"  # value of the source column: nothing here is a real place or person
UNTIL = datetime(2024, 6, 1, tzinfo=UTC)


@dataclass(frozen=True)
class CityFrames:
    """The tables of a city, EPSG:4326, indexed by key (areas: by code); every row has ``source`` = ``demo``."""

    areas: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    entrances: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    workers: gpd.GeoDataFrame
    cases: gpd.GeoDataFrame
    water: gpd.GeoDataFrame
    greens: gpd.GeoDataFrame


def make_city(*, seed: int = 20240601, communities: int = 12, until: datetime = UNTIL) -> CityFrames:
    """Invent a city. The same arguments give the same tables to the last byte.

    Parameters
    ----------
    seed
        Of everything that is left to chance.
    communities
        How many; 12 are one district of two sub-districts with about 25 000 households.
    until
        End of the three months of cases, aware.
    """
    if communities < 1:
        raise InputError("The demo city needs at least one community, not {communities}.", communities=communities)
    slots = lay_lattice(communities)
    tiles = draw_tiles(seed, slots)
    rngs = [np.random.default_rng([seed, 1_000_003, number]) for number in range(6)]
    table = community_codes(slots, tiles)
    offsets = np.array([[slot.column * WIDTH_M, slot.row * HEIGHT_M] for slot in slots])
    areas = area_frame(rngs[0], table, place_geometries([tile.communities for tile in tiles], offsets)[1])
    first_row = table.groupby("tile").head(1).index.to_numpy()
    buildings, doors = _buildings(rngs[1], tiles, offsets, first_row, table)
    frames = {
        "areas": areas,
        "buildings": buildings,
        "entrances": gpd.GeoDataFrame(pd.concat([doors, _gates(tiles, offsets, first_row, table)])),
        "streets": street_frame(rngs[2], tiles, slots, offsets),
        "barriers": barrier_frame(tiles, offsets),
        "facilities": facility_frame(rngs[3], tiles, offsets, table, areas),
        "workers": worker_frame(rngs[4], doors, buildings, table),
        "cases": case_frame(rngs[5], buildings, areas, doors, until=until),
        "water": water_frame(tiles, offsets),
        "greens": green_frame(tiles, offsets),
    }
    return CityFrames(**{name: frame.assign(**{SOURCE: INVENTED}) for name, frame in frames.items()})


def _buildings(
    rng: np.random.Generator, tiles: list[Tile], offsets: np.ndarray, first_row: np.ndarray, table: pd.DataFrame
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Buildings sorted by key, and their doors in the same order."""
    shapes = place_geometries([tile.houses for tile in tiles], offsets)
    doors = place_geometries([gpd.points_from_xy(*np.array(tile.doors).T) for tile in tiles], offsets)[1]
    facts = pd.DataFrame(
        {
            "levels": np.concatenate([tile.levels for tile in tiles]),
            "use": np.concatenate([np.array(tile.use, dtype=object) for tile in tiles]),
            "community_row": np.concatenate([first + np.array(tile.house_community) for first, tile in zip(first_row, tiles, strict=True)]),
        }
    )
    buildings = building_frame(rng, shapes, facts, table)
    entrances = door_frame(doors, buildings)
    order = np.argsort(buildings.index.to_numpy(dtype=str), kind="stable")
    return buildings.iloc[order], entrances.iloc[order]


def _gates(tiles: list[Tile], offsets: np.ndarray, first_row: np.ndarray, table: pd.DataFrame) -> gpd.GeoDataFrame:
    points = place_geometries([np.array([gate for gate, _, _ in tile.gates], dtype=object) for tile in tiles], offsets)[1]
    row = np.concatenate([first + np.array([community for _, community, _ in tile.gates], dtype=int) for first, tile in zip(first_row, tiles, strict=True)])
    closed = np.concatenate([np.array([only for _, _, only in tile.gates], dtype=bool) for tile in tiles])
    return gate_frame(points, table["code"].to_numpy()[row], closed)


def write_city(city: CityFrames, folder: Path) -> list[Path]:
    """Write every table as a GeoPackage of its name into a folder; gives back the files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for item in fields(city):
        path = folder / f"{item.name}.gpkg"
        getattr(city, item.name).to_file(path, driver="GPKG", layer=item.name)
        paths.append(path)
    return paths


def main() -> None:
    """Command line: make a city and write it."""
    parser = argparse.ArgumentParser(description="Invent a demo city.")
    parser.add_argument("--communities", type=int, default=12)
    parser.add_argument("--seed", type=int, default=20240601)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    for path in write_city(make_city(seed=given.seed, communities=given.communities), given.out):
        print(path)


if __name__ == "__main__":
    main()
