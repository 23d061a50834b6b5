"""The demo city of the product's first minute, made once for all tests of this room."""

from __future__ import annotations

import pytest

from data.demo_city import CityFrames, make_city


@pytest.fixture(scope="session")
def city() -> CityFrames:
    return make_city()


@pytest.fixture(scope="session")
def two_tiles() -> CityFrames:
    return make_city(communities=24, seed=5)
