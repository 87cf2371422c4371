"""A cable pulled and plugged in at random moments: data comes again each time, and nothing is left behind.

Real lines and sockets, each device with its driver. The times are printed and depend on the machine; that no driver's
own schedule takes more than 2 s is asserted in tests/property/test_back_within_two_seconds.py. PORT_REPLUGS=100 runs
the long mode.
"""

import contextlib
import gc
import os
import random
import socket
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from port_sensors.core.estop import Contacts
from port_sensors.drivers.camera_settings import HttpCameraSettings, RtspCameraSettings
from port_sensors.drivers.estop_controller import ControllerSettings, ControllerStation
from port_sensors.drivers.estop_io import WaveshareSettings, WaveshareStation
from port_sensors.drivers.mjpeg_camera import MjpegCamera
from port_sensors.drivers.video_camera import RtspCamera
from port_sensors.drivers.wrench_sensor import WrenchSensor
from port_sim.devices.estop_controller import EstopController
from port_sim.devices.estop_station import EstopStation
from port_sim.devices.overhead_camera import OverheadCamera
from port_sim.world import World
from tests.rtsp_camera import RtspServer
from tests.sim_ground import ESTOPS
from tests.waiting import wait_until
from tests.wires import WIRES, Wire, settle

REPLUGS = int(os.environ.get("PORT_REPLUGS", "4"))


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Stand:
    """A simulated device and its driver. heard: how often its word counted; said: how the link is, for people.

    mute: what stands in for the device while it is gone, so that nobody is told that it is: only silence is left.
    gone_s: at most so long; on a network it takes longer until anybody notices.
    """

    device: Any
    driver: Any
    heard: Callable[[], int]
    said: Callable[[], object]
    mute: Callable[[], contextlib.AbstractContextManager[Any]] = contextlib.nullcontext
    gone_s: float = 0.4

    @property
    def counts(self) -> bool:
        """Whether the device numbers what it sends, so that there is an account."""
        return isinstance(self.driver, WrenchSensor) and bool(self.driver._protocol.turn)

    def settle(self) -> None:
        if self.counts:
            settle(self.device, self.driver)

    def closes(self) -> None:
        """The account after the end."""
        if self.counts:
            # A driver that heard nothing on the new line sets the device up anew: what it took meanwhile is lost, too.
            totals, sent = self.driver.totals, self.device.counts()
            assert totals.received + totals.lost == sent["sent"] + sent["unsent"]


def force_plate(wire: Wire) -> Callable[[Path], Stand]:
    return lambda folder: wrench_sensor(wire, str(folder / "line"))


def wrench_sensor(wire: Wire, port: str) -> Stand:
    driver = WrenchSensor("left", port, 921600, wire.protocol())

    def heard() -> int:
        driver.drain()
        return driver.totals.received

    return Stand(wire.device(port), driver, heard, lambda: driver.link)


def udp_sensor(silent: bool) -> Callable[[Path], Stand]:
    def make(_: Path) -> Stand:
        number = free_port(socket.SOCK_DGRAM)

        def deaf_socket() -> socket.socket:
            deaf = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            deaf.bind(("127.0.0.1", number))
            return deaf

        stand = replace(wrench_sensor(WIRES[5], f"udp://127.0.0.1:{number}"), gone_s=1.5)
        return replace(stand, mute=deaf_socket) if silent else stand

    return make


def waveshare(folder: Path) -> Stand:
    block = {**ESTOPS["waveshare_8ch"], "port": str(folder / "station")}
    settings = msgspec.convert({key: value for key, value in block.items() if key != "driver"}, WaveshareSettings)
    driver = WaveshareStation("estop", settings, lambda *_: None)
    device = EstopStation("station_1", block, {}, World())
    return Stand(device, driver, lambda: driver.answered, lambda: driver.link)


def controller(folder: Path) -> Stand:
    """Its word counts only once the link is trusted again, not with the first frame."""
    words: list[Contacts] = []
    settings = ControllerSettings(str(folder / "station"), 115200, 3, 0.4, 0.5, 0.5)
    driver = ControllerStation("estop", settings, lambda contacts, *_: words.append(contacts) if contacts else None)
    config = {"port": settings.port, "station_id": 3, "watchdog_s": 0.4}
    device = EstopController("station_1", config, {}, World())
    return Stand(device, driver, lambda: len(words), lambda: driver.doubt(time.monotonic()))


def http_camera(silent: bool) -> Callable[[Path], Stand]:
    def make(_: Path) -> Stand:
        number = free_port(socket.SOCK_STREAM)
        address = f"http://127.0.0.1:{number}/stream"
        driver = MjpegCamera("north", HttpCameraSettings(address), lambda _: None)
        config = {"address": address, "rate_hz": 30.0, "clip": "pedestrians.avi"}
        device = OverheadCamera("north", config, {}, World())
        stand = Stand(device, driver, lambda: driver.link().received, driver.link, gone_s=1.5)
        return replace(stand, mute=lambda: socket.create_server(("127.0.0.1", number))) if silent else stand

    return make


def rtsp_camera(_: Path) -> Stand:
    server = RtspServer()
    driver = RtspCamera("north", RtspCameraSettings(server.address), lambda _: None)
    return Stand(server, driver, lambda: driver.link().received, driver.link, gone_s=1.5)


#: gone: whoever asks is told that nobody is there. silent: nobody says anything.
STANDS: dict[str, Callable[[Path], Stand]] = {
    **{wire.name: force_plate(wire) for wire in WIRES[:3]},
    "ati_rdt gone": udp_sensor(silent=False),
    "ati_rdt silent": udp_sensor(silent=True),
    "waveshare_8ch": waveshare,
    "estop_link": controller,
    "mjpeg_http gone": http_camera(silent=False),
    "mjpeg_http silent": http_camera(silent=True),
    "rtsp": rtsp_camera,
}


@pytest.mark.parametrize("name", STANDS)
def test_data_comes_again_however_often_the_cable_is_pulled(name: str, tmp_path: Path) -> None:
    gc.collect()  # the film of an earlier stand is no file of this one
    rng, stand = random.Random(3), STANDS[name](tmp_path)
    threads, files = threading.active_count(), open_files()
    stand.device.start()
    stand.driver.start()
    again_s: list[float] = []
    try:
        wait_until(lambda: stand.heard() > 10, what=f"the first data; {stand.said()}")
        for number in range(REPLUGS):
            time.sleep(rng.uniform(0.0, 0.15))  # any moment will do
            stand.device.unplug()
            with stand.mute():
                time.sleep(rng.uniform(0.0, stand.gone_s))
            heard, began_s = stand.heard(), time.monotonic()
            stand.device.replug()
            wait_until(lambda: stand.heard() > heard, what=f"data after replug {number}; {stand.said()}")  # noqa: B023
            again_s.append(time.monotonic() - began_s)
        stand.settle()
    finally:
        stand.driver.close()
        stand.device.close()
    print(f"{name}: {REPLUGS} times, data again in {statistics.median(again_s):.2f} s, ≤ {max(again_s):.2f} s")
    wait_until(lambda: (threading.active_count(), open_files()) == (threads, files), what="all threads and files ended")
    stand.closes()
