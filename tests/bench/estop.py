"""From the e-stop's contact over the wire to the topic and to the stop on command_out, for both kinds of station.

The station is simulated in this process, so that the moment its first byte with an open contact leaves is known; node
and gate are the real processes. `press` counts from the contact, `byte` from that write: the difference is how long the
station waits for a poll, or for its next sample.
"""

import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from port_interfaces.msg import EstopState, SafetyState

from port_ros import qos
from port_sensors.protocol.estop_link import State, encode
from port_sim.devices.registry import Device, make
from port_sim.world import World
from tests.arming import KEY_FILE
from tests.bench import domains
from tests.bench.stand import Stand, end
from tests.ros.test_gate_node import PARAMETERS
from tests.ros_peer import start_node
from tests.sim_ground import ESTOPS

PRESSES, STOPS = 100, 6
DRIVE_MPS = 0.02
NAMES = {"waveshare_8ch": "modbus", "estop_link": "link"}
#: What is measured: each a list of ms for one round.
SPANS = ("press_to_topic", "byte_to_topic", "byte_to_stop")


class Tap:
    """Stands where a simulated station's faults are applied: notes when the first bytes with an open contact leave."""

    count = 0

    def __init__(self) -> None:
        self.byte_ns = 0

    def echo(self, sent: bytes, now_s: float | None = None) -> bytes:
        """Nothing comes back of what the host sent."""
        return b""

    def apply(self, answer: bytes) -> bytes:
        """A Modbus answer: function 2, inputs in byte 3, channel A in its bit 0."""
        self._note(answer[1] == 2 and not answer[3] & 1)
        return answer

    def send(self, frame: State, _: float) -> bytes:
        """A frame of the e-stop link."""
        self._note(not frame.channel_a_closed)
        return encode(frame)

    def _note(self, opened: bool) -> None:
        if opened and not self.byte_ns:
            self.byte_ns = time.monotonic_ns()


class EstopStand(Stand):
    """Feeds the gate everything but the e-stop, which a real node reads from a station of this process."""

    def __init__(self, domain: int, kind: str, folder: Path) -> None:
        super().__init__(domain, estop=False)
        self.world, self.tap = World(), Tap()
        config = {**ESTOPS[kind], "port": str(folder / "station")}
        self.station: Device = make("station_1", config, {}, self.world)
        self.station.faults = self.tap  # type: ignore[attr-defined]
        self.station.start()
        self.link, self.opened_ns, self.slowed_ns = EstopState.LINK_NEVER, 0, 0
        self.node.create_subscription(EstopState, "estop/state", self._on_estop, qos.SENSOR_STREAM)
        self.parameters = {"device_id": "station_1", "session_key_file": KEY_FILE, **config}

    def _on_estop(self, message: EstopState) -> None:
        self.link = message.link
        if not message.channel_a_closed and not self.opened_ns:
            self.opened_ns = time.monotonic_ns()

    def _on_command(self, data: bytes) -> None:
        super()._on_command(data)
        if not self.slowed_ns and min(self.arrived) < DRIVE_MPS - 1e-6:
            self.slowed_ns = time.monotonic_ns()
        self.arrived.clear()

    def press(self) -> int:
        """Press the button now; returns when."""
        self.tap.byte_ns = self.opened_ns = self.slowed_ns = 0
        pressed_ns = time.monotonic_ns()
        self.world.press_estop()
        return pressed_ns

    def to_topic_ms(self) -> tuple[float, float]:
        """One press and release: contact → topic and byte → topic."""
        self.spin(random.uniform(0.04, 0.06))
        pressed_ns = self.press()
        self.until(lambda: self.opened_ns, 2.0, "the press on the topic")
        spans = ((self.opened_ns - pressed_ns) / 1e6, (self.opened_ns - self.tap.byte_ns) / 1e6)
        self.world.release_estop()
        return spans

    def to_stop_ms(self) -> float:
        """Reset, arm, drive, press: byte → first command that is less than the request."""
        self.ready()
        self.arm()
        for _ in range(40):
            self.send(DRIVE_MPS)
            self.spin(0.005)
        self.spin(random.uniform(0.0, 0.01))
        self.press()
        self.until(lambda: self.slowed_ns, 2.0, "the stop on command_out")
        self.world.release_estop()
        return (self.slowed_ns - self.tap.byte_ns) / 1e6

    def ready(self) -> None:
        """Bring the gate to STANDBY, resetting by the button what holds it."""
        calm = (SafetyState.STANDBY, SafetyState.RESET_READY)
        while self.state is None or self.state.state != SafetyState.STANDBY:
            self.until(lambda: self.state is not None and self.state.state in calm, 30.0, "RESET_READY")
            self.world.reset_pressed = True
            self.spin(0.1)
            self.world.reset_pressed = False
            self.spin(0.1)

    def close(self) -> None:
        self.station.close()
        super().close()


def measure(rounds: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Figures by key, medians over the rounds of each round's percentiles, and all samples."""
    samples: dict[str, dict[str, list[list[float]]]] = {kind: {span: [] for span in SPANS} for kind in ESTOPS}
    for number in range(rounds):
        for kind in ESTOPS:
            print(f"estop: round {number + 1} of {rounds}, {kind}", file=sys.stderr)
            for span, values in zip(SPANS, _round(kind), strict=True):
                samples[kind][span].append(values)
    figures = {
        f"estop.{NAMES[kind]}_{span}_p{percent}_ms": float(np.median([np.percentile(one, percent) for one in many]))
        for kind, spans in samples.items()
        for span, many in spans.items()
        for percent in (50, 99)
    }
    for percent in (50, 99):
        every = np.concatenate([one for spans in samples.values() for one in spans["byte_to_stop"]])
        figures[f"estop.to_stop_p{percent}_ms"] = float(np.percentile(every, percent))
    return figures, {"samples_ms": samples}


def _round(kind: str) -> tuple[list[float], list[float], list[float]]:
    with tempfile.TemporaryDirectory() as folder:
        stand = EstopStand(domains.some_domain(), kind, Path(folder))
        node = start_node("port_sensors", "estop_node", "estop", stand.parameters, Path(folder))
        gate = start_node("port_safety", "gate_node", "gate", {**PARAMETERS, "tick_hz": 500.0}, Path(folder))
        try:
            stand.until(lambda: stand.link == EstopState.LINK_OK, 20.0, "the link")
            stand.until(lambda: stand.state is not None, 20.0, "the gate")
            to_topic = [stand.to_topic_ms() for _ in range(PRESSES)]
            to_stop = [stand.to_stop_ms() for _ in range(STOPS)]
        finally:
            end(gate)
            end(node)
            stand.close()
    return [one for one, _ in to_topic], [one for _, one in to_topic], to_stop
