"""Video4Linux2: the structures and request numbers of the kernel's interface, and what a buffer says about its time.

Pure: bytes in, values out; it opens no device and calls no kernel. Source: linux/videodev2.h, 64-bit little-endian
layout (x86-64 and aarch64 alike).
"""

import struct
from dataclasses import dataclass

QUERYCAP = 0x80685600
S_FMT = 0xC0D05605
REQBUFS = 0xC0145608
QUERYBUF = 0xC0585609
QBUF = 0xC058560F
DQBUF = 0xC0585611
STREAMON = 0x40045612
STREAMOFF = 0x40045613
S_PARM = 0xC0CC5616

_CAPTURE = 1  # V4L2_BUF_TYPE_VIDEO_CAPTURE
_MMAP = 1  # V4L2_MEMORY_MMAP
_CAP_CAPTURE, _CAP_STREAMING, _CAP_DEVICE_CAPS = 0x1, 0x04000000, 0x80000000
_FLAG_ERROR = 0x40
_CLOCK_MASK, _CLOCK_MONOTONIC = 0xE000, 0x2000
_SOURCE_MASK, _SOURCE_EXPOSURE = 0x70000, 0x10000

_BUFFER = struct.Struct("<5I4x2q16s2IQI12x")
_FORMAT = struct.Struct("<I4x12I152x")
_REQUEST = struct.Struct("<4I4x")
_PARAMETERS = struct.Struct("<8I172x")
_CAPABILITY = struct.Struct("<16s32s32s3I12x")


@dataclass(frozen=True)
class Buffer:
    """One filled buffer. time_ns: on the clock that `meaning` names; None if the driver does not say which clock."""

    index: int
    used_bytes: int
    damaged: bool
    sequence: int
    time_ns: int | None
    meaning: str
    offset: int
    length: int


def streaming() -> bytes:
    """The argument of STREAMON and STREAMOFF."""
    return struct.pack("<I", _CAPTURE)


def buffer(index: int = 0) -> bytearray:
    """The argument of QUERYBUF, QBUF and DQBUF."""
    return bytearray(_BUFFER.pack(index, _CAPTURE, 0, 0, 0, 0, 0, b"", 0, _MMAP, 0, 0))


def read_buffer(data: bytes | bytearray) -> Buffer:
    """What the kernel answered to QUERYBUF or DQBUF."""
    index, _, used, flags, _, seconds, micros, _, sequence, _, offset, length = _BUFFER.unpack(data)
    monotonic = flags & _CLOCK_MASK == _CLOCK_MONOTONIC
    return Buffer(
        index, used, bool(flags & _FLAG_ERROR), sequence,
        seconds * 1_000_000_000 + micros * 1000 if monotonic else None,
        _meaning(flags) if monotonic else "arrival at this machine: the driver does not say what its time means",
        offset & 0xFFFFFFFF, length,
    )  # fmt: skip


def _meaning(flags: int) -> str:
    exposure = flags & _SOURCE_MASK == _SOURCE_EXPOSURE
    return "start of exposure, kernel's clock" if exposure else "end of the frame's transfer, kernel's clock"


def wanted_format(width_px: int, height_px: int, fourcc: str) -> bytearray:
    """The argument of S_FMT."""
    return bytearray(_FORMAT.pack(_CAPTURE, width_px, height_px, _code(fourcc), *[0] * 9))


def read_format(data: bytes | bytearray) -> tuple[int, int, str]:
    """Width, height and pixel format that the driver chose."""
    _, width_px, height_px, code, *_ = _FORMAT.unpack(data)
    return width_px, height_px, struct.pack("<I", code).decode("ascii", "replace")


def buffers(count: int) -> bytearray:
    """The argument of REQBUFS; 0 gives them back."""
    return bytearray(_REQUEST.pack(count, _CAPTURE, _MMAP, 0))


def read_buffers(data: bytes | bytearray) -> int:
    """How many buffers the driver gave."""
    return int(_REQUEST.unpack(data)[0])


def frame_rate(rate_hz: float) -> bytearray:
    """The argument of S_PARM: one frame each 1/rate."""
    return bytearray(_PARAMETERS.pack(_CAPTURE, 0, 0, 1000, round(rate_hz * 1000), 0, 0, 0))


def capability() -> bytearray:
    """The argument of QUERYCAP."""
    return bytearray(_CAPABILITY.size)


def read_capability(data: bytes | bytearray) -> tuple[str, bool]:
    """The card's name, and whether it is a camera that streams."""
    _, card, _, _, all_of, of_device = _CAPABILITY.unpack(data)
    can = of_device if all_of & _CAP_DEVICE_CAPS else all_of
    name = card.partition(b"\0")[0].decode("utf-8", "replace")
    return name, bool(can & _CAP_CAPTURE and can & _CAP_STREAMING)


def _code(fourcc: str) -> int:
    return int(struct.unpack("<I", fourcc.encode("ascii").ljust(4)[:4])[0])
