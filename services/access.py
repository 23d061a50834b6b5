"""Who is asking, and may they? One ``authorize`` for pages, routes, exports, tiles and the command line."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from contracts.codes import is_within as is_within
from contracts.codes import significant as significant
from contracts.errors import NotAllowedError
from contracts.messages import Message

ROLES = ("planner", "receiver", "coordinator", "worker", "verifier", "unit_handler", "leader", "auditor", "admin")
VISITOR = "visitor"  # may look at the open demo city and change nothing; nobody can be granted it

# action -> roles that may; an admin manages people and settings, the system (command line on the server) may do all
ACTIONS: dict[str, frozenset[str]] = {
    "view_map": frozenset({"planner", "receiver", "coordinator", "worker", "leader", "auditor", "admin", VISITOR}),
    "import_data": frozenset({"planner", "admin"}),
    "divide": frozenset({"planner"}),
    "assign_workers": frozenset({"planner", "coordinator"}),
    "compute_circles": frozenset({"planner"}),
    "check_data": frozenset({"planner", "admin", VISITOR}),
    "view_workers": frozenset({"planner", "coordinator", "leader", VISITOR}),
    "view_duty": frozenset({"planner", "receiver", "coordinator", "worker", "verifier", "leader", "admin", VISITOR}),
    "plan_duty": frozenset({"planner", "coordinator"}),
    "view_patrol": frozenset({"planner", "coordinator", "worker", "leader", VISITOR}),
    "record_patrol": frozenset({"coordinator", "worker"}),
    "export_data": frozenset({"planner", "coordinator", "leader", VISITOR}),
    "manage_users": frozenset({"admin"}),
    "view_audit": frozenset({"auditor", "admin"}),
}
ACTION_WORDS: dict[str, Message] = {  # as a refusal says it: "li may not ... here"
    "view_map": Message("look at the map"),
    "import_data": Message("import data"),
    "divide": Message("divide communities into grids"),
    "assign_workers": Message("assign grid workers"),
    "compute_circles": Message("compute walking reach"),
    "check_data": Message("check the data"),
    "view_workers": Message("see the grid workers"),
    "view_duty": Message("see who is on duty"),
    "plan_duty": Message("plan duty"),
    "view_patrol": Message("see patrols"),
    "record_patrol": Message("record patrols"),
    "export_data": Message("download data"),
    "manage_users": Message("manage accounts"),
    "view_audit": Message("read the audit trail"),
}


@dataclass(frozen=True)
class Grant:
    """A role over one area and all below it (``area_code`` empty = everywhere), for a time."""

    role: str
    area_code: str = ""
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        """Whether the grant holds at ``now``; the end is exclusive."""
        return (self.valid_from is None or self.valid_from <= now) and (self.valid_to is None or now < self.valid_to)


@dataclass(frozen=True)
class Principal:
    """Who asks: a login and the grants that held when the session was read."""

    login: str
    grants: tuple[Grant, ...] = field(default_factory=tuple)
    is_system: bool = False

    @property
    def roles(self) -> frozenset[str]:
        """Names of the roles held anywhere."""
        return frozenset(grant.role for grant in self.grants)


SYSTEM = Principal("system", is_system=True)
DEMO_VISITOR = Principal("demo", (Grant(VISITOR),))


def areas_for(principal: Principal, action: str) -> tuple[str, ...] | None:
    """Codes of the areas in which the principal may do this, empty = nowhere, ``None`` = everywhere."""
    if principal.is_system:
        return None
    codes = [grant.area_code for grant in principal.grants if grant.role in ACTIONS[action]]
    return None if "" in codes else tuple(dict.fromkeys(codes))


def may(principal: Principal, action: str, area_code: str) -> bool:
    """Whether the principal may do this in the area."""
    areas = areas_for(principal, action)
    return areas is None or any(is_within(area_code, above) for above in areas)


def authorize(principal: Principal, action: str, area_code: str | None = None) -> None:
    """Pass where the principal may do ``action`` in the area (or anywhere at all, without an area).

    An area code is below another when it begins with that code's significant part: 12-digit codes end in zeros
    above the community level, and a grid code begins with its community's.

    Raises
    ------
    NotAllowedError
        With the action and the login, never with data of the area.
    """
    if areas_for(principal, action) != () if area_code is None else may(principal, action, area_code):
        return
    raise NotAllowedError("{login} may not {action} here. Ask an administrator for the right.", login=principal.login, action=ACTION_WORDS[action])
