"""A joint trajectory on its way through the gate, at points that were worked out by hand."""

import math
from dataclasses import replace

import pytest

from port_safety.commands.joint_trajectory import (
    HOLD_RADPS,
    HOLD_S,
    MOVED_RAD,
    NEAR_ZERO_RAD,
    NEAR_ZERO_RADPS,
    START_RAD,
    holding,
)
from port_safety.commands.time_scaling import TimeScaling
from port_safety.commands.trajectory_points import Point
from port_safety.commands.twist import ZERO
from port_safety.model.readings import JointStates
from tests.trajectories import ARM, LINE, NOTHING, NOW, S, asked, running

AT_ZERO = JointStates((0.0, 0.0), (0.0, 0.0))
exactly = pytest.approx


# --- what is asked ----------------------------------------------------------------------------------------------------


def test_what_a_trajectory_asks_at_most() -> None:
    assert LINE.speed_mps == exactly(0.5) and LINE.duration_s == 4.0 and NOTHING.duration_s == 0.0
    named = asked(Point(1.0, (0.0, 0.0), (3.0, -1.0)), Point(3.0, (1.0, 0.5), (0.0, 0.0)))
    assert named.speed_mps == exactly(2.0), "the velocities that it names count"
    assert asked(Point(1.0, (0.0, 0.0), (0.1, 0.0)), Point(1.5, (1.0, -0.5))).speed_mps == exactly(1.5)
    assert NOTHING.speed_mps == 0.0


def test_what_asks_for_next_to_nothing() -> None:
    at = 1.0
    assert asked(Point(0.0, (at, 0.0)), Point(1.0, (at + NEAR_ZERO_RAD - 1e-9, 0.0), (NEAR_ZERO_RADPS, 0.0))).near_zero
    assert not asked(Point(0.0, (at, 0.0)), Point(1.0, (at + NEAR_ZERO_RAD + 1e-9, 0.0))).near_zero
    assert not asked(Point(0.0, (at, 0.0)), Point(1.0, (at, -NEAR_ZERO_RAD - 1e-9))).near_zero
    assert not asked(Point(0.0, (at, 0.0), (0.0, -NEAR_ZERO_RADPS - 1e-9))).near_zero
    assert NOTHING.near_zero


def test_slower_by_the_lesser_factor() -> None:
    for factors in ((0.5, 1.0), (1.0, 0.5)):
        assert [point.at_s for point in LINE.scaled(*factors).points] == [0.0, 8.0]
    stays = LINE.scaled(0.0, 1.0)
    assert stays.points == (Point(HOLD_S, (0.0, 1.0), (0.0, 0.0)),) and NOTHING.scaled(0.0, 0.0) is NOTHING


def test_it_begins_where_the_robot_is() -> None:
    goal = asked(Point(2.0, (4.0, 1.0)))
    assert goal.started(NOW, NOTHING, AT_ZERO).points == (Point(0.0, (0.0, 0.0)), Point(2.0, (4.0, 1.0)))
    named = asked(Point(2.0, (4.0, 1.0), (0.0, 0.0)))
    assert named.started(NOW, NOTHING, AT_ZERO).points[0] == Point(0.0, (0.0, 0.0), (0.0, 0.0))
    moving = named.started(NOW + S, running(), AT_ZERO).points[0]
    assert moving.positions == exactly((0.875, 1.0)) and moving.velocities == exactly((1.0, 0.0))
    for measured in (None, JointStates((math.nan, 0.0), (0.0, 0.0))):
        assert "nobody measures where the joints are" in goal.started(NOW, NOTHING, measured).fault
    assert goal.started(NOW, ZERO, AT_ZERO) is goal and NOTHING.started(NOW, NOTHING, AT_ZERO) is NOTHING


def test_one_that_begins_elsewhere_is_a_jump() -> None:
    for off, jumps in ((START_RAD, False), (-START_RAD, False), (START_RAD + 1e-6, True), (-START_RAD - 1e-6, True)):
        started = asked(Point(0.0, (0.0, off)), Point(1.0, (1.0, 0.0))).started(NOW, NOTHING, AT_ZERO)
        assert started.fault == ("begins 0.10 rad from where the robot is" if jumps else "")


def test_what_is_wrong_with_it_is_told_by_its_place() -> None:
    assert asked(Point(1.0, (0.0, 0.0), (math.nan, 0.0), (0.0, math.nan))).fault == "velocity of a is nan"
    assert asked(Point(1.0, (0.0, 0.0), (0.0, 0.0), (0.0, math.nan))).fault == "acceleration of b is nan"
    assert asked(Point(1.0, (math.inf, 0.0), (math.nan, 0.0))).fault == "position of a is inf"
    assert asked(*(Point(float(at), (0.0, 0.0)) for at in range(1000))).fault == ""
    assert asked(*(Point(float(at), (0.0, 0.0)) for at in range(1001))).fault == "more than 1000 points"
    assert replace(LINE, names=("b", "a")).fault == "joints b, a; expected a, b"
    assert replace(LINE, names=()).fault == "" and replace(LINE, problem="jumps").fault == "jumps"


# --- what is let through ----------------------------------------------------------------------------------------------


def test_what_is_let_through_at_once_goes_at_the_pace_that_is_allowed() -> None:
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


def test_said_again_it_is_the_same_and_another_pace_is_a_ramp_from_there() -> None:
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


def test_one_that_replaces_another_on_its_way_keeps_its_pace() -> None:
    out = running()
    second = asked(Point(0.0, (1.0, 1.0)), Point(2.0, (2.0, 1.0)))
    assert second.limited(0.5, 0.5, NOW + S, out).pace == TimeScaling(0.5, 0.5, 0.0)
    assert second.limited(0.5, 0.5, NOW + 9 * S, out).pace.begin == 0.0
