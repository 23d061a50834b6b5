"""Words for the codes that travel between rooms: levels, paces, roles, kinds, categories, columns."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType

from contracts.columns import CODE
from contracts.messages import Message
from contracts.reference import reference_table
from views.i18n import language, spoken

LEVELS = MappingProxyType(
    {"city": Message("City"), "district": Message("District"), "street": Message("Sub-district"), "community": Message("Community"), "grid": Message("Grid")}
)
PACES = MappingProxyType(
    {
        "adult": Message("Adult pace"),
        "older": Message("Older pace"),
        "child": Message("Child pace"),
        "wheelchair": Message("Wheelchair"),
        "pram": Message("With a pram"),
    }
)
WORKER_ROLES = MappingProxyType({"lead": Message("Grid leader"), "member": Message("Grid worker")})
ACCOUNT_ROLES = MappingProxyType(
    {
        "planner": Message("Planner"),
        "receiver": Message("Intake officer"),
        "coordinator": Message("Grid coordinator"),
        "worker": Message("Grid worker"),
        "verifier": Message("Verifier"),
        "unit_handler": Message("Handler"),
        "leader": Message("Leader"),
        "auditor": Message("Auditor"),
        "admin": Message("Administrator"),
        "visitor": Message("Visitor, looking only"),
    }
)
COLUMNS = MappingProxyType(
    {
        "area": Message("Area"),
        "community": Message("Community"),
        "street": Message("Sub-district"),
        "grid": Message("Grid"),
        "code": Message("Code"),
        "name": Message("Name"),
        "kind": Message("Kind"),
        "category": Message("Service"),
        "service": Message("Service"),
        "households": Message("Households"),
        "deviation_share": Message("Away from target"),
        "compactness": Message("Compactness (1 = circle)"),
        "street_share": Message("Border on streets"),
        "residents": Message("Residents"),
        "grids": Message("Grids"),
        "faults": Message("Faults"),
        "role": Message("Role"),
        "full_time": Message("Full-time"),
        "lead": Message("Grid leader"),
        "members": Message("Grid workers"),
        "walk_minutes": Message("Walk, minutes"),
        "adult_share": Message("Covered, adult pace"),
        "older_share": Message("Covered, older pace"),
        "radius_share": Message("Inside the radius"),
        "adult_minutes": Message("Minutes, adult pace"),
        "older_minutes": Message("Minutes, older pace"),
        "adult": Message("Adult"),
        "older": Message("Older"),
        "radius": Message("Radius"),
        "adult_min": Message("Adult, min"),
        "older_min": Message("Older, min"),
        "group": Message("Group"),
        "answer": Message("Answer"),
        "nearest": Message("Nearest on foot"),
        "gap_to_target": Message("Older pace to target, points"),
        "people": Message("People"),
        "unknown_share": Message("Not known"),
        "unreachable_share": Message("Cut off"),
        "covered_people": Message("People covered"),
        "valid_from": Message("In force from"),
        "place": Message("Place"),
        "fault": Message("What is wrong"),
        "remedy": Message("What to do"),
        "what": Message("Kind of fault"),
        "was": Message("What was wrong"),
        "done": Message("What was done"),
        "effect": Message("Effect"),
        "concerned": Message("People behind or near"),
        "gained": Message("More people within 15 minutes"),
        "lost": Message("Fewer people within 15 minutes"),
        "reason": Message("Reason"),
        "row": Message("Row"),
        "added": Message("New"),
        "updated": Message("Changed"),
        "unchanged": Message("Unchanged"),
        "field": Message("Field"),
        "column": Message("Column of the file"),
        "source": Message("Source"),
        "certainty": Message("Certainty"),
        "profile": Message("Pace"),
        "buildings": Message("Buildings"),
        "workload": Message("Workload"),
        "longest_walk_m": Message("Longest walk inside, m"),
        "barriers_inside": Message("Barriers inside, m"),
        "parts": Message("Parts"),
        "locked": Message("Locked"),
        "area_m2": Message("Area, m²"),
        "plan": Message("Plan"),
        "status": Message("Status"),
        "author": Message("Author"),
        "made": Message("Made"),
        "valid_to": Message("In force until"),
        "change": Message("Change"),
        "households_before": Message("Households before"),
        "households_after": Message("Households after"),
        "households_moved_in": Message("Households joining"),
        "households_moved_out": Message("Households leaving"),
        "speed": Message("Speed, m/s"),
        "measure": Message("What"),
        "need": Message("Needed"),
        "has": Message("There"),
        "gap": Message("Missing"),
        "gaps": Message("Rules not met"),
        "unknown": Message("Not known"),
        "communities": Message("Communities"),
        "met_share": Message("Meet the rule"),
        "figure": Message("Figure"),
        "here": Message("Here"),
        "published": Message("In Beijing"),
        "published_totals": Message("Published totals"),
        "ratio": Message("Times as many"),
        "staff_as_of": Message("As of"),
        "rule": Message("Rule"),
    }
)


REPAIR_KINDS = MappingProxyType(
    {
        "invalid": Message("Outline"),
        "duplicate": Message("Code used twice"),
        "gap": Message("Gap"),
        "overlap": Message("Overlap"),
        "multipart": Message("Several pieces"),
        "outside": Message("Over the border"),
        "coverage": Message("Borders that do not meet"),
        "building_cut": Message("Cut building"),
        "border": Message("Border across ground"),
        "empty": Message("No ground"),
        "code": Message("Foreign code"),
    }
)
PLAN_STATUS = MappingProxyType({"draft": Message("Draft"), "active": Message("In force"), "retired": Message("Retired")})
PLAN_CHANGES = MappingProxyType({"kept": Message("As before"), "changed": Message("Differs"), "gained": Message("New"), "lost": Message("Gone")})
PLAN_REASONS = MappingProxyType(  # reasons of drafts nobody has published yet; a published plan carries the planner's own words
    {"division": Message("Division"), "edit": Message("Edited"), "offer": Message("Chosen among several"), "import": Message("From a file")}
)
AUTHORS = MappingProxyType({"system": Message("System (automatic)")})


def word(words: MappingProxyType[str, Message], code: str) -> str:
    """The word for a code in the reader's language; an unknown code as it is."""
    return spoken(words[code]) if code in words else code


def level_word(level: str) -> str:
    return word(LEVELS, level)


def pace_word(profile: str) -> str:
    return word(PACES, profile)


def worker_role_word(role: str) -> str:
    return word(WORKER_ROLES, role)


def account_role_word(role: str) -> str:
    return word(ACCOUNT_ROLES, role)


def plan_status_word(status: str) -> str:
    return word(PLAN_STATUS, status)


def plan_reason_word(reason: str) -> str:
    return word(PLAN_REASONS, reason)


def author_word(login: str) -> str:
    """Who made a plan: a login as it is, the project itself by its word."""
    return word(AUTHORS, login)


def column_word(column: str) -> str:
    return word(COLUMNS, column)


def category_word(code: str) -> str:
    """Name of a facility category in the reader's language."""
    return _names("facility_categories", language()).get(code, code)


def community_type_word(code: str) -> str:
    """Name of a type of community in the reader's language."""
    return _names("community_types", language()).get(code, code)


@cache
def _names(table: str, spoken_language: str) -> dict[str, str]:
    rows = reference_table(table)
    return dict(zip(rows[CODE], rows["en" if spoken_language == "en" else "zh"], strict=True))
