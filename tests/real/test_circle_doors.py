"""Circles of fifty facilities each in two real cities: every door told right, every circle valid and inside the next."""

from __future__ import annotations

import numpy as np
import pytest

from contracts.settings import ROOT
from gis.network import build_network
from gis.osm import read_osm
from servicecircle.circles import CircleDrawer
from servicecircle.reach import nearest_walk
from tests.servicecircle.circle_faults import broken_shapes, wrong_doors

DATA = ROOT.parent / "shared" / "data"
FILES = {"haidian": "beijing_haidian.osm", "monaco": "monaco.osm.pbf"}


@pytest.mark.shared
@pytest.mark.parametrize("name", list(FILES))
def test_fifty_circles_tell_every_door_of_the_city_right(name):
    if not (DATA / FILES[name]).exists():
        pytest.skip(f"no data of {name}: the folder shared/data is not beside the checkout")
    city = read_osm(DATA / FILES[name])
    network = build_network(city.streets)
    doors, services = (network.attach(places, barriers=city.barriers) for places in (city.buildings, city.facilities))
    chosen = services.take(np.sort(np.random.default_rng(3).choice(len(services), 50, replace=False)))
    chosen.attributes["one"] = [f"facility {number}" for number in range(50)]
    circles = CircleDrawer(network, barriers=city.barriers, doors=doors).circles(chosen, by="one")
    seconds = nearest_walk(network, chosen, doors, by="one")
    assert (seconds <= 900).to_numpy().sum() > 5000
    assert broken_shapes(circles) == []
    assert wrong_doors(circles, doors, seconds) == []
