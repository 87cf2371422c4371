"""Readings taken from bytes say what the generated messages and their own conversion say."""

import math
from collections.abc import Callable
from dataclasses import fields

import numpy as np
import pytest
from geometry_msgs.msg import PoseWithCovarianceStamped
from hypothesis import given, settings
from hypothesis import strategies as st
from nav_msgs.msg import Odometry
from rclpy.serialization import serialize_message

from port_ros import stamps
from port_safety.model.readings import Alive, Pose
from port_safety.model.readings import Odometry as OdometryValue
from port_safety.ros import raw_readings
from port_safety.ros.cdr import CodecError

NUMBERS = st.floats(allow_nan=True, allow_infinity=True)
NAMES = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=20)


def filled(kind: type, numbers: list[float], names: list[str], stamp_ns: int) -> PoseWithCovarianceStamped | Odometry:
    message = kind()
    message.header.stamp, message.header.frame_id = stamps.to_msg(stamp_ns), names[0]
    place = message.pose.pose
    place.position.x, place.position.y, place.position.z = numbers[:3]
    q = place.orientation
    q.x, q.y, q.z, q.w = numbers[3:7]
    message.pose.covariance = np.arange(36.0)
    if isinstance(message, Odometry):
        message.child_frame_id = names[1]
        twist = message.twist.twist
        twist.linear.x, twist.linear.y, twist.linear.z = numbers[7:10]
        twist.angular.x, twist.angular.y, twist.angular.z = numbers[10:13]
    return message


def told(message: PoseWithCovarianceStamped | Odometry) -> Pose | OdometryValue | Alive:
    """What the generated message says."""
    place = message.pose.pose
    q = place.orientation
    yaw = math.atan2(2.0 * (q.w * q.z + q.x * q.y), 1.0 - 2.0 * (q.y * q.y + q.z * q.z))
    length = math.hypot(q.x, q.y, q.z, q.w)
    if not math.isfinite(place.position.z):
        return Alive(f"position.z is {place.position.z}")
    if not isinstance(message, Odometry):
        return Pose(place.position.x, place.position.y, yaw, length)
    v, w = message.twist.twist.linear, message.twist.twist.angular
    for name, value in (("linear.z", v.z), ("angular.x", w.x), ("angular.y", w.y)):
        if not math.isfinite(value):
            return Alive(f"{name} is {value}")
    return OdometryValue(place.position.x, place.position.y, yaw, v.x, v.y, w.z, length)


def same(one: Pose | OdometryValue | Alive, other: object) -> bool:
    """Field by field, with NaN equal to itself."""
    if isinstance(one, Alive):
        return one == other
    pairs = ((getattr(one, each.name), getattr(other, each.name)) for each in fields(one))
    return all(a == b or (math.isnan(a) and math.isnan(b)) for a, b in pairs)


@settings(max_examples=100)
@given(
    st.lists(NUMBERS, min_size=13, max_size=13),
    st.lists(NAMES, min_size=2, max_size=2),
    st.integers(0, 2**31 * 10**9 - 1),
)
def test_they_say_what_the_messages_say(numbers: list[float], names: list[str], stamp_ns: int) -> None:
    for kind, decode in ((PoseWithCovarianceStamped, raw_readings.pose), (Odometry, raw_readings.odometry)):
        message = filled(kind, numbers, names, stamp_ns)
        value, stamped_ns = decode(bytes(serialize_message(message)))
        expected = told(message)
        assert type(value) is type(expected) and same(value, expected) and stamped_ns == stamp_ns


@pytest.mark.parametrize("decode", [raw_readings.pose, raw_readings.odometry])
def test_bytes_that_end_too_soon_are_no_reading(decode: Callable[[bytes], object]) -> None:
    message = PoseWithCovarianceStamped() if decode is raw_readings.pose else Odometry()
    data = bytes(serialize_message(message))
    needed = len(data) - 36 * 8  # a covariance at the end is not looked at
    for length in range(0, needed, 7):
        with pytest.raises(CodecError):
            decode(data[:length])


@pytest.mark.parametrize("field", ["linear.z", "angular.x", "angular.y"])
def test_odometry_that_says_nan_where_nobody_reads_is_a_fault(field: str) -> None:
    message = Odometry()
    part, axis = field.split(".")
    setattr(getattr(message.twist.twist, part), axis, math.nan)
    value, _ = raw_readings.odometry(bytes(serialize_message(message)))
    assert value == Alive(f"{field} is nan")
