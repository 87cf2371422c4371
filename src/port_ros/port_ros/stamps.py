"""Stamps: ROS time messages to and from integer nanoseconds since the epoch, and between both clocks."""

import time

from builtin_interfaces.msg import Time

_NS = 1_000_000_000


def to_msg(stamp_ns: int) -> Time:
    """Nanoseconds of the system clock as a ROS stamp."""
    return Time(sec=stamp_ns // _NS, nanosec=stamp_ns % _NS)


def to_ns(stamp: Time) -> int:
    """A ROS stamp as nanoseconds of the system clock."""
    return int(stamp.sec) * _NS + int(stamp.nanosec)


def to_system_ns() -> int:
    """What is added to a monotonic time of now to make it system time, ns."""
    return time.time_ns() - time.monotonic_ns()
