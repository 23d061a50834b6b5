"""Planner and coordinator: who works in which grid, and which grid has nobody to lead it?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from contracts.messages import Message
from contracts.progress import Progress
from services.assignment import AssignmentReport, assign_workers_to_grids
from services.grid_plans import roster_table
from services.maplayers import map_layer
from services.overview import city_counts
from services.rosters import worker_homes
from views import wiring
from views.components import area_picker, downloads, job_box, load_map, states, table
from views.components.words import worker_role_word
from views.i18n import _, grid_names_of, grid_word, names_of, number, spoken

JOB = "assign"


def _roster_rows(roster: pd.DataFrame) -> pd.DataFrame:
    communities = names_of(roster[["community_name", "community_name_en"]].set_axis(["name", "name_en"], axis=1))
    grids = grid_names_of(roster.set_index("grid_code").rename(columns={"grid_name": "name"})).to_numpy()
    return pd.DataFrame(
        {
            "grid": grids,
            "community": communities,
            "name": roster["worker"].fillna(_("Nobody yet")),
            "role": roster["role"].fillna("lead").map(worker_role_word),
            "full_time": roster["full_time"].fillna(False).astype(bool),
            "walk_minutes": roster["walk_s"] / 60.0,
        }
    )


def _assign() -> None:
    if not states.may(wiring.principal(), "assign_workers"):
        states.show_read_only("assign_workers")
        return
    with st.container(border=True):
        st.caption(_("Every grid gets one full-time leader where there are enough, and part-time workers who live near, staying with who works there now."))
        if st.button(_("Assign workers"), key="assign_now", type="primary", icon=":material/badge:"):
            _start()


def _start() -> None:
    uow, who, at = wiring.unit_of_work(), wiring.principal(), wiring.now()

    def act(progress: Progress) -> AssignmentReport:
        return assign_workers_to_grids(uow, who, at=at, progress=progress)

    job_box.start(JOB, Message("Assigning"), act)


def _show_report(report: AssignmentReport) -> None:
    st.success(_("{pairs:place|places} filled in {grids:grid|grids}, {leads} of them for leaders.", pairs=report.pairs, grids=report.grids, leads=report.leads))
    if report.uncovered_grids:
        st.warning(_("{count:grid has|grids have} no leader. Add full-time workers or raise their capacity.", count=len(report.uncovered_grids)))
    if len(report.unplaced):
        with st.expander(_("Left open: {count}", count=number(len(report.unplaced))), icon=":material/person_off:"):
            table.show(_open_rows(report.unplaced), key="unplaced")


def _open_rows(unplaced: pd.DataFrame) -> pd.DataFrame:
    people = wiring.read(worker_homes)["name"].to_dict()
    names = [grid_word(str(key)) if kind == "grid" else people.get(key, _("Unknown")) for kind, key in zip(unplaced["kind"], unplaced["key"], strict=True)]
    kinds = unplaced["kind"].map({"grid": _("Grid"), "worker": _("Worker")})
    return pd.DataFrame({"kind": kinds, "name": names, "role": unplaced["role"].map(worker_role_word), "reason": unplaced["reason"].map(spoken)})


st.header(_("Grid workers"))
with states.guarded():
    counts = wiring.read(city_counts)
    if counts.is_empty:
        states.show_no_data()
        st.stop()
    if not counts.counts["grids"]:
        states.show_no_grids()
        st.stop()
    if not counts.counts["workers"]:
        st.info(_("There are no workers yet. Import a roster of workers with their homes."), icon=":material/badge:")
        st.code("./wangge import workers roster.xlsx", language="bash")
        st.stop()
    with st.sidebar:
        area = area_picker.show(wiring.read(map_layer, layer="areas"), levels=("street", "community"))
    if not job_box.show(JOB):
        report = job_box.result(JOB)
        if report is not None:
            _show_report(report)
        _assign()
    load_map.show(area)
    rows = _roster_rows(wiring.read(roster_table, area_code=area))
    table.show(rows, key="roster")
    downloads.show(table.in_words(rows), name="workers", key="roster")
