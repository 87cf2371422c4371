"""What passes of a joint trajectory: at which pace, how it stops, and where the robot is held after that."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from port_safety.commands.joint_trajectory import HOLD_RADPS, HOLD_S, MOVED_RAD, JointTrajectory, holding
from port_safety.commands.time_scaling import TimeScaling
from port_safety.commands.trajectory_points import Point, between
from port_safety.commands.twist import ZERO
from port_safety.model.readings import JointStates
from tests.commands import ARM as THREE_JOINTS
from tests.commands import HERE, trajectory
from tests.trajectories import ARM, LINE, NOTHING, NOW, S, asked, running
from tests.unit.port_safety.rule_bench import exactly

AT_ZERO = JointStates((0.0, 0.0), (0.0, 0.0))
few = settings(max_examples=20, deadline=None)
GOAL = (1.0, -0.5, 0.25)
STILL = (0.0, 0.0)


def test_a_trajectory_passes_at_the_allowed_pace() -> None:
    """What is let through at once goes at the pace that is allowed."""
    out = running(0.5)
    assert (out.of, out.start_ns, out.phase_s, out.pace) == (LINE, NOW, 0.0, TimeScaling(0.0, 0.5, 0.125))
    assert out.at(NOW + 8 * S)[0] == exactly((3.0 + 31.0 / 32.0, 1.0))
    assert out.duration_s == exactly(8.0625) and out.points[-1].positions == (4.0, 1.0)
    ramp = out.points[:9]
    assert [point.at_s for point in ramp] == exactly([0.125 * number / 8 for number in range(9)])
    assert [point.positions[0] for point in ramp] == exactly([2.0 * (0.125 * n / 8) ** 2 for n in range(9)])
    assert len(out.points) == 10 and out.points[0].velocities == ()


def test_a_pace_is_let_through_in_steps_of_a_twentieth() -> None:
    steps = ((0.002, None), (0.0049, 0.0025), (0.04, 0.04), (0.05, 0.05), (0.099, 0.05), (0.3, 0.3), (1.0, 1.0))
    for share, passed in steps:
        out = running(share)
        assert (out.pace.end if out.of else None) == (passed if passed is None else exactly(passed))


def test_another_pace_is_a_ramp_from_where_it_is() -> None:
    """Said again it is the same and another pace is a ramp from there."""
    out = running()
    assert LINE.limited(1.0, 1.0, NOW + S, out) is out
    slower = LINE.limited(0.5, 1.0, NOW + 2 * S, out)
    phase_s = 2.0 - 0.125  # a ramp of 0.25 s at the beginning costs half of it
    assert (slower.start_ns, slower.phase_s) == (NOW + 2 * S, exactly(phase_s))
    assert (slower.pace.begin, slower.pace.end, slower.pace.over_s) == (1.0, 0.5, exactly(0.125))
    assert slower.at(NOW + 3 * S) == (exactly((phase_s + 0.75 * 0.125 + 0.5 * 0.875, 1.0)), exactly((0.5, 0.0)))


def test_a_stop_is_a_ramp_and_then_a_hold() -> None:
    out = running()
    stopping = out.stop(NOW + 2 * S)
    assert (stopping.pace.begin, stopping.pace.end, stopping.pace.over_s) == (1.0, 0.0, exactly(0.25))
    assert stopping.stop(NOW + 2 * S + S // 10) is stopping and not stopping.rests_at(NOW + 2 * S + S // 10)
    assert stopping.rests_at(NOW + 2 * S + S // 4) and not out.rests_at(NOW + 4 * S) and out.rests_at(NOW + 5 * S)
    held = stopping.stop(NOW + 3 * S)
    assert held.of is None and held.points == (Point(HOLD_S, exactly((2.0, 1.0)), (0.0, 0.0)),)
    assert held.rests_at(0) and held.at(0) == (held.points[0].positions, (0.0, 0.0))
    assert LINE.stop(NOW).points == holding(ARM, (0.0, 1.0)).points, "one that was never let through"


def test_a_robot_that_was_moved_is_held_where_it_is_found() -> None:
    held = holding(ARM, (1.0, -1.0))
    for off, moved in ((MOVED_RAD - 1e-9, False), (MOVED_RAD + 1e-9, True), (-MOVED_RAD - 1e-9, True)):
        found = JointStates((1.0, -1.0 + off), (0.0, 0.0))
        assert (held.stop(NOW, found) is not held) is moved
        if moved:
            (point,) = held.stop(NOW, found).points
            assert (
                point.at_s == pytest.approx(max(HOLD_S, abs(off) / HOLD_RADPS)) and point.positions == found.positions
            )
    assert NOTHING.stop(NOW, AT_ZERO).points[0].positions == (0.0, 0.0) and NOTHING.stop(NOW) is NOTHING


def test_nothing_begins_while_nothing_may_pass() -> None:
    held = holding(ARM, (0.0, 1.0))
    assert LINE.limited(0.0, 1.0, NOW, held) is held and NOTHING.limited(1.0, 1.0, NOW, held) is held
    assert LINE.limited(1.0, 1.0, NOW, ZERO) is LINE, "a robot that was told something else"
    assert LINE.braked(NOW, NOW, 1.0, held) is held and LINE.braked(NOW, NOW, 1.0, ZERO).of is None


def test_a_trajectory_that_replaces_another_keeps_its_pace() -> None:
    out = running()
    second = asked(Point(0.0, (1.0, 1.0)), Point(2.0, (2.0, 1.0)))
    assert second.limited(0.5, 0.5, NOW + S, out).pace == TimeScaling(0.5, 0.5, 0.0)
    assert second.limited(0.5, 0.5, NOW + 9 * S, out).pace.begin == 0.0


@few
@given(st.floats(0.05, 1.0), st.floats(0.0, 3.0))
def test_what_passes_stays_on_the_path(share: float, seconds: float) -> None:
    request = trajectory((0.5, 0.0, 0.0), (0.5, 0.7, 0.0), GOAL).started(NOW, JointTrajectory(THREE_JOINTS), HERE)
    out = request.limited(share, share, NOW, JointTrajectory(THREE_JOINTS))
    told = between(out.points, seconds)[0]
    on_path = request.points and out.at(NOW + round(seconds * S))[0]
    assert told == pytest.approx(on_path, abs=0.02), "between its points a controller follows what was asked for"
    assert out.points[-1].positions == GOAL and out.duration_s >= request.duration_s - 1e-9


def test_a_trajectory_said_again_changes_nothing() -> None:
    request = trajectory(GOAL).started(NOW, JointTrajectory(THREE_JOINTS), HERE)
    out = request.limited(0.83, 1.0, NOW, JointTrajectory(THREE_JOINTS))
    assert request.limited(0.81, 1.0, NOW + S // 2, out) is out, "a limit that wavers makes no new command"
    assert request.limited(0.5, 1.0, NOW + S // 2, out) is not out


def let_through(request: JointTrajectory, share: float = 1.0) -> JointTrajectory:
    return request.started(NOW, JointTrajectory(THREE_JOINTS), HERE).limited(
        share, share, NOW, JointTrajectory(THREE_JOINTS)
    )


def test_a_trajectory_of_which_nothing_passes_moves_nothing() -> None:
    """One of which nothing may pass moves nothing not even to its beginning."""
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


def test_a_robot_moved_without_power_is_held_where_it_is() -> None:
    """A robot that was moved without power is held where it is."""
    hold = let_through(trajectory(GOAL)).stop(NOW + 5 * S)
    assert hold.points == (Point(HOLD_S, GOAL, (0.0,) * 3),)
    near, far = JointStates((1.01, -0.5, 0.25), (0.0,) * 3), JointStates((0.4, -0.5, 0.25), (0.0,) * 3)
    assert hold.stop(NOW + 6 * S, near) is hold
    assert hold.stop(NOW + 6 * S, far).points[0].positions == far.positions
    assert hold.stop(NOW + 6 * S, JointStates((math.nan, 0.0, 0.0), (0.0,) * 3)) is hold


def test_a_trajectory_never_let_through_is_at_its_beginning() -> None:
    assert LINE.at(NOW) == ((0.0, 1.0), STILL)
    assert LINE.stop(NOW, JointStates((0.01, 1.0), STILL)).points[0].positions == (0.0, 1.0)
    moved = asked(Point(0.0, STILL)).stop(NOW, JointStates((0.02, 0.0), STILL))
    assert moved.points[0].positions == STILL, "at the very edge nobody moved it"


def test_a_trajectorys_time_runs_from_its_start() -> None:
    even = replace(LINE, of=LINE, start_ns=NOW, phase_s=0.25, pace=TimeScaling(1.0, 1.0))
    assert (
        even.phase_at(3 * NOW) == 20.25
        and replace(even, pace=TimeScaling(0.0, 1.0, 20.0)).rate_at(3 * NOW - 5 * S) == 0.75
    )
    assert even.rests_at(NOW + 15 * S // 4) and not even.rests_at(NOW + 15 * S // 4 - 1)
    assert not running().rests_at(NOW), "at the beginning of its ramp it is about to move"


def test_a_slowed_trajectory_goes_on_at_full_pace_when_it_may() -> None:
    faster = LINE.limited(1.0, 1.0, NOW + S, running(0.5))
    assert (faster.start_ns, faster.pace.begin, faster.pace.end) == (NOW + S, 0.5, 1.0)


def told(out: JointTrajectory) -> list[tuple[float, tuple[float, ...]]]:
    return [(point.at_s, point.positions) for point in out.points]


def test_the_rest_of_a_trajectory_begins_where_it_is() -> None:
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


def test_ramp_velocities_are_those_of_the_path_at_its_pace() -> None:
    """x = 3t² − 2t³ within a second, from its middle on: 1.5 rad/s there, at half the pace 0.75."""
    swing = asked(Point(0.0, STILL, STILL), Point(1.0, (1.0, 0.0), STILL))
    half = replace(swing, of=swing, start_ns=NOW, phase_s=0.5, pace=TimeScaling(0.5, 0.5))
    assert swing.limited(1.0, 1.0, NOW, half).points[0] == Point(0.0, (0.5, 0.0), (0.75, 0.0))


def test_a_stop_says_its_ramp_and_nothing_behind_it() -> None:
    assert [point.at_s for point in running().stop(NOW + 2 * S).points] == [0.25 * number / 8 for number in range(9)]


def test_a_trajectory_names_velocities_if_its_points_do() -> None:
    for first, named in ((STILL, True), ((), False)):
        middle = (0.0, 1.0) if named else ()
        points = (Point(0.0, STILL, first), Point(1.0, STILL, middle), Point(2.0, (1.0, 0.0), middle and STILL))
        assert bool(asked(*points).limited(1.0, 1.0, NOW, NOTHING).points[0].velocities) is named
