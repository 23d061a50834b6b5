"""The planner's table: a bar of steps, the map, the tool in hand with its effect, and below the figures of the plan."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from contracts.columns import HOUSEHOLDS
from grids.effect import measure
from services import editing
from services.editing import Desk
from views.components import desks, edit_canvas, edit_choice, edit_effect, edit_finish, edit_open, edit_repairs, edit_tables, edit_tools
from views.components.edit_tools import grid_names
from views.components.words import column_word
from views.i18n import _, number, percent, signed, spoken

SHOW_TODAY = "edit_show_today"
_SHOWN = ("households", "buildings", "deviation_share", "longest_walk_m", "street_share", "compactness")


@st.fragment
def show(plan_id: int) -> None:
    """Everything about one draft; a click or a tool redraws this part of the page only."""
    if st.session_state.get(edit_open.DRAFT) != str(plan_id):  # published, put aside or given up: the page around has to follow
        st.rerun()
    desk = desks.current(plan_id)
    tool = edit_tools.in_hand()
    edit_choice.take(edit_canvas.touched(desk), desk, most_grids=tool.grids, takes=edit_choice.PLACES if tool.place else edit_choice.SPOT if tool.point else "")
    _show_bar(desk)
    edit_repairs.show(desk)
    _show_homeless(desk)
    picture, side = st.columns([5, 2], gap="small")
    with side, st.container(key="edit_beside"):
        _show_news()
        edit = edit_tools.show(desk)
        preview = edit_effect.preview_of(desk, edit)
        if preview is not None:
            edit_effect.show(desk, preview)
        elif edit_tools.in_hand() is edit_tools.TOOLS[edit_tools.LOOK]:
            _show_grid(desk, edit_choice.picks().grids)
    faults = editing.faults_of(desk)
    today = edit_tables.against_today(desk)
    picks = edit_choice.picks()
    with picture, st.container(key="edit_picture"):
        shown = today[1] if today is not None and st.session_state.get(SHOW_TODAY) else None
        edit_canvas.show(desk, picks, edit_tools.in_hand(), preview, faults=faults, today=shown)
        if today is not None:
            st.checkbox(_("Show today's borders, dotted"), key=SHOW_TODAY)
    edit_tables.show(desk, faults, today)


def _show_homeless(desk: Desk) -> None:
    """Say over the whole width that buildings lie in no grid: every figure below is without them."""
    ground = desk.sketch.ground
    lost = ground.label_of_building(desk.sketch.label_of_atom).isna() & (ground.atom_of_building >= 0)
    if not lost.any():
        return
    households = ground.buildings.loc[lost.index[lost], HOUSEHOLDS].sum() if HOUSEHOLDS in ground.buildings else 0
    st.warning(
        _(
            "{count:building lies|buildings lie} in no grid yet, with {households} households. The tool Repair gives their ground to neighbours.",
            count=number(int(lost.sum())),
            households=number(int(households)),
        ),
        icon=":material/wrong_location:",
    )


def _show_bar(desk: Desk) -> None:
    """What is on the table, one step back or forth, save, publish, take away."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="edit_bar"):
        st.markdown(f"**{_('Draft {plan}', plan=desk.plan_id)}**", width="content")
        st.badge(
            _("Draft, not published"),
            color="gray",
            width="content",
            help=_("Every step is kept at once. Others see the draft in lists and files as it was saved last."),
        )
        _step(_("Undo ({count})", count=desk.history.undo_steps), "undo", desk, editing.undo, can=desk.history.undo_steps > 0)
        _step(_("Redo ({count})", count=desk.history.redo_steps), "redo", desk, editing.redo, can=desk.history.redo_steps > 0)
        _step(_("Save"), "save", desk, editing.save_draft, can=not desk.is_saved)
        edit_finish.show(desk)


def _step(label: str, name: str, desk: Desk, step: Callable[..., Desk], *, can: bool) -> None:
    def take() -> None:
        if desks.act(desk.plan_id, lambda uow, who, now_open, at: step(uow, who, now_open, at=at)):
            edit_choice.clear(keep_grids=True)

    st.button(label, key=f"edit_{name}", icon=f":material/{name}:", disabled=not can, on_click=take)


def _show_news() -> None:
    """What the last step said."""
    told = desks.news()
    if told is not None:
        {"error": st.error, "warning": st.warning, "success": st.success}[told.tone](spoken(told.message))


def _show_grid(desk: Desk, picked: tuple[str, ...]) -> None:
    """The figures of the grid that was clicked."""
    if not picked:
        return
    figures = measure(desk.sketch).astype(dict.fromkeys(_SHOWN, float)).loc[picked[0], list(_SHOWN)].to_dict()
    st.subheader(grid_names(desk.sketch)[picked[0]])
    st.caption(_("Code {code}", code=picked[0]))
    with st.container(horizontal=True):
        for name, value in figures.items():
            st.metric(column_word(str(name)), _figure(str(name), value))
    mine = [fault for fault in editing.faults_of(desk) if picked[0] in fault.grids]
    edit_effect.show_faults(mine, _("Rules broken here"), grid_names(desk.sketch), tone="broken")


def _figure(name: str, value: float) -> str:
    if name == "deviation_share":
        return signed(value)
    return percent(value) if name.endswith("_share") else number(value, digits=2 if name == "compactness" else 0)
