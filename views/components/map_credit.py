"""Whose data a map shows."""

from __future__ import annotations

from services.overview import city_counts
from views import wiring
from views.i18n import _


def credit() -> str:
    """The line in the corner of every map."""
    is_demo = wiring.read(city_counts).is_demo
    return _("Generated demo city, not a real place") if is_demo else _("© OpenStreetMap contributors, ODbL, and own data")
