"""Communities of one tile: whole blocks, never across river or railway, and together exactly the tile."""

from __future__ import annotations

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry import LineString, Polygon

from data.city_ground import Ground
from data.city_streets import SNAP_M


def _middles(shapes: list[Polygon]) -> np.ndarray:
    return np.round(shapely.get_coordinates(shapely.centroid(np.array(shapes))), 1)


def shared_lengths(shapes: list[Polygon]) -> coo_array:
    """Length of the border each pair of shapes shares, shape (n, n); shapes meet in exactly equal vertices."""
    rings, shape = shapely.get_rings(np.array(shapes), return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    inner = ring[1:] == ring[:-1]
    ends = np.round(np.hstack([xy[:-1], xy[1:]])[inner], 2)
    owner = shape[ring[:-1][inner]]
    swap = (ends[:, 0] > ends[:, 2]) | ((ends[:, 0] == ends[:, 2]) & (ends[:, 1] > ends[:, 3]))
    ends[swap] = ends[swap][:, [2, 3, 0, 1]]
    order = np.lexsort([owner, *ends.T])
    ends, owner = ends[order], owner[order]
    same = (ends[1:] == ends[:-1]).all(axis=1)
    left, right = owner[:-1][same], owner[1:][same]
    length = np.hypot(*(ends[:-1][same, 2:] - ends[:-1][same, :2]).T)
    return coo_array((np.tile(length, 2), (np.r_[left, right], np.r_[right, left])), shape=(len(shapes), len(shapes)))


def find_zones(ground: Ground, blocks: list[Polygon]) -> tuple[np.ndarray, np.ndarray]:
    """Zone of each block (a piece of land no barrier crosses), and its sub-district: 0 south, 1 north."""
    middle = _middles(blocks)
    points = shapely.points(middle)
    piece = np.array([shapely.distance(np.array(ground.land), point).argmin() for point in points])
    if ground.river is None:
        north = (middle[:, 1] > ground.centre[1]).astype(int)
    else:
        tops = np.array([land.centroid.y > ground.river.centroid.y for land in ground.land])
        north = tops[piece].astype(int)
    return np.unique(np.column_stack([piece, north]), axis=0, return_inverse=True)[1].ravel(), north


def _share_out(areas: np.ndarray, count: int) -> np.ndarray:
    """How many communities each zone gets: by area, at least one each where there are enough."""
    shares = np.zeros(len(areas), dtype=int)
    for _ in range(count):
        shares[np.argmax(np.where(shares == 0, 1e9, 0) + areas / (shares + 0.5))] += 1
    return shares


def _bisect(members: np.ndarray, middle: np.ndarray, area: np.ndarray, parts: int) -> list[np.ndarray]:
    """Groups of near equal area, cut across the longer extent again and again."""
    if parts == 1 or len(members) < 2:
        return [members]
    spread = np.ptp(middle[members], axis=0)
    order = members[np.lexsort([members, middle[members, int(spread[1] > spread[0])]])]
    first = parts // 2
    done = np.cumsum(area[order]) - area[order] / 2
    cut = int(np.clip(np.searchsorted(done, area[order].sum() * first / parts), first, len(order) - (parts - first)))
    return _bisect(order[:cut], middle, area, first) + _bisect(order[cut:], middle, area, parts - first)


def _join_loose(labels: np.ndarray, touch: np.ndarray) -> np.ndarray:
    """Give pieces cut off from their community to the neighbour they share most border with."""
    for _ in range(len(labels)):
        same = touch * (labels[:, None] == labels[None, :])
        _, part = connected_components(same > 0, directed=False)
        size = np.bincount(part)
        home = {label: np.bincount(part[labels == label], minlength=len(size)).argmax() for label in np.unique(labels)}
        loose = [i for i in range(len(labels)) if part[i] != home[labels[i]] and (touch[i] * (part != part[i])).any()]
        if not loose:
            break
        block = loose[0]
        labels[block] = labels[int((touch[block] * (part != part[block])).argmax())]
    return labels


def group_blocks(ground: Ground, blocks: list[Polygon], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Community of each block (0..count-1) and sub-district of each community."""
    zone, north = find_zones(ground, blocks)
    area, middle = shapely.area(np.array(blocks)), _middles(blocks)
    shares = _share_out(np.bincount(zone, weights=area), count)
    labels, label = np.full(len(blocks), -1), 0
    for number, parts in enumerate(shares):
        for members in _bisect(np.flatnonzero(zone == number), middle, area, parts) if parts else []:
            labels[members], label = label, label + 1
    touch = shared_lengths(blocks).toarray()
    homeless = labels < 0
    labels[homeless] = [labels[~homeless][np.hypot(*(middle[~homeless] - middle[i]).T).argmin()] for i in np.flatnonzero(homeless)]
    labels = _join_loose(labels, touch)
    side = np.array([int(np.bincount(north[labels == i]).argmax()) for i in range(label)])
    return labels, side


def _dividers(ground: Ground, blocks: list[Polygon], labels: np.ndarray) -> list[LineString]:
    """Short lines that carry the border between two communities on from the last street to the outline or the barrier."""
    land_rim = shapely.union_all([piece.exterior for piece in ground.land])
    barriers = shapely.union_all([line for line in (ground.river, ground.rail) if line is not None])
    corners = shapely.points(shapely.get_coordinates(ground.outline.exterior))
    xy, owner = shapely.get_coordinates(np.array(blocks), return_index=True)
    table = np.unique(np.column_stack([np.round(xy, 2), labels[owner]]), axis=0)
    spots, count = np.unique(table[:, :2], axis=0, return_counts=True)
    points = shapely.points(spots[count > 1])
    lines = []
    for point in points[shapely.distance(points, land_rim) < 2 * SNAP_M]:
        to_corner = shapely.distance(corners, point)
        nearest = corners[int(to_corner.argmin())]
        if not barriers.is_empty and barriers.distance(point) < to_corner.min():
            nearest = barriers.interpolate(barriers.project(point)) if barriers.geom_type == "LineString" else shapely.ops.nearest_points(barriers, point)[0]
        lines.append(LineString([point, nearest]))
    return lines


def draw_communities(ground: Ground, blocks: list[Polygon], labels: np.ndarray) -> list[Polygon]:
    """Polygons of the communities: their blocks, streets, banks and margins, together exactly the outline."""
    barriers = [line for line in (ground.river, ground.rail) if line is not None]
    lines = [*[block.exterior for block in blocks], *_dividers(ground, blocks, labels), ground.outline.exterior, *barriers]
    noded = shapely.union_all(lines, grid_size=SNAP_M)
    faces = list(shapely.get_parts(shapely.polygonize(list(shapely.get_parts(noded)))))
    faces.sort(key=lambda face: (round(face.centroid.y, 1), round(face.centroid.x, 1), face.area))
    tree = shapely.STRtree(blocks)
    inside, block = tree.query(shapely.point_on_surface(np.array(faces)), predicate="within")
    owner = np.full(len(faces), -1)
    owner[inside] = labels[block]
    touch = shared_lengths(faces).toarray()
    for _ in range(len(faces)):
        loose = np.flatnonzero(owner < 0)
        known = np.flatnonzero(owner >= 0)
        if not len(loose):
            break
        border = touch[np.ix_(loose, known)] @ np.eye(labels.max() + 1)[owner[known]]
        reached = border.max(axis=1) > 0
        owner[loose[reached]] = border[reached].argmax(axis=1)
    return [shapely.normalize(shapely.coverage_union_all([f for f, o in zip(faces, owner, strict=True) if o == label])) for label in range(labels.max() + 1)]
