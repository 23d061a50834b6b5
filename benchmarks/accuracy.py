"""How far off are circles, junctions and rounded minutes in real cities? One table per city, made by ``servicecircle.shortcuts``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from contracts.columns import CATEGORY, RESIDENTS
from contracts.settings import ROOT
from gis.network import build_network
from gis.osm import OsmExtract, read_osm
from servicecircle.shortcuts import shortcut_errors

DATA = ROOT.parent / "shared" / "data"
STEP_M, ASIDE_M = 40.0, 8.0  # of invented doors
SHARES = ("wrong_share", "wrongly_covered_share", "wrongly_uncovered_share", "near_wrong_share")


@dataclass(frozen=True)
class People:
    """Where people live and what they walk to."""

    doors: gpd.GeoDataFrame  # with residents
    facilities: gpd.GeoDataFrame


def run(quick: bool = False) -> dict[str, Any]:
    """Per city: doors, facilities, and the errors of each shortcut, of all categories together and of each."""
    names = ("monaco",) if quick else tuple(CITIES)
    return {name: judge(*CITIES[name]) for name in names if (DATA / CITIES[name][0]).exists()}


def judge(file: str, people_of: Callable[[OsmExtract], People]) -> dict[str, Any]:
    """The shortcuts' errors in one city at adult pace and fifteen minutes."""
    city = read_osm(DATA / file)
    people, network = people_of(city), build_network(city.streets)
    gates = city.entrances[city.entrances["kind"] == "gate"]
    served, homes = (network.attach(places, barriers=city.barriers, gates=gates) for places in (people.facilities, people.doors))
    table = shortcut_errors(network, people.facilities, people.doors, weights=people.doors[RESIDENTS], attached=(served, homes))
    table[list(SHARES)] = table[list(SHARES)].round(4)
    table["shift_points"] = table["shift_points"].round(2)
    counts = {"doors": len(people.doors), "without_street": int((~homes.is_snapped).sum()), "facilities": len(people.facilities)}
    return {**counts, "categories": int(people.facilities[CATEGORY].nunique()), "errors": table.to_dict("records")}


def _hexagons(city: OsmExtract) -> People:
    """Porto Alegre: people and services of its hexagons, each at its middle."""
    table = pd.read_csv(DATA / "poa_hexgrid.csv")
    frame = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs=4326)
    served = [frame.loc[frame[column] > 0, ["geometry"]].assign(category=column) for column in ("healthcare", "schools")]
    return People(frame[frame["population"] > 0].rename(columns={"population": RESIDENTS}), pd.concat(served, ignore_index=True))


def _buildings(city: OsmExtract) -> People:
    """Homes of the map with guessed residents; all its services."""
    homes = city.buildings[city.buildings[RESIDENTS].fillna(0.0) > 0]
    return People(homes, city.facilities)


def _street_fronts(city: OsmExtract) -> People:
    """Heidelberg, whose extract has streets but hardly a building: a door each 40 m of residential street, on either side."""
    crs = city.streets.estimate_utm_crs()
    lines = city.streets[city.streets["highway"].isin(["residential", "living_street"])].geometry.to_crs(crs).to_numpy()
    number = np.repeat(np.arange(len(lines)), np.maximum(shapely.length(lines) // STEP_M, 1).astype(int))
    along_m = (np.concatenate([np.arange(count) for count in np.bincount(number)]) + 0.5) * STEP_M
    spot, ahead = (shapely.get_coordinates(shapely.line_interpolate_point(lines[number], at)) for at in (along_m, along_m + 0.1))
    step = ahead - spot
    length = np.linalg.norm(step, axis=1, keepdims=True)
    aside = np.divide(step[:, ::-1] * (1, -1), length, out=np.zeros_like(step), where=length > 0) * ASIDE_M
    side = np.where(np.arange(len(spot)) % 2, 1.0, -1.0)[:, None]
    return People(
        gpd.GeoDataFrame({RESIDENTS: 1.0}, geometry=gpd.points_from_xy(*(spot + side * aside).T), index=np.arange(len(spot)), crs=crs), city.facilities
    )


CITIES: dict[str, tuple[str, Callable[[OsmExtract], People]]] = {
    "porto_alegre": ("poa_osm.pbf", _hexagons),
    "heidelberg": ("heidelberg.osm.pbf", _street_fronts),
    "monaco": ("monaco.osm.pbf", _buildings),
}


def markdown(report: dict[str, Any]) -> str:
    """The rows of all categories together as a table."""
    lines = []
    for name, city in report.items():
        for row in city["errors"]:
            if row["category"] == "all":
                shares = " | ".join(f"{100 * row[share]:.1f} %" for share in SHARES)
                lines.append(f"| {name} | {row['shortcut']} | {row['doors']:,} | {shares} | {row['shift_points']:+.1f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    found = run("--quick" in sys.argv)
    Path(sys.argv[-1]).write_text(json.dumps(found, indent=2), "utf-8") if sys.argv[-1].endswith(".json") else None
    print(markdown(found))
