"""How much longer a walk takes uphill, and how much shorter down, from the grade of a street or the map's ``incline``."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from contracts.columns import GRADE, INCLINE
from contracts.reference import reference_table
from gis.profiles import WalkerProfile
from gis.street_words import Words

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_RATIO = re.compile(r"([+-]?)\s*(\d+(?:\.\d+)?)\s*:\s*(\d+(?:\.\d+)?)")
_NUMBER = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*(°?)")


@cache
def slope_setting(name: str) -> float:
    """One figure of ``slope_settings.csv``."""
    table = reference_table("slope_settings")
    return float(table.loc[table["name"] == name, "value"].iloc[0])


def slope_factors(streets: pd.DataFrame, profile: WalkerProfile, is_stairs: Mask, is_surveyed: Mask) -> tuple[Floats, Floats]:
    """Time along and against each street over the time on the level; ``inf`` where it is too steep for this walker.

    Where somebody looked and found the street usable (``is_surveyed``), a grade that says otherwise is taken as the steepest
    this walker can use.
    """
    grade = np.where(is_stairs, slope_setting("grade_of_steps"), street_grade(streets))
    grade = np.where(is_surveyed, np.clip(grade, -profile.slope_steepest, profile.slope_steepest), grade)
    too_steep = np.abs(grade) > profile.slope_steepest
    along, back = (np.exp(profile.slope_rate * (np.abs(rise - profile.slope_easiest) - abs(profile.slope_easiest))) for rise in (grade, -grade))
    return np.where(too_steep, np.inf, along), np.where(too_steep, np.inf, back)


def street_grade(streets: pd.DataFrame) -> Floats:
    """Rise over run of each street in its drawn direction: column ``grade``, else what ``incline`` says, else level."""
    grade = np.zeros(len(streets))
    if INCLINE in streets.columns:
        grade = Words(streets[INCLINE]).numbers(grade_of_words)
    if GRADE in streets.columns:
        measured = pd.to_numeric(streets[GRADE], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        grade = np.where(np.isfinite(measured), measured, grade)
    steepest = slope_setting("steepest_grade")
    return np.clip(grade, -steepest, steepest)


def grade_of_words(text: str) -> float:
    """The grade an ``incline`` speaks of: ``up``, ``down``, ``8%``, ``-5 %``, ``6°``, ``1:12``; 0 where it says nothing."""
    if text in ("up", "down"):
        return slope_setting("grade_of_up") * (1.0 if text == "up" else -1.0)
    if ratio := _RATIO.match(text):
        return float(f"{ratio[1]}{ratio[2]}") / float(ratio[3]) if float(ratio[3]) else 0.0
    number = _NUMBER.match(text.replace(",", "."))
    if number is None:
        return 0.0
    return float(np.tan(np.radians(float(number[1])))) if number[2] else float(number[1]) / 100.0
