"""A camera on this machine (Video4Linux2) that gives MJPEG: frames pass as the camera compressed them.

Each frame carries the kernel's own time on the monotonic clock. It becomes system time by the offset between the two
clocks at that very moment: after a step of the system clock the next frame is right again, and intervals never were
wrong. Address: the device, then if wanted `?size=1280x720`, e.g. /dev/v4l/by-id/usb-…-video-index0?size=1920x1080.
"""

import re
from collections.abc import Callable

from port_ros.machine_load import remedy_for_late
from port_sensors.core.camera_model import SIDE_PX_MOST
from port_sensors.drivers.camera import Frame, StreamCamera
from port_sensors.drivers.camera_settings import CameraSettings
from port_sensors.drivers.link import monotonic_to_system_ns
from port_sensors.protocol import v4l2
from port_sensors.transport.serial_port import LinkLost
from port_sensors.transport.v4l2_device import V4l2Device

_BUFFERS = 4
_SILENCE_S = 2.0
_WAIT_S = 0.2


class V4l2CameraSettings(CameraSettings, frozen=True, forbid_unknown_fields=True):
    """Of a camera on this machine."""

    def _check(self) -> None:
        super()._check()
        parse_address(self.address)


class V4l2Camera(StreamCamera):
    """Reads the device that the address names."""

    settings_kind = V4l2CameraSettings

    def __init__(self, name: str, settings: V4l2CameraSettings, on_frame: Callable[[Frame], None]) -> None:
        super().__init__(name, on_frame)
        self._path, self._size = parse_address(settings.address)

    def _attempt(self) -> None:
        device = V4l2Device(self._path)
        try:
            _prepare(device, self._path, self._size)
            silent_s = 0.0
            while not self._stop.is_set():
                if device.wait(_WAIT_S):
                    self._take_buffer(device)
                    silent_s = 0.0
                elif (silent_s := silent_s + _WAIT_S) >= _SILENCE_S:
                    remedy = remedy_for_late("check the camera's cable and light")
                    raise LinkLost(f"{self._path}: no picture for {_SILENCE_S:g} s", remedy)
        finally:
            device.close()

    def _take_buffer(self, device: V4l2Device) -> None:
        one = v4l2.read_buffer(device.request(v4l2.DQBUF, v4l2.buffer()))
        jpeg = device.content(one.index, one.used_bytes)
        device.request(v4l2.QBUF, v4l2.buffer(one.index))
        if one.damaged or not jpeg.startswith(b"\xff\xd8"):
            self._set(rejected_bytes=self._link.rejected_bytes + one.used_bytes)
            return
        stamp_ns = None if one.time_ns is None else one.time_ns + monotonic_to_system_ns()
        self._take(jpeg, stamp_ns, one.sequence, one.meaning)


def parse_address(address: str) -> tuple[str, tuple[int, int]]:
    """Device and picture size. Raises ValueError for a size that is none."""
    path, _, options = address.partition("?")
    if not options:
        return path, (1280, 720)
    size = re.fullmatch(r"size=([0-9]+)x([0-9]+)", options)
    if size is None:
        raise ValueError(f"address: {options!r} is not of the form size=1280x720")
    if not all(len(side) <= 5 and 1 <= int(side) <= SIDE_PX_MOST for side in size.groups()):
        raise ValueError(f"address: {options!r}: a side is outside 1…{SIDE_PX_MOST} px")
    return path, (int(size[1]), int(size[2]))


def _prepare(device: V4l2Device, path: str, size: tuple[int, int]) -> None:
    """Set the format, map the buffers, start. Raises LinkLost."""
    name, camera = v4l2.read_capability(device.request(v4l2.QUERYCAP, v4l2.capability()))
    if not camera:
        raise LinkLost(f"{path}: {name or 'this device'} gives no pictures", "correct `address`: try …-video-index0")
    width, height, fourcc = v4l2.read_format(device.request(v4l2.S_FMT, v4l2.wanted_format(*size, "MJPG")))
    if fourcc != "MJPG" or (width, height) != size:
        raise LinkLost(
            f"{path}: {name} gives {fourcc} {width}x{height}, not MJPG {size[0]}x{size[1]}",
            "choose a size it has as MJPG (v4l2-ctl --list-formats-ext)",
        )
    count = v4l2.read_buffers(device.request(v4l2.REQBUFS, v4l2.buffers(_BUFFERS)))
    for index in range(count):
        one = v4l2.read_buffer(device.request(v4l2.QUERYBUF, v4l2.buffer(index)))
        device.map(one.offset, one.length)
        device.request(v4l2.QBUF, v4l2.buffer(index))
    device.request(v4l2.STREAMON, v4l2.streaming())
