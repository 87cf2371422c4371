"""The node of one e-stop station: publishes what its contacts say, hands the gate's heartbeats to its watchdog output.

A reading is published from the driver's thread the moment the device answers; nothing waits for the executor. A timer
sees to it that something is said at least 50 times a second, also when the driver is silent or hangs. It decides
nothing about stopping, and it never feeds the watchdog on its own account.
"""

import sys
import threading
import time
from collections.abc import Callable, Sequence

import msgspec
from port_interfaces.msg import EnableHeartbeat, EstopState
from rclpy.node import Node

from port_ros import account, life, parameters, qos, realtime, stamps
from port_ros.diagnostics import Diagnostics, Health
from port_sensors.core.estop import LOST_AFTER_S, Reading, Station, Wiring
from port_sensors.drivers.estop_io import Module, WaveshareStation
from port_sensors.drivers.registry import ESTOP_STATIONS, load

#: The timer's period, and how old the last word must be for it to speak: a little less, or jitter halves the rate.
_LOOK_S = 0.01
_QUIET_S = 0.008


class WiringParameters(msgspec.Struct, forbid_unknown_fields=True):
    """Input numbers, 0…7."""

    channel_a: int
    channel_b: int
    reset: int
    relay: int


class Parameters(msgspec.Struct, forbid_unknown_fields=True):
    """One station."""

    device_id: str
    driver: str
    port: str
    baud: int
    unit_id: int
    inputs: WiringParameters
    watchdog_output: int
    watchdog_s: float
    poll_hz: float
    lost_after_s: float = LOST_AFTER_S
    account_path: str = ""


class EstopNode(Node):
    """One station; see the module."""

    def __init__(self, granted: Sequence[str] = ()) -> None:
        super().__init__("estop", automatically_declare_parameters_from_overrides=True)
        given = parameters.read(self, Parameters)
        self._device_id = given.device_id
        self._account_path = given.account_path
        self._granted = "; ".join(granted)
        self._lock = threading.Lock()
        self._sequence = 0
        self._said_s = float("-inf")
        self._looked = (time.monotonic(), 0)
        self._link_reason: str | None = None
        self._publisher = self.create_publisher(EstopState, "estop/state", qos.SENSOR_STREAM)
        try:
            self._station = Station(Wiring(**msgspec.structs.asdict(given.inputs)), given.lost_after_s)
            self._driver = _make_driver(given, self._on_answer)
        except ValueError as error:
            raise parameters.ParameterError(f"{self.get_fully_qualified_name()}: {error}") from error
        self.create_subscription(EnableHeartbeat, "safety/enable", self._on_heartbeat, qos.SENSOR_STREAM)
        self._timer = self.create_timer(_LOOK_S, self._on_timer)
        self._diagnostics = Diagnostics(self, self._look)
        self._driver.start()

    def close(self) -> None:
        """Release the watchdog output and end the driver's thread."""
        self._driver.close()
        account.write(self._account_path, {self._device_id: self._driver.account()})

    def _on_answer(self, inputs: tuple[bool, ...], now_s: float, stamp_ns: int) -> None:
        with self._lock:
            self._station.answered(inputs, now_s, stamp_ns)
            self._say(now_s)

    def _on_timer(self) -> None:
        now_s = time.monotonic()
        with self._lock:
            if now_s - self._said_s >= _QUIET_S:
                self._say(now_s)

    def _on_heartbeat(self, heartbeat: EnableHeartbeat) -> None:
        age_s = (time.time_ns() - stamps.to_ns(heartbeat.stamp)) / 1e9
        self._driver.heartbeat(heartbeat.sequence, heartbeat.enable, age_s)

    def _say(self, now_s: float) -> None:
        """Publish what is true now. The lock is held: messages leave in the order of their sequence."""
        self._said_s = now_s
        self._sequence += 1
        reading = self._station.reading(now_s, self._driver.link.up)
        self._publisher.publish(
            EstopState(
                stamp=stamps.to_msg(reading.stamp_ns),
                device_id=self._device_id,
                sequence=self._sequence,
                device_sequence=reading.answers,
                link=_link_of(reading),
                link_reason=self._reason(reading),
                channel_a_closed=reading.channel_a_closed,
                channel_b_closed=reading.channel_b_closed,
                reset_pressed=reading.reset_pressed,
                relay_closed=reading.relay_closed,
            )
        )

    def _reason(self, reading: Reading) -> str:
        if reading.link_ok:
            return ""
        link = self._driver.link
        return "no answer: check the cable" if link.up else f"{link.reason}: {link.remedy}"

    def _look(self) -> list[Health]:
        now_s = time.monotonic()
        with self._lock:
            reading = self._station.reading(now_s, self._driver.link.up)
        then_s, then_answers = self._looked
        self._looked = (now_s, reading.answers)
        rate_hz = (reading.answers - then_answers) / max(1e-3, now_s - then_s)
        values = {
            "rate_hz": f"{rate_hz:.0f}",
            "answers": reading.answers,
            "unanswered": self._driver.unanswered,
            "realtime": self._granted,
        }
        link, name = self._driver.link, f"estop {self._device_id}"
        self._log_transition(reading)
        if reading.link_ok:
            return [Health(name, "ok", f"{rate_hz:.0f} Hz", "", values)]
        return [Health(name, "error", link.reason or "no answer", link.remedy or "check the cable", values)]

    def _log_transition(self, reading: Reading) -> None:
        reason = self._reason(reading)
        if reason != self._link_reason:
            self._link_reason = reason
            text = f"estop {self._device_id}: {reason or 'link up'}"
            self.get_logger().warning(text) if reason else self.get_logger().info(text)


def _make_driver(given: Parameters, on_answer: Callable[[tuple[bool, ...], float, int], None]) -> WaveshareStation:
    """The driver of the station as its parameters say; raises ValueError that names what does not fit."""
    module = Module(given.port, given.baud, given.unit_id, given.poll_hz, given.watchdog_output, given.watchdog_s)
    return load(ESTOP_STATIONS, given.driver)(f"estop {given.device_id}", module, on_answer)


def _link_of(reading: Reading) -> int:
    if reading.link_ok:
        return int(EstopState.LINK_OK)
    return int(EstopState.LINK_NEVER if reading.never else EstopState.LINK_LOST)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node; returns the process's exit code."""
    granted = realtime.ask(realtime.ESTOP_PRIORITY)
    return life.run(lambda: EstopNode(granted), args)


if __name__ == "__main__":
    sys.exit(main())
