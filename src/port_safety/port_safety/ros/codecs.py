"""Commands as CDR bytes: read and written without a message object in between, because that is the command's path.

A type of command names its codec (commands/command_type.py); the tests hold every codec against the generated messages.
"""

import struct
from dataclasses import dataclass
from typing import Any, Protocol

from geometry_msgs.msg import Twist, TwistStamped
from std_msgs.msg import Float64MultiArray
from trajectory_msgs.msg import JointTrajectory as JointTrajectoryMsg

from port_safety.commands.command import Command
from port_safety.commands.command_type import CommandType
from port_safety.commands.joint_trajectory import MAX_POINTS, JointTrajectory
from port_safety.commands.joint_velocity import JointVelocities
from port_safety.commands.trajectory_points import Point
from port_safety.commands.twist import Motion
from port_safety.model.joints import Joints
from port_safety.ros.cdr import CodecError, Reader, Writer, order_of

_LITTLE = b"\x00\x01\x00\x00"
_NS = 1_000_000_000
#: Most bytes of a name in a command (a frame, a joint, a dimension), and dimensions of a layout: far beyond any in use.
NAME_BYTES, DIMENSIONS = 256, 4
#: Encapsulation, stamp, and a frame's name.
_HEADER_BYTES = 4 + 8 + 4 + NAME_BYTES
#: What alignment and a writer's padding add at most to a list, or to the end.
_PADDING = 8


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded command; stamp_ns is the sender's (system clock), None if it carries none."""

    command: Command
    stamp_ns: int | None = None


class Codec(Protocol):
    """Bytes to command and back, for one message type and one robot. It keeps nothing of what it reads and writes."""

    @property
    def message(self) -> type:
        """The generated class."""

    @property
    def most_bytes(self) -> int:
        """What is larger than this is no command of this robot, and is not read at all."""

    @property
    def wants_stamp(self) -> bool:
        """Whether a command without a stamp is a mistake of its sender; it counts from its arrival then."""

    def decode(self, data: bytes) -> Decoded:
        """Raises CodecError for bytes that are no such message; numbers that are none pass, the gate names them."""

    def encode(self, command: Any, now_ns: int, to_system_ns: int) -> bytes:
        """`now_ns` is monotonic; `to_system_ns` is added to monotonic times to make them system time."""


def planar_motion(vx: float, vy: float, vz: float, wx: float, wy: float, wz: float) -> Motion:
    """What a twist asks of a base. Of the parts that no base follows, one that is no number is a fault all the same."""
    if (vz - vz) + (wx - wx) + (wy - wy) == 0.0:
        return Motion(vx, vy, wz)
    unread = (("linear.z", vz), ("angular.x", wx), ("angular.y", wy))
    return Motion(vx, vy, wz, next(f"{name} is {value}" for name, value in unread if value - value != 0.0))


class TwistCodec:
    """geometry_msgs/Twist: six float64."""

    message = Twist
    most_bytes = 4 + 48 + _PADDING
    wants_stamp = False

    def decode(self, data: bytes) -> Decoded:
        return Decoded(planar_motion(*struct.unpack_from(order_of(data, 52) + "6d", data, 4)))

    def encode(self, command: Motion, now_ns: int, to_system_ns: int) -> bytes:
        return _LITTLE + struct.pack("<6d", command.vx, command.vy, 0.0, 0.0, 0.0, command.wz)


class TwistStampedCodec:
    """geometry_msgs/TwistStamped: stamp, frame name, then the twist aligned to eight bytes. Stamp 0 means now."""

    message = TwistStamped
    most_bytes = _HEADER_BYTES + 48 + 2 * _PADDING
    wants_stamp = True

    def decode(self, data: bytes) -> Decoded:
        order = order_of(data, 16)
        sec, nanosec, length = struct.unpack_from(order + "iII", data, 4)
        start = 4 + -(-(12 + length) // 8) * 8
        if len(data) < start + 48:
            raise CodecError(f"{len(data)} bytes, at least {start + 48} expected")
        motion = planar_motion(*struct.unpack_from(order + "6d", data, start))
        return Decoded(motion, sec * _NS + nanosec or None)

    def encode(self, command: Motion, now_ns: int, to_system_ns: int) -> bytes:
        stamp_ns = now_ns + to_system_ns
        head = struct.pack("<iII", stamp_ns // _NS, stamp_ns % _NS, 10) + b"base_link\x00"
        head += b"\x00" * (-len(head) % 8)
        return _LITTLE + head + struct.pack("<6d", command.vx, command.vy, 0.0, 0.0, 0.0, command.wz)


class JointVelocityCodec:
    """std_msgs/Float64MultiArray: a velocity (rad/s) for each joint, in the order of the robot's description.

    Dimensions of the layout are read over: the count of the values is what is checked.
    """

    message = Float64MultiArray
    wants_stamp = False

    def __init__(self, joints: Joints) -> None:
        self._joints = joints
        self.most_bytes = 4 + DIMENSIONS * (16 + NAME_BYTES) + 12 + 2 * _list_bytes(joints)

    def decode(self, data: bytes) -> Decoded:
        reader = Reader(data)
        dimensions = reader.items(12)
        if dimensions > DIMENSIONS:
            raise CodecError(f"{dimensions} dimensions, at most {DIMENSIONS} are read")
        for _ in range(dimensions):
            reader.text()
            reader.count(), reader.count()
        if reader.count():
            raise CodecError("data_offset is not 0")
        return Decoded(JointVelocities(self._joints, reader.doubles()))

    def encode(self, command: JointVelocities, now_ns: int, to_system_ns: int) -> bytes:
        writer = Writer()
        writer.count(0)
        writer.count(0)
        writer.doubles(command.velocities)
        return writer.done()


class JointTrajectoryCodec:
    """trajectory_msgs/JointTrajectory. Joints in another order than the description's are put into it.

    The stamp is the start: 0 means at once. Efforts are not passed on.
    """

    message = JointTrajectoryMsg
    wants_stamp = False

    def __init__(self, joints: Joints) -> None:
        self._joints = joints
        names_bytes = len(joints.names) * (8 + NAME_BYTES)
        self.most_bytes = _HEADER_BYTES + names_bytes + 16 + (MAX_POINTS + 1) * (4 * _list_bytes(joints) + 8)

    def decode(self, data: bytes) -> Decoded:
        reader = Reader(data)
        start_ns = reader.stamp_ns()
        reader.text()
        names = reader.texts()
        # One more than may be is enough to know that there are too many.
        points = [_point(reader) for _ in range(min(reader.items(24), MAX_POINTS + 1))]
        if names != self._joints.names and sorted(names) == sorted(self._joints.names):
            order = [names.index(name) for name in self._joints.names]
            points, names = [_ordered(point, order) for point in points], self._joints.names
        return Decoded(JointTrajectory(self._joints, tuple(points), names), start_ns or None)

    def encode(self, command: JointTrajectory, now_ns: int, to_system_ns: int) -> bytes:
        writer = Writer()
        writer.stamp_ns(command.start_ns + to_system_ns if command.of is not None else 0)
        writer.text("")
        writer.texts(self._joints.names)
        writer.count(len(command.points))
        for point in command.points:
            for values in (point.positions, point.velocities, point.accelerations, ()):
                writer.doubles(values)
            writer.stamp_ns(round(point.at_s * 1e9))
        return writer.done()


def _list_bytes(joints: Joints) -> int:
    """Of a number for each joint, with its count."""
    return 4 + _PADDING + 8 * len(joints.names)


def _point(reader: Reader) -> Point:
    positions, velocities, accelerations = reader.doubles(), reader.doubles(), reader.doubles()
    reader.doubles()
    return Point(reader.stamp_ns() / 1e9, positions, velocities, accelerations)


def _ordered(point: Point, order: list[int]) -> Point:
    """Values in `order`; a list of another length stays as it is, and is a fault."""
    lists = (point.positions, point.velocities, point.accelerations)
    return Point(point.at_s, *(tuple(v[i] for i in order) if len(v) == len(order) else v for v in lists))


def codec_of(command_type: CommandType, joints: Joints | None) -> Codec:
    """The codec of a robot; `joints` where the command is about them."""
    make = command_type.load_codec()
    codec: Codec = make(joints) if command_type.by_joints else make()
    return codec


def header_stamp_ns(data: bytes) -> int:
    """The stamp of any message that begins with a std_msgs/Header, from its bytes."""
    sec, nanosec = struct.unpack_from(order_of(data, 12) + "iI", data, 4)
    return int(sec) * _NS + int(nanosec)
