"""Whether the grids of a draft are drawn as its sketch is: a short word for what a sketch says, kept when they are drawn."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from hashlib import blake2b
from typing import Any

from contracts.columns import COMMUNITY_CODE, NAME, PLAN_ID, text_of
from contracts.errors import ConflictError
from grids.history import history_of_state
from grids.sketch import Sketch
from services.ports import UnitOfWork


def mark_of(sketch: Sketch) -> str:
    """Short word for what a sketch says."""
    return _mark(sketch.to_state())


def require_drawn(uow: UnitOfWork, plan_ids: Collection[int]) -> None:
    """Pass where the grids of every draft are drawn as its latest step left it; inside the open transaction.

    Raises
    ------
    ConflictError
        With the first draft that was changed since its grids were drawn.
    """
    for plan_id, kept in sorted(uow.plans.sketches(plan_ids).items()):
        if not _is_drawn(json.loads(kept.state)):
            raise ConflictError(
                "Draft {plan} of {community} has steps that its grids do not show yet. Open it, and save or publish it there.",
                plan=plan_id,
                community=_community(uow, plan_id),
            )


def _is_drawn(state: Mapping[str, Any]) -> bool:
    history = history_of_state(state["history"])
    return bool(state.get("saved") == _mark({**history.base, **history.states[history.at]}))


def _community(uow: UnitOfWork, plan_id: int) -> str:
    code = str(uow.plans.list_plans(plan_ids=[plan_id]).set_index(PLAN_ID)[COMMUNITY_CODE][plan_id])
    return text_of(uow.areas.read(keys=[code])[NAME].iloc[0]) or code


def _mark(state: Mapping[str, Any]) -> str:
    return blake2b(json.dumps(state, sort_keys=True).encode(), digest_size=8).hexdigest()
