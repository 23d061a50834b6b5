"""What had to be mended to read a plan: how much of each kind, every place in words, and the list to take away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from contracts.messages import Message, enumerated
from grids.imported import Repair, Repairs
from services.editing import Desk
from views.components import desks, downloads, table
from views.components.edit_tools import grid_names, with_names
from views.components.words import REPAIR_KINDS, word
from views.i18n import _, language, names_of, number, spoken

ROW_PX, HEIGHT_PX = 52, 280  # two lines of a sentence; the map stays in sight below


def show(desk: Desk) -> None:
    """The list over the whole width of the page; nothing where the plan came back as it was drawn."""
    repairs = desks.repairs_of(desk)
    if repairs.is_empty:
        return
    title = _("{count:place was|places were} mended to read this plan", count=number(len(repairs.items)))
    with st.expander(title, icon=":material/healing:", expanded=desk.history.undo_steps == 0, key="edit_repairs"):
        st.caption(" · ".join(_("{kind}: {count}", kind=word(REPAIR_KINDS, kind), count=number(count)) for kind, count in _counts(repairs)))
        rows = repair_rows(repairs, desk)
        table.show(rows, key="repairs", height=HEIGHT_PX, row_height=ROW_PX)
        downloads.show(table.in_words(rows), name="repairs", key="repairs")


def repair_rows(repairs: Repairs, desk: Desk) -> pd.DataFrame:
    """One row per repair in words: kind, place, was, done, area_m2; grids and buildings by their names."""
    grids, houses = grid_names(desk.sketch), _building_names(repairs, desk)
    rows = [
        (
            word(REPAIR_KINDS, item.kind),
            enumerated([*(grids.get(code, code) for code in item.grids), *([houses[item.building]] if item.building is not None else [])], language()),
            with_names(spoken(_with_name(item.was, item, houses)), grids),
            with_names(spoken(item.done), grids),
            round(item.area_m2, 1),
        )
        for item in repairs.items
    ]
    return pd.DataFrame(rows, columns=["kind", "place", "was", "done", "area_m2"])


def _counts(repairs: Repairs) -> list[tuple[str, int]]:
    """Kinds and how often each came, the commonest first."""
    return sorted(Counter(item.kind for item in repairs.items).items(), key=lambda pair: (-pair[1], pair[0]))


def _building_names(repairs: Repairs, desk: Desk) -> dict[object, str]:
    """What the buildings concerned are called; a key means nothing to people."""
    keys = [item.building for item in repairs.items if item.building is not None]
    frame = desk.sketch.ground.buildings
    names = names_of(frame.loc[frame.index.isin(keys)])
    named = {key: str(name) if str(name) != str(key) else _("without a name") for key, name in names.items()}
    return {key: named.get(key, str(key)) for key in keys}


def _with_name(message: Message, item: Repair, houses: Mapping[object, str]) -> Message:
    return Message(message.template, {**message.details, "building": houses.get(item.building, "")})
