"""Everybody: how are the numbers made, and where do the rules come from?"""

from __future__ import annotations

import streamlit as st

from contracts.errors import WanggeError
from contracts.messages import Message
from services.division_read import BATCH
from services.reach_summary import reach_method
from views import wiring
from views.components import method_note, rule_tables, states
from views.i18n import _, spoken

TITLES = {
    "facility_categories": Message("Services and their distances"),
    "facility_aliases": Message("Everyday names of services that imports understand"),
    "facility_groups": Message("Groups of services"),
    "life_circle_levels": Message("Levels of the 15-minute life circle"),
    "walker_profiles": Message("Walking speeds"),
    "coverage_targets": Message("Coverage targets"),
    "grid_rules": Message("Rules of a division into grids"),
    "community_types": Message("Types of communities"),
    "street_kinds": Message("Classes of streets"),
}


def _show_tables() -> None:
    st.header(_("Rules and where they come from"))
    st.caption(_("Every rule is a row of a table that comes with its source. The certainty says how sure it is:"))
    st.markdown("\n".join(rule_tables.certainty_lines()))
    for name, title in TITLES.items():
        with st.expander(spoken(title)):
            st.dataframe(rule_tables.shown_rules(name), hide_index=True, key=f"table_{name}")


st.header(_("How numbers are made"))
st.markdown(
    _(
        "**Grids.** A community is cut along streets, rivers and railways into pieces, and pieces are joined into grids so that each grid is connected and keeps to the band of households, with as few cut streets and as compact a shape as possible. Every building lies in exactly one grid."
    )
)
st.markdown(
    _(
        "**A division that is stopped.** More than {batch} communities are divided in batches of {batch}; what is finished is kept, and the same division, started again, goes on from there. {batch} or fewer, as in the demo city, are one step: stopped or broken off, it leaves nothing behind and begins anew. Grids in force change only when all is done.",
        batch=BATCH,
    )
)
st.markdown(
    _(
        "**Grid workers.** Full-time workers lead grids, part-time workers join near their homes; the assignment with the least walking in total is taken, and small changes of the data move few people."
    )
)
st.markdown(
    _(
        "**Reach.** Walking time is measured in seconds from the entrance of each building along streets to the nearest facility; 15 minutes means 900 seconds, at the pace of the group."
    )
)
try:
    method_note.show(wiring.read(reach_method))
except WanggeError as error:
    states.show_error(error)
_show_tables()
