"""Velocities of joints as a command: near zero, faults, and how they come to rest together."""

import math

from port_safety.commands.joint_velocity import NEAR_ZERO_RADPS, JointVelocities
from tests.trajectories import ARM, NOW, S
from tests.unit.port_safety.rule_bench import exactly

STILL = (0.0, 0.0)


def test_joints_come_to_rest_together() -> None:
    moving = JointVelocities(ARM, (2.0, -1.0))
    for elapsed_s, share in ((-1.0, 1.0), (0.0, 1.0), (0.125, 0.75), (0.5, 0.0), (2.0, 0.0)):
        assert moving.braked(0, round(elapsed_s * S), 99.0, moving).velocities == exactly((2.0 * share, -share))
    assert moving.scaled(0.5, 0.25).velocities == (0.5, -0.25) == moving.scaled(0.25, 0.5).velocities
    assert not moving.rests_at(0) and moving.stop(0).rests_at(0) and moving.stop(0).near_zero and not moving.near_zero


def test_a_velocity_at_the_very_edge_asks_for_no_motion() -> None:
    assert JointVelocities(ARM, (NEAR_ZERO_RADPS, -NEAR_ZERO_RADPS)).near_zero
    assert not JointVelocities(ARM, (math.nextafter(NEAR_ZERO_RADPS, 1.0), 0.0)).near_zero


def test_velocities_of_joints_are_a_command_of_their_own() -> None:
    moving = JointVelocities(ARM, (2.0, -1.0))
    assert moving.fault == "" and JointVelocities(ARM, (0.0, math.nan)).fault == "velocity of b is nan"
    assert moving.speed_mps == 1.5 and not JointVelocities.persistent and moving.twist is None


def test_joints_brake_from_the_beginning_of_the_stop() -> None:
    """Joints brake from the beginning of the stop and to the nanosecond."""
    moving = JointVelocities(ARM, (2.0, -1.0))
    assert moving.braked(NOW, NOW + S // 4, 99.0, moving).velocities == (1.0, -0.5)
    standing = JointVelocities(ARM, STILL)
    assert standing.braked(NOW, NOW + S, 99.0, standing) == standing
