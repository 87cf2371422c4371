"""The gate's own CDR codecs, held against the generated messages."""

import array
import contextlib
import math
from typing import Any

import pytest
from geometry_msgs.msg import Twist, TwistStamped
from hypothesis import given, settings
from hypothesis import strategies as st
from rclpy.serialization import deserialize_message, serialize_message
from std_msgs.msg import Float64MultiArray, MultiArrayDimension
from trajectory_msgs.msg import JointTrajectory as JointTrajectoryMsg
from trajectory_msgs.msg import JointTrajectoryPoint

from port_ros import stamps
from port_safety.commands.joint_trajectory import MAX_POINTS, JointTrajectory
from port_safety.commands.joint_velocity import JointVelocities
from port_safety.commands.registry import command_type_of
from port_safety.commands.trajectory_points import Point
from port_safety.commands.twist import Motion
from port_safety.ros.cdr import CodecError
from port_safety.ros.codecs import DIMENSIONS
from tests.codecs import codec_named
from tests.commands import ARM, HERE, MESSAGES, NOW, OF_JOINTS, PLANAR, trajectory

NS = 5_000_000_007
numbers = st.floats(allow_nan=False)


@pytest.mark.parametrize("name", PLANAR)
def test_a_twist_codec_agrees_with_the_generated_message(name: str) -> None:
    codec = codec_named(name, None)
    message = deserialize_message(codec.encode(Motion(1.0, -2.0, 3.5), 7, NS - 7), codec.message)
    twist = message.twist if isinstance(message, TwistStamped) else message
    assert isinstance(twist, Twist) and (twist.linear.x, twist.linear.y, twist.angular.z) == (1.0, -2.0, 3.5)
    for frame in ("", "b", "base_link", "a longer frame name"):
        if isinstance(message, TwistStamped):
            message.header.frame_id = frame
        decoded = codec.decode(serialize_message(message))
        assert decoded.command == Motion(1.0, -2.0, 3.5)
        assert decoded.stamp_ns in (None, NS)


@pytest.mark.parametrize("field", ["linear.x", "linear.y", "linear.z", "angular.x", "angular.y", "angular.z"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("name", PLANAR)
def test_no_number_in_any_field_of_a_twist_is_a_fault(name: str, value: float, field: str) -> None:
    """Also in the fields that no base follows."""
    codec = codec_named(name, None)
    message = codec.message()
    part, axis = field.split(".")
    setattr(getattr(getattr(message, "twist", message), part), axis, value)
    assert codec.decode(serialize_message(message)).command.fault == f"{field} is {value}"


def test_a_twist_without_a_stamp_has_none() -> None:
    decoded = codec_named("geometry_msgs/msg/TwistStamped", None).decode(serialize_message(TwistStamped()))
    assert decoded.stamp_ns is None and not decoded.command.fault


def test_a_layout_of_many_dimensions_is_refused_unread() -> None:
    codec = codec_named("std_msgs/msg/Float64MultiArray", ARM)
    message = Float64MultiArray(data=array.array("d", [0.0] * 3))
    message.layout.dim = [MultiArrayDimension()] * (DIMENSIONS + 1)
    with pytest.raises(CodecError, match=f"{DIMENSIONS + 1} dimensions, at most {DIMENSIONS} are read"):
        codec.decode(serialize_message(message))


@pytest.mark.parametrize("name", MESSAGES)
def test_the_largest_command_fits_into_the_most_bytes(name: str) -> None:
    message = codec_named(name, ARM).message()
    if hasattr(message, "header"):
        message.header.frame_id = "f" * 255
    if isinstance(message, Float64MultiArray):
        message.layout.dim = [MultiArrayDimension(label="l" * 255)] * DIMENSIONS
        message.data = array.array("d", [0.0] * 3)
    if isinstance(message, JointTrajectoryMsg):
        message.joint_names = [letter * 255 for letter in "abc"]
        full = array.array("d", [0.0] * 3)
        point = JointTrajectoryPoint(positions=full, velocities=full, accelerations=full, effort=full)
        message.points = [point] * MAX_POINTS
    assert 0.5 < len(serialize_message(message)) / codec_named(name, ARM).most_bytes <= 1.0


@settings(max_examples=30, deadline=None)
@given(values=st.lists(numbers, max_size=8), label=st.text(st.characters(codec="ascii", min_codepoint=32), max_size=9))
def test_joint_velocities_agree_with_the_generated_message(values: list[float], label: str) -> None:
    codec = codec_named("std_msgs/msg/Float64MultiArray", ARM)
    message = Float64MultiArray(data=array.array("d", values))
    message.layout.dim = [MultiArrayDimension(label=label, size=len(values), stride=1)]
    assert codec.decode(serialize_message(message)).command == JointVelocities(ARM, tuple(values))
    sent = deserialize_message(codec.encode(JointVelocities(ARM, tuple(values)), 0, 0), Float64MultiArray)
    assert sent.data.tolist() == values


def _message(points: list[tuple[list[float], list[float], int]], frame: str, stamp_ns: int) -> JointTrajectoryMsg:
    message = JointTrajectoryMsg(joint_names=list(ARM.names))
    message.header.frame_id, message.header.stamp = frame, stamps.to_msg(stamp_ns)
    for positions, velocities, at_ns in points:
        point = JointTrajectoryPoint(positions=positions, velocities=velocities)
        point.time_from_start.sec, point.time_from_start.nanosec = divmod(at_ns, 1_000_000_000)
        message.points.append(point)
    return message


lists = st.lists(numbers, max_size=4)
point_lists = st.lists(st.tuples(lists, lists, st.integers(0, 2**40)), max_size=4)


@settings(max_examples=40, deadline=None)
@given(points=point_lists, frame=st.sampled_from(["", "w", "world", "frames"]), stamp_ns=st.sampled_from([0, NS]))
def test_a_trajectory_agrees_with_the_generated_message(points: Any, frame: str, stamp_ns: int) -> None:
    codec = codec_named("trajectory_msgs/msg/JointTrajectory", ARM)
    decoded = codec.decode(serialize_message(_message(points, frame, stamp_ns)))
    assert isinstance(decoded.command, JointTrajectory) and decoded.stamp_ns == (stamp_ns or None)
    expected = [(tuple(positions), tuple(velocities), at_ns / 1e9) for positions, velocities, at_ns in points]
    assert [(p.positions, p.velocities, p.at_s) for p in decoded.command.points] == expected


def test_what_passes_of_a_trajectory_carries_the_time_of_its_start() -> None:
    codec = codec_named("trajectory_msgs/msg/JointTrajectory", ARM)
    request = trajectory((1.0, 0.0, 0.0)).started(NOW, JointTrajectory(ARM), HERE)
    out = request.limited(0.5, 0.5, NOW, JointTrajectory(ARM))
    first = codec.encode(out, NOW, 1_000)
    assert codec.encode(out, NOW + 10**9, 1_000) == first, "said again it is the same message"
    message = deserialize_message(first, JointTrajectoryMsg)
    assert stamps.to_ns(message.header.stamp) == NOW + 1_000
    assert list(message.joint_names) == list(ARM.names) and list(message.points[-1].positions) == [1.0, 0.0, 0.0]
    hold = out.stop(NOW + 10**9).stop(NOW + 10**11)
    assert stamps.to_ns(deserialize_message(codec.encode(hold, NOW, 1_000), JointTrajectoryMsg).header.stamp) == 0


def test_joints_are_put_into_the_order_of_the_description() -> None:
    codec = codec_named("trajectory_msgs/msg/JointTrajectory", ARM)
    message = _message([([3.0, 1.0, 2.0], [], 10**9)], "", 0)
    message.joint_names = ["elbow", "base", "shoulder"]
    command = codec.decode(serialize_message(message)).command
    assert isinstance(command, JointTrajectory) and not command.fault
    assert command.points == (Point(1.0, (1.0, 2.0, 3.0)),)
    message.joint_names = ["elbow", "base", "wrist"]
    assert codec.decode(serialize_message(message)).command.fault.startswith("joints elbow, base, wrist; expected")


def test_a_trajectory_with_too_many_points_is_not_read_to_its_end() -> None:
    message = _message([([0.0] * 3, [], n) for n in range(MAX_POINTS + 500)], "", 0)
    command = codec_named("trajectory_msgs/msg/JointTrajectory", ARM).decode(serialize_message(message)).command
    assert isinstance(command, JointTrajectory) and len(command.points) == MAX_POINTS + 1
    assert command.fault == f"more than {MAX_POINTS} points"


@pytest.mark.parametrize("name", MESSAGES)
def test_bytes_that_end_too_soon_are_no_command(name: str) -> None:
    codec = codec_named(name, ARM)
    command = trajectory((1.0, 0.0, 0.0)) if "Trajectory" in name else command_type_of(name).zero_command(ARM)
    whole = codec.encode(command, 0, NS)
    for length in range(len(whole)):
        with pytest.raises(CodecError):
            codec.decode(whole[:length])


@pytest.mark.parametrize("name", OF_JOINTS)
@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_a_command_or_refused(name: str, data: bytes) -> None:
    with contextlib.suppress(CodecError):
        assert isinstance(codec_named(name, ARM).decode(b"\x00\x01\x00\x00" + data).command.fault, str)


def test_an_unknown_type_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ValueError, match=r"'a/msg/B' is none of geometry_msgs/msg/Twist, .*JointTrajectory"):
        codec_named("a/msg/B", None)
    with pytest.raises(ValueError, match="needs the names of the robot's joints"):
        command_type_of("trajectory_msgs/msg/JointTrajectory").zero_command(None)
