"""Grid plans as a planner lists and publishes them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

import pandas as pd

from contracts.columns import COMMUNITY_CODE, COMMUNITY_TYPE, GRID_CODE, HOUSEHOLDS, NAME, NAME_EN, PARENT_CODE, PLAN_ID
from contracts.errors import ConflictError, InputError, NotFoundError
from contracts.messages import Message
from services.access import Principal, authorize, is_within, may
from services.draft_marks import require_drawn
from services.plain_messages import plain_message
from services.plan_guard import require_publishable
from services.ports import UnitOfWork

PLAN_COLUMNS = [NAME, NAME_EN, "street_name", "street_name_en", COMMUNITY_TYPE, "grids", HOUSEHOLDS, PLAN_ID, "valid_from", "faults", "drafts"]


def plan_table(uow: UnitOfWork, principal: Principal, *, area_code: str = "") -> pd.DataFrame:
    """One row per community the principal may see: its plan in force, what is wrong with it, and the drafts that wait.

    Index = community code; ``plan_id`` and ``valid_from`` are empty where nothing is in force, ``drafts`` lists plan ids
    where the principal may edit plans.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "view_map", area_code or None)
    with uow:
        areas = uow.areas.read()
        communities = uow.areas.at_level("community")
        communities = communities[[_may_see(principal, str(code), area_code) for code in communities.index]]
        grids = uow.plans.grids(communities=list(communities.index))
        plans = uow.plans.list_plans(communities=list(communities.index))

    table = pd.DataFrame(communities.drop(columns="geometry")).reindex(columns=[NAME, NAME_EN, COMMUNITY_TYPE, PARENT_CODE])
    parents = areas[[NAME, NAME_EN]].rename(columns={NAME: "street_name", NAME_EN: "street_name_en"})
    table = table.join(parents, on=PARENT_CODE)
    table["grids"] = grids.groupby(COMMUNITY_CODE).size().reindex(table.index).fillna(0).astype(int)
    table[HOUSEHOLDS] = grids.groupby(COMMUNITY_CODE)[HOUSEHOLDS].sum().reindex(table.index)
    active = plans[plans["status"] == "active"].set_index(COMMUNITY_CODE)
    table[PLAN_ID] = active[PLAN_ID].reindex(table.index)
    table["valid_from"] = active["valid_from"].reindex(table.index)
    table["faults"] = active["report"].map(_fault_count).reindex(table.index)
    drafts = plans[plans["status"] == "draft"].groupby(COMMUNITY_CODE)[PLAN_ID].agg(sorted)
    table["drafts"] = [drafts.get(code, []) if may(principal, "divide", str(code)) else [] for code in table.index]
    return table[PLAN_COLUMNS]


def grid_table(uow: UnitOfWork, principal: Principal, *, area_code: str = "") -> pd.DataFrame:
    """Grids in force with the names above them.

    Index = grid code; columns name, community_name, community_name_en, kind, households, residents.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "view_map", area_code or None)
    with uow:
        names = uow.areas.at_level("community")[[NAME, NAME_EN]].add_prefix("community_")
        names = names[[_may_see(principal, str(code), area_code) for code in names.index]]
        grids = uow.plans.grids(communities=list(names.index))
    return pd.DataFrame(grids.drop(columns="geometry")).join(names, on=COMMUNITY_CODE)


def roster_table(uow: UnitOfWork, principal: Principal, *, area_code: str = "") -> pd.DataFrame:
    """Who works in which grid: one row per place filled, and one per grid nobody leads.

    Columns grid_code, grid_name, community_name, community_name_en, worker, role, full_time, walk_s; ``worker`` and
    ``role`` are empty for a grid without a leader.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "view_workers", area_code or None)
    with uow:
        names = uow.areas.at_level("community")[[NAME, NAME_EN]].add_prefix("community_")
        keep = [_may_see(principal, str(code), area_code, action="view_workers") for code in names.index]
        names = names[keep]
        grids = uow.plans.grids(communities=list(names.index))
        pairs = uow.assignments.read(communities=list(names.index))
        workers = uow.workers.read()

    people = pd.DataFrame(workers[[NAME, "full_time"]]).rename(columns={NAME: "worker"})
    filled = pairs.join(people, on="worker_key")[[GRID_CODE, "worker", "role", "full_time", "walk_s"]]
    led = set(filled.loc[filled["role"] == "lead", GRID_CODE])
    open_places = pd.DataFrame({GRID_CODE: [code for code in grids.index if code not in led]})
    rows = pd.concat([filled, open_places]) if len(open_places) else filled
    places = pd.DataFrame(grids[[NAME, COMMUNITY_CODE]]).rename(columns={NAME: "grid_name"}).join(names, on=COMMUNITY_CODE)
    rows = rows[rows[GRID_CODE].isin(places.index)].join(places, on=GRID_CODE)
    return rows.sort_values([GRID_CODE, "role", "worker"], na_position="first").reset_index(drop=True)


def publish_plans(uow: UnitOfWork, principal: Principal, plan_ids: Collection[int], *, valid_from: date, at: datetime, reason: str | None = None) -> int:
    """Make drafts the plans in force from a day on; returns how many.

    A day that has not come yet is noted, and the drafts come into force on it (``bring_due_plans``). A band or a walk
    that the data force is published with its reason; gaps, overlaps, pieces, cut or lost buildings are not.

    Parameters
    ----------
    reason
        Why, in a few words; ``division`` for a plan that is published as the division made it.

    Raises
    ------
    NotAllowedError, NotFoundError
    InputError
        No reason is given.
    ConflictError
        A plan has faults no plan in force may have, is out of date, was drawn upon other data than today's, has steps its grids
        do not show yet, or precedes the one it follows.
    """
    authorize(principal, "divide")
    with uow:
        publish_in(uow, principal, plan_ids, valid_from=valid_from, at=at, reason=reason)
        uow.commit()
    return len(plan_ids)


def publish_in(uow: UnitOfWork, principal: Principal, plan_ids: Collection[int], *, valid_from: date, at: datetime, reason: str | None) -> None:
    """``publish_plans`` as a part of an open transaction."""
    why = (reason or "").strip()
    if not why:
        raise InputError("Say why the plan is published; the reason is kept with it.")
    _my_drafts(uow, principal, plan_ids)
    require_drawn(uow, plan_ids)
    require_publishable(uow, plan_ids)
    if valid_from > at.date():
        uow.plans.schedule(plan_ids, due_from=valid_from, author=principal.login, reason=why)
    else:
        uow.plans.publish(plan_ids, valid_from=valid_from, at=at, author=principal.login, reason=why)
    details = {"valid_from": str(valid_from), "reason": why}
    uow.audit.append(at=at, login=principal.login, action="publish_plans", subject=_subject(plan_ids), details=details)


def withdraw_plans(uow: UnitOfWork, principal: Principal, plan_ids: Collection[int], *, at: datetime) -> int:
    """Give up drafts for good; returns how many.

    Raises
    ------
    NotAllowedError, NotFoundError
    """
    authorize(principal, "divide")
    with uow:
        _my_drafts(uow, principal, plan_ids)
        uow.plans.withdraw(plan_ids)
        uow.audit.append(at=at, login=principal.login, action="withdraw_plans", subject=_subject(plan_ids), details={})
        uow.commit()
    return len(plan_ids)


def bring_due_plans(uow: UnitOfWork, *, at: datetime) -> int:
    """Bring the drafts into force whose day has come; returns how many.

    What cannot be published, for its faults or because the data changed, stays a draft without a day; ``plan_history`` says why.
    """
    with uow:
        due = uow.plans.due(at.date())
    return sum(_bring_due(uow, int(plan_id), day, str(author), at) for plan_id, day, author in due)


def _bring_due(uow: UnitOfWork, plan_id: int, day: date, author: str, at: datetime) -> bool:
    try:
        with uow:
            require_publishable(uow, [plan_id])
            uow.plans.publish([plan_id], valid_from=day, at=at, author=author)
            uow.audit.append(at=at, login=author, action="publish_plans", subject=str(plan_id), details={"valid_from": str(day)})
            uow.commit()
    except (ConflictError, NotFoundError) as error:
        _refuse_due(uow, plan_id, author, error.message, at)
        return False
    return True


def _refuse_due(uow: UnitOfWork, plan_id: int, author: str, why: Message, at: datetime) -> None:
    with uow:
        if plan_id not in uow.plans.bases_of_drafts([plan_id]):
            return  # another process brought it, or somebody gave it up
        uow.plans.refuse(plan_id, why=plain_message(why))
        uow.audit.append(at=at, login=author, action="publish_refused", subject=str(plan_id), details={"reason": str(why)})
        uow.commit()


def _my_drafts(uow: UnitOfWork, principal: Principal, plan_ids: Collection[int]) -> None:
    """Pass where all are drafts of communities this principal may divide."""
    plans = uow.plans.list_plans(status="draft", plan_ids=plan_ids).set_index(PLAN_ID)
    unknown = sorted(set(plan_ids) - set(plans.index))
    if unknown or not plan_ids:
        raise NotFoundError("There is no draft with the number {plan}.", plan=unknown[0] if unknown else "–")
    for code in plans[COMMUNITY_CODE]:
        authorize(principal, "divide", str(code))


def _subject(plan_ids: Collection[int]) -> str:
    return ",".join(map(str, sorted(plan_ids)))


def _may_see(principal: Principal, code: str, area_code: str, action: str = "view_map") -> bool:
    return is_within(code, area_code) and may(principal, action, code)


def _fault_count(report: object) -> int:
    return len(report.get("faults", ())) if isinstance(report, dict) else 0
