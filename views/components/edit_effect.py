"""What an edit would do, before it is made: grids before and after, rules broken and mended, households moved; do it or leave it."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from contracts.errors import WanggeError
from grids.edits import Edit
from grids.effect import Effect
from grids.faults import Fault
from services import editing
from services.editing import Desk, Preview
from views import wiring
from views.components import desks, edit_choice
from views.components.edit_tools import grid_names, with_names
from views.i18n import _, number, percent, signed, spoken

MOST_FAULTS = 8
_FIGURES = (("households", 0), ("deviation_share", 1))
_CHANGE_MARK = {"new": "+", "gone": "−"}


def preview_of(desk: Desk, edit: Edit | None) -> Preview | None:
    """The effect of an edit; where it is not possible, the reason is said and nothing comes back."""
    if edit is None:
        return None
    try:
        return editing.preview(wiring.principal(), desk, edit)
    except WanggeError as error:
        st.error(with_names(wiring.message(error), grid_names(desk.sketch)), icon=":material/block:")
        _show_leave()
        return None


def show(desk: Desk, preview: Preview) -> None:
    """The effect and the two buttons."""
    names = grid_names(desk.sketch) | grid_names(preview.sketch)
    with st.container(border=True, key="edit_effect"):
        st.markdown(f"**{_('If you do it')}** · {with_names(spoken(preview.edit.message), names)}")
        with st.container(horizontal=True):
            st.button(_("Do it"), key="edit_do", type="primary", icon=":material/check:", on_click=_do, args=(desk.plan_id, preview.edit))
            _show_leave()
        show_changes(preview.effect, names)
        _show_moved(preview.effect)
        for note in preview.notes:
            st.caption(with_names(spoken(note), names))
        show_faults(preview.effect.broken, _("Would break"), names, tone="broken")
        show_faults(preview.effect.mended, _("Would mend"), names, tone="mended")


def show_changes(effect: Effect, names: Mapping[str, str]) -> None:
    """Grids that change, are new or go, each figure before and after."""
    if effect.grids.empty:
        st.caption(_("No grid changes its ground."))
        return
    head = f"<tr><th>{html.escape(_('Grid'))}</th><th>{html.escape(_('Households'))}</th><th>{html.escape(_('Away from target'))}</th></tr>"
    rows = "".join(_row(str(code), row, names) for code, row in effect.grids.iterrows())
    st.html(f'<table class="wangge-figures wangge-changes">{head}{rows}</table>')


def show_faults(faults: Sequence[Fault], title: str, names: Mapping[str, str], *, tone: str) -> None:
    """A short list of broken rules."""
    if not faults:
        return
    shown = "".join(f"<li>{html.escape(with_names(spoken(fault.message), names))}</li>" for fault in faults[:MOST_FAULTS])
    more = len(faults) - MOST_FAULTS
    rest = f"<li>{html.escape(_('and {count} more', count=number(more)))}</li>" if more > 0 else ""
    st.html(f'<div class="wangge-faults {tone}"><b>{html.escape(title)}</b><ul>{shown}{rest}</ul></div>')


def _row(code: str, row: pd.Series, names: Mapping[str, str]) -> str:
    mark = _CHANGE_MARK.get(str(row["change"]), "")
    cells = "".join(f"<td>{_pair(row, figure, digits)}</td>" for figure, digits in _FIGURES)
    return f"<tr class='{html.escape(str(row['change']))}'><td>{mark} {html.escape(names.get(code, code))}</td>{cells}</tr>"


def _pair(row: pd.Series, figure: str, digits: int) -> str:
    before, after = (_figure(row.get(f"{figure}_{side}"), figure, digits) for side in ("before", "after"))
    return html.escape(after if before == after else f"{before} → {after}")


def _figure(value: object, figure: str, digits: int) -> str:
    if not isinstance(value, int | float) or pd.isna(value):
        return "–"
    if figure.endswith("_share"):
        return signed(float(value))
    return number(float(value), digits=0 if float(value).is_integer() else digits)


def _show_moved(effect: Effect) -> None:
    lines = [
        _(
            "Households that change their grid: {households} (buildings: {buildings}).",
            households=number(effect.households_moved),
            buildings=number(effect.buildings_moved),
        )
    ]
    if effect.moved_in_force is not None:
        facts = {"households": number(effect.moved_in_force), "share": percent(effect.moved_in_force_share)}
        lines.append(_("Against today: {households:household|households} in another grid ({share}).", **facts))
    for line in lines:
        st.caption(line)


def _show_leave() -> None:
    st.button(_("Leave it"), key="edit_leave", icon=":material/close:", on_click=edit_choice.clear)


def _do(plan_id: int, edit: Edit) -> None:
    if desks.act(plan_id, lambda uow, who, desk, at: editing.do_edit(uow, who, desk, edit, at=at)):
        edit_choice.clear()
