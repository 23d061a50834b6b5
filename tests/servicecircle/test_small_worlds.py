"""Seconds by hand in small worlds, one per fault that walking systems are known for."""

import itertools
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.attachment import ATTACHMENT, find_islands
from gis.network import ADULT, OLDER, WHEELCHAIR, WalkNetwork, build_network
from servicecircle.circles import walk_circles
from servicecircle.reach import covered_streets, nearest_facilities, nearest_walk, walk_matrix
from servicecircle.standards import straight_line_m
from tests.servicecircle.worlds import CRS, ORIGIN, facilities, lines, points

PACE = ADULT.speed_m_s


def walk(streets, service, door, *, profile=ADULT, limit_s=np.inf, **attach):
    """Seconds of one walk, from one door to one service."""
    network = build_network(streets, profile=profile) if isinstance(streets, gpd.GeoDataFrame) else streets
    served, home = network.attach(facilities(service), **attach), network.attach(points(door), **attach)
    return float(nearest_walk(network, served, home, limit_s=limit_s)["clinic"].iloc[0])


def square():
    """A block of 100 m sides, one street per side."""
    corners = [(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]
    return lines(*itertools.pairwise(corners))


def test_a_door_in_mid_street_is_not_moved_to_a_junction():
    assert walk(lines([(0, 0), (200, 0)]), (30, 0), (170, 0)) == pytest.approx(140 / PACE)


def test_two_places_on_one_street_do_not_go_round_by_a_junction():
    assert walk(lines([(0, 0), (100, 0)], [(0, 0), (0, 5), (100, 5), (100, 0)]), (40, 0), (60, 0)) == pytest.approx(20 / PACE)


def test_a_long_bent_street_is_left_for_the_short_way_round():
    bent = lines([(0, 0), (0, 90), (40, 90), (40, 0)], [(0, 0), (40, 0)])
    assert walk(bent, (0, 10), (40, 10)) == pytest.approx(60 / PACE)


def test_the_way_between_place_and_street_takes_time():
    assert walk(lines([(0, 0), (100, 0)]), (20, 12), (80, -6)) == pytest.approx((12 + 60 + 6) / PACE)


def test_exactly_900_seconds_is_within_900_seconds():
    street = lines([(0, 0), (2000, 0)])
    assert walk(street, (0, 0), (1080, 0), limit_s=900.0) == 900.0


def test_just_over_the_limit_is_not_rounded_down():
    street = lines([(0, 0), (2000, 0)])
    assert walk(street, (0, 0), (1080.01, 0), limit_s=900.0) == np.inf


def test_seconds_keep_their_fraction():
    assert walk(lines([(0, 0), (100, 0)]), (0, 0), (77, 0)) == pytest.approx(64.1666666667)


def test_an_edge_is_reached_from_both_ends_and_the_gap_is_in_the_middle():
    ring = square()
    covered = covered_streets(build_network(ring), facilities((0, 0)), limit_s=150 / PACE)
    assert covered[["edge", "from_m", "to_m"]].to_numpy() == pytest.approx(np.array([[0, 0, 100], [1, 0, 50], [2, 50, 100], [3, 0, 100]]))


def test_beyond_the_limit_and_cut_off_are_both_out_of_reach_but_only_one_is_on_another_part():
    network = build_network(lines([(0, 0), (5000, 0)], [(0, 900), (5000, 900)]))
    doors = network.attach(points((4000, 0), (100, 900)))
    assert nearest_walk(network, facilities((0, 0)), doors)["clinic"].tolist() == [np.inf, np.inf]
    assert doors.component[0] != doors.component[1]


def test_a_door_does_not_jump_the_river_to_a_nearer_street():
    banks = lines([(0, 0), (300, 0)], [(0, 40), (300, 40)], [(300, 0), (300, 40)])
    river = lines([(-50, 30), (290, 30)], kind=["river"])
    dry, wet = walk(banks, (0, 40), (0, 22)), walk(banks, (0, 40), (0, 22), barriers=river)
    assert dry == pytest.approx(18 / PACE)
    assert wet == pytest.approx((22 + 300 + 40 + 300) / PACE)


@pytest.mark.parametrize("kind", ["rail", "wall", "expressway", "river"])
def test_barriers_of_these_kinds_block(kind):
    banks = lines([(0, 0), (300, 0)], [(0, 40), (300, 40)], [(300, 0), (300, 40)])
    assert walk(banks, (0, 40), (0, 22), barriers=lines([(-50, 30), (290, 30)], kind=[kind])) > 100


def test_a_minor_road_among_the_lines_does_not_block():
    banks = lines([(0, 0), (300, 0)], [(0, 40), (300, 40)], [(300, 0), (300, 40)])
    assert walk(banks, (0, 40), (0, 22), barriers=lines([(-50, 30), (290, 30)], kind=["minor"])) == pytest.approx(18 / PACE)


def test_a_gate_is_the_way_through_a_wall():
    banks = lines([(0, 0), (300, 0)], [(0, 40), (300, 40)], [(300, 0), (300, 40)])
    wall = lines([(-50, 30), (290, 30)], kind=["wall"])
    assert walk(banks, (0, 40), (0, 22), barriers=wall, gates=points((1, 30))) == pytest.approx(18 / PACE)


def test_a_door_walled_in_on_all_sides_is_unsnapped_and_says_why():
    network = build_network(lines([(0, 0), (100, 0)]))
    wall = gpd.GeoSeries([shapely.box(40, 5, 60, 25).exterior], crs=CRS).translate(*ORIGIN)
    home = network.attach(points((50, 15)), barriers=wall)
    assert home.unsnapped.tolist() == [0]
    assert home.reason.tolist() == ["blocked"]


def test_the_snap_distance_is_limited():
    network = build_network(lines([(0, 0), (100, 0)]))
    homes = network.attach(points((50, 100), (50, 100.01)))
    assert homes.unsnapped.tolist() == [1]
    assert homes.reason.tolist() == ["", "no_street"]


def test_what_finds_no_street_is_out_of_reach_not_at_zero():
    assert walk(lines([(0, 0), (100, 0)]), (50, 0), (50, 500)) == np.inf


def test_a_connector_does_not_cross_another_street():
    streets = lines([(0, 0), (100, 0)], [(0, 30), (100, 30)], [(0, 0), (0, 30)])
    wall = lines([(-10, -10), (110, -10)], kind=["wall"])
    home = build_network(streets).attach(points((50, -20)), barriers=wall)
    assert home.reason.tolist() == ["blocked"]


def test_places_at_a_vertex_are_at_that_vertex_whatever_street_they_are_found_on():
    network = build_network(square())
    corners = points((0, 0), (100, 0), (100, 100), (0, 100))
    seconds = walk_matrix(network, corners, corners, limit_s=np.inf).toarray() * PACE
    assert seconds[0] == pytest.approx([0, 100, 200, 100])


def test_several_places_at_one_point_are_at_the_same_time():
    network = build_network(lines([(0, 0), (100, 0)]))
    same = points((40, 0), (40, 0), (40, 0))
    assert nearest_walk(network, facilities((10, 0), (10, 0)), same)["clinic"].tolist() == pytest.approx([30 / PACE] * 3)


def test_of_parallel_streets_the_shorter_counts():
    network = WalkNetwork.from_arrays(ORIGIN + [(0, 0), (100, 0)], [(0, 1), (0, 1)], [100, 160], crs=CRS)
    assert walk(network, (0, 0), (100, 0)) == pytest.approx(100 / PACE)


def test_a_loop_is_walked_the_shorter_way_round():
    loop = lines([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)])
    assert walk(loop, (10, 0), (0, 30)) == pytest.approx(40 / PACE)


def test_a_street_of_no_length_takes_no_time():
    network = WalkNetwork.from_arrays(ORIGIN + [(0, 0), (50, 0), (50, 0), (100, 0)], [(0, 1), (1, 2), (2, 3)], [50, 0, 50], crs=CRS)
    assert walk(network, (0, 0), (100, 0)) == pytest.approx(100 / PACE)


def test_a_place_is_not_a_shortcut_between_two_streets():
    streets = lines([(0, 0), (300, 0)], [(0, 20), (300, 20)], [(300, 0), (300, 20)])
    network = build_network(streets)
    between = facilities((0, 10))
    assert nearest_walk(network, facilities((0, 0)), network.attach(points((0, 20))), limit_s=np.inf)["clinic"].iloc[0] == pytest.approx(620 / PACE)
    assert len(network.attach(between)) == 1


def test_people_on_an_island_keep_their_own_streets():
    streets = lines([(0, 0), (3000, 0)], [(0, 900), (200, 900)])
    assert walk(streets, (50, 900), (150, 900)) == pytest.approx(100 / PACE)


def test_a_connected_street_is_preferred_to_an_island():
    streets = lines([(0, 0), (3000, 0)], [(0, 30), (50, 30)])
    network = build_network(streets)
    assert find_islands(network).tolist() == [False, True]
    assert walk(network, (1000, 0), (20, 35)) == pytest.approx((35 + 980) / PACE)


def test_an_island_is_used_where_a_wall_leaves_nothing_else():
    streets = lines([(0, 0), (3000, 0)], [(0, 30), (50, 30)])
    home = build_network(streets).attach(points((20, 35)), barriers=lines([(-200, 15), (300, 15)], kind=["wall"]))
    assert home.edge.tolist() == [1]


def test_streets_that_merely_cross_are_not_joined():
    bridge = lines([(0, 0), (100, 0)], [(50, -50), (50, 50)])
    assert walk(bridge, (0, 0), (50, 50)) == np.inf


def test_streets_that_share_a_vertex_are_joined_there():
    crossing = lines([(0, 0), (50, 0), (100, 0)], [(50, -50), (50, 0), (50, 50)])
    assert walk(crossing, (0, 0), (50, 50)) == pytest.approx(100 / PACE)


def test_the_two_sides_of_a_dual_carriageway_are_not_the_same_place():
    road = lines([(0, 0), (500, 0)], [(0, 15), (500, 15)], [(500, 0), (500, 15)])
    assert walk(road, (0, -2), (0, 17)) == pytest.approx((2 + 500 + 15 + 500 + 2) / PACE)


def test_lengths_in_web_mercator_are_measured_on_the_ground():
    street = gpd.GeoDataFrame(geometry=[shapely.LineString([(116.0, 40.0), (116.01, 40.0)])], crs=4326)
    ground = build_network(street).pieces.length_m.sum()
    assert build_network(street.to_crs(3857)).pieces.length_m.sum() == pytest.approx(ground, rel=1e-4)
    assert ground == pytest.approx(853.9, rel=1e-3)


def test_a_circle_has_a_hole_where_no_street_leads():
    circle = walk_circles(
        build_network(lines(*zip([(0, 0), (400, 0), (400, 400), (0, 400)], [(400, 0), (400, 400), (0, 400), (0, 0)], strict=True))), facilities((0, 0))
    )
    assert len(circle.geometry.iloc[-1].interiors) == 1


def test_a_circle_does_not_spill_over_the_river():
    river = lines([(-100, 10), (600, 10)], kind=["river"])
    circle = walk_circles(build_network(lines([(0, 0), (500, 0)])), facilities((0, 0)), barriers=river).geometry.iloc[-1]
    assert circle.bounds[3] - ORIGIN[1] < 10.0


def test_circles_are_valid_and_nested():
    circles = walk_circles(build_network(square()), facilities((0, 0), (100, 30)), minutes=(15, 1, 0.5))
    assert circles["minutes"].tolist() == [0.5, 1, 15]
    assert circles.is_valid.all()
    assert circles.geometry.iloc[2].contains(circles.geometry.iloc[1])
    assert circles.geometry.iloc[1].contains(circles.geometry.iloc[0])


def test_nothing_in_reach_gives_an_empty_circle():
    circles = walk_circles(build_network(square()), facilities((9000, 9000)))
    assert circles.is_empty.all()
    assert len(circles) == 3


def test_a_building_is_entered_from_its_nearest_wall_not_its_centre():
    network = build_network(lines([(0, 0), (100, 0)]))
    house = gpd.GeoSeries([shapely.box(40, 10, 60, 50)], crs=CRS).translate(*ORIGIN)
    attached = network.attach(house)
    assert attached.access_m.tolist() == [10.0]
    assert attached.resolved_by.tolist() == ["wall"]


def test_residents_walk_to_the_facility_not_from_it():
    hill = WalkNetwork.from_arrays(ORIGIN + [(0, 0), (100, 0)], [(0, 1)], [100], crs=CRS, seconds=[200], seconds_back=[50])
    assert walk(hill, (100, 0), (0, 0)) == 200
    assert walk(hill, (0, 0), (100, 0)) == 50


def test_a_street_closed_against_walkers_is_walked_one_way_only():
    street = lines([(0, 0), (100, 0)], [(0, 0), (0, 100), (100, 100), (100, 0)], oneway_foot=["yes", "no"])
    assert walk(street, (80, 0), (20, 0)) == pytest.approx(60 / PACE)
    assert walk(street, (20, 0), (80, 0)) == pytest.approx((20 + 300 + 20) / PACE)


def test_a_one_way_street_drawn_the_other_way_is_the_same_street():
    backwards = lines([(100, 0), (0, 0)], oneway_foot=["-1"])
    assert walk(backwards, (80, 0), (20, 0)) == pytest.approx(60 / PACE)
    assert walk(backwards, (20, 0), (80, 0)) == np.inf


def test_covered_stretches_of_a_one_way_street_lie_before_the_facility():
    covered = covered_streets(build_network(lines([(0, 0), (100, 0)], oneway_foot=["yes"])), facilities((60, 0)), limit_s=30 / PACE)
    assert covered[["from_m", "to_m"]].to_numpy().tolist() == [[pytest.approx(30), 60]]


def test_stairs_are_closed_to_wheelchairs_and_slow_for_others():
    steps = lines([(0, 0), (100, 0)], highway=["steps"])
    assert walk(steps, (0, 0), (100, 0), profile=WHEELCHAIR) == np.inf
    assert walk(steps, (0, 0), (100, 0)) == pytest.approx(100 / PACE * ADULT.stairs_factor)


def test_older_people_take_half_as_long_again():
    street = lines([(0, 0), (100, 0)])
    assert walk(street, (0, 0), (100, 0), profile=OLDER) == pytest.approx(125)


@pytest.mark.parametrize("tag", [{"highway": ["motorway"]}, {"tunnel": ["yes"]}, {"covered": ["yes"]}])
def test_nobody_steps_out_of_a_house_onto_this(tag):
    assert build_network(lines([(0, 0), (100, 0)], **tag)).attach(points((50, 5))).unsnapped.tolist() == [0]


def test_a_tunnel_below_is_in_nobodys_way():
    streets = lines([(0, 5), (100, 5)], [(0, 0), (100, 0)], tunnel=["yes", "no"])
    assert build_network(streets).attach(points((50, 10))).edge.tolist() == [1]


def test_a_motorway_in_between_is_in_the_way():
    streets = lines([(0, 5), (100, 5)], [(0, 0), (100, 0)], highway=["motorway", "residential"])
    assert build_network(streets).attach(points((50, 10))).reason.tolist() == ["blocked"]


def test_a_city_can_set_its_own_radius():
    network = build_network(lines([(0, 0), (100, 0)]))
    assert network.attach(points((50, 150)), rule=replace(ATTACHMENT, radius_m=200.0)).access_m.tolist() == [150.0]


def test_a_radius_of_1200_metres_promises_a_walk_that_takes_half_an_hour():
    bay = lines([(0, 0), (0, 1000), (400, 1000), (400, 0)])
    metres = straight_line_m(facilities((0, 0)), points((400, 0)))["clinic"].iloc[0]
    assert metres == pytest.approx(400)
    assert walk(bay, (0, 0), (400, 0)) == pytest.approx(2400 / PACE)
    assert walk(bay, (0, 0), (400, 0), limit_s=900.0) == np.inf


@pytest.mark.parametrize(("metres", "expected_s"), [(1044, 870.0), (1079, 1079 / PACE), (1081, np.inf), (1115, np.inf)])
def test_a_walk_of_fifteen_and_a_bit_minutes_is_not_rounded_into_the_limit(metres, expected_s):
    assert walk(lines([(0, 0), (2000, 0)]), (0, 0), (metres, 0), limit_s=900.0) == pytest.approx(expected_s)


def test_a_school_is_entered_from_the_wall_of_its_grounds_not_from_its_centroid():
    network = build_network(lines([(0, 0), (500, 0)]))
    grounds = gpd.GeoDataFrame({"category": ["school"]}, geometry=[shapely.Polygon([(100, 20), (300, 60), (300, 120), (100, 120)])], crs=CRS)
    grounds = grounds.set_geometry(grounds.translate(*ORIGIN))
    assert nearest_walk(network, grounds, points((50, 0)))["school"].iloc[0] == pytest.approx((50 + 20) / PACE)


def test_the_nearest_is_who_is_nearest_on_foot_not_as_the_crow_flies():
    comb = lines([(0, 0), (0, 300), (30, 300), (30, 0)], [(0, 0), (-100, 0)])
    served = facilities((30, 0), (-100, 0)).set_axis(["over the wall", "down the road"])
    seconds, who = nearest_facilities(build_network(comb), served, points((0, 0)))
    assert seconds["clinic"].tolist() == [pytest.approx(100 / PACE)]
    assert who["clinic"].tolist() == ["down the road"]


def test_the_way_to_the_street_counts_against_the_limit():
    street = lines([(0, 0), (2000, 0)])
    assert walk(street, (0, 0), (1020, 60), limit_s=900.0) == 900.0
    assert walk(street, (0, 0), (1021, 60), limit_s=900.0) == np.inf


def test_a_door_farther_from_its_street_than_the_limit_is_out_of_reach():
    assert walk(lines([(0, 0), (100, 0)]), (50, 0), (50, 90), limit_s=70.0) == np.inf


def test_a_cul_de_sac_is_walked_back_out():
    tree = lines([(0, 0), (150, 0)], [(150, 0), (300, 0)], [(150, 0), (150, 80)])
    assert walk(tree, (150, 80), (290, 0)) == pytest.approx((80 + 140) / PACE)


def test_a_one_way_loop_is_walked_all_the_way_round():
    loop = lines([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)], oneway_foot=["yes"])
    assert walk(loop, (50, 0), (60, 0)) == pytest.approx(390 / PACE)
    assert walk(loop, (60, 0), (50, 0)) == pytest.approx(10 / PACE)


def test_a_place_on_the_longer_of_two_parallel_streets_is_reached_by_the_nearer_end():
    network = WalkNetwork.from_arrays(ORIGIN + [(0, 0), (100, 0)], [(0, 1), (0, 1)], [100, 300], crs=CRS)
    doors = network.attach(points((70, 0), (0, 0)))
    on_longer = replace(doors, edge=np.array([1, 0]))
    assert nearest_walk(network, facilities((0, 0)), on_longer)["clinic"].tolist() == pytest.approx([190 / PACE, 0.0])


def test_a_ring_of_no_length_holds_nobody_up():
    xy = ORIGIN + [(0, 0), (100, 0), (100, 0), (100, 0), (200, 0)]
    network = WalkNetwork.from_arrays(xy, [(0, 1), (1, 2), (2, 3), (3, 1), (1, 4)], [100, 0, 0, 0, 100], crs=CRS)
    assert walk(network, (0, 0), (200, 0)) == pytest.approx(200 / PACE)


def test_a_street_covered_from_both_ends_by_two_facilities_has_one_gap():
    covered = covered_streets(build_network(lines([(0, 0), (500, 0)])), facilities((0, 0), (500, 0)), limit_s=200 / PACE)
    assert covered[["from_m", "to_m"]].to_numpy() == pytest.approx(np.array([[0, 200], [300, 500]]))


def test_a_facility_in_mid_street_covers_both_sides_of_itself():
    covered = covered_streets(build_network(lines([(0, 0), (500, 0)])), facilities((200, 30)), limit_s=100 / PACE)
    assert covered[["from_m", "to_m"]].to_numpy() == pytest.approx(np.array([[130, 270]]))


def test_uphill_and_downhill_cover_different_lengths():
    hill = WalkNetwork.from_arrays(ORIGIN + [(0, 0), (100, 0)], [(0, 1)], [100], crs=CRS, seconds=[200], seconds_back=[50])
    covered = covered_streets(hill, facilities((50, 0)), limit_s=20)
    assert covered[["from_m", "to_m"]].to_numpy() == pytest.approx(np.array([[40, 90]]))


def test_a_street_longer_than_its_line_is_walked_at_its_length():
    network = WalkNetwork.from_arrays(ORIGIN + [(0, 0), (100, 0)], [(0, 1)], [250], crs=CRS)
    assert walk(network, (0, 0), (40, 0)) == pytest.approx(100 / PACE)


def test_a_street_closed_both_ways_is_no_way_and_opens_no_door():
    network = WalkNetwork.from_arrays(ORIGIN + [(0, 0), (100, 0), (0, 90), (100, 90)], [(0, 1), (2, 3)], [100, 100], crs=CRS, seconds=[np.inf, 80])
    assert network.attach(points((50, 5))).edge.tolist() == [1]
    assert covered_streets(network, facilities((50, 90)), limit_s=np.inf)["edge"].tolist() == [1]


def test_services_of_other_kinds_do_not_stand_in_for_each_other():
    served = points((0, 0), (90, 0), category=["clinic", "market"])
    seconds = nearest_walk(build_network(lines([(0, 0), (100, 0)])), served, points((100, 0)))
    assert seconds.iloc[0].to_dict() == {"clinic": pytest.approx(100 / PACE), "market": pytest.approx(10 / PACE)}
