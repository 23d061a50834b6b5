"""What patrol asks for: how often each class of street is to be passed, and what counts as passed (``patrol_rules.csv``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.reference import reference_table

ANY = "*"  # classes of street the table does not name
STREET, CELL, SETTING = "street", "cell", "setting"


def _figures(subject: str) -> dict[str, float]:
    """Name -> figure of one subject; rows without a figure are left out."""
    table = reference_table("patrol_rules")
    rows = table[(table["subject"] == subject) & (table["value"] != "")]
    return dict(zip(rows["name"], rows["value"].astype(float), strict=True))


def _unpatrolled() -> frozenset[str]:
    table = reference_table("patrol_rules")
    return frozenset(table.loc[(table["subject"] == STREET) & (table["value"] == ""), "name"])


def _setting(name: str) -> float:
    return _figures(SETTING)[name]


@dataclass(frozen=True)
class PatrolRule:
    """How streets are patrolled. Lengths in metres, intervals in days.

    Attributes
    ----------
    interval_days
        Class of street -> days within which it is to be passed; ``*`` = classes not named.
    unpatrolled
        Classes nobody has to pass.
    cell_days
        Days within which a unit cell is to be passed.
    border_m
        How far outside its polygon a street still belongs to a grid: border streets are drawn on the border or beside it.
    border_both
        Whether a border street belongs to the grids on both sides; else to the one with the lower code.
    shortest_m
        Stretches cut off by a border count from this length on, and gaps below it are closed.
    within_m, passed_share
        A street counts as passed when this share of its length is this near to a track.
    fastest_m_s, longest_step_m
        Steps of a track that are faster or longer were not walked: the track is cut there.
    margin_m
        How far outside the grid a round looks for connections at first.
    most_pieces
        A round over more stretches is refused.
    """

    interval_days: Mapping[str, float] = field(default_factory=lambda: _figures(STREET))
    unpatrolled: frozenset[str] = field(default_factory=_unpatrolled)
    cell_days: float = field(default_factory=lambda: _figures(CELL)[ANY])
    border_m: float = field(default_factory=lambda: _setting("border_m"))
    border_both: bool = field(default_factory=lambda: _setting("border_both") > 0)
    shortest_m: float = field(default_factory=lambda: _setting("shortest_m"))
    within_m: float = field(default_factory=lambda: _setting("within_m"))
    passed_share: float = field(default_factory=lambda: _setting("passed_share"))
    fastest_m_s: float = field(default_factory=lambda: _setting("fastest_m_s"))
    longest_step_m: float = field(default_factory=lambda: _setting("longest_step_m"))
    margin_m: float = field(default_factory=lambda: _setting("margin_m"))
    most_pieces: float = field(default_factory=lambda: _setting("most_pieces"))

    def days_of(self, highway: str) -> float:
        """Days within which a street of this class is to be passed; ``inf`` where nobody has to."""
        if highway in self.unpatrolled:
            return float("inf")
        return self.interval_days.get(highway, self.interval_days[ANY])
