"""The camera drivers by the name they have in a ground's file. A new one is a line here."""

from collections.abc import Callable
from typing import Any, Protocol

from port_sensors.drivers.camera import Camera, Frame
from port_sensors.drivers.camera_settings import CameraSettings
from port_sensors.drivers.mjpeg_camera import MjpegCamera
from port_sensors.drivers.v4l2_camera import V4l2Camera
from port_sensors.drivers.video_camera import FileCamera, RtspCamera


class CameraDriver(Protocol):
    """A driver's class: its settings, and what makes a camera that is not started yet of its name and of them."""

    @property
    def settings_kind(self) -> type[CameraSettings]: ...

    def __call__(self, name: str, settings: Any, on_frame: Callable[[Frame], None], /) -> Camera: ...


CAMERA_DRIVERS: dict[str, CameraDriver] = {
    "mjpeg_http": MjpegCamera,
    "rtsp": RtspCamera,
    "v4l2": V4l2Camera,
    "video_file": FileCamera,
}
