"""Real cities: rules that meet every oddity of a real map, counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gis.network import ADULT, PRAM, WHEELCHAIR, build_network
from gis.osm import OsmExtract, read_osm
from tests.gis.conftest import SHARED

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def heidelberg() -> OsmExtract:
    if not SHARED.is_dir():
        pytest.skip("the folder of published cities is not beside the checkout")
    return read_osm(SHARED / "heidelberg.osm.pbf")


def closed_share(extract: OsmExtract, profile) -> float:
    network = build_network(extract.streets, profile=profile)
    return float(network.pieces.length_m[~network.is_walkable].sum() / network.pieces.length_m.sum())


def test_plazas_are_crossed(heidelberg: OsmExtract) -> None:
    links = heidelberg.streets[heidelberg.streets.index.str.contains(":x")]
    assert 60 <= links.index.str.split(":").str[0].nunique() <= 100
    assert 400 <= len(links) <= 700
    assert links["length_m"].max() < 400


def test_crossings_of_roads_closed_to_walkers_are_known(heidelberg: OsmExtract) -> None:
    met = heidelberg.streets[["road_at_start", "road_at_end"]].to_numpy() != ""
    assert 200 <= met.sum() <= 300


def test_wheels_meet_more_closed_streets_than_prams_and_prams_more_than_walkers(heidelberg: OsmExtract) -> None:
    walkers, prams, wheels = (closed_share(heidelberg, profile) for profile in (ADULT, PRAM, WHEELCHAIR))
    assert walkers < 0.001
    assert 0.01 < prams < wheels < 0.3


def test_every_street_takes_a_time_above_zero_with_waits_and_slopes(heidelberg: OsmExtract) -> None:
    network = build_network(heidelberg.streets, crossing_delays=True, slopes=True)
    assert 2_500 <= network.waiting.sum() <= 5_000
    assert (network.seconds > 0).all()
    assert not np.isnan(network.seconds_back).any()
    assert (network.seconds != network.seconds_back).sum() > 500


def test_haidian_has_waits_though_few_footways(shared_data: Path) -> None:
    network = build_network(read_osm(shared_data / "beijing_haidian.osm").streets, crossing_delays=True)
    assert 150 <= network.waiting.sum() <= 400
