"""The ASGI door: pages, assets, tiles and headers in one process, started by ``streamlit run app.py``.

Login routes (``views.auth_routes.routes()``) and the session guard (``views.auth_routes.SessionGuard``, put right after
``SecurityHeaders``) join the two lists below.
"""

from pathlib import Path

import streamlit as st

from views import doors

app = st.App(
    Path(__file__).parent / "views" / "frame.py",
    routes=doors.routes(),
    middleware=doors.middleware(),
)
