"""A small invented town for the map tests: cells as grids, their edges as streets, a river, a railway, walls, facilities."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

CRS = "EPSG:32650"
SIZE_M = 3000.0
CENTRE = (441_000.0, 4_404_000.0)
HOSTILE = "<img src=x onerror=alert(1)>`${alert(2)}</script>"


@dataclass(frozen=True)
class Town:
    communities: gpd.GeoDataFrame
    grids: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame
    water: gpd.GeoDataFrame
    greens: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    circles: gpd.GeoDataFrame
    coverage: pd.Series


def _frame(index, index_name, geometry, **columns):
    return gpd.GeoDataFrame(columns, geometry=list(geometry), index=pd.Index(index, name=index_name, dtype="str"), crs=CRS).to_crs("EPSG:4326")


def _cells(random, count):
    """Cells of a jittered lattice, clipped to a square: neighbours share their edges exactly."""
    side = int(np.sqrt(count))
    spots = (np.indices((side, side)).reshape(2, -1).T + 0.5 + random.uniform(-0.28, 0.28, (side * side, 2))) * SIZE_M / side
    spots = spots + np.array(CENTRE) - SIZE_M / 2
    square = shapely.box(*(np.array(CENTRE) - SIZE_M / 2), *(np.array(CENTRE) + SIZE_M / 2))
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(spots), extend_to=square))
    return shapely.intersection(cells, square)


def _river():
    along = np.linspace(-SIZE_M / 2, SIZE_M / 2, 60)
    across = 260 * np.sin(along / 620) - 180
    return shapely.linestrings(np.column_stack([along, across]) + np.array(CENTRE))


def _rail():
    along = np.linspace(-SIZE_M / 2, SIZE_M / 2, 30)
    return shapely.linestrings(np.column_stack([0.00009 * along**2 + 700 + 0.12 * along, along]) + np.array(CENTRE))


def make_town(cells: int = 144, seed: int = 7) -> Town:
    """A town of about ``cells`` grids; the same for the same arguments."""
    random = np.random.default_rng(seed)
    river = _river()
    water = river.buffer(55)
    polygons = _cells(random, cells)
    codes = [f"990101{rank:06d}" for rank in range(len(polygons))]
    middles = shapely.get_coordinates(shapely.centroid(polygons)) - np.array(CENTRE)
    community = (np.floor(middles[:, 0] / 1000 + 1.5) * 3 + np.floor(middles[:, 1] / 1000 + 1.5)).astype(int)
    names = [f"第{rank + 1}网格" for rank in range(len(polygons))]
    names[5] = HOSTILE
    grids = _frame(codes, "code", polygons, name=names, households=random.integers(260, 520, len(polygons)))
    joined = [shapely.union_all(polygons[community == rank]) for rank in range(9)]
    communities = _frame(
        [f"9901010{rank:02d}" for rank in range(9)],
        "code",
        joined,
        name=[f"{word}社区" for word in ("云溪", "柳岸", "北苑", "兴和", "望江", "文华", "桥头", "锦绣", "南园")],
    )
    return Town(
        communities=communities,
        grids=grids,
        streets=_streets(polygons, community, random),
        barriers=_frame(
            ["b1", "b2", "b3"], "key", [river, _rail(), shapely.union_all(polygons[community == 2]).buffer(-30).exterior], kind=["river", "rail", "wall"]
        ),
        water=_frame(["w1"], "key", [water]),
        greens=_frame(["p1", "p2"], "key", [polygons[60].buffer(-20), polygons[100].buffer(-20)]),
        buildings=_buildings(polygons, shapely.union_all([water, _rail().buffer(25)]), random),
        facilities=_facilities(random),
        circles=_frame(
            ["c15", "c10", "c5"],
            "key",
            [shapely.Point(CENTRE).buffer(radius, 5) for radius in (980, 640, 320)],
            minutes=[15, 10, 5],
        ),
        coverage=pd.Series(np.clip(1.05 - np.hypot(*(middles / 1900).T) + random.normal(0, 0.06, len(codes)), 0, 1), index=codes).iloc[:-3],
    )


def _streets(polygons, community, random):
    inner = shapely.get_parts(shapely.node(shapely.union_all(shapely.boundary(polygons))))
    borders = shapely.union_all([shapely.union_all(polygons[community == rank]).boundary for rank in range(9)])
    on_border = shapely.covered_by(inner, borders.buffer(0.5))
    highway = np.where(on_border, "secondary", np.where(random.random(len(inner)) < 0.3, "tertiary", "residential"))
    ring = shapely.Point(CENTRE).buffer(1250, 24).exterior
    names = [f"{'东西南北'[rank % 4]}{'平安和顺'[rank // 4 % 4]}路" if shapely.length(line) > 180 else "" for rank, line in enumerate(inner)]
    lines = [*inner, ring]
    return _frame([f"s{rank}" for rank in range(len(lines))], "key", lines, highway=[*highway, "primary"], name=[*names, "环路"])


def _buildings(polygons, keep_clear, random):
    slabs = []
    for polygon in polygons:
        room = polygon.buffer(-22).difference(keep_clear)
        middle = polygon.centroid
        for row in np.arange(-90, 91, 45):
            for place in (-62, 8):
                slab = shapely.box(middle.x + place, middle.y + row, middle.x + place + 54, middle.y + row + 14)
                slab = shapely.affinity.rotate(slab, float(random.uniform(-3, 3)))
                if room.contains(slab):
                    slabs.append(slab)
    return _frame([f"h{rank}" for rank in range(len(slabs))], "key", slabs, name=[f"{rank % 30 + 1}号楼" for rank in range(len(slabs))])


def _facilities(random):
    kinds = {"clinic": "卫生服务站", "market": "菜市场", "school": "小学", "canteen": "老年食堂"}
    words = list(kinds) * 8
    spots = np.array(CENTRE) + random.uniform(-1350, 1350, (len(words), 2))
    names = [kinds[word] for word in words]
    names[3] = HOSTILE
    return _frame([f"f{rank}" for rank in range(len(words))], "key", shapely.points(spots), category=words, name=names)
