"""Areas that come without a shape: a plain sheet of communities, say with their staff, keeps the shapes already stored. Pure."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from contracts.columns import CODE, COMMUNITY, COMMUNITY_TYPE, GEOMETRY, LEVEL, NAME, NAME_EN, PARENT_CODE
from contracts.messages import Message
from gis.fields import plain
from services.area_codes import SOURCE_KEY
from services.import_checks import CheckedPlaces

_KEPT = (NAME_EN, COMMUNITY_TYPE, LEVEL, PARENT_CODE)  # what a sheet without shapes leaves as it is where it says nothing


def with_stored_shapes(checked: CheckedPlaces, stored: gpd.GeoDataFrame) -> None:
    """Give rows without a shape, or known only as a point, the code and shape of the stored area they name; refuse the unknown ones.

    A row names an area by its code, else by a name that only one stored area of its level has (community, where it says none).

    Parameters
    ----------
    checked
        Good rows by source row, with name and perhaps code, level, parent_code.
    stored
        Areas of the store, index = code.
    """
    frame = checked.frame
    lacking = frame.geometry.isna() | frame.index.isin(checked.drawn)
    codes = _codes_of(frame[lacking], stored)
    nowhere = frame.geometry.isna() & ~frame.index.isin(codes.index)
    checked.refuse(
        nowhere.to_numpy(),
        GEOMETRY,
        Message("the row has no place, and no stored area, or more than one, has its code or name"),
        Message("give the code of a stored area, its name as it is stored, or a geometry"),
    )
    if len(codes):
        checked.kept = frozenset(codes)
        checked.frame = _filled(checked.frame, codes, stored)


def _codes_of(rows: gpd.GeoDataFrame, stored: gpd.GeoDataFrame) -> pd.Series:
    """Code of the stored area each row names, by source row; rows that name none are left out."""
    by_code = {str(code): str(code) for code in stored.index}
    if SOURCE_KEY in stored:
        by_code |= {str(key): str(code) for code, key in stored[SOURCE_KEY].dropna().items() if str(key) not in by_code}
    by_name = {level: _unique_names(same) for level, same in stored.groupby(LEVEL)}
    given, levels = _column(rows, CODE), _column(rows, LEVEL)
    found = [
        by_name.get(level, {}).get(plain(str(name))) if code is None else by_code.get(str(code))
        for code, name, level in zip(given, rows[NAME], levels.fillna(COMMUNITY), strict=True)
    ]
    return pd.Series(found, index=rows.index, dtype=object).dropna()


def _unique_names(areas: gpd.GeoDataFrame) -> dict[str, str]:
    """Plain name -> code, Chinese or English, of names that one area alone has."""
    said = pd.concat([_column(areas, name).dropna() for name in (NAME, NAME_EN)])
    words = pd.Series([plain(str(text)) for text in said], index=said.index, dtype="str")
    pairs = words.rename_axis(CODE).reset_index(name=NAME).drop_duplicates()
    alone = pairs[~pairs[NAME].duplicated(keep=False)]
    return dict(zip(alone[NAME], alone[CODE].astype(str), strict=True))


def _filled(frame: gpd.GeoDataFrame, codes: pd.Series, stored: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The frame with code, shape and what else they leave unsaid of the stored areas in the rows of ``codes``."""
    own = stored.reindex(codes.to_numpy()).set_axis(codes.index)
    columns = {CODE: _column(frame, CODE).mask(frame.index.isin(codes.index), codes)}
    for name in _KEPT:
        said = _column(frame, name)
        columns[name] = said.where(said.notna(), _column(own, name).reindex(frame.index))
    shapes = frame.geometry.copy()
    shapes.loc[codes.index] = own.geometry.to_numpy()
    return frame.assign(**columns).set_geometry(shapes)


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    if name not in frame:
        return pd.Series(None, index=frame.index, dtype=object)
    said = frame[name].astype(object)
    return said.where(said.notna(), None)
