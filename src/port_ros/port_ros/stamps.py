"""Stamps: ROS time messages to and from integer nanoseconds since the epoch."""

from builtin_interfaces.msg import Time

_NS = 1_000_000_000


def to_msg(stamp_ns: int) -> Time:
    """Nanoseconds of the system clock as a ROS stamp."""
    return Time(sec=stamp_ns // _NS, nanosec=stamp_ns % _NS)


def to_ns(stamp: Time) -> int:
    """A ROS stamp as nanoseconds of the system clock."""
    return int(stamp.sec) * _NS + int(stamp.nanosec)
