"""The camera drivers by the name they have in a ground's file. A new one is a line here."""

from collections.abc import Callable

from port_sensors.drivers.camera import Camera, Frame
from port_sensors.drivers.mjpeg_camera import MjpegCamera
from port_sensors.drivers.v4l2_camera import V4l2Camera
from port_sensors.drivers.video_camera import FileCamera, RtspCamera

#: driver name → (camera's name, address, what takes each frame) → camera, not started yet
CAMERA_DRIVERS: dict[str, Callable[[str, str, Callable[[Frame], None]], Camera]] = {
    "mjpeg_http": MjpegCamera,
    "rtsp": RtspCamera,
    "v4l2": V4l2Camera,
    "video_file": FileCamera,
}
