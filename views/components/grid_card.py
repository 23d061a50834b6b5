"""The panel beside the map: one grid, its people, its workers, and what can be walked to from it."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from services.circles import SEARCHED_S
from services.panels import GridPanel
from views.components import method_note, reach_table
from views.components.words import worker_role_word
from views.i18n import _, grid_word, language, number, spoken


def show(panel: GridPanel, *, asked: str = "", minutes: int = 15) -> None:
    """Everything about one grid; ``asked`` is the service the map is about, ``minutes`` the limit of the shares."""
    st.subheader(panel.name or grid_word(panel.code))
    st.caption(_("{place} · code {code}", place=" › ".join(_names(panel.names)), code=panel.code))
    _show_people(panel)
    for reason in panel.reasons:
        st.warning(spoken(reason), icon=":material/rule:")
    _show_workers(panel.workers)
    _show_coverage(panel.coverage, asked, minutes, is_late=bool(panel.method))
    st.page_link("walk_page.py", label=_("What can I walk to from here?"), icon=":material/route:", query_params={"community": panel.code[:12]})
    method_note.show(panel.method)


def _names(names: Mapping[str, tuple[str, str]]) -> list[str]:
    return [names[level][1 if language() == "en" else 0] for level in ("street", "community") if level in names]


def _show_people(panel: GridPanel) -> None:
    with st.container(horizontal=True):
        st.metric(_("Households"), number(panel.households))
        st.metric(_("Residents"), number(panel.residents))
        st.metric(_("Buildings"), number(panel.buildings))
    if panel.estimated:
        st.caption(_("Some of these people are estimated, not counted."))


def _show_workers(workers: pd.DataFrame) -> None:
    st.markdown(f"**{_('Grid workers')}**")
    if workers.empty:
        st.caption(_("Nobody is assigned here, or you may not see who."))
        return
    leads_first = workers.sort_values("role", key=lambda roles: roles != "lead", kind="stable")
    rows = "".join(f"<li>{html.escape(str(worker['name']))}<span>{html.escape(_duty(worker))}</span></li>" for _place, worker in leads_first.iterrows())
    st.html(f'<ul class="wangge-people">{rows}</ul>')


def _duty(worker: pd.Series) -> str:
    """Role, full-time or part-time, and the walk from home, as far as they are known."""
    parts = [worker_role_word(str(worker["role"]))]
    if not pd.isna(worker["full_time"]):
        parts.append(_("Full-time") if worker["full_time"] else _("Part-time"))
    if not pd.isna(worker["walk_s"]) and math.isfinite(worker["walk_s"]):
        parts.append(_("{minutes} min walk", minutes=number(worker["walk_s"] / 60.0, digits=1)))
    return " · ".join(parts)


def _show_coverage(coverage: pd.DataFrame, asked: str, minutes: int, *, is_late: bool) -> None:
    st.markdown(f"**{_('Residents within {minutes} minutes, by service', minutes=number(minutes))}**")
    if coverage.empty:
        late, never = (
            _("This grid came into force after walking reach was computed; its figures are not computed yet."),
            _("Walking reach has not been computed yet. Compute the circles first."),
        )
        st.caption(late if is_late else never)
        return
    reach_table.show(coverage, asked=asked)
    st.caption(_("Below each share: what the middle household walks, at most {minutes} minutes.", minutes=number(SEARCHED_S / 60.0)))
