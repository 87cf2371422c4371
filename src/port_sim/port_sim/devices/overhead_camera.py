"""A simulated IP camera: what it sees of the ground, served as MJPEG over HTTP.

The wire is that of common IP cameras: multipart/x-mixed-replace, each part with Content-Length, X-Timestamp (capture
time in s since the epoch, as mjpg-streamer writes it) and X-Frame (number of the frame). It draws only while somebody
watches. A viewer that is too slow misses frames, which shows in their numbers.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from port_ros.network_address import parse_url
from port_ros.secret_file import read_secret
from port_sim.devices.clip import Clip
from port_sim.devices.mjpeg_server import MjpegServer, Shot
from port_sim.devices.scene import Scene
from port_sim.world import World

_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 85]


class Shutter:
    """Takes frames at a steady rate while there are viewers; its thread ends with `close`."""

    def __init__(self, name: str, rate_hz: float, picture: Callable[[], NDArray[np.uint8]]) -> None:
        self._period_s, self._picture = 1.0 / rate_hz, picture
        self._thread = threading.Thread(target=self._run, name=f"shutter {name}")
        self._changed = threading.Condition()
        self._viewers = 0
        self._closing = False
        self._shot: Shot | None = None

    @property
    def taken(self) -> int:
        """Frames so far: the number of the last one."""
        with self._changed:
            return self._shot.number if self._shot else 0

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()

    @contextlib.contextmanager
    def watched(self) -> Iterator[int]:
        """While inside, frames are taken; gives the number of the last one before, which is too old to show."""
        self._count(1)
        try:
            yield self._shot.number if self._shot else 0
        finally:
            self._count(-1)

    def after(self, number: int, timeout_s: float) -> Shot | None:
        """The newest frame with a higher number than `number`, or None if none comes in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._newer(number) or self._closing, timeout_s)
            return self._shot if self._newer(number) else None

    def _newer(self, number: int) -> bool:
        return self._shot is not None and self._shot.number > number

    def _count(self, change: int) -> None:
        with self._changed:
            self._viewers += change
            self._changed.notify_all()

    def _run(self) -> None:
        next_s, number = time.monotonic(), 0
        while self._wait(next_s):
            now_s = time.monotonic()
            # Absolute deadlines keep the rate; after a pause it starts anew instead of catching up.
            next_s = next_s + self._period_s if now_s - next_s < self._period_s else now_s + self._period_s
            number += 1
            shot = Shot(number, time.time_ns(), _encode(self._picture()))
            with self._changed:
                self._shot = shot
                self._changed.notify_all()

    def _wait(self, until_s: float) -> bool:
        """Wait for the next frame's time and a viewer; false to end."""
        with self._changed:
            self._changed.wait_for(lambda: self._viewers > 0 or self._closing)
            self._changed.wait_for(lambda: self._closing, max(0.0, until_s - time.monotonic()))
            return not self._closing


def _encode(picture: NDArray[np.uint8]) -> bytes:
    return bytes(cv2.imencode(".jpg", picture, _QUALITY)[1])


class OverheadCamera:
    """The camera `name` of the ground, at the host and port of its `address`.

    config: `address`, `rate_hz`, `calibration`, `pose`; with `clip` it plays that film instead of the scene. Where the
    ground names a login, it asks for it, by HTTP Digest.
    """

    def __init__(self, name: str, config: Mapping[str, Any], ground: Mapping[str, Any], world: World) -> None:
        try:
            self._url = parse_url(str(config["address"]), {"http": 0})
        except ValueError as error:
            raise ValueError(f"address: {error}") from error
        if not self._url.port:
            raise ValueError(f"address: {config['address']!r} has no port; write http://127.0.0.1:8088/{name}.mjpg")
        self._name = name
        self._config, self._ground, self._world = config, ground, world
        self._picture = _picture(config, ground, world)
        self._shutter = Shutter(name, float(config.get("rate_hz", 15.0)), lambda: self._picture())
        self._server: MjpegServer | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Serve. Raises OSError, saying which, if the address is taken."""
        self.replug()
        self._shutter.start()

    def close(self) -> None:
        """End everything and wait for it."""
        self.unplug()
        self._shutter.close()

    def unplug(self) -> None:
        """As if the network cable were pulled: every connection ends, new ones are refused."""
        server, self._server = self._server, None
        if server is not None and self._thread is not None:
            server.shutdown()
            server.hang_up()
            server.server_close()
            self._thread.join()

    def replug(self) -> None:
        """Serve again after `unplug`. Raises OSError if the address is taken."""
        if self._server is not None:
            return
        try:
            self._server = MjpegServer(self._url, self._serve, self._login())
        except OSError as error:
            where = self._url.place
            raise OSError(error.errno, f"camera {self._name}: cannot serve at {where}: {error.strerror}") from error
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name=f"camera {self._name}")
        self._thread.start()

    def _login(self) -> tuple[str, str] | None:
        """User and password that it asks for: those the ground names."""
        if not self._config.get("password_file"):
            return (self._url.user, self._url.password) if self._url.user else None
        return str(self._config["user"]), read_secret(str(self._config["password_file"]))

    def knock(self, moved: Sequence[float]) -> None:
        """Move the camera by x, y, z in m and roll, pitch, yaw in rad from where it was surveyed."""
        pose = [value + by for value, by in zip(self._config["pose"], moved, strict=True)]
        self._picture = _picture({**self._config, "pose": pose}, self._ground, self._world)

    def counts(self) -> dict[str, int]:
        """sent: frames taken for viewers, whether one was quick enough for all of them or not."""
        return {"sent": self._shutter.taken}

    def _serve(self, wire: socket.socket, gone: threading.Event) -> None:
        """Send frames until the viewer or the cable is gone."""
        with self._shutter.watched() as number:
            while not gone.is_set():
                if (shot := self._shutter.after(number, 0.2)) is not None:
                    number = shot.number
                    wire.sendall(shot.part())


def _picture(config: Mapping[str, Any], ground: Mapping[str, Any], world: World) -> Callable[[], NDArray[np.uint8]]:
    """What makes the camera's pictures."""
    if config.get("clip"):
        clip = Clip(str(config["clip"]))
        blank = np.zeros((16, 16), np.uint8)
        return lambda: blank if (frame := clip.next()) is None else frame
    scene = Scene(config, ground)

    def look() -> NDArray[np.uint8]:
        return scene.render(world.robot, world.person())

    return look
