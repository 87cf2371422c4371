"""Trajectories of an arm of two joints, small enough to be worked out by hand."""

from port_safety.commands.joint_trajectory import JointTrajectory
from port_safety.commands.trajectory_points import Point
from port_safety.model.joints import Joints

S = 1_000_000_000
NOW = 10 * S
ARM = Joints(("a", "b"), 4.0, 0.5)
NOTHING = JointTrajectory(ARM)


def asked(*points: Point) -> JointTrajectory:
    return JointTrajectory(ARM, points, ARM.names)


#: One joint goes 4 rad in 4 s, the other one nowhere.
LINE = asked(Point(0.0, (0.0, 1.0)), Point(4.0, (4.0, 1.0)))


def running(share: float = 1.0) -> JointTrajectory:
    """LINE as it was let through at NOW."""
    return LINE.limited(share, 1.0, NOW, NOTHING)
