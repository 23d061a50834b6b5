"""A tiny app with both maps behind the real doors, for ``test_maps.py``."""

from pathlib import Path

import streamlit as st

from views import doors

app = st.App(Path(__file__).parent / "maps_frame.py", routes=doors.routes(), middleware=doors.middleware())
