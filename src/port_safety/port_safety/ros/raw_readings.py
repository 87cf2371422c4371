"""The two readings that come most often and are mostly covariance, read from their bytes: value and stamp, no object.

The tests hold each against the generated message and its own conversion (ros/messages.py).
"""

import math

from port_safety.model.readings import Odometry, Pose
from port_safety.ros.cdr import Reader

_COVARIANCE = 36


def pose(data: bytes) -> tuple[Pose, int]:
    """geometry_msgs/PoseWithCovarianceStamped: the pose, and the stamp in ns (system clock). Raises CodecError."""
    read = Reader(data)
    stamp_ns = read.stamp_ns()
    read.text()
    x, y, _, qx, qy, qz, qw = read.numbers(7)
    return Pose(x, y, _yaw(qx, qy, qz, qw), math.hypot(qx, qy, qz, qw)), stamp_ns


def odometry(data: bytes) -> tuple[Odometry, int]:
    """nav_msgs/Odometry: pose and twist, and the stamp in ns (system clock). Raises CodecError."""
    read = Reader(data)
    stamp_ns = read.stamp_ns()
    read.text()
    read.text()
    numbers = read.numbers(7 + _COVARIANCE + 6)
    x, y, _, qx, qy, qz, qw = numbers[:7]
    vx, vy, _, _, _, wz = numbers[-6:]
    return Odometry(x, y, _yaw(qx, qy, qz, qw), vx, vy, wz, math.hypot(qx, qy, qz, qw)), stamp_ns


def _yaw(qx: float, qy: float, qz: float, qw: float) -> float:
    """Heading (rad) of a rotation about z."""
    return math.atan2(2.0 * (qw * qz + qx * qy), 1.0 - 2.0 * (qy * qy + qz * qz))
