"""What a page hands over: checked at the door, put into plain data, drawn in a fixed order."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from contracts.errors import CrsError, InputError
from views.maps.city_map import map_data, read_state
from views.maps.features import bounds_of, geojson, label_points, plain
from views.maps.layers import TITLES, MapLayer, TooltipRow
from views.maps.legend import class_labels, legend, legend_html
from views.maps.palette import COVERAGE, LIGHT, make_classes
from views.maps.state import MapOptions, MapState, MapView, Selection, parse_view
from views.maps.styles import style_layers


def test_geojson_has_key_and_chosen_columns_only(grids):
    feature = json.loads(geojson(grids, key="code", columns=["households"]))["features"][1]
    assert feature["properties"] == {"code": "g2", "households": 400}


def test_geojson_leaves_out_places_without_geometry_and_keeps_the_frame(grids):
    grids.loc["g1", "geometry"] = None
    before = grids.copy()
    assert [place["properties"]["code"] for place in json.loads(geojson(grids, key="code"))["features"]] == ["g2", "g3"]
    assert grids.equals(before)


def test_geojson_of_another_crs_is_the_same_place(grids):
    there = json.loads(geojson(grids.to_crs("EPSG:32650"), key="code"))["features"][0]["geometry"]["coordinates"][0][0]
    assert there == pytest.approx(json.loads(geojson(grids, key="code"))["features"][0]["geometry"]["coordinates"][0][0], abs=2e-6)


def test_empty_frame_is_an_empty_collection(grids):
    assert json.loads(geojson(grids.iloc[:0], key="code")) == {"type": "FeatureCollection", "features": []}
    assert bounds_of([grids.iloc[:0]]) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [(np.float64("nan"), None), (float("inf"), None), (pd.NA, None), (pd.NaT, None), (None, None), (np.int64(3), 3), (np.bool_(True), True), ("é", "é")],
)
def test_cells_become_what_json_can_carry(value, expected):
    assert plain(value) == expected


def test_names_sit_inside_their_places_and_empty_names_are_left_out(grids):
    points = json.loads(label_points(grids, label="title"))["features"]
    assert [point["properties"]["key"] for point in points] == ["g1", "g2"]
    assert shapely.contains(grids.geometry.iloc[0], shapely.Point(points[0]["geometry"]["coordinates"]))


def test_bounds_cover_every_frame(grids, facilities):
    assert bounds_of([grids, facilities]) == pytest.approx((116.3, 39.8, 116.306, 39.802))


def test_layer_needs_places_or_tiles_but_not_both(grids):
    for wrong in ({}, {"frame": grids, "tiles": "/tiles/1/grids.pmtiles"}):
        with pytest.raises(InputError):
            MapLayer("grids", **wrong)


def test_layer_without_crs_is_refused(grids):
    with pytest.raises(CrsError):
        MapLayer("grids", gpd.GeoDataFrame(geometry=grids.geometry.to_numpy()))


def test_figures_without_classes_are_refused(grids):
    with pytest.raises(InputError):
        MapLayer("grids", grids, figures=pd.Series({"g1": 1.0}))


def test_drawing_order_is_fixed_by_kind_not_by_the_caller(grids, facilities):
    layers = [MapLayer("facilities", facilities, key="key"), MapLayer("grids", grids)]
    ids = [spec["id"] for spec in style_layers(layers, LIGHT, "en")]
    assert ids == [spec["id"] for spec in style_layers(layers[::-1], LIGHT, "en")]
    assert ids[0] == "ground"
    assert ids.index("grids-fill") < ids.index("facilities-dot")


@pytest.mark.parametrize("kind", TITLES)
def test_every_kind_can_be_drawn_and_has_a_chinese_title(kind, grids):
    layer = MapLayer(kind, grids.assign(minutes=5, kind="river", highway="primary"))
    assert len(style_layers([layer], LIGHT, "en")) > 1
    assert layer.title_in("zh_CN") != layer.title_in("en")


def test_layers_of_tiles_read_the_layer_named_like_the_file():
    specs = style_layers([MapLayer("grids", tiles="/tiles/7/cells.pmtiles")], LIGHT, "en")
    assert {spec["source-layer"] for spec in specs[1:]} == {"cells"}


def test_map_data_carries_figures_apart_and_drops_missing_ones(grids):
    layer = MapLayer("grids", grids, figures=pd.Series({"g1": 0.5, "g2": np.nan}), classes=COVERAGE)
    data = map_data([layer], MapOptions())
    assert data["values"] == {"grids": {"g1": 0.5}}
    assert json.loads(json.dumps(data)) == data


def test_hostile_names_travel_as_data(grids):
    layer = MapLayer("grids", grids, tooltip=(TooltipRow("title", "名称"),))
    assert "onerror" in map_data([layer], MapOptions())["sources"]["grids"]["geojson"]


@pytest.mark.parametrize("text", ["116.3,39.8,14"])
def test_permalink_reads_back(text):
    assert parse_view(text) == MapView(116.3, 39.8, 14.0)


@pytest.mark.parametrize("text", [None, "", "1,2", "a,b,c", "181,0,3", "0,0,99", "nan,0,3", "1,2,3,4"])
def test_nonsense_in_the_address_is_no_view(text):
    assert parse_view(text) is None


@pytest.mark.parametrize("reported", [None, [], "x", {"layer": 1, "id": "a"}, {"id": "a"}])
def test_malformed_report_selects_nothing(reported):
    assert read_state(reported).selected is None


def test_report_of_a_click_becomes_a_selection_with_the_view():
    assert read_state({"layer": "grids", "id": "g1", "view": "116.3,39.8,14"}) == MapState(Selection("grids", "g1"), MapView(116.3, 39.8, 14.0))


def test_class_labels_speak_the_language():
    assert class_labels(COVERAGE, "en") == ["Below 50%", "50% – 70%", "70% – 85%", "85% – 95%", "95% and more"]
    assert class_labels(make_classes([1000.0]), "zh_CN") == ["1,000 以下", "1,000 及以上"]


def test_legend_shows_highest_class_first_and_missing_last(grids):
    block = legend([MapLayer("grids", grids, figures=pd.Series({"g1": 0.5}), classes=COVERAGE)], LIGHT, "en")[0]
    assert [row.label for row in block.rows][::5] == ["95% and more", "No figure"]


def test_legend_html_escapes_words_of_the_data(facilities):
    layer = MapLayer("facilities", facilities, title="<b>x</b>", colour_by="category", colours={"clinic": ("#112233", "<i>y</i>")})
    page = legend_html(legend([layer], LIGHT, "en"), "<u>z</u>", "more")
    assert not any(tag in page for tag in ("<b>", "<i>", "<u>"))
