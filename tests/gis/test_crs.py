"""Measuring in a local metric system."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from pyproj import CRS
from shapely.geometry import LineString, Point

from contracts.errors import CrsError, GeometryError
from gis.crs import back_to, geodesic_length_m, local_crs, metric_crs, to_metric


def points(*xy: tuple[float, float], crs: object = "EPSG:4326") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(index=[f"p{i}" for i in range(len(xy))], geometry=[Point(*p) for p in xy], crs=crs)


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [(116.4, 39.9, 4548), (114.5, 38.0, 4547), (121.47, 31.2, 4549), (121.4, 25.0, 4549), (7.42, 43.74, 32632), (-51.2, -30.0, 32722), (180.0, 1.0, 32660)],
)
def test_cities_get_their_zone(lon: float, lat: float, epsg: int) -> None:
    assert local_crs(lon, lat).to_epsg() == epsg


def test_a_true_projected_system_is_kept() -> None:
    assert metric_crs(points((500_000.0, 4_000_000.0), crs="EPSG:32650")).to_epsg() == 32650


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:3395", "EPSG:2263"])
def test_mercator_and_feet_are_never_measured_in(crs: str) -> None:
    frame = points((116.4, 39.9)).to_crs(crs) if crs != "EPSG:2263" else points((-74.0, 40.7)).to_crs(crs)

    assert metric_crs(frame) != CRS.from_user_input(crs)


def test_metric_distance_is_within_a_thousandth_of_the_ellipsoid() -> None:
    frame = points((116.40, 39.90), (116.41, 39.91))
    metric = to_metric(frame)
    truth = geodesic_length_m(np.array([LineString([(116.40, 39.90), (116.41, 39.91)])]))[0]

    assert metric.geometry.iloc[0].distance(metric.geometry.iloc[1]) == pytest.approx(truth, rel=1e-3)


def test_there_and_back_keeps_index_and_place() -> None:
    frame = points((116.4, 39.9), (116.5, 39.8))

    again = back_to(to_metric(frame), frame)

    assert list(again.index) == ["p0", "p1"]
    assert again.geometry.iloc[0].distance(frame.geometry.iloc[0]) < 1e-9
    assert frame.crs.to_epsg() == 4326


def test_an_empty_frame_still_has_a_system() -> None:
    assert metric_crs(points()).is_projected


def test_no_system_is_an_error() -> None:
    with pytest.raises(CrsError, match="no coordinate reference system"):
        to_metric(points((1.0, 2.0), crs=None))


def test_metres_labelled_as_degrees_are_an_error() -> None:
    with pytest.raises(CrsError, match="do not fit"):
        metric_crs(points((500_000.0, 4_000_000.0)))


def test_infinite_coordinates_are_an_error() -> None:
    with pytest.raises(GeometryError):
        metric_crs(points((np.inf, 2.0)))


def test_length_of_a_degree_on_the_equator() -> None:
    lines = np.array([LineString([(0, 0), (1, 0)]), None, LineString([(0, 0), (0.5, 0), (1, 0)])], dtype=object)

    assert geodesic_length_m(lines) == pytest.approx([111_319.4908, 0.0, 111_319.4908], abs=1e-3)
