"""Two assignments beside each other: who changes, how far people walk, how evenly they are loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from contracts.columns import GRID_CODE, ROLE, WALK_S, WORKER_KEY
from gis.checks import require_columns

STAYS, COMES, GOES, OTHER_ROLE = "stays", "comes", "goes", "other_role"
CHANGE, ROLE_BEFORE, LOAD = "change", "role_before", "load"


@dataclass(frozen=True)
class AssignmentChange:
    """What would change.

    Attributes
    ----------
    pairs
        grid_code, worker_key, role, role_before, walk_s, change (stays, comes, goes, other_role): all pairs of both, sorted.
        Of a pair that goes, role and walk are those of before.
    walks
        Rows (role, when), when = before, after: ``pairs`` and mean, median, p90 and max of the walk in seconds.
    loads
        Rows (role, load): how many workers have that many grids, columns before and after.
    """

    pairs: pd.DataFrame
    walks: pd.DataFrame
    loads: pd.DataFrame

    def as_dict(self) -> dict[str, Any]:
        """For machines: pairs by change, and how many people and grids are concerned."""
        changed = self.pairs[self.pairs[CHANGE] != STAYS]
        counts = self.pairs[CHANGE].value_counts()
        return {
            **{name: int(counts.get(name, 0)) for name in (STAYS, COMES, GOES, OTHER_ROLE)},
            "people": int(changed[WORKER_KEY].nunique()),
            "grids": int(changed[GRID_CODE].nunique()),
        }


def compare_assignments(before: pd.DataFrame, after: pd.DataFrame) -> AssignmentChange:
    """Lay the pairs of two assignments side by side.

    Parameters
    ----------
    before, after
        ``grid_code``, ``worker_key``, ``role``, ``walk_s`` as ``WorkerAssignment.pairs`` has them; a pair occurs once.

    Raises
    ------
    MissingColumnError
    """
    for table, what in ((before, "pairs before"), (after, "pairs after")):
        require_columns(table, GRID_CODE, WORKER_KEY, ROLE, WALK_S, what=what)
    return AssignmentChange(_changes(before, after), _walks(before, after), _loads(before, after))


def _changes(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    ends = [GRID_CODE, WORKER_KEY]
    both = [table[[*ends, ROLE, WALK_S]].astype({GRID_CODE: "str", WORKER_KEY: "str", ROLE: "str", WALK_S: float}) for table in (before, after)]
    table = both[1].merge(both[0], on=ends, how="outer", suffixes=("", "_before"), indicator=True)
    is_gone, is_new = (table["_merge"] == "right_only").to_numpy(), (table["_merge"] == "left_only").to_numpy()
    is_other = (table[ROLE] != table[ROLE_BEFORE]).fillna(value=True).to_numpy(dtype=bool)
    table[CHANGE] = np.select([is_gone, is_new, is_other], [GOES, COMES, OTHER_ROLE], STAYS)
    table[ROLE], table[WALK_S] = table[ROLE].where(~is_gone, table[ROLE_BEFORE]), table[WALK_S].where(~is_gone, table["walk_s_before"])
    table = table.sort_values([GRID_CODE, ROLE, WORKER_KEY], ignore_index=True)
    return table[[*ends, ROLE, ROLE_BEFORE, WALK_S, CHANGE]]


def _walks(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    both = pd.concat({"before": before[[ROLE, WALK_S]], "after": after[[ROLE, WALK_S]]}, names=["when"]).reset_index("when")
    walk = both.groupby([ROLE, "when"], sort=True)[WALK_S]
    names = {"pairs": walk.size(), "mean_s": walk.mean(), "median_s": walk.median(), "p90_s": walk.quantile(0.9), "max_s": walk.max()}
    return pd.DataFrame(names).sort_index(level=[ROLE, "when"], ascending=[True, False])


def _loads(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    columns = {}
    for when, table in (("before", before), ("after", after)):
        load = table.groupby([ROLE, WORKER_KEY]).size().rename(LOAD).reset_index()
        columns[when] = load.groupby([ROLE, LOAD]).size()
    return pd.DataFrame(columns).fillna(0).astype("int64").sort_index()
