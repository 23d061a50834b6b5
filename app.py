"""The ASGI door: pages, accounts, assets, tiles and headers in one process, started by ``streamlit run app.py``."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from views import auth_routes, doors

app = st.App(
    Path(__file__).parent / "views" / "frame.py",
    routes=[*auth_routes.routes(), *doors.routes()],
    middleware=[*doors.middleware(), Middleware(auth_routes.SessionGuard)],
)
