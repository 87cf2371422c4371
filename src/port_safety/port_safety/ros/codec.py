"""Commands as CDR bytes: read and written without a message object in between, because that is the command's path.

The types that the gate can guard are in CODECS; the tests hold every codec against the generated messages.
"""

import struct
from collections.abc import Callable

from geometry_msgs.msg import Twist, TwistStamped

from port_safety.commands.registry import zero_command_of
from port_safety.commands.twist import ZERO, Motion
from port_safety.model.joints import Joints
from port_safety.ros.cdr import CodecError, order_of
from port_safety.ros.codec_type import Codec, Decoded
from port_safety.ros.joint_codecs import JointTrajectoryCodec, JointVelocityCodec

_LITTLE = b"\x00\x01\x00\x00"
_NS = 1_000_000_000


class TwistCodec:
    """geometry_msgs/Twist: six float64."""

    message = Twist
    zero_command = ZERO

    def decode(self, data: bytes) -> Decoded:
        vx, vy, _, _, _, wz = struct.unpack_from(order_of(data, 52) + "6d", data, 4)
        return Decoded(Motion(vx, vy, wz))

    def encode(self, command: Motion, now_ns: int, to_system_ns: int) -> bytes:
        return _LITTLE + struct.pack("<6d", command.vx, command.vy, 0.0, 0.0, 0.0, command.wz)


class TwistStampedCodec:
    """geometry_msgs/TwistStamped: stamp, frame name, then the twist aligned to eight bytes."""

    message = TwistStamped
    zero_command = ZERO

    def decode(self, data: bytes) -> Decoded:
        order = order_of(data, 16)
        sec, nanosec, length = struct.unpack_from(order + "iII", data, 4)
        start = 4 + -(-(12 + length) // 8) * 8
        if len(data) < start + 48:
            raise CodecError(f"{len(data)} bytes, at least {start + 48} expected")
        vx, vy, _, _, _, wz = struct.unpack_from(order + "6d", data, start)
        return Decoded(Motion(vx, vy, wz), sec * _NS + nanosec)

    def encode(self, command: Motion, now_ns: int, to_system_ns: int) -> bytes:
        stamp_ns = now_ns + to_system_ns
        head = struct.pack("<iII", stamp_ns // _NS, stamp_ns % _NS, 10) + b"base_link\x00"
        head += b"\x00" * (-len(head) % 8)
        return _LITTLE + head + struct.pack("<6d", command.vx, command.vy, 0.0, 0.0, 0.0, command.wz)


#: Command types that the gate can guard. A new one is one class and one line.
CODECS: dict[str, Callable[[], Codec]] = {
    "geometry_msgs/msg/Twist": TwistCodec,
    "geometry_msgs/msg/TwistStamped": TwistStampedCodec,
}
#: Those whose messages are about joints, in the order of the robot's description.
JOINT_CODECS: dict[str, Callable[[Joints], Codec]] = {
    "std_msgs/msg/Float64MultiArray": JointVelocityCodec,
    "trajectory_msgs/msg/JointTrajectory": JointTrajectoryCodec,
}


def codec_of(command_type: str, joints: Joints | None) -> Codec:
    """The codec of a robot. Raises ValueError for a type nobody knows, and for one that does not fit the robot."""
    zero_command_of(command_type, joints)
    if joints is None or command_type in CODECS:
        return CODECS[command_type]()
    return JOINT_CODECS[command_type](joints)


def header_stamp_ns(data: bytes) -> int:
    """The stamp of any message that begins with a std_msgs/Header, from its bytes."""
    sec, nanosec = struct.unpack_from(order_of(data, 12) + "iI", data, 4)
    return int(sec) * _NS + int(nanosec)
