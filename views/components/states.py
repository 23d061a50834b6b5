"""What a page says when it cannot show its picture: nothing there yet, not allowed, not possible."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from contracts.errors import NotAllowedError, WanggeError
from services.access import Principal, areas_for
from views import wiring
from views.i18n import _


@contextmanager
def guarded() -> Iterator[None]:
    """Run a part of a page; an error of ours becomes one sentence and ends the page."""
    try:
        yield
    except WanggeError as error:
        show_error(error)
        st.stop()


def show_error(error: WanggeError) -> None:
    """One sentence; a missing right is calm, anything else is an error."""
    if isinstance(error, NotAllowedError):
        st.info(wiring.message(error), icon=":material/lock:")
    else:
        st.error(wiring.message(error), icon=":material/error:")


def may(principal: Principal, action: str) -> bool:
    """Whether the reader may do this anywhere; the service checks again."""
    return areas_for(principal, action) != ()


def show_read_only(action: str) -> None:
    """Say once that this account only looks."""
    if not may(wiring.principal(), action):
        st.caption(_("You can look but not change anything here. Sign in with an account that may."))


def show_no_data() -> None:
    """The city is empty: the next step, as a command and as a button."""
    st.info(_("There is no city yet. Load the demo city from the command line, or import a street map."), icon=":material/map:")
    st.code("./wangge demo\n./wangge import osm FILE.osm.pbf", language="bash")
    if may(wiring.principal(), "import_data"):
        st.page_link("import_page.py", label=_("Import data"), icon=":material/upload_file:")


def show_no_grids() -> None:
    """There are communities but no grids."""
    st.info(_("There are no grids yet. Divide the communities first."), icon=":material/grid_on:")
    st.code("./wangge divide", language="bash")
    st.page_link("grids_page.py", label=_("Grids"), icon=":material/grid_on:")


def show_no_circles() -> None:
    """Reach was never computed."""
    st.info(_("Walking reach has not been computed yet. Compute the circles first."), icon=":material/directions_walk:")
    st.code("./wangge circles", language="bash")
    st.page_link("circles_page.py", label=_("Service circles"), icon=":material/directions_walk:")
