"""Below the map: figures of every grid, rules broken, what changes against today, the steps so far."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from grids.effect import Effect, measure
from grids.faults import Fault
from grids.sketch import Sketch
from services import editing
from services.editing import Desk
from views import wiring
from views.components import edit_effect, table
from views.components.edit_tools import grid_names, with_names
from views.i18n import _, number, percent, spoken

_KEPT = "edit_against_today"
FIGURES = (
    "households",
    "residents",
    "workload",
    "buildings",
    "deviation_share",
    "compactness",
    "street_share",
    "longest_walk_m",
    "barriers_inside",
    "parts",
    "faults",
)


def show(desk: Desk, faults: Sequence[Fault], today: tuple[Effect, Sketch] | None) -> None:
    """Four tabs about the draft as it is now."""
    titles = [_("Grids"), _("Rules ({count})", count=number(len(faults))), _("Against today"), _("Steps")]
    grids, rules, change, steps = st.tabs(titles)
    with grids:
        _show_grids(desk)
    with rules:
        _show_rules(desk, faults)
    with change:
        _show_today(desk, today)
    with steps:
        _show_steps(desk)


def against_today(desk: Desk) -> tuple[Effect, Sketch] | None:
    """What the draft changes against the plan in force; computed once per step."""
    key = (desk.plan_id, desk.version, wiring.data_version())
    kept = st.session_state.get(_KEPT)
    if kept is None or kept[0] != key:
        kept = (key, editing.against_today(wiring.unit_of_work(), wiring.principal(), desk))
        st.session_state[_KEPT] = kept
    found: tuple[Effect, Sketch] | None = kept[1]
    return found


def grid_rows(sketch: Sketch) -> pd.DataFrame:
    """Figures of every grid, in words."""
    figures = measure(sketch).round({"longest_walk_m": 0, "barriers_inside": 0})
    names = grid_names(sketch)
    rows = pd.DataFrame({"grid": [names[str(code)] for code in figures.index]}, index=figures.index)
    shown = [name for name in FIGURES if name in figures and figures[name].notna().any()]
    locked = [_("Locked") if code in sketch.locked else "" for code in figures.index]
    return (
        rows.assign(**{name: figures[name] for name in shown}, locked=locked)
        .sort_index()
        .rename_axis(None)
        .assign(code=lambda sorted_rows: sorted_rows.index.astype("str"))
    )


def _show_grids(desk: Desk) -> None:
    rows = grid_rows(desk.sketch)
    if rows.empty:
        st.caption(_("This draft has no grids yet. Choose the tool Divide anew, or move ground into a new grid."))
        return
    loads = rows["deviation_share"].dropna() if "deviation_share" in rows else pd.Series(dtype=float)
    with st.container(horizontal=True):
        st.metric(_("Grids"), number(len(rows)))
        if len(loads):
            st.metric(_("Farthest from target"), percent(float(loads.abs().max())))
            st.metric(_("On average"), percent(float(loads.abs().mean())))
        st.metric(_("Compactness (1 = circle)"), number(float(rows["compactness"].mean()), digits=2))
    table.show(rows, key="edit_grids_table")


def _show_rules(desk: Desk, faults: Sequence[Fault]) -> None:
    if not faults:
        st.success(_("The draft keeps every rule."), icon=":material/check_circle:")
        return
    stops = editing.forbidding(desk)
    edit_effect.show_faults(stops, _("In the way of publishing"), grid_names(desk.sketch), tone="broken")
    rest = [fault for fault in faults if fault not in stops]
    edit_effect.show_faults(rest, _("May be published, with the reason shown"), grid_names(desk.sketch), tone="allowed")


def _show_today(desk: Desk, today: tuple[Effect, Sketch] | None) -> None:
    if today is None:
        st.caption(_("No plan is in force in this community yet."))
        return
    effect = today[0]
    facts = {"households": number(effect.moved_in_force), "share": percent(effect.moved_in_force_share), "grids": number(len(effect.grids))}
    st.markdown(
        _("{grids:grid differs|grids differ} from the plan in force; {households:household|households} would belong to another grid ({share}).", **facts)
    )
    edit_effect.show_changes(effect, grid_names(today[1]) | grid_names(desk.sketch))


def _show_steps(desk: Desk) -> None:
    steps = desk.history.messages
    if not steps:
        st.caption(_("Nothing was changed yet."))
    for place, step in list(enumerate(steps, start=1))[::-1][:20]:
        st.caption(f"{place}. {with_names(spoken(step), grid_names(desk.sketch))}")
