"""What is asked by a joint trajectory: where it begins, what is wrong with it, how it is slowed.

What all commands promise is in tests/property/test_commands.py.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from port_safety.commands.joint_trajectory import HOLD_S, NEAR_ZERO_RAD, NEAR_ZERO_RADPS, START_RAD, JointTrajectory
from port_safety.commands.time_scaling import TimeScaling
from port_safety.commands.trajectory_points import Point, between
from port_safety.commands.twist import ZERO
from port_safety.model.readings import JointStates
from tests.commands import ARM as THREE_JOINTS
from tests.commands import HERE, trajectory
from tests.trajectories import ARM, LINE, NOTHING, NOW, S, asked, running
from tests.unit.port_safety.rule_bench import exactly

AT_ZERO = JointStates((0.0, 0.0), (0.0, 0.0))
GOAL = (1.0, -0.5, 0.25)
STILL = (0.0, 0.0)


def test_a_trajectory_asks_for_its_fastest_part_at_most() -> None:
    assert LINE.speed_mps == exactly(0.5) and LINE.duration_s == 4.0 and NOTHING.duration_s == 0.0
    named = asked(Point(1.0, (0.0, 0.0), (3.0, -1.0)), Point(3.0, (1.0, 0.5), (0.0, 0.0)))
    assert named.speed_mps == exactly(2.0), "the velocities that it names count"
    assert asked(Point(1.0, (0.0, 0.0), (0.1, 0.0)), Point(1.5, (1.0, -0.5))).speed_mps == exactly(1.5)
    assert NOTHING.speed_mps == 0.0


def test_a_trajectory_that_hardly_moves_asks_for_no_motion() -> None:
    at = 1.0
    assert asked(Point(0.0, (at, 0.0)), Point(1.0, (at + NEAR_ZERO_RAD - 1e-9, 0.0), (NEAR_ZERO_RADPS, 0.0))).near_zero
    assert not asked(Point(0.0, (at, 0.0)), Point(1.0, (at + NEAR_ZERO_RAD + 1e-9, 0.0))).near_zero
    assert not asked(Point(0.0, (at, 0.0)), Point(1.0, (at, -NEAR_ZERO_RAD - 1e-9))).near_zero
    assert not asked(Point(0.0, (at, 0.0), (0.0, -NEAR_ZERO_RADPS - 1e-9))).near_zero
    assert NOTHING.near_zero


def test_a_trajectory_is_slowed_by_the_lesser_factor() -> None:
    for factors in ((0.5, 1.0), (1.0, 0.5)):
        assert [point.at_s for point in LINE.scaled(*factors).points] == [0.0, 8.0]
    stays = LINE.scaled(0.0, 1.0)
    assert stays.points == (Point(HOLD_S, (0.0, 1.0), (0.0, 0.0)),) and NOTHING.scaled(0.0, 0.0) is NOTHING


def test_a_trajectory_begins_where_the_robot_is() -> None:
    goal = asked(Point(2.0, (4.0, 1.0)))
    assert goal.started(NOW, NOTHING, AT_ZERO).points == (Point(0.0, (0.0, 0.0)), Point(2.0, (4.0, 1.0)))
    named = asked(Point(2.0, (4.0, 1.0), (0.0, 0.0)))
    assert named.started(NOW, NOTHING, AT_ZERO).points[0] == Point(0.0, (0.0, 0.0), (0.0, 0.0))
    moving = named.started(NOW + S, running(), AT_ZERO).points[0]
    assert moving.positions == exactly((0.875, 1.0)) and moving.velocities == exactly((1.0, 0.0))
    for measured in (None, JointStates((math.nan, 0.0), (0.0, 0.0))):
        assert "nobody measures where the joints are" in goal.started(NOW, NOTHING, measured).fault
    assert goal.started(NOW, ZERO, AT_ZERO) is goal and NOTHING.started(NOW, NOTHING, AT_ZERO) is NOTHING


def test_a_trajectory_that_begins_elsewhere_is_a_jump() -> None:
    for off, jumps in ((START_RAD, False), (-START_RAD, False), (START_RAD + 1e-6, True), (-START_RAD - 1e-6, True)):
        started = asked(Point(0.0, (0.0, off)), Point(1.0, (1.0, 0.0))).started(NOW, NOTHING, AT_ZERO)
        assert started.fault == ("begins 0.10 rad from where the robot is" if jumps else "")


def test_a_fault_of_a_trajectory_is_told_by_its_place() -> None:
    assert asked(Point(1.0, (0.0, 0.0), (math.nan, 0.0), (0.0, math.nan))).fault == "velocity of a is nan"
    assert asked(Point(1.0, (0.0, 0.0), (0.0, 0.0), (0.0, math.nan))).fault == "acceleration of b is nan"
    assert asked(Point(1.0, (math.inf, 0.0), (math.nan, 0.0))).fault == "position of a is inf"
    assert asked(*(Point(float(at), (0.0, 0.0)) for at in range(1000))).fault == ""
    assert asked(*(Point(float(at), (0.0, 0.0)) for at in range(1001))).fault == "more than 1000 points"
    assert replace(LINE, names=("b", "a")).fault == "joints b, a; expected a, b"
    assert replace(LINE, names=()).fault == "" and replace(LINE, problem="jumps").fault == "jumps"


@pytest.mark.parametrize("share", [0.25, 0.5, 1.0])
def test_scaling_stretches_time(share: float) -> None:
    """Scaling stretches time and takes the square of acceleration."""
    points = (Point(0.0, (0.0,) * 3, (0.0,) * 3, (2.0,) * 3), Point(2.0, GOAL, (0.0,) * 3, (-2.0,) * 3))
    slower = JointTrajectory(THREE_JOINTS, points, THREE_JOINTS.names).scaled(share, 1.0)
    assert [point.at_s for point in slower.points] == [0.0, 2.0 / share]
    assert slower.points[0].accelerations == (2.0 * share**2,) * 3
    assert slower.points[1].positions == GOAL


def test_a_goal_begins_where_the_robot_is() -> None:
    asked = trajectory(GOAL).started(NOW, JointTrajectory(THREE_JOINTS), JointStates((0.2, 0.1, 0.0), (0.0, 0.0, 0.0)))
    assert asked.points[0] == Point(0.0, (0.2, 0.1, 0.0)) and not asked.fault and not asked.near_zero


def test_a_jump_to_a_far_beginning_is_told_by_its_size() -> None:
    asked = JointTrajectory(THREE_JOINTS, (Point(0.0, GOAL), Point(1.0, GOAL)), THREE_JOINTS.names)
    assert asked.started(NOW, JointTrajectory(THREE_JOINTS), HERE).fault == "begins 1.00 rad from where the robot is"


def let_through(request: JointTrajectory, share: float = 1.0) -> JointTrajectory:
    return request.started(NOW, JointTrajectory(THREE_JOINTS), HERE).limited(
        share, share, NOW, JointTrajectory(THREE_JOINTS)
    )


def test_a_trajectory_begins_where_the_one_before_is() -> None:
    first = let_through(trajectory(GOAL, every_s=2.0))
    second = trajectory((0.0, 0.0, 0.0)).started(NOW + S, first, HERE)
    assert second.points[0].positions == pytest.approx(tuple(goal / 2 for goal in GOAL), abs=0.1)


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


def test_a_far_beginning_is_told_by_the_difference() -> None:
    here = JointStates((1.0, -1.0), STILL)
    for off, fault in ((START_RAD / 2.0, ""), (0.25, "begins 0.25 rad from where the robot is")):
        goal = asked(Point(0.0, (1.0, -1.0 + off)), Point(1.0, (2.0, -1.0)))
        assert goal.started(NOW, NOTHING, here).fault == fault
    late = asked(Point(1.0, STILL), Point(2.0, (1.0, 0.0), STILL))
    assert late.started(NOW, NOTHING, here).points[0] == Point(0.0, (1.0, -1.0), STILL), "as its own last point"
