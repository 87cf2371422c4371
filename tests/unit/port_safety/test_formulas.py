"""The formulas of the core at places that were worked out by hand."""

import math
from dataclasses import replace

import pytest

from port_safety.commands.joint_velocity import JointVelocities
from port_safety.commands.time_scaling import TimeScaling
from port_safety.commands.trajectory_points import Point, between, order_fault
from port_safety.commands.twist import NEAR_ZERO_MPS, NEAR_ZERO_RADPS, ZERO, Motion
from port_safety.model.braking_model import BrakingModel
from port_safety.model.geometry import Polygon
from port_safety.model.joints import GREATEST, Joints
from port_safety.model.track import APART_NS, KEPT_NS, SET_BACK_NS, Track, step
from tests.gate_bench import ROBOT, robot_of
from tests.trajectories import ARM

BRAKES = BrakingModel(0.25, 2.0, 0.25)
exactly = pytest.approx
#: An L: 4 × 4 without its upper right 3 × 3.
ELL = Polygon(((0.0, 0.0), (4.0, 0.0), (4.0, 1.0), (1.0, 1.0), (1.0, 4.0), (0.0, 4.0)))
S = 1_000_000_000
LINE = (Point(1.0, (0.0, 1.0)), Point(3.0, (4.0, -1.0)), Point(4.0, (5.0, -1.0)))


def test_a_stop_takes_the_way_of_the_reaction_and_the_way_of_the_brakes() -> None:
    assert BRAKES.reaction_s == 0.5
    assert BRAKES.stopping_distance_m(3.0) == exactly(3.0 * 0.5 + 9.0 / 4.0)
    assert BRAKES.stopping_distance_m(0.0) == 0.0
    assert BrakingModel(0.25, 1.5, 0.25).stopping_distance_m(3.0) == exactly(3.0 * 0.5 + 9.0 / 3.0)


def test_weaker_brakes_allow_less() -> None:
    weak, lag = BrakingModel(0.25, 1.5, 0.25), 1.5 * 0.7
    assert weak.allowed_approach_mps(1.0, 0.5) == exactly(math.sqrt(lag * lag + 0.25 + 3.0) - lag)
    assert weak.allowed_approach_mps(1.0, 0.5, 0.0, 1.5) == exactly(math.sqrt(0.09 + 0.25 + 0.75) - 0.3)


@pytest.mark.parametrize(
    ("distance_m", "boundary_mps", "age_s", "towards_mps", "allowed"),
    [
        # lag = 2·(0.5 + 0.2) = 1.4: √(1.96 + 4·d) − 1.4
        (1.0, 0.0, 0.0, 0.0, math.sqrt(5.96) - 1.4),
        (1.0, 0.5, 0.0, 0.0, math.sqrt(1.96 + 0.25 + 4.0) - 1.4),
        (1.0, 0.0, 0.3, 0.0, math.sqrt(4.0 + 4.0) - 2.0),
        # comes at 1.5 m/s, faster than allowed: 0.75 m are gone before it brakes, the rest is closed with 0.2 s
        (1.0, 0.0, 0.0, 1.5, math.sqrt(0.16 + 1.0) - 0.4),
        (1.0, 0.0, 0.0, 4.0, 0.0),
        (0.0, 0.0, 0.0, 0.0, 0.0),
        (0.0, 0.3, 0.0, 0.0, 0.3),
        (-1.0, 0.3, 0.0, 0.0, 0.3),
        (-0.5, 0.3, 0.0, 0.0, 0.3),
        (math.nan, 0.3, 0.0, 0.0, 0.3),
        (1.0, 0.0, 0.0, math.nan, 0.0),  # nobody knows: as if it came too fast
        (1.0, 0.0, 0.0, -math.inf, math.sqrt(5.96) - 1.4),
        (1.0, 0.0, 0.0, math.inf, 0.0),
        (1e-9, 0.0, 0.0, 0.0, 1e-9 * 4.0 / 2.8),
    ],
)
def test_how_fast_a_line_may_be_approached(
    distance_m: float, boundary_mps: float, age_s: float, towards_mps: float, allowed: float
) -> None:
    assert BRAKES.allowed_approach_mps(distance_m, boundary_mps, age_s, towards_mps) == exactly(allowed, rel=1e-6)


def test_a_line_is_approached_down_to_rest_by_one_who_is_seen_now_and_stands_where_nobody_says_otherwise() -> None:
    assert (
        BRAKES.allowed_approach_mps(0.5)
        == BRAKES.allowed_approach_mps(0.5, 0.0, 0.0, 0.0)
        == exactly(math.sqrt(3.96) - 1.4)
    )


@pytest.mark.parametrize(
    "bad", [(-0.1, 1.0), (math.inf, 1.0), (0.0, 0.0), (0.0, -1.0), (0.0, math.inf), (0.0, 1.0, -0.1)]
)
def test_brakes_that_make_no_sense_cannot_be_born(bad: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="must be"):
        BrakingModel(*bad)


def test_brakes_may_work_at_once_and_weakly() -> None:
    assert BrakingModel(0.0, 0.5).reaction_s == 0.0 and BrakingModel(0.0, 0.5, 0.0).response_s == 0.0


@pytest.mark.parametrize(
    ("point", "inside", "distance_m", "nearest"),
    [
        ((0.5, 0.25), True, 0.25, (0.5, 0.25)),
        ((0.25, 3.5), True, 0.25, (0.25, 3.5)),
        ((3.5, 0.25), True, 0.25, (3.5, 0.25)),
        ((2.0, 3.0), False, 1.0, (1.0, 3.0)),
        ((3.0, 2.5), False, 1.5, (3.0, 1.0)),
        ((5.0, 2.0), False, math.sqrt(2.0), (4.0, 1.0)),
        ((-3.0, -4.0), False, 5.0, (0.0, 0.0)),
        ((-0.5, 2.0), False, 0.5, (0.0, 2.0)),
        ((0.5, -2.0), False, 2.0, (0.5, 0.0)),
        ((2.0, 0.0), None, 0.0, (2.0, 0.0)),
    ],
)
def test_where_a_point_is_to_a_polygon(
    point: tuple[float, float], inside: bool | None, distance_m: float, nearest: tuple[float, float]
) -> None:
    assert inside is None or ELL.contains(point) is inside
    assert ELL.distance(point) == exactly(distance_m)
    assert ELL.nearest_point(point) == exactly(nearest)


def test_each_edge_is_so_far_and_in_that_direction() -> None:
    square = Polygon.from_flat([0.0, 0.0, 2.0, 0.0, 2.0, 2.0, 0.0, 2.0])
    assert list(square.nearest_by_edge((0.5, 0.75))) == [
        exactly((0.75, 0.0, -1.0)),
        exactly((1.5, 1.0, 0.0)),
        exactly((1.25, 0.0, 1.0)),
        exactly((0.5, -1.0, 0.0)),
    ]
    assert next(iter(square.nearest_by_edge((1.0, 0.0)))) == (0.0, 0.0, 0.0)
    assert next(iter(square.nearest_by_edge((5.0, 4.0)))) == exactly((5.0, -0.6, -0.8))


@pytest.mark.parametrize("bad", [[0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 1.0, 0.0, 1.0], [0.0, 0.0, 1.0, 0.0, 1.0, math.inf]])
def test_a_polygon_that_is_none_cannot_be_born(bad: list[float]) -> None:
    with pytest.raises(ValueError, match=r"corners|pairs|finite"):
        Polygon.from_flat(bad)


def test_a_track_is_a_line_between_its_places() -> None:
    track = Track()
    track.add(0.0, 0.0, 3.0, 2 * S)
    track.add(1.0, -2.0, -3.0, 3 * S)
    assert track.at(2 * S) == (0.0, 0.0, 3.0) and track.at(3 * S) == (1.0, -2.0, -3.0)
    assert track.at(2 * S + S // 4) == exactly((0.25, -0.5, 3.0 + (math.tau - 6.0) / 4.0))
    track.add(5.0, -9.0, -3.0, 4 * S)
    assert track.at(3 * S + S // 4) == exactly((2.0, -3.75, -3.0))
    assert track.at(2 * S - 1) is None and track.at(4 * S + 1) is None and Track().at(0) is None


def test_a_track_leaves_out_what_comes_late_or_too_soon() -> None:
    track = Track()
    for stamp_ns in (S, S + APART_NS - 1, S - 1, S - SET_BACK_NS, S + APART_NS):
        track.add(0.0, 0.0, 0.0, stamp_ns)
    assert track.stamps_ns == [S, S + APART_NS] and len(track.places) == 2


def test_a_track_of_many_places_goes_on_from_the_newest() -> None:
    track = Track()
    for second in range(4):
        track.add(float(second), 0.0, 0.0, second * S)
    track.add(9.0, 0.0, 0.0, 3 * S - SET_BACK_NS)
    track.add(9.0, 0.0, 0.0, 3 * S + APART_NS - 1)
    assert track.stamps_ns == [0, S, 2 * S, 3 * S]
    assert track.at(S // 2) == exactly((0.5, 0.0, 0.0)) and track.at(2 * S + S // 4) == exactly((2.25, 0.0, 0.0))
    track.add(7.0, 0.0, 0.0, 3 * S - SET_BACK_NS - 1)
    assert track.places == [(7.0, 0.0, 0.0)]


def test_a_track_of_hundreds_of_places_ends_where_it_ends() -> None:
    track = Track()
    for number in range(400):
        track.add(float(number), 0.0, 0.0, number * APART_NS)
    assert track.at(399 * APART_NS) == (399.0, 0.0, 0.0) and track.at(399 * APART_NS + 1) is None


def test_a_track_begins_anew_when_its_clock_was_set_back() -> None:
    track = Track()
    track.add(1.0, 0.0, 0.0, S)
    track.add(2.0, 0.0, 0.0, S - SET_BACK_NS - 1)
    assert (track.stamps_ns, track.places) == ([S - SET_BACK_NS - 1], [(2.0, 0.0, 0.0)])


def test_a_track_forgets_what_is_older_than_it_keeps_and_does_so_rarely() -> None:
    track = Track()
    for second in range(0, 25):
        track.add(float(second), 0.0, 0.0, second * S)
    assert track.stamps_ns[0] == 0, "up to twice that is kept"
    track.add(25.0, 0.0, 0.0, 2 * KEPT_NS + S)
    assert track.stamps_ns == [second * S for second in range(13, 26)]
    assert track.places[0] == (13.0, 0.0, 0.0) and len(track.places) == len(track.stamps_ns)


def test_a_step_is_seen_from_where_it_began() -> None:
    assert step((1.0, 2.0, math.pi / 2), (1.0, 5.0, math.pi)) == exactly((3.0, 0.0, math.pi / 2))
    assert step((1.0, 2.0, math.pi / 2), (-1.0, 2.0, 0.0)) == exactly((0.0, 2.0, -math.pi / 2))
    assert step((0.0, 0.0, math.pi / 6), (2.0, 0.0, 0.0))[:2] == exactly((math.sqrt(3.0), -1.0))
    assert step((0.0, 0.0, 3.0), (0.0, 0.0, -3.0))[2] == exactly(math.tau - 6.0)


def test_between_points_without_velocities_is_a_line() -> None:
    assert between(LINE, 0.5) == ((0.0, 1.0), (0.0, 0.0)), "at rest before the first"
    assert between(LINE, 1.0) == ((0.0, 1.0), (2.0, -1.0))
    assert between(LINE, 1.5) == ((1.0, 0.5), (2.0, -1.0))
    assert between(LINE, 3.5) == ((4.5, -1.0), (1.0, 0.0))
    assert between(LINE, 4.0) == between(LINE, 9.0) == ((5.0, -1.0), (0.0, 0.0)), "at rest behind the last"


def test_between_points_with_velocities_is_the_cubic_that_has_them() -> None:
    """x = t³ − 3t² + 5t + 7, from 1 to 3 s."""

    def x(t: float) -> float:
        return t * t * t - 3.0 * t * t + 5.0 * t + 7.0

    def v(t: float) -> float:
        return 3.0 * t * t - 6.0 * t + 5.0

    points = [Point(t, (x(t),), (v(t),)) for t in (1.0, 3.0)]
    for t in (1.0, 1.25, 2.0, 2.9):
        positions, velocities = between(points, t)
        assert positions == exactly((x(t),)) and velocities == exactly((v(t),))


def test_a_slower_point_comes_later_with_the_square_of_its_acceleration() -> None:
    point = Point(2.0, (1.0,), (4.0,), (8.0,))
    assert point.slowed(0.5) == Point(4.0, (1.0,), (2.0,), (2.0,))
    assert point.slowed(0.5, 7.0) == Point(7.0, (1.0,), (2.0,), (2.0,))


@pytest.mark.parametrize(
    ("times_s", "says"),
    [
        ((0.0, 1.0), ""),
        ((), ""),
        ((-0.5, 1.0), "point 0 is at -0.5 s"),
        ((0.0, math.inf), "point 1 is at inf s"),
        ((1.0, 1.0), "point 1 at 1 s does not come after the one before, at 1 s"),
        ((2.0, 1.0), "point 1 at 1 s does not come after the one before, at 2 s"),
    ],
)
def test_times_rise(times_s: tuple[float, ...], says: str) -> None:
    assert order_fault([Point(at_s, (0.0,)) for at_s in times_s]) == says


def test_a_pace_goes_evenly_from_one_rate_to_the_other() -> None:
    pace = TimeScaling(1.0, 0.5, 2.0)
    assert [pace.rate(t) for t in (-1.0, 0.0, 1.0, 2.0, 5.0)] == [1.0, 1.0, 0.75, 0.5, 0.5]
    assert [pace.phase(t) for t in (-1.0, 0.0, 1.0, 2.0, 5.0)] == exactly([0.0, 0.0, 0.875, 1.5, 3.0])
    assert [pace.elapsed(phase) for phase in (0.0, 0.875, 1.5, 3.0)] == exactly([0.0, 1.0, 2.0, 5.0])


def test_a_pace_that_ends_at_zero_never_gets_further() -> None:
    pace = TimeScaling(1.0, 0.0, 2.0)
    assert pace.phase(9.0) == pace.phase(2.0) == 1.0
    assert pace.elapsed(0.75) == exactly(1.0) and pace.elapsed(1.0) == exactly(2.0)
    assert pace.elapsed(1.1) == math.inf


def test_a_pace_from_rest_and_one_without_a_ramp() -> None:
    assert TimeScaling(0.0, 1.0, 2.0).elapsed(0.25) == exactly(1.0)
    assert TimeScaling(0.0, 1.0, 2.0).elapsed(-1.0) == 0.0
    assert TimeScaling(0.25, 0.5).phase(4.0) == 2.0 and TimeScaling(0.25, 0.5).elapsed(2.0) == 4.0
    assert TimeScaling(0.0, 0.0).elapsed(1.0) == math.inf and TimeScaling(0.0, 0.0).elapsed(0.0) == math.inf


def test_a_motion_is_turned_into_the_ground() -> None:
    assert Motion(1.0, 2.0).in_ground(math.pi / 2) == exactly((-2.0, 1.0))
    assert Motion(1.0, 2.0).in_ground(0.0) == (1.0, 2.0)
    assert Motion(2.0, 0.0).in_ground(math.pi / 6) == exactly((math.sqrt(3.0), 1.0))
    assert Motion(3.0, -4.0).speed_mps == 5.0


def test_a_motion_comes_to_rest_at_the_given_deceleration() -> None:
    fast = Motion(3.0, 4.0, 1.0)
    for elapsed_s, share in ((-1.0, 1.0), (0.0, 1.0), (1.0, 0.6), (2.0, 0.2), (2.5, 0.0), (9.0, 0.0)):
        braked = fast.braked(0, round(elapsed_s * S), 2.0, ZERO)
        assert (braked.vx, braked.vy, braked.wz) == exactly((3.0 * share, 4.0 * share, share))
    assert fast.braked(0, 1_250_000_000, 2.0, ZERO) == Motion(1.5, 2.0, 0.5), "to the nanosecond"
    assert Motion(0.0, 0.0, 1.0).braked(0, 0, 2.0, ZERO) == ZERO, "turning on the spot ends at once"


def test_what_asks_for_next_to_nothing() -> None:
    assert Motion(NEAR_ZERO_MPS, 0.0, NEAR_ZERO_RADPS).near_zero and Motion(0.0, 0.0, -NEAR_ZERO_RADPS).near_zero
    assert not Motion(NEAR_ZERO_MPS + 1e-9).near_zero and not Motion(0.0, 0.0, -NEAR_ZERO_RADPS - 1e-9).near_zero
    assert ZERO.rests_at(0) and not Motion(1e-9).rests_at(0)


def test_the_fastest_point_of_an_arm_is_no_faster_than_all_its_joints_together() -> None:
    assert ARM.speed_mps((2.0, -3.0)) == 2.5
    assert ARM.braking_s((2.0, -3.0)) == 0.75 and ARM.braking_s(()) == 0.0


def test_a_figure_of_a_joint_has_a_bound() -> None:
    assert ARM.fault_of("velocity", (GREATEST, -GREATEST)) == ""
    assert ARM.fault_of("velocity", (0.0, GREATEST * 1.01)) == f"velocity of b is {GREATEST * 1.01}"
    assert ARM.fault_of("velocity", (0.0,)) == "velocity: 1 numbers for 2 joints"
    for figure in (0.0, -1.0, math.inf):
        with pytest.raises(ValueError, match="must be above 0"):
            Joints(("a",), figure, 1.0)
        with pytest.raises(ValueError, match="must be above 0"):
            Joints(("a",), 1.0, figure)


def test_joints_come_to_rest_together() -> None:
    moving = JointVelocities(ARM, (2.0, -1.0))
    for elapsed_s, share in ((-1.0, 1.0), (0.0, 1.0), (0.125, 0.75), (0.5, 0.0), (2.0, 0.0)):
        assert moving.braked(0, round(elapsed_s * S), 99.0, moving).velocities == exactly((2.0 * share, -share))
    assert moving.scaled(0.5, 0.25).velocities == (0.5, -0.25) == moving.scaled(0.25, 0.5).velocities
    assert not moving.rests_at(0) and moving.stop(0).rests_at(0) and moving.stop(0).near_zero and not moving.near_zero


def test_a_robot_lies_down_at_once_where_nobody_says_otherwise_and_an_arm_alone_is_measured_by_joints() -> None:
    assert (ROBOT.settle_s, ROBOT.damp_s, ROBOT.settled_height_m, ROBOT.joints) == (0.0, 0.0, 0.0, None)
    assert robot_of("".join(["a", "rm"])).measured_by_joints
    assert not any(replace(ROBOT, kind=kind).measured_by_joints for kind in ("aaa", "wheeled", ""))


def test_a_robot_that_makes_no_sense_cannot_be_born() -> None:
    for name in ("speed_mps", "yaw_rate_radps", "footprint_radius_m", "ramp_s"):
        assert robot_of("wheeled", **{name: 0.01}) != ROBOT
        for value in (0.0, -1.0, math.nan):
            with pytest.raises(ValueError, match=name):
                robot_of("wheeled", **{name: value})
