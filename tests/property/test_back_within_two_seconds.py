"""A device that is back is heard again within 2 s, whenever it was pulled and whatever the driver was doing.

Asserted on the drivers' own schedule, in virtual time, so that the machine has no part in it; with real lines and
sockets it is tried in tests/doors. PORT_REPLUGS=100 makes many more draws.
"""

import os
import random
import socket
from collections.abc import Callable
from typing import Any

import cv2
import pytest

from port_sensors.core.estop import Contacts
from port_sensors.drivers import mjpeg_camera, v4l2_camera
from port_sensors.drivers.camera_settings import HttpCameraSettings, RtspCameraSettings
from port_sensors.drivers.estop_controller import ControllerSettings, ControllerStation
from port_sensors.drivers.estop_io import Inputs, WaveshareSettings, WaveshareStation
from port_sensors.drivers.mjpeg_camera import MjpegCamera
from port_sensors.drivers.v4l2_camera import V4l2Camera, V4l2CameraSettings
from port_sensors.drivers.video_camera import RtspCamera
from port_sensors.drivers.wrench_sensor import WrenchSensor
from port_sensors.protocol import v4l2
from port_sensors.transport.http_stream import StreamAbsent, StreamRefused
from port_sensors.transport.serial_port import LinkLost, PortAbsent
from port_sim.devices.estop_controller import EstopController
from port_sim.devices.estop_station import EstopStation
from port_sim.world import World
from tests.unit.port_sensors.test_mjpeg import part
from tests.unit.port_sensors.test_v4l2 import MONOTONIC, filled
from tests.virtual_time import ABSENT, REFUSED, SILENT, Bell, Cable, Line, VirtualTime
from tests.wires import STREAMS, WIRES, Wire

BOUND_S = 2.0
PULLED = int(os.environ.get("PORT_REPLUGS", "4")) * 5
PERIOD_S = 0.066
JPEG = b"\xff\xd8" + b"x" * 400 + b"\xff\xd9"


class Bench:
    """One driver, and when its word last counted."""

    def __init__(self, cable: Cable) -> None:
        self.cable, self.clock, self.heard_s = cable, cable.clock, float("-inf")
        self.driver: Any = None

    def hear(self, *_: object) -> None:
        self.heard_s = self.clock.now_s

    def run(self, pulled_s: float, gone_s: float) -> float:
        """Pull the cable so long after the start, for so long; how long after that the first word came."""
        cable, clock = self.cable, self.clock
        cable.pulled_s = clock.now_s + pulled_s
        cable.back_s = cable.pulled_s + gone_s
        self.driver._stop = Bell(clock, lambda: self.heard_s >= cable.back_s or clock.now_s > cable.back_s + 30.0)
        self.driver._run()
        assert self.heard_s >= cable.back_s, f"never heard again; {self.driver.link}"
        return self.heard_s - cable.back_s


def wrench_sensor(wire: Wire, loses_power: bool) -> Callable[[Cable], Bench]:
    def make(cable: Cable) -> Bench:
        bench, port = Bench(cable), "udp://127.0.0.1:49152" if wire.name == "ati_rdt" else "virtual"
        line = Line(cable, wire.device(port), loses_power)
        bench.driver = WrenchSensor("left", port, 921600, wire.protocol())
        bench.driver._open, bench.driver._outbox.put = line.open, bench.hear
        return bench

    return make


def waveshare(cable: Cable) -> Bench:
    bench = Bench(cable)
    inputs = {"channel_a": 0, "channel_b": 1, "reset": 2, "relay": 3}
    block = {"port": "virtual", "unit_id": 1, "watchdog_output": 0}
    line = Line(cable, EstopStation("station", {**block, "inputs": inputs}, {}, World()))
    settings = WaveshareSettings(**block, baud=9600, inputs=Inputs(**inputs), watchdog_s=0.5, poll_hz=50.0)  # type: ignore[arg-type]
    bench.driver = WaveshareStation("estop", settings, bench.hear)
    bench.driver._open, bench.driver._wake = line.open, Bell(bench.clock)
    return bench


def controller(cable: Cable) -> Bench:
    bench = Bench(cable)
    line = Line(cable, EstopController("station", {"port": "virtual", "station_id": 3, "watchdog_s": 0.4}, {}, World()))
    settings = ControllerSettings("virtual", 115200, 3, 0.4)

    def listen(contacts: Contacts | None, *_: object) -> None:
        if contacts:
            bench.hear()

    bench.driver = ControllerStation("estop", settings, listen)
    bench.driver._open = line.open
    return bench


class Http:
    """An HTTP camera as its driver's stream sees it."""

    shown, content_type = "camera", "multipart/x-mixed-replace; boundary=b"

    def __init__(self, cable: Cable) -> None:
        self._cable, self._number = cable, 0

    def __call__(self, url: object, authorize: object, timeout_s: float) -> "Http":
        self._timeout_s = timeout_s
        return self

    def open(self) -> None:
        self._fail(StreamRefused, StreamAbsent)

    def read(self) -> bytes:
        self._fail(LinkLost, LinkLost)
        self._cable.clock.sleep(PERIOD_S)
        self._number += 1
        return part(JPEG, self._number)

    def _fail(self, refused: type[LinkLost], silent: type[LinkLost]) -> None:
        """Who asks while the camera is gone waits in vain, even if it comes back meanwhile."""
        if self._cable.there:
            return
        if self._cable.way == REFUSED:
            raise refused("camera: refused", "switch it on")
        self._cable.clock.sleep(self._timeout_s)
        raise silent("camera: no answer", "check its cable")

    def close(self) -> None:
        """Nothing is held."""


class Film:
    """An RTSP stream as OpenCV gives it."""

    def __init__(self, cable: Cable) -> None:
        self._cable, self._at_s = cable, 0.0

    def knock(self, _: object, timeout_s: float) -> "Film":
        if self._cable.there:
            return self
        self._cable.clock.sleep(0.0 if self._cable.way == REFUSED else timeout_s)
        raise ConnectionRefusedError(self._cable.way)

    def open(self, *_: object) -> "Film":
        return self

    def isOpened(self) -> bool:
        return self._cable.there

    def get(self, what: int) -> float:
        return 1 / PERIOD_S if what == cv2.CAP_PROP_FPS else self._at_s * 1e3

    def read(self) -> tuple[bool, Any]:
        there = self._cable.there
        self._cable.clock.sleep(PERIOD_S if there else 1.0)
        self._at_s += PERIOD_S
        return there, cv2.UMat(8, 8, 0).get() if there else None

    def close(self) -> None:
        """Nothing is held."""

    release = close


class Device:
    """A video device: its node is gone with its cable."""

    def __init__(self, cable: Cable) -> None:
        self._cable, self._number = cable, 0

    def __call__(self, path: str) -> "Device":
        self.wait(0.0)
        return self

    def request(self, number: int, argument: bytes | bytearray) -> bytearray:
        data = bytearray(argument)
        if number == v4l2.QUERYCAP:
            data[84:88] = (0x04200001).to_bytes(4, "little")
        elif number == v4l2.DQBUF:
            self._number += 1
            return filled(self._number % 4, MONOTONIC, self._number, round(self._cable.clock.now_s * 1e6))
        return data

    def wait(self, timeout_s: float) -> bool:
        if not self._cable.there:
            raise PortAbsent("/dev/video0: no such camera", "plug it in")
        self._cable.clock.sleep(PERIOD_S)
        return True

    def map(self, *_: int) -> None:
        """No memory is shared."""

    def content(self, *_: int) -> bytes:
        return JPEG

    def close(self) -> None:
        """Nothing is held."""


def camera(kind: str, patch: pytest.MonkeyPatch) -> Callable[[Cable], Bench]:
    def make(cable: Cable) -> Bench:
        bench = Bench(cable)
        if kind == "mjpeg_http":
            patch.setattr(mjpeg_camera, "HttpStream", Http(cable))
            bench.driver = MjpegCamera("north", HttpCameraSettings("http://camera"), bench.hear)
        elif kind == "v4l2":
            patch.setattr(v4l2_camera, "V4l2Device", Device(cable))
            bench.driver = V4l2Camera("north", V4l2CameraSettings("/dev/video0"), bench.hear)
        else:
            film = Film(cable)
            patch.setattr(socket, "create_connection", film.knock)
            patch.setattr(cv2, "VideoCapture", film.open)
            bench.driver = RtspCamera("north", RtspCameraSettings("rtsp://camera/stream"), bench.hear)
        return bench

    return make


def longest_s(make: Callable[[Cable], Bench], clock: VirtualTime, way: str) -> float:
    """The longest it took, of many pulled at any moment for any time up to 12 s."""
    rng, took_s = random.Random(5), 0.0
    random.seed(5)
    for _ in range(PULLED):
        took_s = max(took_s, make(Cable(clock, way)).run(rng.uniform(1.0, 1.2), rng.uniform(0.0, 12.0)))
    print(f"{way}: heard again after at most {took_s:.2f} s, of {PULLED} times")
    return took_s


@pytest.mark.parametrize("loses_power", [False, True], ids=["cable", "power"])
@pytest.mark.parametrize("way", [ABSENT, SILENT])
@pytest.mark.parametrize("wire", STREAMS, ids=lambda wire: wire.name)
def test_a_force_plate(monkeypatch: pytest.MonkeyPatch, wire: Wire, way: str, loses_power: bool) -> None:
    assert longest_s(wrench_sensor(wire, loses_power), VirtualTime(monkeypatch), way) <= BOUND_S


@pytest.mark.parametrize("loses_power", [False, True], ids=["cable", "power"])
@pytest.mark.parametrize("way", [SILENT, REFUSED])
def test_a_sensor_on_udp(monkeypatch: pytest.MonkeyPatch, way: str, loses_power: bool) -> None:
    assert longest_s(wrench_sensor(WIRES[5], loses_power), VirtualTime(monkeypatch), way) <= BOUND_S


@pytest.mark.parametrize("way", [ABSENT, SILENT])
@pytest.mark.parametrize("station", [waveshare, controller])
def test_an_estop_station(monkeypatch: pytest.MonkeyPatch, station: Callable[[Cable], Bench], way: str) -> None:
    assert longest_s(station, VirtualTime(monkeypatch), way) <= BOUND_S


@pytest.mark.parametrize(("kind", "way"), [
    ("mjpeg_http", SILENT), ("mjpeg_http", REFUSED), ("rtsp", SILENT), ("rtsp", REFUSED), ("v4l2", ABSENT),
])  # fmt: skip
def test_a_camera(monkeypatch: pytest.MonkeyPatch, kind: str, way: str) -> None:
    assert longest_s(camera(kind, monkeypatch), VirtualTime(monkeypatch), way) <= BOUND_S
