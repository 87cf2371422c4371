"""Whatever is raised in a driver's thread, at any step: it is named, the link is down meanwhile, and data comes again.

Every driver at its own wire. What is raised is no LinkLost, so it stands for a fault of ours or of a library.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import pytest

from port_ros.threads import on_thread_death
from port_sensors.core.estop_link import EstopLink
from port_sensors.drivers import estop_controller, mjpeg_camera, v4l2_camera
from port_sensors.drivers.camera import StreamCamera
from port_sensors.drivers.camera_settings import FilmSettings
from port_sensors.drivers.v4l2_camera import V4l2Camera, V4l2CameraSettings
from port_sensors.drivers.video_camera import FileCamera
from port_sensors.protocol import v4l2 as v4l2_words
from port_sensors.protocol import waveshare_8ch
from port_sensors.protocol.mjpeg import MjpegParser
from port_sensors.transport.http_stream import HttpStream
from port_sensors.transport.serial_port import SerialPort
from port_sensors.transport.udp_port import UdpPort
from port_sim.devices.clip import DATA
from tests.doors.port_sensors.test_camera_drivers import Kernel
from tests.doors.port_sensors.test_replug import (
    Stand,
    controller,
    force_plate,
    http_camera,
    rtsp_camera,
    udp_sensor,
    waveshare,
)
from tests.unit.port_sensors.test_v4l2 import MONOTONIC
from tests.waiting import wait_until
from tests.wires import STREAMS

#: What a library may well put into an exception's text.
SAID = "cannot read http://admin:s3cret@cam/x?pwd=s3cret"


class Broken:
    """Stands in for a callable: raises `kind` while `broken`, else does its work."""

    def __init__(self, kind: type[BaseException] = RuntimeError) -> None:
        self.broken, self.calls, self._kind = True, 0, kind

    def stand_in(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            if self.broken:
                self.calls += 1
                raise self._kind(SAID)
            return work(*args, **options)

        return call


class NoDevice:
    """For a camera that needs no device beside it."""

    def start(self) -> None: ...

    close = start


class EndlessKernel(Kernel):
    """A video device that gives pictures for ever."""

    def __init__(self) -> None:
        super().__init__([])
        self._number = 0

    def wait(self, timeout_s: float) -> bool:
        super().wait(timeout_s)
        self._number += 1
        self.frames = [(self._number, MONOTONIC, self._number * 33_000)]
        return True


def v4l2(_: Path) -> Stand:
    driver = V4l2Camera("usb", V4l2CameraSettings("/dev/video0"), lambda _: None)
    return Stand(NoDevice(), driver, lambda: driver.link().received, driver.link)


def film(_: Path) -> Stand:
    driver = FileCamera("film", FilmSettings(str(DATA / "pedestrians.avi")), lambda _: None)
    return Stand(NoDevice(), driver, lambda: driver.link().received, driver.link)


#: Where a step is: of the driver, or what the driver calls. `None` stands for the driver itself.
Step = tuple[Any, str]
WRENCH: dict[str, Step] = {
    "open": (None, "_open"), "configure": (None, "_protocol.configuration"), "start": (None, "_protocol.start"),
    "decode": (None, "_protocol.feed_all"), "account": (None, "_accounting.take"), "publish": (None, "_outbox.put"),
}  # fmt: skip
CAMERA: dict[str, Step] = {"publish": (None, "_on_frame"), "count": (None, "_lost_before")}
VIDEO = {
    "open": (cv2, "VideoCapture"), "source": (None, "_source"), "read": (None, "_next"),
    "compress": (cv2, "imencode"), "play": (None, "_play"), **CAMERA,
}  # fmt: skip
SERIAL = {"open": (None, "_open"), "write": (SerialPort, "write"), "read": (SerialPort, "read")}
DRIVERS: dict[str, tuple[Callable[[Path], Stand], dict[str, Step]]] = {
    **{wire.name: (force_plate(wire), {**WRENCH, "read": (SerialPort, "read"), "write": (SerialPort, "write")})
       for wire in STREAMS},
    "ati_rdt": (udp_sensor(silent=False), {**WRENCH, "read": (UdpPort, "read"), "write": (UdpPort, "write")}),
    "waveshare_8ch": (waveshare, {
        **SERIAL, "decode": (waveshare_8ch, "find_answer"), "decide": (None, "_watchdog.due"),
        "publish": (None, "_listener"),
    }),
    "estop_link": (controller, {
        **SERIAL, "begin": (estop_controller, "Parser"), "decode": (None, "_hear"),
        "judge": (EstopLink, "take"), "speak": (EstopLink, "beat"),
        "publish": (None, "_listener"),
    }),
    "mjpeg_http": (http_camera(silent=False), {
        "open": (HttpStream, "open"), "configure": (mjpeg_camera, "boundary_of"),
        "read": (HttpStream, "read"), "decode": (MjpegParser, "feed"), **CAMERA,
    }),
    "v4l2": (v4l2, {
        "open": (v4l2_camera, "V4l2Device"), "configure": (v4l2_camera, "_prepare"), "read": (EndlessKernel, "wait"),
        "decode": (v4l2_words, "read_buffer"), **CAMERA,
    }),
    "rtsp": (rtsp_camera, VIDEO),
    "video_file": (film, VIDEO),
}  # fmt: skip
CASES = [(name, step) for name, (_, steps) in DRIVERS.items() for step in steps]


@dataclass
class Bench:
    """A driver with one step of it broken. up, reason: of its link."""

    stand: Stand
    broken: Broken

    @property
    def driver(self) -> Any:
        return self.stand.driver

    @property
    def up(self) -> bool:
        return bool(self.driver.link().connected if isinstance(self.driver, StreamCamera) else self.driver.link.up)

    @property
    def reason(self) -> str:
        return str(self.driver.link().reason if isinstance(self.driver, StreamCamera) else self.driver.link.reason)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Bench]]:
    made: list[Stand] = []

    def make(name: str, step: str, kind: type[BaseException] = RuntimeError) -> Bench:
        monkeypatch.setattr(v4l2_camera, "V4l2Device", lambda path: EndlessKernel())
        build, steps = DRIVERS[name]
        stand, broken = build(tmp_path), Broken(kind)
        made.append(stand)
        owner, path = steps[step]
        *groups, attribute = path.split(".")
        target = stand.driver if owner is None else owner
        for group in groups:
            target = getattr(target, group)
        monkeypatch.setattr(target, attribute, broken.stand_in(getattr(target, attribute)))
        stand.device.start()
        stand.driver.start()
        return Bench(stand, broken)

    yield make
    for stand in made:
        stand.driver.close()
        stand.device.close()


@pytest.mark.parametrize(("name", "step"), CASES, ids=[f"{name} {step}" for name, step in CASES])
def test_a_fault_at_any_step_is_named_and_outlived(
    name: str, step: str, bench: Callable[..., Bench], capfd: pytest.CaptureFixture[str]
) -> None:
    one = bench(name, step)
    wait_until(lambda: "RuntimeError" in one.reason, what=f"the fault is named; {one.stand.said()}")
    wait_until(lambda: one.broken.calls >= 2, what="it is tried again")
    logged = capfd.readouterr().err
    assert "fault in the driver: RuntimeError" in logged and "Traceback" not in logged and __file__ in logged
    assert "s3cret" not in one.reason + logged
    one.broken.broken = False
    heard = one.stand.heard()
    wait_until(lambda: one.stand.heard() > heard and one.up, what=f"data again; {one.stand.said()}")
    assert one.reason == ""


class Fatal(BaseException):
    """Nothing that a driver may catch."""


@pytest.mark.parametrize("name", DRIVERS)
def test_a_link_is_never_up_without_its_thread(
    name: str, bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    deaths: list[str] = []
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    on_thread_death(deaths.append)
    one = bench(name, "publish", Fatal)
    wait_until(lambda: not one.driver._thread.is_alive(), what=f"the thread's end; {one.stand.said()}")
    assert not one.up
    assert one.reason == "the driver's thread has ended"
    assert "was ended by Fatal" in deaths[0] and "s3cret" not in deaths[0]


def test_a_driver_that_was_closed_says_so(bench: Callable[..., Bench]) -> None:
    one = bench("sri_m8128", "open")
    one.broken.broken = False
    wait_until(lambda: one.up, what="the link is up")
    one.driver.close()
    assert (one.up, one.reason) == (False, "the driver's thread has ended")
