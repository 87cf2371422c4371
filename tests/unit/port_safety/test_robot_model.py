"""The figures of a robot: what is left out, and what cannot be."""

import math
from dataclasses import replace

import pytest

from tests.gate_bench import ROBOT, robot_of


def test_only_an_arm_is_measured_by_joints_by_default() -> None:
    """A robot lies down at once where nobody says otherwise and an arm alone is measured by joints."""
    assert (ROBOT.settle_s, ROBOT.damp_s, ROBOT.settled_height_m, ROBOT.joints) == (0.0, 0.0, 0.0, None)
    assert robot_of("".join(["a", "rm"])).measured_by_joints
    assert not any(replace(ROBOT, kind=kind).measured_by_joints for kind in ("aaa", "wheeled", ""))


def test_a_robot_that_makes_no_sense_cannot_be_born() -> None:
    for name in ("speed_mps", "yaw_rate_radps", "footprint_radius_m", "ramp_s"):
        assert robot_of("wheeled", **{name: 0.01}) != ROBOT
        for value in (0.0, -1.0, math.nan):
            with pytest.raises(ValueError, match=name):
                robot_of("wheeled", **{name: value})
