"""The map of a plan being edited: a ground that stays, sheets that change, no other host, no name that runs."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely.geometry import box

from tests.maps.conftest import HOSTILE
from views.maps.edit_map import Drawing, Ground, Sheet, Sheets, Touch, edit_map, labels_of, make_ground, read_touch
from views.maps.layers import MapLayer
from views.maps.palette import LIGHT
from views.maps.plan_picture import plan_picture
from views.maps.standalone import find_outside_addresses
from views.maps.state import MapOptions

OPTIONS = MapOptions(language="zh_CN", fit=(116.0, 40.0, 116.01, 40.01))
GRIDS = gpd.GeoSeries({"990101001001001": box(116, 40, 116.005, 40.01), "990101001001002": box(116.005, 40, 116.01, 40.01)}, crs="EPSG:4326")


@pytest.fixture
def ground(facilities) -> Ground:
    return make_ground([MapLayer("facilities", facilities, key="key", title=HOSTILE)], options=OPTIONS)


def test_the_map_asks_no_other_host_and_runs_no_name(ground):
    page = edit_map(ground, options=OPTIONS).get_root().render()
    assert find_outside_addresses(page) == []
    assert "<img src=x" not in page


def test_equal_grounds_give_equal_scripts(ground, facilities):
    again = make_ground([MapLayer("facilities", facilities, key="key", title=HOSTILE)], options=OPTIONS)
    assert ground == again


def test_the_drawing_tools_speak_the_readers_language(ground):
    assert "画线" in edit_map(ground, options=OPTIONS).get_root().render()
    assert "Draw a line" in edit_map(ground, options=MapOptions(language="en")).get_root().render()


def test_without_tools_nothing_can_be_drawn(ground):
    assert "L.Control.Draw" not in edit_map(ground, options=OPTIONS, tools=False).get_root().render()


def test_names_on_sheets_are_data_and_never_markup():
    frame = gpd.GeoDataFrame({"style": "a", "tip": [[["", HOSTILE]]] * 2, "label": HOSTILE, "look": ""}, geometry=GRIDS)
    written = Sheets(Drawing((Sheet(frame, {"a": {}}),), labels_of(frame), "polyline", "1"), LIGHT).given
    assert "<" not in written
    assert "{{" not in written


@pytest.mark.parametrize(
    ("answer", "touch"),
    [
        (None, Touch()),
        ({"last_clicked": None, "all_drawings": None}, Touch()),
        ({"last_clicked": {"lat": 40.0, "lng": 116.0}}, Touch((116.0, 40.0))),
        ({"all_drawings": [{"geometry": {"type": "Point"}}, {"geometry": {"type": "LineString"}}]}, Touch(None, {"type": "LineString"})),
    ],
)
def test_what_the_map_reports_is_read_whatever_it_is(answer, touch):
    assert read_touch(answer) == touch


def test_a_picture_holds_one_outline_per_grid_in_the_colours_of_the_map():
    drawn = plan_picture(GRIDS)
    assert drawn.count("<path") == 2
    assert drawn.startswith("<svg")
    assert "nan" not in drawn


def test_a_plan_without_grids_is_an_empty_picture():
    assert "<path" not in plan_picture(GRIDS.iloc[:0])
