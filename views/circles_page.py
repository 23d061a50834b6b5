"""Planner: which communities miss which service, for adults and for older people, against the target?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from contracts.reference import reference_table
from services.maplayers import map_layer
from services.overview import city_counts
from services.reach_summary import covered_categories, paired_coverage, reach_method
from views import wiring
from views.components import area_picker, downloads, facility_circle, job_box, method_note, reach_news, reach_pickers, states, table
from views.components.rule_tables import certainty_words
from views.components.words import category_word, level_word
from views.i18n import _, language, names_of, number, percent

_LEVELS = ("street", "community", "grid")


def _compute() -> None:
    if not states.may(wiring.principal(), "compute_circles"):
        states.show_read_only("compute_circles")
        return
    if job_box.show(reach_news.JOB):
        return
    report = job_box.result(reach_news.JOB)
    if report is not None:
        st.success(_("Walked from {doors} doors to {categories} services.", doors=number(report.doors), categories=number(report.categories)))
    if st.button(_("Compute walking reach"), key="compute_now", icon=":material/directions_walk:"):
        reach_news.start()


def _choose_target() -> float:
    targets = reference_table("coverage_targets")
    words = targets["en" if language() == "en" else "zh"]
    shares = targets["share"].astype(float).to_dict()
    labels = {row: f"{words[row]} · {percent(shares[row])}" for row in targets.index}
    row = st.selectbox(_("Target"), list(labels), format_func=labels.__getitem__, key="target")
    st.caption(_("Source: {source} ({certainty})", source=targets.at[row, "source"], certainty=certainty_words(str(targets.at[row, "certainty"]))))
    return shares[row]


def _rows(coverage: pd.DataFrame) -> pd.DataFrame:
    names = names_of(coverage.set_index("area_code")).to_numpy()
    rows = pd.DataFrame({"area": names, "category": coverage["category"].map(category_word)}, index=coverage.index)
    return rows.join(coverage[["adult_share", "older_share", "radius_share", "unknown_share", "unreachable_share", "gap_to_target", "people"]])


st.header(_("Service circles"))
with states.guarded():
    counts = wiring.read(city_counts)
    if counts.is_empty:
        states.show_no_data()
        st.stop()
    _compute()
    categories = wiring.read(covered_categories)
    if not categories:
        st.info(_("Walking reach has not been computed yet. Compute the circles first."), icon=":material/directions_walk:")
        st.code("./wangge circles", language="bash")
        st.stop()
    with st.sidebar:
        area = area_picker.show(wiring.read(map_layer, layer="areas"), levels=("street", "community"))
        level = st.segmented_control(
            _("One row per"),
            _LEVELS,
            default="community",
            format_func={name: level_word(name) for name in _LEVELS}.__getitem__,
            key="coverage_level",
            required=True,
        )
        only = st.multiselect(
            _("Services (none chosen = all)"),
            categories,
            format_func={code: category_word(code) for code in categories}.__getitem__,
            key="coverage_services",
            placeholder=_("All services"),
        )
        minutes = reach_pickers.show_minutes()
        target = _choose_target()
    found = wiring.read(paired_coverage, level=level, area_code=area, limit_s=60.0 * minutes, target=target, categories=tuple(only))
    rows = _rows(found)
    table.show(rows, key="coverage", height=560)
    downloads.show(table.in_words(rows), name="coverage", key="coverage")
    method_note.show(wiring.read(reach_method))
    facility_circle.show()
