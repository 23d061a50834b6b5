"""Facilities of the city: what ``data/demo/facility_mix.csv`` says, put where the tiles have room for it."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from contracts.columns import ADDRESS, CAPACITY, CATEGORY, COMMUNITY_CODE, COMMUNITY_TYPE, KEY, NAME, NAME_EN, OPENING_HOURS, PHONE
from data.city_lattice import place_geometries
from data.city_names import demo_table, place_names
from data.city_tile import Tile

SERVICE_LEVEL = {"old_estate": 1.1, "commodity_estate": 1.0, "affordable_estate": 0.75, "village_return_estate": 0.5}
PARK_STEPS_M2 = (("GRN_PARK15", 50_000.0), ("GRN_PARK10", 10_000.0), ("GRN_PARK05", 0.0))


@dataclass(frozen=True)
class Spots:
    """Places for facilities of one sort, sorted by community row: coordinates in degrees, kind of campus where it is one."""

    points: np.ndarray
    community: np.ndarray
    kind: np.ndarray

    def window(self, community: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First spot and number of spots of each community given."""
        first = np.searchsorted(self.community, community, side="left")
        return first, np.searchsorted(self.community, community, side="right") - first


def gather_spots(tiles: list[Tile], offsets: np.ndarray, first_row: np.ndarray, name: str) -> Spots:
    """All spots of a sort: ``fronts``, ``yards``, ``campuses``, ``parks`` or ``stops`` of the tiles."""
    table = [(tile, *_plain(spot)) for tile, drawn in enumerate(tiles) for spot in getattr(drawn, name)]
    frame = pd.DataFrame(table, columns=["tile", "kind", "x", "y", "community"])
    cuts = np.searchsorted(frame["tile"].to_numpy(dtype=int), np.arange(1, len(tiles)))
    per_tile = np.split(np.asarray(gpd.points_from_xy(frame["x"], frame["y"]), dtype=object), cuts)
    points = place_geometries(per_tile, offsets)[1]
    row = first_row[frame["tile"].to_numpy(dtype=int)] + frame["community"].to_numpy(dtype=int)
    order = np.argsort(row, kind="stable")
    return Spots(points[order], row[order], frame["kind"].to_numpy(dtype=object)[order])


def _plain(spot: tuple) -> tuple[str, float, float, int]:
    """(kind, x, y, community) of a spot, whatever list it comes from."""
    if isinstance(spot[0], str):
        return spot[0], spot[1], spot[2], spot[3]
    if len(spot) == 4:
        return next(code for code, least in PARK_STEPS_M2 if spot[3] >= least), spot[0], spot[1], spot[2]
    return "", spot[0], spot[1], spot[2]


def _wanted(rng: np.random.Generator, mix: pd.DataFrame, communities: pd.DataFrame) -> pd.DataFrame:
    """One row per facility of a community or a street: row of the mix, row of the community it belongs to."""
    level = communities[COMMUNITY_TYPE].map(SERVICE_LEVEL).to_numpy() * rng.uniform(0.75, 1.15, len(communities))
    streets = {str(code): rows for code, rows in communities.groupby("street_code").indices.items()}
    rows: list[np.ndarray] = []
    for number, (per, count, share) in enumerate(zip(mix["per"], mix["count"].astype(int), mix["share"].astype(float), strict=True)):
        if per == "community":
            sure = share >= 1.0
            chance = np.ones(len(level)) if sure else np.minimum(share * level, 0.97)
            hits = rng.uniform(size=(count, len(level))) < chance
            rows += [np.column_stack([np.full(h.sum(), number), np.flatnonzero(h)]) for h in hits]
        elif per == "street":
            home = [rng.choice(streets[street], size=count) for street in sorted(streets)]
            flat = np.concatenate(home)
            flat = flat[rng.uniform(size=len(flat)) < share]
            rows.append(np.column_stack([np.full(len(flat), number), flat]))
    return pd.DataFrame(np.vstack(rows), columns=["mix", "community"])


def _seat(rng: np.random.Generator, wanted: pd.DataFrame, spots: Spots) -> pd.DataFrame:
    """Give each facility a spot in its community, each spot once as long as there are enough; drops those without any."""
    order = np.lexsort([rng.uniform(size=len(wanted)), wanted["community"].to_numpy()])
    seated = wanted.iloc[order].copy()
    turn = seated.groupby("community").cumcount().to_numpy()
    first, count = spots.window(seated["community"].to_numpy())
    seated["spot"] = first + np.where(count > 0, (turn * 7 + 3) % np.maximum(count, 1), 0)
    seated["again"] = np.where(count > 0, turn // np.maximum(count, 1), -1)
    return seated[seated["again"] >= 0]


def _placed(rng: np.random.Generator, mix: pd.DataFrame, communities: pd.DataFrame, spots: dict[str, Spots]) -> pd.DataFrame:
    """Facilities with community and point, from the mix and from campuses, parks and stops."""
    wanted = _wanted(rng, mix, communities)
    place = mix["place"].to_numpy()[wanted["mix"]]
    parts = []
    for sort, name in (("front", "fronts"), ("inside", "yards")):
        chosen = wanted[place == sort] if sort == "inside" else wanted[(place == sort) | np.char.startswith(place.astype(str), "campus")]
        seated = _seat(rng, chosen, spots[name])
        seated["point"] = spots[name].points[seated["spot"]]
        parts.append(seated[["mix", "community", "point"]])
    parts[0] = _on_campus(parts[0], mix, communities, spots["campuses"])
    for number, (per, where) in enumerate(zip(mix["per"], mix["place"], strict=True)):
        if per in ("campus", "stops", "rail"):
            all_ = spots["campuses" if per == "campus" else "stops"]
            own = all_.kind == (where.removeprefix("campus:") if per == "campus" else per)
            parts.append(pd.DataFrame({"mix": number, "community": all_.community[own], "point": all_.points[own]}))
    return pd.concat(parts, ignore_index=True)


def _on_campus(seated: pd.DataFrame, mix: pd.DataFrame, communities: pd.DataFrame, campuses: Spots) -> pd.DataFrame:
    """Street facilities that have a campus of their kind in the street's tile move there."""
    place = mix["place"].to_numpy()[seated["mix"]].astype(str)
    tile_of = communities["tile"].to_numpy()
    campus_tile = tile_of[campuses.community]
    table = {(int(t), str(k)): i for i, (t, k) in reversed(list(enumerate(zip(campus_tile, campuses.kind, strict=True))))}
    community, point = seated["community"].to_numpy().copy(), seated["point"].to_numpy().copy()
    for row in np.flatnonzero(np.char.startswith(place, "campus:")):
        found = table.get((int(tile_of[community[row]]), place[row].removeprefix("campus:")))
        if found is not None:
            community[row], point[row] = campuses.community[found], campuses.points[found]
    return pd.DataFrame({"mix": seated["mix"].to_numpy(), "community": community, "point": point})


def facility_frame(rng: np.random.Generator, tiles: list[Tile], offsets: np.ndarray, communities: pd.DataFrame, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """All facilities, indexed by key; telephone numbers cannot be dialled."""
    mix = demo_table("facility_mix")
    first_row = communities.groupby("tile").head(1).index.to_numpy()
    spots = {name: gather_spots(tiles, offsets, first_row, name) for name in ("fronts", "yards", "campuses", "parks", "stops")}
    placed = _placed(rng, mix, communities, spots)
    placed = placed.sort_values(["community", "mix"], kind="stable", ignore_index=True)
    parks = spots["parks"]
    codes = communities["code"].to_numpy()
    facts = mix.iloc[placed["mix"]].reset_index(drop=True)
    zh, en = _names(rng, placed, facts, communities, areas)
    low, high = facts["capacity_min"].astype(int).to_numpy(), facts["capacity_max"].astype(int).to_numpy()
    frame = pd.DataFrame(
        {
            CATEGORY: facts["category"].to_numpy(),
            NAME: zh,
            NAME_EN: en,
            COMMUNITY_CODE: codes[placed["community"]],
            OPENING_HOURS: facts["opening_hours"].to_numpy(),
            CAPACITY: rng.integers(low, high + 1),
            "point": placed["point"],
        }
    )
    frame = pd.concat([frame, _park_rows(rng, parks, codes)], ignore_index=True)
    return _finished(frame, areas)


def _names(
    rng: np.random.Generator, placed: pd.DataFrame, facts: pd.DataFrame, communities: pd.DataFrame, areas: gpd.GeoDataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Named after its community, its street, or a word of its own."""
    brand_zh, brand_en = place_names(rng, len(placed))
    community = areas.loc[communities["code"].to_numpy()[placed["community"]]]
    street = areas.loc[communities["street_code"].to_numpy()[placed["community"]]]
    zh = np.select(
        [facts["named"] == "place", facts["named"] == "street"],
        [community[NAME].str.removesuffix("社区").to_numpy(), street[NAME].str.removesuffix("街道").to_numpy()],
        brand_zh,
    )
    en = np.select(
        [facts["named"] == "place", facts["named"] == "street"],
        [community[NAME_EN].str.removesuffix(" Community").to_numpy(), street[NAME_EN].str.removesuffix(" Sub-district").to_numpy()],
        brand_en,
    )
    zh, en = zh.astype(object) + facts["zh"].to_numpy(dtype=object), en.astype(object) + " " + facts["en"].to_numpy(dtype=object)
    again = placed.assign(zh=zh).groupby(["community", "zh"]).cumcount().to_numpy() + 1
    mark = np.where(again > 1, np.char.add(" ", again.astype(str)), "").astype(object)
    return zh + mark, en + mark


def _park_rows(rng: np.random.Generator, parks: Spots, codes: np.ndarray) -> pd.DataFrame:
    """One facility per way into a park, all of one name."""
    zh, en = place_names(rng, len(parks.points))
    word = pd.Series(zh).groupby(parks.community).transform("first"), pd.Series(en).groupby(parks.community).transform("first")
    return pd.DataFrame(
        {
            CATEGORY: parks.kind,
            NAME: word[0] + "公园",
            NAME_EN: word[1] + " Park",
            COMMUNITY_CODE: codes[parks.community],
            OPENING_HOURS: "Mo-Su 05:30-22:30",
            CAPACITY: 500,
            "point": parks.points,
        }
    )


def _finished(frame: pd.DataFrame, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    number = frame.groupby(COMMUNITY_CODE).cumcount().to_numpy() + 1
    place = areas.loc[frame[COMMUNITY_CODE]]
    frame[ADDRESS] = [f"{name}{n}号" for name, n in zip(place[NAME], number, strict=True)]
    frame[PHONE] = [f"000-{n:08d}" for n in range(1, len(frame) + 1)]
    frame[KEY] = [f"f{code}{n:03d}" for code, n in zip(frame[COMMUNITY_CODE], number, strict=True)]
    points = frame.pop("point").to_numpy()
    return gpd.GeoDataFrame(frame.set_index(KEY), geometry=points, crs="EPSG:4326").sort_index()
