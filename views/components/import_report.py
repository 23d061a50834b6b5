"""What an import found or did: counts, columns it understood, refused rows, and the places on a map."""

from __future__ import annotations

import streamlit as st

from services.imports import ImportReport
from views.i18n import _, number, spoken


def show(report: ImportReport) -> None:
    """Counts first, then what was noted, then the refused rows and the preview."""
    for line in report.sentences():
        st.markdown(spoken(line))
