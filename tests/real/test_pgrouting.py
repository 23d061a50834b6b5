"""Walking times on real streets against pgRouting: ten thousand pairs of doors per city, to a millionth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import psycopg
import pytest

from benchmarks.real_cities import DATA
from gis.attachment import Attached
from gis.network import WalkNetwork, build_network
from gis.osm import read_osm
from servicecircle.reach import walk_matrix

ORIGINS, DOORS = 50, 200
CLOSED = -1.0  # pgRouting's word for a direction that cannot be walked
CITIES = [pytest.param(name, marks=[pytest.mark.shared, pytest.mark.postgis]) for name in ("beijing_haidian.osm", "poa_osm.pbf")]


@pytest.mark.parametrize("file", CITIES)
@pytest.mark.parametrize("one_way", [False, True])
def test_ten_thousand_walks_agree_with_pgrouting(file, one_way, postgis_url):
    if not (DATA / file).exists():
        pytest.skip(f"no {file}: the folder shared/data is not beside the checkout")
    network = build_network(read_osm(DATA / file).streets)
    network = _with_one_way_streets(network) if one_way else network
    rng = np.random.default_rng(11)
    places = _anywhere(network, ORIGINS + DOORS, rng)
    with psycopg.connect(postgis_url, autocommit=True) as connection:
        expected = _by_pgrouting(connection, network, places)
    ours = walk_matrix(network, _part(places, slice(ORIGINS)), _part(places, slice(ORIGINS, None)), limit_s=np.inf).tocoo()
    seconds = np.full((ORIGINS, DOORS), np.inf)
    seconds[ours.coords] = ours.data
    assert np.isfinite(seconds).mean() > 0.5
    np.testing.assert_allclose(seconds, expected, rtol=1e-6)


def _with_one_way_streets(network: WalkNetwork) -> WalkNetwork:
    """A tenth of the streets closed one way, and every street slower in one direction than in the other."""
    rng = np.random.default_rng(5)
    closed = rng.random(network.edge_count) < 0.1
    return replace(network, seconds=network.seconds * rng.uniform(1.0, 1.5, network.edge_count), seconds_back=np.where(closed, np.inf, network.seconds_back))


def _anywhere(network: WalkNetwork, count: int, rng: np.random.Generator) -> Attached:
    """Places inside streets of some length that can be walked."""
    edge = rng.choice(np.flatnonzero(network.is_walkable & (network.pieces.length_m > 1.0)), count)
    share = rng.uniform(0.01, 0.99, count)
    words, none = np.full(count, "", dtype=object), pd.RangeIndex(count)
    return Attached(
        network,
        none,
        pd.DataFrame(index=none),
        edge,
        share,
        share * network.pieces.length_m[edge],
        np.zeros(count),
        edge * 0,
        words,
        words,
        np.full(count, None, dtype=object),
    )


def _part(places: Attached, rows: slice) -> Attached:
    arrays = {name: getattr(places, name)[rows] for name in ("index", "edge", "share", "offset_m", "access_m", "component", "resolved_by", "reason", "shapes")}
    return replace(places, attributes=places.attributes.iloc[rows], **arrays)


def _by_pgrouting(connection: psycopg.Connection, network: WalkNetwork, places: Attached) -> np.ndarray:
    """Seconds, origins x doors; inf where pgRouting finds no way."""
    connection.execute("CREATE TEMP TABLE street (id bigint, source bigint, target bigint, cost float8, reverse_cost float8)")
    connection.execute("CREATE TEMP TABLE place (pid bigint, edge_id bigint, fraction float8)")
    (u, v), (along, back) = network.pieces.edges.T, (np.where(np.isfinite(s), s, CLOSED) for s in (network.seconds, network.seconds_back))
    _copy(connection, "street", zip(range(1, len(u) + 1), (u + 1).tolist(), (v + 1).tolist(), along.tolist(), back.tolist(), strict=True))
    _copy(connection, "place", zip(range(1, len(places) + 1), (places.edge + 1).tolist(), places.share.tolist(), strict=True))
    found = connection.execute(
        "SELECT start_pid, end_pid, agg_cost FROM pgr_withPointsCost('SELECT * FROM street', 'SELECT * FROM place', %s::bigint[], %s::bigint[], directed => true)",
        ([-number for number in range(1, ORIGINS + 1)], [-number for number in range(ORIGINS + 1, ORIGINS + DOORS + 1)]),
    ).fetchall()
    seconds = np.full((ORIGINS, DOORS), np.inf)
    start, end, cost = (np.array(column) for column in zip(*found, strict=True))
    seconds[-start.astype(int) - 1, -end.astype(int) - 1 - ORIGINS] = cost
    return seconds


def _copy(connection: psycopg.Connection, table: str, rows) -> None:
    with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
