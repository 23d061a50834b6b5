"""Rounds are as short as trying everything finds, walk every street, and do not depend on the order of the input."""

from __future__ import annotations

import itertools
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.patrol import is_covered, is_one_walk, rival_seconds
from contracts.errors import CrsError, InputError, MissingColumnError
from gis.network import WalkNetwork, build_network
from grids.patrol_rules import PatrolRule
from grids.round_extras import Walkway, _finished, _Programme
from grids.round_ground import round_ground
from grids.rounds import Round, suggest_round, suggest_rounds

CRS = "EPSG:32650"
EAST, NORTH = 450_000.0, 4_420_000.0
SIDE = 4


def town(edges: list[tuple[int, int]], length_m: list[float], **changes: Any) -> WalkNetwork:
    """A network on the nodes of a square lattice, 100 m apart; lengths may differ from the drawing."""
    xy = [(EAST + 100.0 * (node % SIDE), NORTH + 100.0 * (node // SIDE)) for node in range(SIDE * SIDE)]
    return WalkNetwork.from_arrays(xy, edges, length_m, crs=CRS, **changes)


def pieces_of(network: WalkNetwork, edges: list[int], **changes: Any) -> gpd.GeoDataFrame:
    """Whole edges as stretches."""
    columns = {"edge": edges, "from_m": 0.0, "to_m": network.pieces.length_m[edges]} | changes
    return gpd.GeoDataFrame(columns, index=pd.Index([f"p{edge}" for edge in edges]), geometry=network.pieces.geometry[edges], crs=CRS)


def lattice() -> tuple[list[tuple[int, int]], list[float]]:
    """All streets of the square town, each 100 m."""
    across = [(node, node + 1) for node in range(SIDE * SIDE) if node % SIDE < SIDE - 1]
    up = [(node, node + SIDE) for node in range(SIDE * (SIDE - 1))]
    return across + up, [100.0] * (len(across) + len(up))


def by_trying(network: WalkNetwork, edges: list[int], *, closed: bool, start: int | None = None) -> float:
    """Metres of the shortest walk over some edges: every order, every direction, walking shortest ways between."""
    graph = nx.MultiGraph()
    ends, length = network.pieces.edges.tolist(), network.pieces.length_m
    for (u, v), metres in zip(ends, length, strict=True):
        graph.add_edge(u, v, weight=metres)
    apart = dict(nx.all_pairs_dijkstra_path_length(graph))
    best = np.inf
    for order in itertools.permutations(edges if start is not None or not closed else edges[1:]):
        order = order if start is not None or not closed else (edges[0], *order)
        reach = {start: (start, 0.0)} if start is not None else {end: (end, 0.0) for end in ends[order[0]]}
        walks = [(begin, begin, 0.0) for begin in reach]
        for edge in order:
            u, v = ends[edge]
            after = [(begin, there, sofar + apart[here][other]) for begin, here, sofar in walks for other, there in ((u, v), (v, u))]
            kept: dict[tuple[int, int], float] = {}
            for begin, here, sofar in after:
                kept[begin, here] = min(kept.get((begin, here), np.inf), sofar)
            walks = [(begin, here, sofar) for (begin, here), sofar in kept.items()]
        best = min([best, *[sofar + (apart[here][begin] if closed else 0.0) for begin, here, sofar in walks]])
    return float(best + length[edges].sum())


def is_sound(found: Round, network: WalkNetwork, pieces: gpd.GeoDataFrame) -> bool:
    return is_covered([found], pieces.drop(index=found.unreachable.index)) and is_one_walk(found, network)


def test_a_square_is_walked_once_round() -> None:
    network = town([(0, 1), (1, 5), (5, 4), (4, 0)], [100.0] * 4)
    found = suggest_round(network, pieces_of(network, [0, 1, 2, 3]))
    assert (found.length_m, found.repeated_m, found.status) == (400.0, 0.0, "optimal")


def test_a_dead_end_is_walked_there_and_back_unless_the_round_may_end_in_it() -> None:
    network = town([(0, 1), (1, 2)], [100.0, 60.0])
    both = pieces_of(network, [0, 1])
    assert suggest_round(network, both).length_m == 320.0
    assert suggest_round(network, both, closed=False).length_m == 160.0


def test_streets_apart_are_joined_over_streets_of_others() -> None:
    network = town([(0, 1), (1, 2), (2, 3)], [100.0] * 3)
    found = suggest_round(network, pieces_of(network, [0, 2]))
    assert (found.required_m, found.length_m) == (200.0, 600.0)
    assert found.steps["piece"].isna().sum() == 2


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_no_walk_is_shorter(data: st.DataObject) -> None:
    edges, _ = lattice()
    some = data.draw(st.permutations(range(len(edges))))[: data.draw(st.integers(12, len(edges)))]
    lengths = data.draw(st.lists(st.integers(50, 300), min_size=len(some), max_size=len(some)))
    network = town([edges[edge] for edge in some], [float(value) for value in lengths])
    inside = np.flatnonzero(network.component == 0).tolist()
    wanted = inside[: data.draw(st.integers(1, 5))]
    closed = data.draw(st.booleans())
    start = data.draw(st.sampled_from([None, *network.pieces.edges[inside].ravel().tolist()]))
    begin = None if start is None else gpd.GeoSeries(shapely.points([network.pieces.xy[start]]), crs=CRS)
    pieces = pieces_of(network, wanted)
    found = suggest_round(network, pieces, closed=closed, start=begin)
    best = by_trying(network, wanted, closed=closed, start=start)
    assert found.length_m == pytest.approx(best, abs=1e-6)
    assert found.bound_s * network.speed_m_s == pytest.approx(best, abs=1e-3)
    assert is_sound(found, network, pieces)


def test_what_is_walked_twice_is_the_cheapest_matching_of_odd_corners() -> None:
    edges, lengths = lattice()
    rng = np.random.default_rng(5)
    network = town(edges, rng.integers(50, 300, len(lengths)).astype(float).tolist())
    graph = nx.Graph([(u, v, {"weight": metres}) for (u, v), metres in zip(network.pieces.edges.tolist(), network.pieces.length_m, strict=True)])
    odd = [node for node, degree in graph.degree() if degree % 2]
    apart = dict(nx.all_pairs_dijkstra_path_length(graph))
    pairs = nx.min_weight_matching(nx.Graph([(u, v, {"weight": apart[u][v]}) for u, v in itertools.combinations(odd, 2)]))
    found = suggest_round(network, pieces_of(network, list(range(len(edges)))))
    assert found.repeated_m == pytest.approx(sum(apart[u][v] for u, v in pairs))


@pytest.mark.parametrize("seed", range(3))
def test_a_routing_solver_finds_nothing_shorter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    edges, lengths = lattice()
    network = town(edges, rng.integers(50, 300, len(lengths)).astype(float).tolist())
    pieces = pieces_of(network, sorted(rng.choice(len(edges), 12, replace=False).tolist()))
    found = suggest_round(network, pieces)
    assert found.seconds <= rival_seconds(round_ground(network, pieces, start=None, margin_m=400.0), 0.3) + 0.01


def test_the_round_is_the_same_whatever_the_order_of_streets() -> None:
    edges, _ = lattice()
    lines = gpd.GeoDataFrame(
        {"u": [u for u, _ in edges], "v": [v for _, v in edges]},
        index=[f"s{number:02}" for number in range(len(edges))],
        geometry=town(edges, [100.0] * len(edges)).pieces.geometry,
        crs=CRS,
    )
    walks = []
    for order in (np.arange(len(edges)), np.random.default_rng(1).permutation(len(edges))):
        network = build_network(lines.iloc[order])
        wanted = [int(np.flatnonzero(network.pieces.row == lines.index[order].get_loc(key))[0]) for key in ("s03", "s11", "s17", "s20", "s23")]
        found = suggest_round(network, pieces_of(network, wanted))
        walks.append(found.steps[["street_key", "from_m", "to_m", "forward"]].to_csv() + found.line.wkt)
    assert walks[0] == walks[1]


def test_a_round_begins_at_the_place_asked_for_even_in_the_middle_of_a_street() -> None:
    network = town([(0, 1), (1, 5), (5, 4), (4, 0), (1, 2)], [100.0] * 5)
    office = gpd.GeoSeries([shapely.Point(EAST + 150.0, NORTH + 3.0)], crs=CRS)
    found = suggest_round(network, pieces_of(network, [0, 1, 2, 3]), start=office)
    assert found.length_m == pytest.approx(500.0)
    assert shapely.get_coordinates(found.line)[[0, -1]].tolist() == [[EAST + 150.0, NORTH]] * 2


def test_a_part_of_a_street_is_walked_as_a_part() -> None:
    network = town([(0, 1), (1, 2)], [100.0, 100.0])
    found = suggest_round(network, pieces_of(network, [0, 1], from_m=[40.0, 0.0], to_m=[100.0, 30.0]), closed=False)
    assert (found.required_m, found.length_m) == (pytest.approx(90.0), pytest.approx(90.0))


def test_streets_no_way_leads_to_are_listed_with_the_reason() -> None:
    network = town([(0, 1), (1, 2), (14, 15)], [100.0] * 3, seconds=[80.0, 80.0, 80.0])
    found = suggest_round(network, pieces_of(network, [0, 1, 2]))
    assert [str(reason) for reason in found.unreachable] == ["No street on foot leads there and back. See the data check for a missing link."]
    assert found.unreachable.index.tolist() == ["p2"]
    assert found.length_m == 400.0


def test_every_island_gets_a_walk_of_its_own_and_only_closed_streets_are_left() -> None:
    network = town([(0, 1), (1, 2), (14, 15), (10, 11)], [100.0] * 4, seconds=[80.0, 80.0, 80.0, np.inf])
    rounds = suggest_rounds(network, pieces_of(network, [0, 1, 2, 3]))
    assert [found.length_m for found in rounds] == [400.0, 200.0]
    assert rounds[-1].unreachable.index.tolist() == ["p3"]


def test_a_round_over_a_whole_city_is_refused() -> None:
    network = town([(0, 1), (1, 2)], [100.0] * 2)
    with pytest.raises(InputError, match="Divide the community"):
        suggest_round(network, pieces_of(network, [0, 1]), rule=PatrolRule(most_pieces=1))


def test_a_street_closed_to_walkers_is_listed() -> None:
    network = town([(0, 1), (1, 2)], [100.0] * 2, seconds=[80.0, np.inf])
    assert "closed" in str(suggest_round(network, pieces_of(network, [0, 1])).unreachable["p1"])


def test_nothing_to_walk_is_an_empty_round() -> None:
    network = town([(0, 1)], [100.0])
    found = suggest_round(network, pieces_of(network, []))
    assert (len(found.steps), found.length_m, found.line.is_empty) == (0, 0.0, True)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_one_way_streets_are_never_walked_backwards(seed: int, closed: bool) -> None:
    rng = np.random.default_rng(seed)
    edges, lengths = lattice()
    back = np.where(rng.random(len(edges)) < 0.3, np.inf, 80.0)
    network = town(edges, lengths, seconds=[80.0] * len(edges), seconds_back=back)
    pieces = pieces_of(network, sorted(rng.choice(len(edges), 8, replace=False).tolist()))
    found = suggest_round(network, pieces, closed=closed)
    assert np.isfinite(found.steps["seconds"]).all()
    assert is_sound(found, network, pieces)


def test_a_hill_is_walked_the_way_round_that_is_quicker() -> None:
    ring = [(0, 1), (1, 5), (5, 4), (4, 0)]
    network = town(ring, [100.0] * 4, seconds=[200.0, 80.0, 80.0, 80.0], seconds_back=[70.0, 80.0, 80.0, 80.0])
    assert suggest_round(network, pieces_of(network, [0, 1, 2, 3])).seconds == 310.0


@pytest.mark.parametrize("closed", [True, False])
def test_where_the_search_gives_up_the_round_is_still_whole(closed: bool) -> None:
    ends = np.array([(0, 1), (1, 2), (2, 3), (3, 0), (0, 4), (5, 4)])
    cost, required = np.array([5.0, 4.0, 3.0, 2.0, 1.0, 6.0]), np.array([True, False, True, False, False, True])
    if not closed:
        ends = np.vstack([ends, [(node, 6) for node in range(6)]])
        cost, required = np.r_[cost, np.zeros(6)], np.r_[required, np.zeros(6, dtype=bool)]
    hub = {} if closed else {"hub": 6, "hub_copies": 2}
    way = Walkway(6 if closed else 7, ends, cost, required, np.where(required, 1, 2), **hub)
    programme = _Programme(way)
    found = _finished(way, programme, None, 0.0)
    walked = way.is_required + found.copies
    degree = np.bincount(np.repeat(ends, walked, axis=0).ravel())
    assert not (degree % 2).any()
    assert programme.is_whole_walk(found.copies.astype(float))
    assert found.status == "feasible"


def test_pieces_and_network_are_left_as_they_were() -> None:
    network = town([(0, 1), (1, 2)], [100.0, 60.0])
    pieces = pieces_of(network, [0, 1])
    before = pieces.copy()
    suggest_round(network, pieces)
    assert pieces.equals(before)


def test_bad_input_is_one_sentence() -> None:
    network = town([(0, 1)], [100.0])
    pieces = pieces_of(network, [0])
    with pytest.raises(CrsError):
        suggest_round(network, pieces.set_crs(None, allow_override=True))
    with pytest.raises(MissingColumnError, match="from_m"):
        suggest_round(network, pieces.drop(columns="from_m"))
    with pytest.raises(InputError, match="one point"):
        suggest_round(network, pieces, start=gpd.GeoSeries(shapely.points([(0, 0), (1, 1)]), crs=CRS))
    with pytest.raises(InputError, match="too far"):
        suggest_round(network, pieces, start=gpd.GeoSeries([shapely.Point(EAST + 90_000, NORTH)], crs=CRS))


def test_a_connection_further_off_is_found_where_nothing_nearer_is() -> None:
    xy = [(EAST, NORTH), (EAST + 100, NORTH), (EAST, NORTH + 3000), (EAST + 200, NORTH + 3000), (EAST + 200, NORTH), (EAST + 300, NORTH)]
    network = WalkNetwork.from_arrays(xy, [(0, 1), (0, 2), (2, 3), (3, 4), (4, 5)], [100, 3000, 200, 3000, 100], crs=CRS)
    pieces = pieces_of(network, [0, 4])
    assert suggest_round(network, pieces, closed=False, rule=PatrolRule(margin_m=50.0)).length_m == pytest.approx(6400.0)
