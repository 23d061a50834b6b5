"""How far off are circles, junctions and rounded minutes in real cities? One table per city, made by ``servicecircle.shortcuts``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from contracts.columns import CATEGORY, RESIDENTS
from contracts.settings import ROOT
from gis.network import build_network
from gis.osm import OsmExtract, read_osm
from servicecircle.shortcuts import shortcut_errors

DATA = ROOT.parent / "shared" / "data"
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


CITIES: dict[str, tuple[str, Callable[[OsmExtract], People]]] = {
    "porto_alegre": ("poa_osm.pbf", _hexagons),
    "heidelberg": ("heidelberg.osm.pbf", _buildings),
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
