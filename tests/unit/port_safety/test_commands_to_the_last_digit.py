"""Commands of joints where only an exact figure shows whether they are right."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from port_safety.commands.joint_trajectory import NEAR_ZERO_RAD, START_RAD, JointTrajectory
from port_safety.commands.joint_velocity import NEAR_ZERO_RADPS, JointVelocities
from port_safety.commands.time_scaling import TimeScaling
from port_safety.commands.trajectory_points import Point, between, order_fault
from port_safety.model.readings import JointStates
from tests.trajectories import ARM, LINE, NOTHING, NOW, S, asked, running

STILL = (0.0, 0.0)


def test_a_cubic_is_the_same_wherever_it_begins_and_however_long_it_takes() -> None:
    """x = 2t³ − t² + 3t − 5, from 0.5 to 1.25 s; b of its own time is not 0."""

    def x(t: float) -> float:
        return 2.0 * t * t * t - t * t + 3.0 * t - 5.0

    def v(t: float) -> float:
        return 6.0 * t * t - 2.0 * t + 3.0

    points = [Point(t, (x(t),), (v(t),)) for t in (0.5, 1.25)]
    for t in (0.5, 0.75, 1.0, 1.2):
        positions, velocities = between(points, t)
        assert positions == pytest.approx((x(t),)) and velocities == pytest.approx((v(t),))


def test_a_part_with_a_velocity_at_one_end_alone_is_a_line() -> None:
    line = ((0.75,), (1.5,))
    assert between([Point(0.0, (0.0,), (9.0,)), Point(1.0, (1.5,))], 0.5) == line
    assert between([Point(0.0, (0.0,)), Point(1.0, (1.5,), (9.0,))], 0.5) == line


def test_a_slower_point_has_its_velocity_by_the_share() -> None:
    assert Point(1.0, (0.0,), (3.0,), (5.0,)).slowed(0.625) == Point(1.6, (0.0,), (1.875,), (1.953125,))


def test_only_its_last_point_has_to_be_at_rest() -> None:
    still, moving = Point(1.0, (0.0,), (0.0,)), Point(1.0, (0.0,), (0.5,))
    assert order_fault([moving, replace(still, at_s=2.0)]) == ""
    assert order_fault([still, replace(moving, at_s=2.0)]) == "the last point still moves: a trajectory ends at rest"


@pytest.mark.parametrize(
    "ask",
    [
        lambda ragged: ragged.near_zero,
        lambda ragged: ragged.speed_mps,
        lambda ragged: between(ragged.points, 0.5),
        lambda ragged: between([replace(each, velocities=each.positions) for each in ragged.points], 0.5),
        lambda ragged: LINE.started(NOW, NOTHING, JointStates((0.0,), (0.0,))),
        lambda ragged: LINE.stop(NOW, JointStates((0.0,), (0.0,))),
    ],
)
def test_nothing_is_said_of_half_of_the_joints(ask: Callable[[JointTrajectory], object]) -> None:
    with pytest.raises((ValueError, IndexError), match=r"shorter|longer|range"):
        ask(asked(Point(0.0, (0.0, 0.0)), Point(1.0, (0.0,))))


def test_a_pace_from_rest_has_done_nothing_at_its_beginning() -> None:
    assert [TimeScaling(0.0, 1.0, 2.0).elapsed(phase_s) for phase_s in (-0.5, 0.0)] == [0.0, 0.0]


def test_a_velocity_at_the_very_edge_asks_for_no_motion() -> None:
    assert JointVelocities(ARM, (NEAR_ZERO_RADPS, -NEAR_ZERO_RADPS)).near_zero
    assert not JointVelocities(ARM, (math.nextafter(NEAR_ZERO_RADPS, 1.0), 0.0)).near_zero


def test_what_velocities_of_joints_are_as_a_command() -> None:
    moving = JointVelocities(ARM, (2.0, -1.0))
    assert moving.fault == "" and JointVelocities(ARM, (0.0, math.nan)).fault == "velocity of b is nan"
    assert moving.speed_mps == 1.5 and not JointVelocities.persistent and moving.twist is None


def test_joints_brake_from_the_beginning_of_the_stop_and_to_the_nanosecond() -> None:
    moving = JointVelocities(ARM, (2.0, -1.0))
    assert moving.braked(NOW, NOW + S // 4, 99.0, moving).velocities == (1.0, -0.5)
    standing = JointVelocities(ARM, STILL)
    assert standing.braked(NOW, NOW + S, 99.0, standing) == standing


def test_a_trajectory_that_was_never_let_through_has_not_begun() -> None:
    assert (NOTHING.of, NOTHING.start_ns, NOTHING.phase_s, NOTHING.pace) == (None, 0, 0.0, TimeScaling(0.0, 0.0, 0.0))


def test_a_trajectory_at_the_very_edge_asks_for_no_motion() -> None:
    assert asked(Point(0.0, STILL), Point(1.0, (NEAR_ZERO_RAD, 0.0))).near_zero


def test_a_trajectory_names_the_joints_of_the_robot() -> None:
    assert replace(LINE, names=tuple(list(ARM.names))).fault == ""
    for names in (("a", "a"), ("a",), ("a", "b", "c")):
        assert replace(LINE, names=names).fault == f"joints {', '.join(names)}; expected a, b"


def test_no_factor_turns_a_trajectory_round() -> None:
    assert LINE.scaled(-0.5, 1.0).points == LINE.scaled(0.0, 1.0).points


def test_how_far_it_begins_from_the_robot_is_a_difference() -> None:
    here = JointStates((1.0, -1.0), STILL)
    for off, fault in ((START_RAD / 2.0, ""), (0.25, "begins 0.25 rad from where the robot is")):
        goal = asked(Point(0.0, (1.0, -1.0 + off)), Point(1.0, (2.0, -1.0)))
        assert goal.started(NOW, NOTHING, here).fault == fault
    late = asked(Point(1.0, STILL), Point(2.0, (1.0, 0.0), STILL))
    assert late.started(NOW, NOTHING, here).points[0] == Point(0.0, (1.0, -1.0), STILL), "as its own last point"


def test_one_that_was_never_let_through_is_where_it_begins() -> None:
    assert LINE.at(NOW) == ((0.0, 1.0), STILL)
    assert LINE.stop(NOW, JointStates((0.01, 1.0), STILL)).points[0].positions == (0.0, 1.0)
    moved = asked(Point(0.0, STILL)).stop(NOW, JointStates((0.02, 0.0), STILL))
    assert moved.points[0].positions == STILL, "at the very edge nobody moved it"


def test_its_time_runs_from_its_start_to_the_nanosecond() -> None:
    even = replace(LINE, of=LINE, start_ns=NOW, phase_s=0.25, pace=TimeScaling(1.0, 1.0))
    assert (
        even.phase_at(3 * NOW) == 20.25
        and replace(even, pace=TimeScaling(0.0, 1.0, 20.0)).rate_at(3 * NOW - 5 * S) == 0.75
    )
    assert even.rests_at(NOW + 15 * S // 4) and not even.rests_at(NOW + 15 * S // 4 - 1)
    assert not running().rests_at(NOW), "at the beginning of its ramp it is about to move"


def test_what_was_slowed_goes_on_at_full_pace_when_it_may() -> None:
    faster = LINE.limited(1.0, 1.0, NOW + S, running(0.5))
    assert (faster.start_ns, faster.pace.begin, faster.pace.end) == (NOW + S, 0.5, 1.0)


def told(out: JointTrajectory) -> list[tuple[float, tuple[float, ...]]]:
    return [(point.at_s, point.positions) for point in out.points]


def test_what_is_left_of_it_begins_with_where_it_is_and_says_no_point_twice() -> None:
    """At 2.5 s of its own time, without a ramp: its points at 3 and 4 s are half a second and 1.5 s away."""
    steps = asked(*(Point(float(at), (at * at / 8.0, 0.0)) for at in range(5)))
    out = replace(steps, of=steps, start_ns=NOW, phase_s=2.0, pace=TimeScaling(1.0, 1.0))
    changed = steps.limited(0.5, 1.0, NOW + S // 2, out)
    ramp_s = 0.5 * (0.625 / 4.0)
    assert changed.pace == TimeScaling(1.0, 0.5, ramp_s) and changed.phase_s == 2.5
    rest = told(changed)[9:]
    left_s = [(at - 2.5 - 0.75 * ramp_s) / 0.5 + ramp_s for at in (3.0, 4.0)]
    assert [at for at, _ in rest] == pytest.approx(left_s) and [place[0] for _, place in rest] == [1.125, 2.0]


def test_a_point_within_a_nanosecond_is_the_same_point() -> None:
    for at_s, said in ((1e-9, 2), (2e-9, 3)):
        near = asked(Point(0.0, STILL), Point(at_s, STILL), Point(1.0, (1.0, 0.0)))
        assert len(near.limited(0.5, 1.0, NOW, NOTHING).points) == said


def test_velocities_on_the_ramp_are_those_of_the_path_at_its_pace() -> None:
    """x = 3t² − 2t³ within a second, from its middle on: 1.5 rad/s there, at half the pace 0.75."""
    swing = asked(Point(0.0, STILL, STILL), Point(1.0, (1.0, 0.0), STILL))
    half = replace(swing, of=swing, start_ns=NOW, phase_s=0.5, pace=TimeScaling(0.5, 0.5))
    assert swing.limited(1.0, 1.0, NOW, half).points[0] == Point(0.0, (0.5, 0.0), (0.75, 0.0))


def test_a_stop_says_its_ramp_and_nothing_behind_it() -> None:
    assert [point.at_s for point in running().stop(NOW + 2 * S).points] == [0.25 * number / 8 for number in range(9)]


def test_what_leaves_names_velocities_if_its_points_do() -> None:
    for first, named in ((STILL, True), ((), False)):
        middle = (0.0, 1.0) if named else ()
        points = (Point(0.0, STILL, first), Point(1.0, STILL, middle), Point(2.0, (1.0, 0.0), middle and STILL))
        assert bool(asked(*points).limited(1.0, 1.0, NOW, NOTHING).points[0].velocities) is named
