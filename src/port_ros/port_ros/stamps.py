"""Stamps: ROS time messages to and from integer nanoseconds since the epoch, and between both clocks."""

import time

from builtin_interfaces.msg import Time

_NS = 1_000_000_000
_SECONDS = 2**31


def to_msg(stamp_ns: int) -> Time:
    """Nanoseconds of the system clock as a ROS stamp; beyond its 32 bits of seconds the first or last second."""
    sec, nanosec = divmod(stamp_ns, _NS)
    return Time(sec=max(-_SECONDS, min(_SECONDS - 1, sec)), nanosec=nanosec)


def to_ns(stamp: Time) -> int:
    """A ROS stamp as nanoseconds of the system clock."""
    return int(stamp.sec) * _NS + int(stamp.nanosec)


def to_system_ns() -> int:
    """What is added to a monotonic time of now to make it system time, ns."""
    return time.time_ns() - time.monotonic_ns()
