"""Everybody: how far off would circles, junctions and rounded minutes be here?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from contracts.messages import Message
from contracts.reference import reference_table
from services.accuracy import AccuracyReport, shortcut_report
from services.overview import city_counts
from views import wiring
from views.components import downloads, states
from views.components.words import category_word
from views.i18n import _, language, number, percent, spoken

ASKED = "accuracy_asked"
EVERYTHING = "all"
HEADS = {
    "category": Message("Service"),
    "shortcut": Message("Shortcut"),
    "wrong_share": Message("Judged wrongly"),
    "wrongly_covered_share": Message("Called covered, wrongly"),
    "wrongly_uncovered_share": Message("Called uncovered, wrongly"),
    "shift_points": Message("Shift of coverage, points"),
    "near_wrong_share": Message("Wrong among homes near the limit"),
    "doors": Message("Answers judged"),
}
SENTENCES = {
    "radius": Message("{name}: {wrong} of all answers are wrong; coverage comes out {points} points off."),
    "junctions": Message("{name}: {wrong} wrong overall, {near} among homes near the limit."),
    "minutes": Message("{name}: {wrong} wrong, all of them homes called covered that are beyond the limit; coverage comes out {points} points off."),
}


def _names() -> pd.Series:
    table = reference_table("shortcuts").set_index("code")
    return table["en" if language() == "en" else "zh"]


def _show_sentences(report: AccuracyReport) -> None:
    """One line per shortcut, all services together."""
    kinds, names = reference_table("shortcuts").set_index("code")["kind"], _names()
    lines = []
    for row in report.errors[report.errors["category"] == EVERYTHING].to_dict("records"):
        details = {"name": f"**{names[row['shortcut']]}**", "wrong": percent(row["wrong_share"]), "near": percent(row["near_wrong_share"])}
        shift = f"{'+' if row['shift_points'] >= 0 else '−'}{number(abs(row['shift_points']), digits=1)}"
        lines.append("- " + spoken(Message(SENTENCES[kinds[row["shortcut"]]].template, {**details, "points": shift})))
    st.markdown("\n".join(lines))


def _rows(report: AccuracyReport) -> pd.DataFrame:
    named = report.errors.assign(
        category=[_("All services") if code == EVERYTHING else category_word(code) for code in report.errors["category"]],
        shortcut=report.errors["shortcut"].map(_names()),
    )
    return named[list(HEADS)].rename(columns={name: spoken(head) for name, head in HEADS.items()})


def _show_table(report: AccuracyReport) -> None:
    rows = _rows(report)
    shares = {spoken(head): st.column_config.NumberColumn(format="percent") for name, head in HEADS.items() if name.endswith("_share")}
    st.dataframe(
        rows,
        column_config={**shares, spoken(HEADS["shift_points"]): st.column_config.NumberColumn(format="%+.1f")},
        hide_index=True,
        height=560,
        key="accuracy",
    )
    downloads.show(rows, name="accuracy", key="accuracy")


st.header(_("How far off are circles, junctions and rounded minutes here?"))
st.markdown(
    _(
        "Coverage is often read off a drawn circle, measured from the nearest junction, or compared after rounding to minutes. Here the same homes are judged both ways, at adult pace and 15 minutes, and every difference to the exact walk is counted."
    )
)
with states.guarded():
    if wiring.read(city_counts).is_empty:
        states.show_no_data()
        st.stop()
    if st.button(_("Compare now"), key="compare_shortcuts", icon=":material/rule:"):
        st.session_state[ASKED] = True
    if not st.session_state.get(ASKED):
        st.info(_("Every home is walked anew; a large city takes a minute or two."), icon=":material/timer:")
        st.stop()
    with st.spinner(_("Walking from every home …")):
        found = wiring.read(shortcut_report)
    if found.is_empty:
        st.info(_("Streets, homes with residents and services are needed to compare. Import them first."))
        st.stop()
    _show_sentences(found)
    st.caption(
        _("{homes} homes; {without} of them found no street and are left out of every method.", homes=number(found.homes), without=number(found.without_street))
    )
    _show_table(found)
