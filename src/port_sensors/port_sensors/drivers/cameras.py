"""The camera drivers by the name they have in a ground's file. A new one is a line here."""

from collections.abc import Callable

from port_sensors.drivers.camera import Camera, Frame, MjpegCamera

#: driver name → (camera's name, address, what takes each frame) → camera, not started yet
CAMERA_DRIVERS: dict[str, Callable[[str, str, Callable[[Frame], None]], Camera]] = {
    "mjpeg_http": MjpegCamera,
}
