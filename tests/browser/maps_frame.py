"""Pages of the tiny app: ``?map=city``, ``?map=tiles`` or ``?map=folium``; a counter shows reruns, a toggle changes values."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from contracts.reference import reference_table
from contracts.settings import settings
from data.demo_city import make_city
from gis.tiles import write_pmtiles
from tests.browser.town import make_town
from views.maps import city_map, folium_maps
from views.maps.layers import MapLayer, TooltipRow
from views.maps.palette import COVERAGE, group_colours
from views.maps.state import MapOptions, parse_view

st.set_page_config(layout="wide", page_title="maps")
st.session_state.runs = st.session_state.get("runs", 0) + 1
town = st.cache_resource(make_town)()
which = st.query_params.get("map", "city")
language = st.query_params.get("lang", "zh_CN")
theme = st.query_params.get("theme", "light")

NAMES = {"clinic": "卫生服务", "market": "菜市场", "school": "学校", "canteen": "老年食堂"}
COLOURS = {category: (colour, NAMES[category]) for category, colour in group_colours(NAMES).items()}


def city_layers(values):
    tip = (TooltipRow("name", "名称"), TooltipRow("households", "户数", "count"), TooltipRow("value", "15 分钟覆盖率", "share"))
    return [
        MapLayer("water", town.water, key="key"),
        MapLayer("greens", town.greens, key="key"),
        MapLayer("grids", town.grids, figures=values, classes=COVERAGE, label="name", tooltip=tip, selectable=True),
        MapLayer("communities", town.communities, label="name"),
        MapLayer("buildings", town.buildings, key="key", label="name"),
        MapLayer("streets", town.streets, key="key"),
        MapLayer("barriers", town.barriers, key="key"),
        MapLayer("circles", town.circles, key="key", visible=False),
        MapLayer(
            "facilities",
            town.facilities,
            key="key",
            colour_by="category",
            colours=COLOURS,
            label="name",
            tooltip=(TooltipRow("name", "名称"),),
            selectable=True,
        ),
    ]


@st.cache_resource
def demo():
    return make_city()


def demo_layers(*, tiles):
    city = demo()
    groups = reference_table("facility_categories").set_index("code")["group"]
    facilities = city.facilities.assign(group=city.facilities["category"].map(groups))
    colours = {group: (colour, group) for group, colour in group_colours(facilities["group"].dropna()).items()}
    areas = city.areas[city.areas["level"] == "community"]
    share = pd.Series([(rank * 37 % 100) / 200 + 0.5 for rank in range(len(areas))], index=areas.index)
    tip = (TooltipRow("name", "名称"), TooltipRow("value", "15 分钟覆盖率", "share"))
    name = "name" if language == "zh_CN" else "name_en"
    columns = {"water": [], "greens": [], "buildings": ["name"], "streets": ["highway", "name"], "barriers": ["kind"]}
    frames = {kind: getattr(city, kind)[[*chosen, "geometry"]] for kind, chosen in columns.items()}
    if tiles:
        written = settings().tiles / "1"
        if not written.exists():
            write_pmtiles(frames | {"communities": areas[["name", "geometry"]]}, written, min_zoom=9, max_zoom=15)
    given = {kind: {"tiles": f"/tiles/1/{kind}.pmtiles"} if tiles else {"frame": frame} for kind, frame in frames.items()}
    community = {"tiles": "/tiles/1/communities.pmtiles"} if tiles else {"frame": areas, "label": name}
    return [
        MapLayer("communities", **community, figures=share, classes=COVERAGE, tooltip=tip, selectable=True),
        MapLayer("facilities", facilities, key="key", colour_by="group", colours=colours, label=name, tooltip=(TooltipRow("name", "名称"),), selectable=True),
        *(MapLayer(kind, key="key", **where) for kind, where in given.items()),
    ]


if which == "city":
    low = st.toggle("low")
    values = town.coverage * 0.5 if low else town.coverage
    options = MapOptions(
        language=language,
        theme=theme,
        view=parse_view(st.query_params.get("view")),
        attribution="演示城市（生成）· 不是真实地点",
    )
    state = city_map.show(city_layers(values), key="city", options=options)
    st.markdown(f"selected: `{state.selected.layer + '/' + state.selected.id if state.selected else 'nothing'}`")
elif which == "folium":
    st.toggle("unrelated")
    inside = town.communities.loc[["990101004"]] if "990101004" in town.communities.index else town.communities.iloc[[4]]
    room = inside.geometry.iloc[0].buffer(-0.0003)
    chosen = [replace(layer, frame=layer.frame[layer.frame.intersects(room)]) for layer in city_layers(town.coverage)]
    earlier = st.session_state.get("chosen")
    options = MapOptions(language=language, theme=theme, selected=earlier, attribution="演示城市（生成）· 不是真实地点")
    state = folium_maps.show(chosen, key="community", options=options)
    if state.selected != earlier:
        st.session_state.chosen = state.selected
        st.rerun()
    st.markdown(f"selected: `{state.selected.layer + '/' + state.selected.id if state.selected else 'nothing'}`")
elif which in ("demo", "tiles"):
    layers = demo_layers(tiles=which == "tiles")
    options = MapOptions(
        language=language,
        theme=theme,
        view=parse_view(st.query_params.get("view")),
        attribution="演示城市（生成）· 不是真实地点",
        fit=tuple(demo().areas.total_bounds),
    )
    state = city_map.show(layers, key=which, options=options)
    st.markdown(f"selected: `{state.selected.layer + '/' + state.selected.id if state.selected else 'nothing'}`")
st.markdown(f"runs: `{st.session_state.runs}`")
