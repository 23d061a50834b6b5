"""Leader and planner: which communities lack people or rooms, by which rule, and how sure is that?"""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import streamlit as st

from contracts.columns import CODE
from grids.staffing import staffing_schemes
from services.maplayers import map_layer
from services.overview import city_counts
from services.staffing import Scorecard, staff_sheet, staffing_map, staffing_scorecard
from views import wiring
from views.components import area_picker, downloads, states, table
from views.components import staffing_map as gap_map
from views.components.files import xlsx_bytes
from views.components.staffing_tables import TOO_FEW, community_rows, gap_rows, long_rows, published_rows, rule_rows, scheme_words, total_rows
from views.i18n import _, names_of, number, spoken


def _choose(areas: gpd.GeoDataFrame) -> tuple[str, str]:
    schemes = scheme_words()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        scheme = st.selectbox(_("Rules"), staffing_schemes(), format_func=schemes.__getitem__, key="staffing_scheme", width=320)
        area = area_picker.show(areas, levels=("street", "community"), width=320)
    return scheme, area


def _show_sheet(card: Scorecard) -> None:
    """What to fill in: a sheet of the communities shown, and where it goes."""
    with st.container(horizontal=True, gap="small"):
        sheet, kind = xlsx_bytes(staff_sheet(card)), downloads.XLSX_TYPE
        st.download_button(_("Sheet to fill in"), sheet, "staff_and_rooms.xlsx", kind, key="staff_sheet", on_click="ignore", icon=":material/table:")
        if states.may(wiring.principal(), "import_data"):
            st.page_link("import_page.py", label=_("Import data"), icon=":material/upload_file:")


def _show_summary(card: Scorecard) -> None:
    known = card.communities["gaps"].dropna()
    with st.container(horizontal=True):
        st.metric(_("Communities"), number(len(card.communities)))
        st.metric(_("Short of at least one rule"), number(int((known > 0).sum())))
        st.metric(_("Nothing known of"), number(len(card.communities) - len(known)))


def _show_tables(card: Scorecard, streets: pd.Series) -> None:
    communities, missing, totals = st.tabs([_("Communities"), _("What is missing"), _("Totals")])
    with communities:
        st.caption(_("There / needed. {mark} = too few, – = not known: nobody has said, which is not the same as none.", mark=TOO_FEW))
        table.show(community_rows(card, streets), key="staffing")
        downloads.show(table.in_words(long_rows(card)), name="staffing", key="staffing")
    with missing:
        rows = gap_rows(card)
        if rows.empty:
            st.info(_("Nothing that is known is missing."), icon=":material/check:")
        else:
            table.show(rows, key="staffing_gaps")
            downloads.show(table.in_words(rows), name="staffing_gaps", key="staffing_gaps")
    with totals:
        st.caption(_("Needed, there and missing are added up over the communities that are known."))
        table.show(total_rows(card, streets), key="staffing_totals")


def _show_published(card: Scorecard) -> None:
    st.subheader(_("Is this plausible?"))
    st.markdown("\n".join(f"- {spoken(sentence)}" for sentence in card.plausibility["sentence"]))
    table.show(published_rows(card), key="staffing_published")


st.header(_("Staff and rooms"))
with states.guarded():
    if wiring.read(city_counts).is_empty:
        states.show_no_data()
        st.stop()
    places = wiring.read(map_layer, layer="areas")
    scheme, area = _choose(places)
    card = wiring.read(staffing_scorecard, scheme=scheme, area_code=area)
    if card.says_nothing:
        st.info(
            _("Nobody has said yet what staff and rooms the communities have. Fill in the sheet and import it as areas; borders stay as they are."),
            icon=":material/groups:",
        )
    else:
        _show_summary(card)
        gap_map.show(wiring.read(staffing_map, scheme=scheme, area_code=area), area)
    _show_sheet(card)
    _show_tables(card, names_of(places).rename_axis(CODE))
    _show_published(card)
    with st.expander(_("Rules and where they come from"), icon=":material/rule:"):
        table.show(rule_rows(card), key="staffing_rules")
