"""A twist: how it is turned, braked and scaled, and when it asks for no motion."""

import math

from port_safety.commands.joint_trajectory import JointTrajectory
from port_safety.commands.twist import NEAR_ZERO_MPS, NEAR_ZERO_RADPS, ZERO, Motion
from tests.commands import trajectory
from tests.unit.port_safety.rule_bench import exactly

S = 1_000_000_000
GOAL = (1.0, -0.5, 0.25)


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


def test_a_motion_at_its_very_bounds_asks_for_no_motion() -> None:
    assert Motion(NEAR_ZERO_MPS, 0.0, NEAR_ZERO_RADPS).near_zero and Motion(0.0, 0.0, -NEAR_ZERO_RADPS).near_zero
    assert not Motion(NEAR_ZERO_MPS + 1e-9).near_zero and not Motion(0.0, 0.0, -NEAR_ZERO_RADPS - 1e-9).near_zero
    assert ZERO.rests_at(0) and not Motion(1e-9).rests_at(0)


def test_a_base_has_no_joints_and_joints_are_no_base() -> None:
    assert Motion(1.0).twist == Motion(1.0) and Motion(1.0).peaks is None and not Motion.persistent
    assert trajectory(GOAL).twist is None and trajectory(GOAL).peaks is not None and JointTrajectory.persistent
