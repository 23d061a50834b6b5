"""Names of the columns that travel between rooms. Frames of places are indexed by their key (grids and areas: code)."""

# identity
KEY = "key"
CODE = "code"
NAME = "name"
NAME_EN = "name_en"
GEOMETRY = "geometry"
SOURCE = "source"

# areas and grids
LEVEL = "level"  # city, district, street, community
PARENT_CODE = "parent_code"
COMMUNITY_CODE = "community_code"
COMMUNITY_TYPE = "community_type"  # old_estate, commodity_estate, affordable_estate, village_return_estate
GRID_CODE = "grid_code"
PLAN_ID = "plan_id"
KIND = "kind"  # grids: comprehensive, dedicated; lines: river, rail, expressway, major, minor, wall; entrances: door, gate

# staff and rooms of a community, kept with its area
STATION_STAFF = "station_staff"
COMMITTEE_MEMBERS = "committee_members"
CERTIFIED_WORKERS = "certified_workers"
PARTY_WORKERS = "party_workers"
COMMUNITY_WORKERS = "community_workers"
ROOMS_M2 = "rooms_m2"
ONE_STOP_M2 = "one_stop_m2"
STAFF_AS_OF = "staff_as_of"  # a date as text
STAFF_FACTS = (STATION_STAFF, COMMITTEE_MEMBERS, CERTIFIED_WORKERS, PARTY_WORKERS, COMMUNITY_WORKERS, ROOMS_M2, ONE_STOP_M2)
STAFFED_GRIDS = "staffed_grids"
MEASURE = "measure"
NEED = "need"
HAS = "has"
GAP = "gap"

# buildings
HOUSEHOLDS = "households"
RESIDENTS = "residents"
OLDER_RESIDENTS = "older_residents"
ESTIMATED = "estimated"
BUILDING_KEY = "building_key"
BUILDING_USE = "building_use"
LEVELS = "levels"

# streets
U = "u"
V = "v"
HIGHWAY = "highway"
LENGTH_M = "length_m"
ONEWAY_FOOT = "oneway_foot"
INCLINE = "incline"  # the map's word: up, down, 5%
GRADE = "grade"  # rise over run along the line as drawn
ROAD_AT_START = "road_at_start"  # class of a road that is no street of ours and passes the line's first point on the level
ROAD_AT_END = "road_at_end"

# facilities
CATEGORY = "category"
CAPACITY = "capacity"
ADDRESS = "address"
PHONE = "phone"
OPENING_HOURS = "opening_hours"
FACILITY_KEY = "facility_key"

# workers and assignments
FULL_TIME = "full_time"
SKILLS = "skills"
LANGUAGES = "languages"
COMMUNITY = "community"
WORKER_KEY = "worker_key"
ROLE = "role"  # lead, member
WALK_S = "walk_s"

# people who work, and their duty
WORKER_KIND = "worker_kind"  # full_time, part_time, leader, building_head, volunteer
TRAINING_HOURS = "training_hours"
TERM_FROM = "term_from"  # first and last day of the term, both worked
TERM_TO = "term_to"
SHIFT_ID = "shift_id"
LEAVE_ID = "leave_id"
DUTY_ROLE = "duty_role"  # primary, backup
STARTS_AT = "starts_at"  # moments of a period: it holds from the first to just before the second
ENDS_AT = "ends_at"
PRIMARY = "primary"  # of a period: present, leave, term, none
BACKUP = "backup"

# reach and coverage
PROFILE = "profile"
SECONDS = "seconds"
LIMIT_S = "limit_s"
MINUTES = "minutes"
EDGE = "edge"
FROM_M = "from_m"
TO_M = "to_m"
AREA_CODE = "area_code"
COVERED_SHARE = "covered_share"
PEOPLE = "people"  # whom a share speaks of: residents at adult pace, older residents at older pace
COVERED_PEOPLE = "covered_people"
RADIUS_SHARE = "radius_share"
ANSWER = "answer"  # covered, not_covered, unreachable, unknown
REASON = "reason"
EDGE_S = "edge_s"  # walk to where the map ends
VERIFIED = "verified"
VERIFIED_S = "verified_s"  # walk to the nearest verified facility
WHY = "why"  # why no walk is known at all
RESOLVED_BY = "resolved_by"  # door, wall, point: how the place of a door was found
UNKNOWN_PEOPLE = "unknown_people"
UNREACHABLE_PEOPLE = "unreachable_people"


def text_of(cell: object) -> str:
    """A cell's text, ``""`` where it is missing: a frame holds missing text as NaN, which must never be shown."""
    return cell if isinstance(cell, str) else ""
