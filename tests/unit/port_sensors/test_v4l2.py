"""Video4Linux2 structures, as g++ lays out linux/videodev2.h on x86-64, and what a buffer's flags say of its time."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_sensors.drivers.v4l2_camera import parse_address
from port_sensors.drivers.video_camera import frames_between
from port_sensors.protocol import v4l2

MONOTONIC, COPY, EXPOSURE, ERROR = 0x2000, 0x4000, 0x10000, 0x40


def filled(index: int = 0, flags: int = MONOTONIC, sequence: int = 7, micros: int = 250_000) -> bytearray:
    """A v4l2_buffer as the kernel hands it back, field by field at the header's offsets."""
    data = bytearray(88)
    struct.pack_into("<5I", data, 0, index, 1, 1234, flags, 1)
    struct.pack_into("<2q", data, 24, 115759, micros)
    struct.pack_into("<2I", data, 56, sequence, 1)
    struct.pack_into("<Q", data, 64, 0x1000)
    struct.pack_into("<I", data, 72, 614400)
    return data


def test_structures_have_the_sizes_that_their_request_numbers_name() -> None:
    for number, data in [
        (v4l2.QUERYCAP, v4l2.capability()),
        (v4l2.S_FMT, v4l2.wanted_format(1280, 720, "MJPG")),
        (v4l2.REQBUFS, v4l2.buffers(4)),
        (v4l2.QUERYBUF, v4l2.buffer(1)),
        (v4l2.DQBUF, v4l2.buffer()),
        (v4l2.STREAMON, v4l2.streaming()),
        (v4l2.S_PARM, v4l2.frame_rate(30.0)),
    ]:
        assert number >> 16 & 0x3FFF == len(data)
        assert number >> 8 & 0xFF == ord("V")


def test_a_buffer_carries_number_time_and_place() -> None:
    one = v4l2.read_buffer(filled(index=2))
    assert (one.index, one.sequence, one.used_bytes, one.damaged) == (2, 7, 1234, False)
    assert one.time_ns == 115_759_250_000_000
    assert (one.offset, one.length) == (0x1000, 614400)


@pytest.mark.parametrize(
    ("flags", "meaning", "timed"),
    [
        (MONOTONIC, "end of the frame's transfer, kernel's clock", True),
        (MONOTONIC | EXPOSURE, "start of exposure, kernel's clock", True),
        (0, "arrival at this machine: the driver does not say what its time means", False),
        (COPY, "arrival at this machine: the driver does not say what its time means", False),
    ],
)
def test_what_a_stamp_means_is_read_from_the_flags(flags: int, meaning: str, timed: bool) -> None:
    one = v4l2.read_buffer(filled(flags=flags | ERROR))
    assert (one.meaning, one.time_ns is not None, one.damaged) == (meaning, timed, True)


@given(st.integers(1, 8192), st.integers(1, 8192), st.sampled_from(["MJPG", "YUYV", "GREY"]))
def test_a_format_that_the_driver_takes_reads_back(width: int, height: int, fourcc: str) -> None:
    assert v4l2.read_format(v4l2.wanted_format(width, height, fourcc)) == (width, height, fourcc)


def test_the_wanted_format_is_where_the_header_puts_it() -> None:
    data = v4l2.wanted_format(1280, 720, "MJPG")
    assert struct.unpack_from("<I", data, 0) == (1,)
    assert struct.unpack_from("<3I", data, 8) == (1280, 720, 0x47504A4D)


@pytest.mark.parametrize(("capabilities", "camera"), [(0x84200001, True), (0x84A00001, True), (0x80A00000, False)])
def test_a_metadata_node_is_no_camera(capabilities: int, camera: bool) -> None:
    data = v4l2.capability()
    struct.pack_into("<32s", data, 16, b"USB Camera")
    struct.pack_into("<2I", data, 84, capabilities, 0x04200001 if camera else 0x04A00000)
    assert v4l2.read_capability(data) == ("USB Camera", camera)


def test_the_address_names_device_and_size() -> None:
    assert parse_address("/dev/video0") == ("/dev/video0", (1280, 720))
    assert parse_address("/dev/v4l/by-id/usb-x?size=1920x1080") == ("/dev/v4l/by-id/usb-x", (1920, 1080))
    with pytest.raises(ValueError, match="size=1280x720"):
        parse_address("/dev/video0?size=big")


@pytest.mark.parametrize(
    ("before_s", "now_s", "rate_hz", "steps"),
    [(1.0, 1.04, 25.0, 1), (1.0, 1.12, 25.0, 3), (None, 5.0, 25.0, 1), (9.0, 0.0, 25.0, 1), (1.0, 1.12, 0.0, 1)],
)
def test_missing_frames_show_in_the_streams_own_time(
    before_s: float | None, now_s: float, rate_hz: float, steps: int
) -> None:
    assert frames_between(before_s, now_s, rate_hz) == steps
