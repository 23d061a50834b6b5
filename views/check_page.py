"""Planner and administrator: what is wrong with the data and the plans in force?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from services.checks import check_city
from services.overview import city_counts
from views import wiring
from views.components import downloads, fault_map, states, table
from views.components.fault_map import fault_word
from views.i18n import _, number, spoken

st.header(_("Data check"))
with states.guarded():
    if wiring.read(city_counts).is_empty:
        states.show_no_data()
        st.stop()
    faults = wiring.read(check_city)
    if not faults:
        st.success(_("No faults found."))
        st.stop()
    st.caption(_("{count} faults found.", count=number(len(faults))))
    rows = pd.DataFrame([{"kind": fault_word(fault.kind), "place": fault.place, "fault": spoken(fault.message)} for fault in faults])
    fault_map.show(faults)
    table.show(rows, key="faults")
    downloads.show(table.in_words(rows), name="faults", key="faults")
