"""Which column of the file is which of our fields: the guess, to be corrected."""

from __future__ import annotations

import streamlit as st

from contracts.messages import enumerated
from gis.fields import Field
from services.import_columns import FileColumns
from views.i18n import _, language, number

NONE = ""
_ACROSS = 3


def show(file: FileColumns, *, key: str) -> dict[str, str]:
    """Our field -> column of the file, ``""`` where the file has none; opened where something needed was not recognised."""
    if file.missing:
        names = _joined([field_word(field) for field in file.missing])
        st.warning(_("Not recognised: {fields}. Say below which column it is.", fields=names), icon=":material/help:")
    title = _("Columns of the file: {known} of {all} recognised, {rows} rows", known=len(file.guess), all=len(file.columns), rows=number(file.rows))
    with st.expander(title, expanded=bool(file.missing), icon=":material/view_column:"):
        cells = [cell for _row in range(-(-len(file.fields) // _ACROSS)) for cell in st.columns(_ACROSS)]
        return {field.name: _choose(file, field, cell, key) for field, cell in zip(file.fields, cells, strict=False)}


def field_word(field: Field) -> str:
    """The name of a field in the reader's language."""
    return field.en.replace("_", " ") if language() == "en" else field.zh


def _choose(file: FileColumns, field: Field, cell: st.delta_generator.DeltaGenerator, key: str) -> str:
    options = [NONE, *file.columns]
    label = f"{field_word(field)} *" if field.is_required else field_word(field)
    index = options.index(file.guess[field.name]) if field.name in file.guess else 0
    return str(cell.selectbox(label, options, index=index, format_func=_column_word, key=f"{key}_{field.name}"))


def _column_word(column: str) -> str:
    return column or _("not in the file")


def _joined(words: list[str]) -> str:
    return enumerated(words, language())
