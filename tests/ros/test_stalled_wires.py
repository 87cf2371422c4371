"""A wire that stalls, in every way a wire can, never holds up its node: no callback waits, diagnostics keep coming.

The nodes run in this process and are spun here as `port_ros.life` does. Proved by what is called (`watched_threads`):
the executor's thread makes no call that can wait, and no other thread waits while it holds a lock.
"""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rclpy
import serial
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from port_interfaces.msg import EnableHeartbeat
from rclpy.experimental import EventsExecutor
from rclpy.signals import SignalHandlerOptions

from port_ros import life, qos
from port_ros.parameter_file import parameter_file
from port_sensors.protocol.estop_link import encode
from port_sensors.ros.camera_node import CameraNode
from port_sensors.ros.estop_node import EstopNode
from port_sensors.ros.force_plate_node import ForcePlateNode
from tests.arming import signed_publisher
from tests.sim_ground import CORNERS, ESTOPS
from tests.stalled_wires import StalledHttp, StalledLine, StalledUdp
from tests.unit.port_sensors.test_estop_link_wire import SAMPLE
from tests.waiting import PATIENCE_S
from tests.watched_threads import Watch, watch
from tests.wires import WIRES, samples_of

__all__ = ["watch"]
#: Diagnostics come once a second: so many while the wires are stalled.
BEATS = 3
HALF_ANSWER = bytes.fromhex("01020100")
HUNG = "hung"


class Stage:
    """A node in this process, on wires that stall."""

    def __init__(self, folder: Path, watch: Watch) -> None:
        self.folder, self.watch = folder, watch
        self.wires: list[Any] = []
        self.diagnostics: list[DiagnosticArray] = []
        self.released = threading.Event()

    def spin(self, kind: Callable[[], Any], name: str, parameters: dict[str, Any]) -> None:
        """Spin the node for BEATS seconds of its own timer; then end it, its threads with it."""
        file = self.folder / f"{name}.yaml"
        file.write_text(parameter_file(parameters))
        start = ["--ros-args", "-r", f"__node:={name}", "-r", "__ns:=/t", "--params-file", str(file)]
        rclpy.init(args=start, signal_handler_options=SignalHandlerOptions.NO)
        before = set(threading.enumerate())
        node = kind()
        try:
            node.create_subscription(DiagnosticArray, "/diagnostics", self.diagnostics.append, 10)
            self._beat(node)
            life.say_started(node)
            executor = EventsExecutor()
            executor.add_node(node)
            with self.watch.here():
                deadline_s, most_s = time.monotonic() + PATIENCE_S, 0.0
                while len(self.diagnostics) < BEATS and time.monotonic() < deadline_s:
                    before_s = time.thread_time()
                    executor.spin_once(timeout_sec=0.1)
                    most_s = max(most_s, time.thread_time() - before_s)
            print(f"{name}: at most {most_s * 1e3:.1f} ms of the executor's own time in a call, watched")
        finally:
            self.released.set()
            node.close()
            node.destroy_node()
            rclpy.try_shutdown()
        left = [one.name for one in set(threading.enumerate()) - before if one.name.split()[0] in NAMES]
        assert not left, "threads that outlived their node"

    def _beat(self, node: Any) -> None:
        """The gate's heartbeats, for who listens to them."""
        publisher = signed_publisher(node, EnableHeartbeat, "safety/enable", qos.SENSOR_STREAM)

        def send() -> None:
            publisher.publish(EnableHeartbeat(stamp=node.get_clock().now().to_msg(), enable=True))

        node.create_timer(0.02, send)

    def said(self, of: str) -> list[DiagnosticStatus]:
        return [status for array in self.diagnostics for status in array.status if status.name.startswith(of)]

    def nothing_waited(self) -> None:
        assert len(self.diagnostics) >= BEATS, "the node did not go on"
        assert not self.watch.of(threading.current_thread().name), "the executor's thread made calls that can wait"
        assert not self.watch.locked(), "somebody waited while holding a lock that the executor may want"
        assert self.watch.waits, "the drivers' threads were not watched at all"

    def close(self) -> None:
        self.released.set()
        for wire in self.wires:
            wire.close()


#: How drivers name their threads.
NAMES = ("force_plate", "estop", "camera", "lookout")


@pytest.fixture
def stage(ros_domain: int, tmp_path: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    stage = Stage(tmp_path, watch)
    plain = serial.Serial

    def open_or_hang(path: str, **settings: Any) -> Any:
        """A port of a driver that is stuck in the kernel: the call to open it does not come back."""
        if path.endswith(HUNG):
            stage.released.wait()
            raise OSError("hung")
        return plain(path, **settings)

    monkeypatch.setattr(serial, "Serial", open_or_hang)
    yield stage
    stage.close()


def half_of(name: str) -> bytes:
    wire = next(one for one in WIRES if one.name == name)
    frame = wire.frames(np.asarray(samples_of(1)))[0]
    return frame[: len(frame) // 2]


def line(stage: Stage, kind: str, half: bytes) -> str:
    """A serial line that stalls as `kind` says; its path."""
    path = stage.folder / kind
    if kind == HUNG:
        path.touch()
    else:
        stage.wires.append(StalledLine(path, kind, half))
    return str(path)


def test_force_plates(stage: Stage) -> None:
    block = {"full_scale_n": 500.0, "corners_m": CORNERS["left"], "baud": 460800}
    plates: dict[str, Any] = {}
    for driver, rate_hz, kinds in (("sri_m8128", 1000.0, (*StalledLine.KINDS, HUNG)), ("robotiq_ft300", 100.0, ())):
        for kind in kinds or ("silent",):
            port = line(stage, kind if kinds else f"{kind}_uncounted", half_of(driver))
            baud = 460800 if kinds else 19200
            plates[f"{driver}_{kind}"] = {**block, "driver": driver, "rate_hz": rate_hz, "port": port, "baud": baud}
    for kind in StalledUdp.KINDS:
        stage.wires.append(wire := StalledUdp(kind, half_of("ati_rdt")))
        counts = [1e6] * 6
        plates[f"rdt_{kind}"] = {
            "driver": "ati_rdt", "rate_hz": 1000.0, "port": wire.port, "counts_per_unit": counts, **block
        }  # fmt: skip
    stage.spin(ForcePlateNode, "force_plates", {"plates": list(plates), **plates})
    stage.nothing_waited()
    for name in plates:
        assert {status.level for status in stage.said(f"force_plate {name}")} == {DiagnosticStatus.ERROR}, name


@pytest.mark.parametrize("kind", ["silent", "half", "deaf", HUNG])
@pytest.mark.parametrize("driver", ESTOPS)
def test_estop_stations(stage: Stage, driver: str, kind: str) -> None:
    half = HALF_ANSWER if driver == "waveshare_8ch" else encode(SAMPLE)[:17]
    parameters = {"device_id": "station_1", **ESTOPS[driver], "port": line(stage, kind, half)}
    stage.spin(EstopNode, "estop", parameters)
    stage.nothing_waited()
    assert {status.level for status in stage.said("estop station_1")} == {DiagnosticStatus.ERROR}


def test_cameras(stage: Stage) -> None:
    cameras: dict[str, Any] = {}
    for kind in StalledHttp.KINDS:
        stage.wires.append(camera := StalledHttp(kind))
        cameras[kind] = {"driver": "mjpeg_http", "address": camera.address, "pose": [0.0, 0.0, 3.0, 3.14, 0.0, 0.0]}
    common = {"marker": {"dictionary": "DICT_4X4_50", "id": 7, "size_m": 0.5, "height_m": 0.6}, "robot_radius_m": 0.4}
    stage.spin(CameraNode, "cameras", {"cameras": list(cameras), **cameras, **common})
    stage.nothing_waited()
    for kind in StalledHttp.KINDS:
        assert {status.level for status in stage.said(f"camera {kind}")} == {DiagnosticStatus.ERROR}, kind
