"""Whether the robot came to its goal."""

import math

import pytest

from port_session.session.goal import Goal


def goal() -> Goal:
    return Goal((10.0, 0.0), 0.3)


def test_a_robot_that_stood_at_its_goal_has_reached_it_wherever_it_ends() -> None:
    seen = goal()
    seen.look((9.9, 0.0), 0.0)
    seen.look((4.0, 0.0), 0.0)
    assert seen.outcome((4.0, 0.0)) == {
        "distance_to_goal_m": 6.0, "nearest_to_goal_m": pytest.approx(0.1), "reached": True
    }  # fmt: skip


@pytest.mark.parametrize("speed_mps", [0.5, math.nan])
def test_a_robot_that_drove_past_or_whose_speed_is_unknown_has_not(speed_mps: float) -> None:
    seen = goal()
    seen.look((10.0, 0.0), speed_mps)
    assert seen.outcome((4.0, 0.0))["reached"] is False


@pytest.mark.parametrize(("x_m", "reached"), [(9.8, True), (9.6, False)])
def test_where_it_ends_counts_too(x_m: float, reached: bool) -> None:
    assert goal().outcome((x_m, 0.0))["reached"] is reached


def test_without_a_goal_or_a_place_nothing_is_said() -> None:
    assert Goal((), 0.3).outcome((1.0, 0.0)) == {}
    assert goal().outcome(None) == {}


def test_an_arm_has_reached_its_goal_when_every_joint_stood_there() -> None:
    seen = Goal((0.8, 0.2), 0.05, in_joints=True)
    seen.look((0.8, 0.0), 0.0)
    assert seen.outcome((0.8, 0.0)) == {
        "distance_to_goal_rad": pytest.approx(0.2), "nearest_to_goal_rad": pytest.approx(0.2), "reached": False
    }  # fmt: skip
    seen.look((0.78, 0.22), 0.0)
    assert seen.outcome((0.0, 0.0))["reached"] is True
