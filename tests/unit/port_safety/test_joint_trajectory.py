"""What is true of joint trajectories alone; what all commands promise is in tests/property/test_commands.py."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from port_safety.commands.joint_trajectory import HOLD_S, JointTrajectory
from port_safety.commands.time_scaling import TimeScaling
from port_safety.commands.trajectory_points import Point, between
from port_safety.commands.twist import Motion
from port_safety.model.readings import JointStates
from tests.commands import ARM as THREE_JOINTS
from tests.commands import HERE, NOW, trajectory

GOAL = (1.0, -0.5, 0.25)
few = settings(max_examples=20, deadline=None)
S = 1_000_000_000


@pytest.mark.parametrize("share", [0.25, 0.5, 1.0])
def test_scaling_stretches_time_and_takes_the_square_of_acceleration(share: float) -> None:
    points = (Point(0.0, (0.0,) * 3, (0.0,) * 3, (2.0,) * 3), Point(2.0, GOAL, (0.0,) * 3, (-2.0,) * 3))
    slower = JointTrajectory(THREE_JOINTS, points, THREE_JOINTS.names).scaled(share, 1.0)
    assert [point.at_s for point in slower.points] == [0.0, 2.0 / share]
    assert slower.points[0].accelerations == (2.0 * share**2,) * 3
    assert slower.points[1].positions == GOAL


@few
@given(st.floats(0.05, 1.0), st.floats(0.0, 3.0))
def test_what_passes_stays_on_the_path(share: float, seconds: float) -> None:
    request = trajectory((0.5, 0.0, 0.0), (0.5, 0.7, 0.0), GOAL).started(NOW, JointTrajectory(THREE_JOINTS), HERE)
    out = request.limited(share, share, NOW, JointTrajectory(THREE_JOINTS))
    told = between(out.points, seconds)[0]
    on_path = request.points and out.at(NOW + round(seconds * S))[0]
    assert told == pytest.approx(on_path, abs=0.02), "between its points a controller follows what was asked for"
    assert out.points[-1].positions == GOAL and out.duration_s >= request.duration_s - 1e-9


def test_said_again_it_changes_nothing() -> None:
    request = trajectory(GOAL).started(NOW, JointTrajectory(THREE_JOINTS), HERE)
    out = request.limited(0.83, 1.0, NOW, JointTrajectory(THREE_JOINTS))
    assert request.limited(0.81, 1.0, NOW + S // 2, out) is out, "a limit that wavers makes no new command"
    assert request.limited(0.5, 1.0, NOW + S // 2, out) is not out


def let_through(request: JointTrajectory, share: float = 1.0) -> JointTrajectory:
    return request.started(NOW, JointTrajectory(THREE_JOINTS), HERE).limited(
        share, share, NOW, JointTrajectory(THREE_JOINTS)
    )


def test_one_of_which_nothing_may_pass_moves_nothing_not_even_to_its_beginning() -> None:
    hold = let_through(trajectory(GOAL)).stop(NOW + 5 * S)
    request = trajectory((0.0, 0.0, 0.0)).started(NOW, JointTrajectory(THREE_JOINTS), HERE)
    assert request.limited(0.0, 0.0, NOW + 6 * S, hold) is hold


def test_what_is_left_after_a_stop_never_resumes() -> None:
    out = let_through(trajectory(GOAL, every_s=4.0))
    stopping = out.stop(NOW + S)
    for tenth in range(100):
        stopping = stopping.stop(NOW + S + tenth * S // 10)
    reached = stopping.points[-1].positions
    assert len(stopping.points) == 1 and 0.0 < reached[0] < GOAL[0]
    assert reached == pytest.approx(tuple(reached[0] * goal for goal in GOAL)), "it stops on its path"
    later = JointTrajectory(THREE_JOINTS).limited(1.0, 1.0, NOW + 20 * S, stopping)
    assert later.points[-1].positions == reached


def test_a_stop_brakes_no_harder_than_the_joints_can() -> None:
    out = let_through(trajectory(GOAL, every_s=0.5))
    began_ns = NOW + S // 4
    stop = out.stop(began_ns)
    before = out.at(began_ns)[1]
    for step in range(1, 50):
        now = stop.at(began_ns + step * S // 100)[1]
        drop = max(abs(b - n) for b, n in zip(before, now, strict=True))
        assert drop <= THREE_JOINTS.deceleration_radps2 * 0.01 + 1e-9
        before = now
    assert stop.rests_at(began_ns + S)


def test_a_goal_begins_where_the_robot_is() -> None:
    asked = trajectory(GOAL).started(NOW, JointTrajectory(THREE_JOINTS), JointStates((0.2, 0.1, 0.0), (0.0, 0.0, 0.0)))
    assert asked.points[0] == Point(0.0, (0.2, 0.1, 0.0)) and not asked.fault and not asked.near_zero


def test_one_that_begins_elsewhere_is_a_jump_and_is_named() -> None:
    asked = JointTrajectory(THREE_JOINTS, (Point(0.0, GOAL), Point(1.0, GOAL)), THREE_JOINTS.names)
    assert asked.started(NOW, JointTrajectory(THREE_JOINTS), HERE).fault == "begins 1.00 rad from where the robot is"


def test_one_that_replaces_another_begins_where_that_one_is() -> None:
    first = let_through(trajectory(GOAL, every_s=2.0))
    second = trajectory((0.0, 0.0, 0.0)).started(NOW + S, first, HERE)
    assert second.points[0].positions == pytest.approx(tuple(goal / 2 for goal in GOAL), abs=0.1)


def test_a_robot_that_was_moved_without_power_is_held_where_it_is() -> None:
    hold = let_through(trajectory(GOAL)).stop(NOW + 5 * S)
    assert hold.points == (Point(HOLD_S, GOAL, (0.0,) * 3),)
    near, far = JointStates((1.01, -0.5, 0.25), (0.0,) * 3), JointStates((0.4, -0.5, 0.25), (0.0,) * 3)
    assert hold.stop(NOW + 6 * S, near) is hold
    assert hold.stop(NOW + 6 * S, far).points[0].positions == far.positions
    assert hold.stop(NOW + 6 * S, JointStates((math.nan, 0.0, 0.0), (0.0,) * 3)) is hold


@few
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 2.0), st.floats(0.0, 5.0))
def test_a_pace_knows_when_a_phase_is_reached(begin: float, end: float, over_s: float, elapsed_s: float) -> None:
    pace = TimeScaling(begin, end, over_s)
    phase_s = pace.phase(elapsed_s)
    assert pace.phase(elapsed_s + 0.1) >= phase_s - 1e-12
    if pace.rate(elapsed_s) > 1e-3:
        assert pace.elapsed(phase_s) == pytest.approx(elapsed_s, abs=1e-5)


def test_a_base_has_no_joints_and_joints_are_no_base() -> None:
    assert Motion(1.0).twist == Motion(1.0) and Motion(1.0).peaks is None and not Motion.persistent
    assert trajectory(GOAL).twist is None and trajectory(GOAL).peaks is not None and JointTrajectory.persistent
