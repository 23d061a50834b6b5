"""Islands of streets: what joins them to the rest, if anything near does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from contracts.messages import Message
from gis.attachment import find_islands
from gis.doctor_ground import Ground
from gis.doctor_rules import ISLAND, DoctorRule, Fix, Ints, Joint, Shapes, StreetFault


def find_island_faults(ground: Ground, rule: DoctorRule) -> Iterator[StreetFault]:
    """Every connected part that is too short to be the city, with the shortest link to a part that is not.

    Parts that lead off the map are none: what joins them to the city may lie out there.
    """
    network = ground.network
    is_cut_off = find_islands(network) & ~np.isin(network.component, ground.parts_off_map)
    edges = ground.single[is_cut_off[ground.single]]
    links = _shortest_links(ground, edges, rule)
    parts, first = np.unique(network.component[edges], return_index=True)
    for part, edge in zip(parts, edges[first], strict=True):
        details = {"length": float(network.component_length_m[part])}
        text = Message("{length:.0f} m of street are cut off from the rest of the city.", details)
        place = shapely.line_interpolate_point(network.pieces.geometry[edge], 0.5, normalized=True)
        fix = links.get(int(part))
        remedy = Message("Look for a missing link.") if fix is None else Message("Draw the missing link of {gap:.0f} m, if one can walk there.", _gap(fix))
        yield StreetFault(ISLAND, place, (ground.key(edge),), text, remedy, fix, int(part))


def _gap(fix: Fix) -> dict[str, float]:
    return {"gap": float(shapely.length(fix.shape))}


def _shortest_links(ground: Ground, edges: Ints, rule: DoctorRule) -> dict[int, Fix]:
    """The shortest link of each island that no obstacle blocks, to streets that are no island themselves."""
    network = ground.network
    lines: Shapes = network.pieces.geometry
    main = ground.single[~find_islands(network)[ground.single]]
    if not len(edges) or not len(main):
        return {}
    row, found = shapely.STRtree(lines[main]).query(lines[edges], predicate="dwithin", distance=rule.island_link_m)
    own, target = edges[row], main[found]
    same = ground.level[own] == ground.level[target]
    own, target = own[same], target[same]
    link = shapely.shortest_line(lines[own], lines[target])
    is_open = ~ground.is_blocked(link)
    own, target, link = own[is_open], target[is_open], link[is_open]
    part = network.component[own]
    order = np.lexsort((ground.rank[target], ground.rank[own], np.round(shapely.length(link), 6), part))
    first = order[np.unique(part[order], return_index=True)[1]]
    start = ground.spots(own[first], shapely.get_point(link[first], 0))
    goal = ground.spots(target[first], shapely.get_point(link[first], -1))
    joints = [(Joint(int(a), float(s)), Joint(int(b), float(t))) for a, s, b, t in zip(start.edge, start.share, goal.edge, goal.share, strict=True)]
    return {int(part[row]): Fix(link[row], joint) for row, joint in zip(first, joints, strict=True)}
