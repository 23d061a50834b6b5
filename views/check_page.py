"""Planner and administrator: what is wrong with the data and the plans in force?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from services.checks import check_city
from services.overview import city_counts
from views import wiring
from views.components import downloads, states, table
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
    rows = pd.DataFrame([{"place": fault.place, "fault": spoken(fault.message)} for fault in faults])
    table.show(rows, key="faults", height=560)
    downloads.show(table.in_words(rows), name="faults", key="faults")
