"""A planner works on a draft: opens it, sees what an edit would do, does it, takes it back, saves and publishes.

What is being worked on is a *desk*: the sketch of one draft with its history. Every step is kept in the store at once, under
a version number: nothing is lost on a reload, and of two planners on one draft the second is told. The grids of the draft
are drawn anew when it is saved; the plans in force change by publishing only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from contracts.columns import CODE, COMMUNITY_CODE, NAME, PLAN_ID, text_of
from contracts.errors import ConflictError, InputError, NotFoundError
from contracts.messages import Message
from grids.edits import Edit, apply_edit, notes_on
from grids.effect import Effect, broken_rules, effect_of, hindrances
from grids.faults import Fault
from grids.ground import atoms_at, block_of_atom, drawn_of_state
from grids.history import History, history_of_state, start_history
from grids.imported import Repairs, sketch_of_grids
from grids.sketch import Sketch, empty_sketch, plan_of_sketch
from services.access import Principal, authorize
from services.draft_marks import mark_of
from services.grid_plans import publish_in
from services.grounds import Grounds
from services.plan_files import code_repairs, usable_codes
from services.plan_guard import are_fresh, weight_of
from services.ports import UnitOfWork
from services.sketch_places import outlines

WGS84 = "EPSG:4326"
DRAFT = "draft"
NO_REPAIRS = Repairs(())


@dataclass(frozen=True)
class Desk:
    """A draft on the table.

    ``version`` counts the changes kept in the store (0 = none yet); ``in_force`` is the grid code of each building today;
    ``is_saved`` says whether the grids of the draft are drawn as the sketch is now; ``repairs`` is what had to be mended
    to read grids that do not fit the data as they are, ``was_reread`` that earlier steps were lost by that.
    """

    plan_id: int
    community: str
    version: int
    history: History
    sketch: Sketch
    in_force: pd.Series
    saved: str = ""
    repairs: Repairs = NO_REPAIRS
    was_reread: bool = False

    @property
    def is_saved(self) -> bool:
        """Whether the grids of the draft are drawn as the sketch is now."""
        return self.saved == mark_of(self.sketch)


@dataclass(frozen=True)
class Preview:
    """What an edit would make of the sketch; nothing is kept."""

    edit: Edit
    sketch: Sketch
    effect: Effect
    notes: tuple[Message, ...]


def open_draft(uow: UnitOfWork, principal: Principal, plan_id: int, *, grounds: Grounds) -> Desk:
    """Put a draft on the table, as it was left.

    Where the data of the community changed since, the draft's grids are read onto them anew.

    Raises
    ------
    NotAllowedError, NotFoundError
    """
    authorize(principal, "divide")
    with uow:
        community = _community_of_draft(uow, principal, plan_id)
        in_force = uow.plans.grid_of_building(communities=[community])
        kept = uow.plans.sketch(plan_id)
        if kept is None:
            return _read_anew(uow, plan_id, community, grounds, version=0)
        state = json.loads(kept.state)
        history = history_of_state(state["history"])
        ground = grounds.of(uow, community, drawn=drawn_of_state(WGS84, state["history"]))
        try:
            sketch = history.sketch(ground)
        except ConflictError:
            return _read_anew(uow, plan_id, community, grounds, version=kept.version)
        return Desk(plan_id, community, kept.version, history, sketch, in_force, saved=str(state.get("saved", "")))


def start_draft(
    uow: UnitOfWork, principal: Principal, community: str, *, based_on: int | None = None, edit: Edit | None = None, at: datetime, grounds: Grounds
) -> int:
    """A new draft of a community; its number.

    It begins as the plan ``based_on`` (default: the one in force; nothing where there is none), with ``edit`` done to it.

    Raises
    ------
    NotAllowedError, NotFoundError, InputError, InfeasibleDivision
    """
    authorize(principal, "divide", community)
    with uow:
        grids = _grids_of(uow, community, based_on)
        grids.index = pd.Index(usable_codes(uow, community, list(grids.index)), dtype="str", name=CODE)
        sketch = empty_sketch(grounds.of(uow, community)) if grids.empty else grounds.open_grids(uow, community, grids)[0]
        history = start_history(sketch)
        if edit is not None:
            sketch = apply_edit(sketch, edit)
            history = history.record(edit, sketch)
        return _keep_new(uow, principal, sketch, history, reason="edit", at=at)


def start_from(uow: UnitOfWork, principal: Principal, sketch: Sketch, *, at: datetime) -> int:
    """A new draft of a plan that was on offer; its number.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "divide", sketch.ground.place.code)
    with uow:
        return _keep_new(uow, principal, sketch, start_history(sketch), reason="offer", at=at)


def start_from_file(uow: UnitOfWork, principal: Principal, community: str, grids: gpd.GeoDataFrame, *, at: datetime, grounds: Grounds) -> tuple[int, Repairs]:
    """A new draft of grids somebody drew elsewhere (index = code, any system), and what had to be mended.

    Raises
    ------
    NotAllowedError, NotFoundError, InputError, CrsError
    """
    authorize(principal, "divide", community)
    with uow:
        sketch, mended = grounds.open_grids(uow, community, grids)
        repairs = Repairs((*mended.items, *code_repairs(community, grids)))
        return _keep_new(uow, principal, sketch, start_history(sketch), reason="import", at=at), repairs


def preview(principal: Principal, desk: Desk, edit: Edit) -> Preview:
    """What an edit would do; nothing is kept.

    Raises
    ------
    NotAllowedError
    InputError, InfeasibleDivision
        The edit is not possible; the sentence says why and what to do.
    """
    authorize(principal, "divide", desk.community)
    after = apply_edit(desk.sketch, edit)
    in_force = desk.in_force if len(desk.in_force) else None
    return Preview(edit, after, effect_of(desk.sketch, after, in_force), tuple(notes_on(desk.sketch, edit)))


def do_edit(uow: UnitOfWork, principal: Principal, desk: Desk, edit: Edit, *, at: datetime) -> Desk:
    """Do an edit and keep it.

    Raises
    ------
    NotAllowedError, InputError, InfeasibleDivision
    ConflictError
        Somebody else changed the draft meanwhile; open it anew.
    """
    authorize(principal, "divide", desk.community)
    after = apply_edit(desk.sketch, edit)
    return _kept(uow, principal, replace(desk, sketch=after, history=desk.history.record(edit, after)), at)


def undo(uow: UnitOfWork, principal: Principal, desk: Desk, *, at: datetime) -> Desk:
    """Take the last edit back.

    Raises
    ------
    NotAllowedError, ConflictError
    InputError
        There is nothing to take back.
    """
    return _stepped(uow, principal, desk, desk.history.undo, at)


def redo(uow: UnitOfWork, principal: Principal, desk: Desk, *, at: datetime) -> Desk:
    """Do again what was taken back last.

    Raises
    ------
    NotAllowedError, ConflictError
    InputError
        There is nothing to do again.
    """
    return _stepped(uow, principal, desk, desk.history.redo, at)


def save_draft(uow: UnitOfWork, principal: Principal, desk: Desk, *, at: datetime) -> Desk:
    """Draw the grids of the draft as the sketch is now; it may be incomplete.

    Raises
    ------
    NotAllowedError, ConflictError
    """
    authorize(principal, "divide", desk.community)
    marked = replace(desk, saved=mark_of(desk.sketch))
    with uow:
        version = _save(uow, principal, marked, at)
        uow.commit()
    return replace(marked, version=version)


def publish_draft(uow: UnitOfWork, principal: Principal, desk: Desk, *, reason: str, valid_from: date, at: datetime) -> None:
    """Put the draft in force from a day on, as the sketch is now.

    Raises
    ------
    NotAllowedError
    ConflictError
        Somebody changed the draft since it was opened, kept or saved, or the data changed: open it anew.
    InputError
        No reason was given, or the plan is incomplete or faulty: ``forbidding(desk)`` lists why.
    """
    authorize(principal, "divide", desk.community)
    if not reason.strip():
        raise InputError("A plan is published with a reason. Say in a few words why it changes.")
    faults = forbidding(desk)
    if faults:
        raise InputError("This plan cannot be published: {count:fault|faults} must be mended first.", count=len(faults))
    with uow:
        _require_todays_ground(uow, desk)
        _save(uow, principal, replace(desk, saved=mark_of(desk.sketch)), at)  # told here, if the draft is not what the planner sees
        publish_in(uow, principal, [desk.plan_id], valid_from=valid_from, reason=reason.strip(), at=at)
        uow.commit()


def _require_todays_ground(uow: UnitOfWork, desk: Desk) -> None:
    """Pass where buildings, lines and gates are as they were when the desk was opened: only then are its faults those of the plan."""
    today = Grounds().of(uow, desk.community, drawn=drawn_of_state(WGS84, desk.history.base))
    if today.fingerprint != desk.sketch.ground.fingerprint:
        name = text_of(uow.areas.read(keys=[desk.community])[NAME].iloc[0]) or desk.community
        raise ConflictError("The data of {community} changed since draft {plan} was made. Open it and save it again.", community=name, plan=desk.plan_id)


def forbidding(desk: Desk) -> list[Fault]:
    """What stands in the way of publishing. A dedicated grid in force is given up by describing it as comprehensive first."""
    return hindrances(desk.sketch)


def faults_of(desk: Desk) -> list[Fault]:
    """Every rule the sketch breaks now."""
    return broken_rules(desk.sketch)


def against_today(uow: UnitOfWork, principal: Principal, desk: Desk) -> tuple[Effect, Sketch] | None:
    """What the sketch changes against the plan in force, and that plan on the same ground; ``None`` where nothing is in force.

    Raises
    ------
    NotAllowedError
    """
    authorize(principal, "divide", desk.community)
    with uow:
        grids = uow.plans.grids(communities=[desk.community])
    if grids.empty:
        return None
    today, _repairs = sketch_of_grids(desk.sketch.ground, grids)
    return effect_of(today, desk.sketch, desk.in_force), today


def pieces_under(desk: Desk, points: Sequence[tuple[float, float]], *, blocks: bool = False) -> list[int]:
    """Number of the building or piece of ground under each point (longitude, latitude), or of its block; -1 outside the community."""
    ground = desk.sketch.ground
    atoms = atoms_at(ground, np.asarray(points, dtype=float).reshape(-1, 2))
    return [int(piece) for piece in (np.where(atoms >= 0, block_of_atom(ground)[atoms], -1) if blocks else atoms)]


def code_at(desk: Desk, point: tuple[float, float]) -> str:
    """Code of the grid at a point, ``""`` where there is none."""
    (atom,) = pieces_under(desk, [point])
    label = -1 if atom < 0 else int(desk.sketch.label_of_atom[atom])
    return "" if label < 0 else desk.sketch.codes[label]


def shapes_under(desk: Desk, points: Sequence[tuple[float, float]], *, blocks: bool = False) -> gpd.GeoSeries:
    """Outlines of the pieces of ground, or blocks, under points, EPSG:4326."""
    wanted = sorted({piece for piece in pieces_under(desk, points, blocks=blocks) if piece >= 0})
    of_atom = block_of_atom(desk.sketch.ground) if blocks else np.arange(len(desk.sketch.label_of_atom))
    return outlines(desk.sketch.ground, [np.flatnonzero(of_atom == piece) for piece in wanted])


def drawn_plan(sketch: Sketch) -> tuple[gpd.GeoDataFrame, pd.Series, dict[str, Any]]:
    """Grids as the store takes them (EPSG:4326), the grid code of each building that has one, and the report."""
    plan = plan_of_sketch(sketch)
    faults = [{"kind": fault.kind, "message": str(fault.message)} for fault in broken_rules(sketch)]
    return plan.grids.to_crs(WGS84), plan.buildings.dropna(), {**plan.report.to_mapping(), "faults": faults}


def _read_anew(uow: UnitOfWork, plan_id: int, community: str, grounds: Grounds, *, version: int) -> Desk:
    """A draft without a usable sketch: its grids read onto the community as it is."""
    grids, weight = uow.plans.grids(plan_ids=[plan_id]), weight_of(uow.plans.list_plans(plan_ids=[plan_id])["rule"].iloc[0])
    sketch, repairs = (empty_sketch(grounds.of(uow, community)), NO_REPAIRS) if grids.empty else grounds.open_grids(uow, community, grids)
    in_force = uow.plans.grid_of_building(communities=[community])
    saved = mark_of(sketch) if repairs.is_empty and are_fresh(grids, sketch.grid_of_building, sketch.ground.buildings, weight) else ""
    return Desk(plan_id, community, version, start_history(sketch), sketch, in_force, saved=saved, repairs=repairs, was_reread=version > 0)


def _community_of_draft(uow: UnitOfWork, principal: Principal, plan_id: int) -> str:
    drafts = uow.plans.list_plans(status=DRAFT).set_index(PLAN_ID)[COMMUNITY_CODE]
    if plan_id not in drafts.index:
        raise NotFoundError("There is no draft with the number {plan}.", plan=plan_id)
    community = str(drafts[plan_id])
    authorize(principal, "divide", community)
    return community


def _grids_of(uow: UnitOfWork, community: str, based_on: int | None) -> gpd.GeoDataFrame:
    """Grids of a plan of this community, of the one in force where none is named."""
    if based_on is None:
        return uow.plans.grids(communities=[community])
    grids = uow.plans.grids(plan_ids=[based_on], communities=[community])
    if grids.empty:
        raise NotFoundError("There is no plan with the number {plan} in this community.", plan=based_on)
    return grids


def _keep_new(uow: UnitOfWork, principal: Principal, sketch: Sketch, history: History, *, reason: str, at: datetime) -> int:
    """Keep a draft and its sketch, and commit; its number."""
    grids, grid_of_building, report = drawn_plan(sketch)
    community, rule = sketch.ground.place.code, sketch.ground.rule.to_mapping()
    plan_id = uow.plans.save_draft(community, grids, grid_of_building, rule=rule, report=report, author=principal.login, reason=reason, at=at)
    desk = Desk(plan_id, community, 0, history, sketch, pd.Series(dtype="str"), saved=mark_of(sketch))
    _keep(uow, principal, desk, at)
    _note(uow, principal, "open_draft", desk, at, {"reason": reason, "grids": len(grids)})
    uow.commit()
    return plan_id


def _stepped(uow: UnitOfWork, principal: Principal, desk: Desk, step: Callable[[], History], at: datetime) -> Desk:
    authorize(principal, "divide", desk.community)
    history = step()
    return _kept(uow, principal, replace(desk, history=history, sketch=history.sketch(desk.sketch.ground)), at)


def _kept(uow: UnitOfWork, principal: Principal, desk: Desk, at: datetime) -> Desk:
    with uow:
        version = _keep(uow, principal, desk, at)
        uow.commit()
    return replace(desk, version=version, repairs=NO_REPAIRS, was_reread=False)


def _keep(uow: UnitOfWork, principal: Principal, desk: Desk, at: datetime) -> int:
    """Keep the sketch; the new version. The right was asked for the desk's community, so the draft must be one of it."""
    plans = uow.plans.list_plans(plan_ids=[desk.plan_id])
    if plans[COMMUNITY_CODE].tolist() != [desk.community] or desk.sketch.ground.place.code != desk.community:
        raise NotFoundError("There is no draft with the number {plan}.", plan=desk.plan_id)
    state = json.dumps({"history": desk.history.to_state(), "saved": desk.saved}, separators=(",", ":"))
    return uow.plans.keep_sketch(desk.plan_id, state, expected_version=desk.version, author=principal.login, at=at)


def _save(uow: UnitOfWork, principal: Principal, desk: Desk, at: datetime) -> int:
    """Keep the sketch and draw its grids, in the open transaction; the new version."""
    version = _keep(uow, principal, desk, at)
    grids, grid_of_building, report = drawn_plan(desk.sketch)
    uow.plans.redraw(desk.plan_id, grids, grid_of_building, report=report)
    _note(uow, principal, "save_draft", desk, at, {"grids": len(grids)})
    return version


def _note(uow: UnitOfWork, principal: Principal, action: str, desk: Desk, at: datetime, details: Mapping[str, Any]) -> None:
    uow.audit.append(at=at, login=principal.login, action=action, subject=str(desk.plan_id), details={"community": desk.community, **details})
