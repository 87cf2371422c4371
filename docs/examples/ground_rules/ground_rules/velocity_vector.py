"""A type of command of this ground: geometry_msgs/Vector3, x and y in m/s, for bases that never turn."""

import struct

from geometry_msgs.msg import Vector3

from port_safety.commands.command_type import CommandType
from port_safety.commands.twist import Motion
from port_safety.ros.cdr import order_of
from port_safety.ros.codecs import Decoded

COMMAND = CommandType(
    "velocity_vector", "geometry_msgs/msg/Vector3", "ground_rules.velocity_vector:Vector3Codec", Motion
)


class Vector3Codec:
    """Three float64; z is no motion of a base, but a number that is none in it is a fault."""

    message = Vector3
    most_bytes = 4 + 24 + 8
    wants_stamp = False

    def decode(self, data: bytes) -> Decoded:
        vx, vy, vz = struct.unpack_from(order_of(data, 28) + "3d", data, 4)
        return Decoded(Motion(vx, vy, 0.0, "" if vz - vz == 0.0 else f"z is {vz}"))

    def encode(self, command: Motion, now_ns: int, to_system_ns: int) -> bytes:
        return b"\x00\x01\x00\x00" + struct.pack("<3d", command.vx, command.vy, 0.0)
