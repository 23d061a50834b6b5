"""Community maps and exported files ask no other host and never run a name."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest

from contracts.errors import InputError
from tests.maps.conftest import HOSTILE
from views.maps.folium_maps import PLACES_LIMIT, community_map, read_state, script_json
from views.maps.layers import TITLES, MapLayer, TooltipRow
from views.maps.palette import COVERAGE
from views.maps.standalone import find_outside_addresses, standalone_html
from views.maps.state import MapOptions, MapState, Selection


@pytest.fixture
def layers(grids, facilities):
    tip = (TooltipRow("title", HOSTILE), TooltipRow("households", "户数", "count"), TooltipRow("value", "覆盖率", "share"))
    shares = pd.Series({"g1": 0.971, "g2": 0.2})
    return [
        MapLayer("facilities", facilities, key="key", title=HOSTILE, label="title", selectable=True),
        MapLayer("grids", grids, figures=shares, classes=COVERAGE, label="title", tooltip=tip, selectable=True),
    ]


def test_community_map_names_no_other_host(layers):
    assert find_outside_addresses(community_map(layers, drawing=True).get_root().render()) == []


def test_exported_file_is_self_contained(layers):
    page = standalone_html(community_map(layers, drawing=True), title="甲社区")
    assert find_outside_addresses(page) == []
    assert "/assets/" not in page
    assert "<title>甲社区</title>" in page


def test_hostile_name_never_becomes_markup_or_code(layers):
    page = community_map(layers, options=MapOptions(attribution=HOSTILE)).get_root().render()
    assert "<img src=x" not in page
    assert "49" not in "".join(re.findall(r"alert\(2\)(.{0,20})", page))


@pytest.mark.parametrize("text", ["{{ x }}", "{% x %}", "{# x #}", "{{{", "</script>", "\u2028", "{&#"])
def test_script_json_reads_back_and_holds_no_marks(text):
    written = script_json({"a": {"b": [text, {}]}})
    assert json.loads(written) == {"a": {"b": [text, {}]}}
    assert not any(mark in written for mark in ("{{", "{%", "{#", "<", "\u2028"))


def test_tooltip_figures_are_formatted(layers):
    page = community_map(layers).get_root().render()
    assert "97.1%" in page


@pytest.mark.parametrize("kind", TITLES)
def test_every_kind_can_be_drawn(kind, grids):
    layer = MapLayer(kind, grids.assign(minutes=[5, 10, 15], kind=["river", "rail", "?"], highway="primary_link"))
    assert "PlaceLayer" in community_map([layer]).get_root().render() or community_map([layer]) is not None


def test_empty_layers_make_an_empty_map(grids):
    assert find_outside_addresses(community_map([MapLayer("grids", grids.iloc[:0])]).get_root().render()) == []


def test_too_many_places_are_sent_to_the_city_map(grids):
    many = pd.concat([grids] * (PLACES_LIMIT // 3 + 1))
    with pytest.raises(InputError, match="2000"):
        community_map([MapLayer("grids", many.set_axis(range(len(many))))])


def test_tiles_are_refused_on_a_community_map():
    with pytest.raises(InputError):
        community_map([MapLayer("grids", tiles="/tiles/1/grids.pmtiles")])


def test_only_selectable_layers_select(layers):
    def click(layer):
        return {"last_active_drawing": {"properties": {"layer": layer, "id": "g1"}}}

    assert read_state(click("grids"), layers).selected == Selection("grids", "g1")
    assert read_state(click("water"), layers) == read_state(None, layers) == MapState(None, None)


def test_click_on_a_facility_selects_the_grid_below_it(grids, facilities):
    layers = [MapLayer("grids", grids, selectable=True), MapLayer("facilities", facilities, key="key")]
    clicked = {"last_active_drawing": {"properties": {"layer": "facilities", "id": "f2"}}}
    assert read_state(clicked, layers).selected == Selection("grids", "g2")


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ('<script src="https://a.example/x.js"></script>', ["https://a.example/x.js"]),
        ("<link rel=stylesheet href='//b.example/x.css'>", ["//b.example/x.css"]),
        ("<style>@import 'http://c.example/y.css'; a{background:url(https://d.example/z.png)}</style>", ["http://c.example/y.css", "https://d.example/z.png"]),
        ('<a href="https://e.example">a link loads nothing</a><img src="/assets/a.png">', []),
    ],
)
def test_outside_addresses_are_found(page, found):
    assert find_outside_addresses(page) == found
