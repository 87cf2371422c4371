"""Frames of the link between the ground's side and the robot's side: a header with a checksum, then the payload.

Both ends are on a stream (TCP, with TLS over a network; a Unix socket on one machine). A frame that does not fit is the
end of its connection: after it nobody knows where the next one begins. Runs on Python 3.8: it goes to the robot.
"""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

#: Both ends speak one version, or say so and part.
VERSION = 1
#: Length of all, version, kind, channel, sequence, sent (ns, sender's monotonic clock), CRC-32 of all but itself.
HEADER = struct.Struct("<IBBHQqI")
#: What a frame other than a message may hold: lists of nodes, words.
CONTROL_BYTES = 262144

HELLO, WELCOME, DATA, PING, PONG, GRAPH, BYE = range(1, 8)


class FrameError(ValueError):
    """What arrived is no frame of this link; the text says why."""


class Frame(NamedTuple):
    """channel: which topic of the table, 0 for all but DATA. sent_ns: when it was given to the link, sender's clock."""

    kind: int
    channel: int
    sequence: int
    sent_ns: int
    payload: bytes


def encode(frame: Frame) -> bytes:
    """The bytes of `frame`."""
    length = HEADER.size + len(frame.payload)
    head = HEADER.pack(length, VERSION, frame.kind, frame.channel, frame.sequence, frame.sent_ns, 0)[:-4]
    return head + struct.pack("<I", zlib.crc32(frame.payload, zlib.crc32(head))) + frame.payload


class FrameReader:
    """Frames out of a stream that comes in pieces. most_bytes: no payload is longer."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """What is whole now. Raises FrameError for what is none; the reader is of no more use then."""
        self._buffer += data
        frames = []
        while len(self._buffer) >= HEADER.size:
            length, version, kind, channel, sequence, sent_ns, crc = HEADER.unpack_from(self._buffer)
            self._check(length, version)
            if len(self._buffer) < length:
                break
            whole = bytes(self._buffer[:length])
            del self._buffer[:length]
            payload = whole[HEADER.size :]
            if zlib.crc32(payload, zlib.crc32(whole[: HEADER.size - 4])) != crc:
                raise FrameError("a checksum does not fit: what came was changed on its way")
            frames.append(Frame(kind, channel, sequence, sent_ns, payload))
        return frames

    def _check(self, length: int, version: int) -> None:
        if version != VERSION:
            raise FrameError(f"the other side speaks version {version} of the link, this one {VERSION}")
        if not HEADER.size <= length <= HEADER.size + self.most_bytes:
            raise FrameError(f"a message of {length:,} bytes, at most {self.most_bytes:,} are taken")
