"""Commands as CDR bytes: read and written without a message object in between, because that is the command's path.

Plain CDR (XCDR1, OMG DDS-XTypes 7.4.3): four bytes of encapsulation, of which the second says the byte order, then the
fields aligned to their size. The tests hold every codec against the generated messages.
"""

import struct
from dataclasses import dataclass
from typing import Protocol

from geometry_msgs.msg import Twist, TwistStamped

from port_safety.core.motion import Motion

_LITTLE = b"\x00\x01\x00\x00"
_NS = 1_000_000_000


class CodecError(ValueError):
    """The bytes are no message of this type."""


@dataclass(frozen=True, slots=True)
class Command:
    """A decoded command; stamp_ns is the sender's (system clock), None if the type carries none."""

    motion: Motion
    stamp_ns: int | None = None


class Codec(Protocol):
    """Bytes to command and back, for one message type."""

    message: type

    def decode(self, data: bytes) -> Command: ...

    def encode(self, motion: Motion, stamp_ns: int) -> bytes: ...


def _order(data: bytes, at_least: int) -> str:
    if len(data) < at_least:
        raise CodecError(f"{len(data)} bytes, at least {at_least} expected")
    return "<" if data[1] & 1 else ">"


class TwistCodec:
    """geometry_msgs/Twist: six float64."""

    message = Twist

    def decode(self, data: bytes) -> Command:
        vx, vy, _, _, _, wz = struct.unpack_from(_order(data, 52) + "6d", data, 4)
        return Command(Motion(vx, vy, wz))

    def encode(self, motion: Motion, stamp_ns: int) -> bytes:
        return _LITTLE + struct.pack("<6d", motion.vx, motion.vy, 0.0, 0.0, 0.0, motion.wz)


class TwistStampedCodec:
    """geometry_msgs/TwistStamped: stamp, frame name, then the twist aligned to eight bytes."""

    message = TwistStamped

    def decode(self, data: bytes) -> Command:
        order = _order(data, 16)
        sec, nanosec, length = struct.unpack_from(order + "iII", data, 4)
        start = 4 + -(-(12 + length) // 8) * 8
        if len(data) < start + 48:
            raise CodecError(f"{len(data)} bytes, at least {start + 48} expected")
        vx, vy, _, _, _, wz = struct.unpack_from(order + "6d", data, start)
        return Command(Motion(vx, vy, wz), sec * _NS + nanosec)

    def encode(self, motion: Motion, stamp_ns: int) -> bytes:
        head = struct.pack("<iII", stamp_ns // _NS, stamp_ns % _NS, 10) + b"base_link\x00"
        head += b"\x00" * (-len(head) % 8)
        return _LITTLE + head + struct.pack("<6d", motion.vx, motion.vy, 0.0, 0.0, 0.0, motion.wz)


#: Command types that the gate can guard. A new one is one class and one line.
CODECS: dict[str, Codec] = {
    "geometry_msgs/msg/Twist": TwistCodec(),
    "geometry_msgs/msg/TwistStamped": TwistStampedCodec(),
}


def header_stamp_ns(data: bytes) -> int:
    """The stamp of any message that begins with a std_msgs/Header, from its bytes."""
    sec, nanosec = struct.unpack_from(_order(data, 12) + "iI", data, 4)
    return int(sec) * _NS + int(nanosec)
