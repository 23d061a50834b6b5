"""Plans of a community through time: which there were, one on the map, two of them against each other."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from grids.sketch import DEDICATED
from services.plan_history import PlanComparison, plan_grids
from views import permalink, wiring
from views.components import ground_layers, table
from views.components.map_credit import credit
from views.components.words import PLAN_CHANGES, author_word, plan_reason_word, plan_status_word, word
from views.i18n import _, day, grid_names_of, grid_word, language, moment, number, percent
from views.maps import edit_map
from views.maps.edit_map import HATCHED, Drawing, Sheet
from views.maps.legend import LegendRow
from views.maps.paint import Style
from views.maps.palette import LIGHT, grid_colour
from views.maps.state import MapOptions

HEIGHT_PX = 520
PLAN, OTHER = "plan", "with"


def show_table(versions: pd.DataFrame) -> None:
    """One row per plan, newest first."""
    rows = pd.DataFrame(
        {
            "plan": versions["plan_id"].astype("str"),
            "status": [_status(plan) for plan in versions.to_dict("records")],
            "valid_from": [_day(value) for value in versions["valid_from"]],
            "valid_to": [_day(value) for value in versions["valid_to"]],
            "reason": versions["reason"].map(plan_reason_word),
            "author": versions["published_by"].where(versions["published_by"].notna(), versions["author"]).map(author_word),
            "made": versions["created_at"].map(moment),
            "grids": versions["grids"],
            "households": versions["households"],
        }
    )
    table.show(rows, key="versions")


def choose(versions: pd.DataFrame) -> tuple[int | None, int | None]:
    """The plan to look at, at first the one in force, and the one to compare it with; nothing where there are none."""
    if versions.empty:
        return None, None
    words = {str(plan["plan_id"]): _word(plan) for plan in versions.to_dict("records")}
    active = versions.loc[versions["status"] == "active", "plan_id"]
    first = str(active.iloc[0]) if len(active) else next(iter(words))
    permalink.seed(PLAN, list(words), default=first)
    permalink.seed(OTHER, ["", *words], default="")
    one = str(st.selectbox(_("Plan"), list(words), format_func=words.__getitem__, key=PLAN))
    two = str(st.selectbox(_("Compare with"), ["", *words], format_func=({"": _("Nothing")} | words).__getitem__, key=OTHER))
    permalink.keep(PLAN, one)
    permalink.keep(OTHER, two)
    return int(one), int(two) if two and two != one else None


def show_map(community: str, one: int, two: int | None) -> None:
    """The grids of one plan in colour, those of another dashed over them."""
    sheets = _filled(wiring.read(plan_grids, plan_id=one))
    signs = [LegendRow("line", LIGHT.label, _("Plan {plan}", plan=one)), LegendRow("hatch", LIGHT.label, _("Dedicated grid"))]
    if two is not None:
        sheets = (*sheets, *_dashed(wiring.read(plan_grids, plan_id=two)))
        signs.append(LegendRow("dash", LIGHT.accent, _("Plan {plan}", plan=two)))
    grids = wiring.read(plan_grids, plan_id=one)
    options = MapOptions(language=language(), height_px=HEIGHT_PX, permalink="", fit=ground_layers.bounds(community), attribution=credit())
    drawing = Drawing(sheets, _labels(grids) if len(grids) else None, turn=f"{one}-{two}")
    edit_map.show(ground_layers.ground(community, tuple(signs)), drawing, key=f"versions_map_{community}", options=options, tools=False)


def show_comparison(found: PlanComparison) -> None:
    """What changes from the first plan to the second: grids, households, people at work."""
    changed = found.grids[found.grids["change"] != "kept"]
    st.subheader(_("From plan {one} to plan {two}", one=found.one, two=found.two))
    with st.container(horizontal=True):
        st.metric(_("Grids that differ"), number(len(changed)))
        st.metric(_("Households moved"), number(found.households_moved), help=_("Counted as the data are today."))
        st.metric(_("Share of all households"), percent(found.moved_share))
        st.metric(_("Buildings moved"), number(found.buildings_moved))
        st.metric(_("Workers concerned"), number(found.workers["worker_key"].nunique()))
    if changed.empty:
        st.caption(_("Both plans have the same grids."))
        return
    table.show(_change_rows(changed), key="changes")
    if len(found.workers):
        st.markdown(f"**{_('Workers whose grid changes')}**")
        table.show(_worker_rows(found.workers), key="workers_concerned")


def _change_rows(changed: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "grid": [grid_word(str(code)) for code in changed.index],
            "change": [word(PLAN_CHANGES, str(change)) for change in changed["change"]],
            "households_before": changed["households_before"].fillna(0.0),  # a new grid had none
            "households_after": changed["households_after"].fillna(0.0),
            "households_moved_in": changed["households_moved_in"],
            "households_moved_out": changed["households_moved_out"],
            "code": changed.index.astype("str"),
        }
    )


def _worker_rows(workers: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": workers["name"],
            "grid": [grid_word(str(code)) for code in workers["grid_code"]],
            "change": [word(PLAN_CHANGES, str(change)) for change in workers["change"]],
        }
    )


def _status(plan: Mapping[Hashable, Any]) -> str:
    """Draft, in force or retired; of a draft that waits for its day, the day."""
    status = plan_status_word(str(plan["status"]))
    return status if pd.isna(plan["due_from"]) else _("{status}, in force from {day}", status=status, day=day(plan["due_from"]))


def _word(plan: Mapping[Hashable, Any]) -> str:
    return _("Plan {plan} · {status} · {reason}", plan=plan["plan_id"], status=_status(plan), reason=plan_reason_word(str(plan["reason"])))


def _day(value: Any) -> str:
    return "–" if pd.isna(value) else day(value)


def _filled(grids: gpd.GeoDataFrame) -> tuple[Sheet, ...]:
    colours = [DEDICATED if kind == DEDICATED else grid_colour(str(code)) for code, kind in grids["kind"].items()]
    names = grid_names_of(grids)
    tips = [[["", names[code]], [_("Households"), number(float(households))]] for code, households in grids["households"].items()]
    frame = gpd.GeoDataFrame({"style": colours, "tip": tips}, index=grids.index, geometry=grids.geometry)
    line: Style = {"color": LIGHT.label, "weight": 2.5, "opacity": 0.9, "fill": False}
    styles = {colour: HATCHED if colour == DEDICATED else _fill(colour) for colour in colours}
    return Sheet(frame, styles, "fills"), Sheet(frame[["geometry"]].assign(style="line"), {"line": line}, "lines")


def _dashed(grids: gpd.GeoDataFrame) -> tuple[Sheet, ...]:
    styles: dict[str, Style] = {
        "halo": {"color": LIGHT.halo, "weight": 5, "opacity": 0.9, "fill": False},
        "other": {"color": LIGHT.accent, "weight": 3.5, "opacity": 1, "dashArray": "9 6", "fill": False},
    }
    return tuple(Sheet(grids[["geometry"]].assign(style=style), styles) for style in styles)


def _labels(grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    names = grid_names_of(grids)
    labels = [f"{names[code]} · {number(float(households))}" for code, households in grids["households"].items()]
    return edit_map.labels_of(grids[["geometry"]].assign(label=labels, look=""))


def _fill(colour: str) -> Style:
    return {"fill": True, "fillColor": colour, "fillOpacity": 0.32, "stroke": False}
