"""Pick an area by name: the whole city, a sub-district or a community."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import streamlit as st

from contracts.columns import LEVEL, PARENT_CODE
from views import permalink
from views.components.reach_pickers import Labels, Width
from views.components.words import level_word
from views.i18n import _, names_of

ALL = ""
_ORDER = ("city", "district", "street", "community")


def show(areas: gpd.GeoDataFrame, *, levels: tuple[str, ...] = _ORDER, key: str = "area", labels: Labels = "visible", width: Width = "stretch") -> str:
    """The chosen area's code, ``""`` for everything; kept in the address as ``?area=``."""
    paths = {ALL: _("Whole city"), **_paths(areas[areas[LEVEL].isin(levels)], areas)}
    permalink.seed(key, list(paths), default=ALL)
    chosen = st.selectbox(_("Area"), list(paths), format_func=paths.__getitem__, key=key, label_visibility=labels, width=width)
    permalink.keep(key, chosen)
    return chosen or ALL


def _paths(chosen: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> dict[str, str]:
    """Code -> words, larger areas first, then communities under their sub-district."""
    names = names_of(areas).to_dict()
    parents = areas[PARENT_CODE].to_dict()
    levels = chosen[LEVEL].to_dict()
    ordered = sorted(levels, key=lambda code: (_ORDER.index(levels[code]), str(code)))
    return {code: _path(code, levels[code], names, parents) for code in ordered}


def _path(code: str, level: str, names: Mapping[Any, Any], parents: Mapping[Any, Any]) -> str:
    if level != "community":
        return f"{names[code]} · {level_word(level)}"
    above = names.get(parents.get(code, ""), "")
    return f"{above} › {names[code]}" if above else names[code]
