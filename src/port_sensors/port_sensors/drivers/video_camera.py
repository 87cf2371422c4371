"""Cameras that OpenCV (FFmpeg) decodes: an RTSP stream, and a recorded film that stands in for one.

Every picture is decoded, and compressed again in gray for who wants to see it: MJPEG over HTTP or V4L2 costs less.
Opening and reading are bounded in time.
"""

import os
import socket
import time
from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import cv2

from port_ros.machine_load import remedy_for_late
from port_sensors.core.camera_model import SIDE_PX_MOST
from port_sensors.core.clock import DeviceClock
from port_sensors.core.edges import Gray
from port_sensors.drivers.camera import Frame, StreamCamera
from port_sensors.drivers.camera_settings import FilmSettings, RtspCameraSettings
from port_sensors.drivers.link import monotonic_to_system_ns
from port_sensors.transport.serial_port import LinkLost

_KNOCK_S = 1.0
_OPEN_MS, _READ_MS = 2000, 1000
#: Else FFmpeg keeps what comes while it guesses the rate from twenty pictures, then hands it out all at once: the first
#: pictures would seem younger than they are. OpenCV takes this from the environment alone; what stands there counts.
_OPTIONS = "OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_flags;prefer_tcp|fpsprobesize;0"
_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 85]
_FITTED = "the stream's own time, fitted to its arrival: capture plus the shortest way through camera and network"
_DUE = "when the film's picture was due"


class VideoCamera(StreamCamera):
    """Reads by FFmpeg. shown: the address, for people."""

    _remedy: ClassVar[str]

    def __init__(self, name: str, shown: str, on_frame: Callable[[Frame], None]) -> None:
        super().__init__(name, on_frame)
        self._shown = shown
        self._number = 0

    @abstractmethod
    def _source(self) -> str:
        """What FFmpeg is told to open. Raises LinkLost."""

    def _attempt(self) -> None:
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _OPEN_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, _READ_MS]
        film = cv2.VideoCapture(self._source(), cv2.CAP_FFMPEG, limits)
        try:
            if not film.isOpened():
                raise self._lost("cannot be opened")
            sides = [int(film.get(side)) for side in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)]
            if max(sides) > SIDE_PX_MOST:
                raise self._lost(f"pictures of {sides[0]}×{sides[1]} px are larger than {SIDE_PX_MOST} px")
            self._play(film)
        finally:
            film.release()

    @abstractmethod
    def _play(self, film: Any) -> None:
        """Take pictures until the end."""

    def _next(self, film: Any) -> Gray | None:
        there, picture = film.read()
        if not there:
            return None
        gray: Gray = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        return gray

    def _hand_over(self, gray: Gray, stamp_ns: int, steps: int, meaning: str) -> None:
        """steps: how many frames later than the one before this one is, by the stream's own time."""
        self._number += steps
        self._take(bytes(cv2.imencode(".jpg", gray, _QUALITY)[1]), stamp_ns, self._number, meaning, gray)

    def _lost(self, what: str) -> LinkLost:
        return LinkLost(f"{self._shown}: {what}", self._remedy)

    def _silent(self) -> LinkLost:
        lost = self._lost("sends nothing any more")
        return LinkLost(lost.reason, remedy_for_late(lost.remedy))


class RtspCamera(VideoCamera):
    """An RTSP camera. Lost frames show as gaps in the stream's own time, where the stream tells its rate."""

    settings_kind = RtspCameraSettings
    _remedy = "check the camera's power, cable and login, and `address`"

    def __init__(self, name: str, settings: RtspCameraSettings, on_frame: Callable[[Frame], None]) -> None:
        super().__init__(name, settings.url.shown, on_frame)
        self._settings = settings
        os.environ.setdefault(*_OPTIONS)

    def _source(self) -> str:
        """Knocks before: FFmpeg waits longer for nobody, and does not say why it failed."""
        url = self._settings.url
        try:
            socket.create_connection((url.host, url.port), _KNOCK_S).close()
        except OSError as error:
            raise self._lost(f"does not answer ({error})") from error
        return url.with_login(*self._settings.login())

    def _play(self, film: Any) -> None:
        rate_hz = float(film.get(cv2.CAP_PROP_FPS))
        clock, before_s = DeviceClock(1000.0), None
        while not self._stop.is_set():
            if (gray := self._next(film)) is None:
                raise self._silent()
            at_s, arrival_s = float(film.get(cv2.CAP_PROP_POS_MSEC)) / 1e3, time.monotonic()
            clock.observe(round(at_s * 1e3), arrival_s)
            stamp_ns = round(clock.time_s(at_s * 1e3) * 1e9) + monotonic_to_system_ns()
            self._hand_over(gray, stamp_ns, frames_between(before_s, at_s, rate_hz), _FITTED)
            before_s = at_s


class FileCamera(VideoCamera):
    """A film, played at its own pace, over and over: for rehearsal and tests."""

    settings_kind = FilmSettings
    _remedy = "correct `address`: the file of a film that FFmpeg can read"

    def __init__(self, name: str, settings: FilmSettings, on_frame: Callable[[Frame], None]) -> None:
        super().__init__(name, settings.address, on_frame)
        self._address = settings.address

    def _source(self) -> str:
        return self._address

    def _play(self, film: Any) -> None:
        rate_hz = float(film.get(cv2.CAP_PROP_FPS))
        period_s = 1.0 / rate_hz if 0.1 < rate_hz < 1000 else 1.0 / 15.0
        due_s, played = time.monotonic(), False
        while not self._stop.wait(max(0.0, due_s - time.monotonic())):
            if (gray := self._next(film)) is None:
                if not played:
                    raise self._lost("holds no picture")
                film.set(cv2.CAP_PROP_POS_FRAMES, 0)
                played = False
                continue
            played = True
            self._hand_over(gray, round(due_s * 1e9) + monotonic_to_system_ns(), 1, _DUE)
            due_s += period_s


def frames_between(before_s: float | None, now_s: float, rate_hz: float) -> int:
    """How many frames later `now_s` is than `before_s` at `rate_hz`: more than 1 means that some are missing.

    Without a rate, or where the stream began anew, it is 1: nothing can be said then.
    """
    if before_s is None or not 0.1 < rate_hz < 1000 or not 0 < now_s - before_s < 60:
        return 1
    return max(1, round((now_s - before_s) * rate_hz))
