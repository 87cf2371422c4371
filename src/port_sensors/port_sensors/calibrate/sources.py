"""Pictures to calibrate with: from a folder or files, or from the camera itself. Bounded in time; knows no board."""

import queue
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2

from port_sensors.core.camera_model import CalibrationError
from port_sensors.core.detection import decode_gray
from port_sensors.core.edges import Gray
from port_sensors.drivers.camera import Frame
from port_sensors.drivers.camera_settings import CameraSettings
from port_sensors.drivers.cameras import CameraDriver

_ENDINGS = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff"}


def from_files(paths: Sequence[Path]) -> Iterator[tuple[str, Gray]]:
    """Name and picture of each file, folders opened. Raises CalibrationError where there is none."""
    if absent := [str(path) for path in paths if not path.exists()]:
        raise CalibrationError(f"{', '.join(absent)}: no such file or folder")
    files = [file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    pictures = [file for file in files if file.suffix.lower() in _ENDINGS]
    if not pictures:
        raise CalibrationError(f"no pictures ({', '.join(sorted(_ENDINGS))}) in {', '.join(map(str, paths))}")
    for file in pictures:
        gray = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
        if gray is None:
            raise CalibrationError(f"{file}: cannot be read as a picture")
        yield file.name, gray


def from_camera(
    driver: CameraDriver, settings: CameraSettings, seconds: float, silence_s: float = 5.0
) -> Iterator[tuple[str, Gray]]:
    """The newest picture of a live camera, again and again for `seconds`. Raises CalibrationError when it is silent."""
    newest: queue.Queue[Frame] = queue.Queue(maxsize=1)

    def offer(frame: Frame) -> None:
        if newest.full():
            newest.get_nowait()
        newest.put_nowait(frame)

    camera = driver("calibrate", settings, offer)
    camera.start()
    try:
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            try:
                frame = newest.get(timeout=silence_s)
            except queue.Empty:
                link = camera.link()
                raise CalibrationError(f"no picture: {link.reason}; {link.remedy}") from None
            if (gray := decode_gray(frame.jpeg)) is not None:
                yield f"frame {frame.sequence}", gray
    finally:
        camera.close()
