"""The two readings that come most often and are mostly covariance, read from their bytes: value and stamp, no object.

A number that nobody reads is looked at all the same: a source that says NaN anywhere is not to be relied on. The tests
hold each against the generated message.
"""

import math

from port_safety.model.readings import Alive, Odometry, Pose
from port_safety.ros.cdr import Reader
from port_safety.ros.codecs import planar_motion

_COVARIANCE = 36


def pose(data: bytes) -> tuple[Pose | Alive, int]:
    """geometry_msgs/PoseWithCovarianceStamped: the pose, and the stamp in ns (system clock). Raises CodecError."""
    read = Reader(data)
    stamp_ns = read.stamp_ns()
    read.text()
    x, y, z, qx, qy, qz, qw = read.numbers(7)
    if not math.isfinite(z):
        return Alive(f"position.z is {z}"), stamp_ns
    return Pose(x, y, yaw_of(qx, qy, qz, qw), math.hypot(qx, qy, qz, qw)), stamp_ns


def odometry(data: bytes) -> tuple[Odometry | Alive, int]:
    """nav_msgs/Odometry: pose and twist, and the stamp in ns (system clock). Raises CodecError."""
    read = Reader(data)
    stamp_ns = read.stamp_ns()
    read.text()
    read.text()
    numbers = read.numbers(7 + _COVARIANCE + 6)
    x, y, z, qx, qy, qz, qw = numbers[:7]
    vx, vy, vz, wx, wy, wz = numbers[-6:]
    if not math.isfinite(z):
        return Alive(f"position.z is {z}"), stamp_ns
    if problem := planar_motion(0.0, 0.0, vz, wx, wy, 0.0).problem:
        return Alive(problem), stamp_ns
    return Odometry(x, y, yaw_of(qx, qy, qz, qw), vx, vy, wz, math.hypot(qx, qy, qz, qw)), stamp_ns


def yaw_of(qx: float, qy: float, qz: float, qw: float) -> float:
    """Heading (rad) of a rotation about z."""
    return math.atan2(2.0 * (qw * qz + qx * qy), 1.0 - 2.0 * (qy * qy + qz * qz))
