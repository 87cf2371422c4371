"""The node of one e-stop station: publishes what its contacts say, hands the gate's heartbeats to its watchdog output.

What is new is published from the driver's thread the moment the device says it; nothing waits for the executor. What is
not new is published about a hundred times a second, however fast the device is read, and a timer sees to it that
something is said at least 50 times a second, also when the driver is silent or hangs. It decides nothing about
stopping, and it never feeds the watchdog on its own account.
"""

import sys
import threading
import time
from collections.abc import Sequence

from port_interfaces.msg import EnableHeartbeat, EstopState
from rclpy.node import Node
from rclpy.serialization import deserialize_message

from port_ros import account, life, parameters, qos, realtime, stamps
from port_ros.diagnostics import Diagnostics, FaultLog, Health
from port_ros.free_text import at_most
from port_ros.session_key import given_key
from port_ros.signed_publisher import SignedPublisher
from port_ros.signed_stream import StreamCheck
from port_sensors.core.estop import Contacts, Reading, Station
from port_sensors.drivers.estop_station import EstopStation
from port_sensors.ros.estop_health import EstopHealth
from port_sensors.settings import estop

#: The timer's period, and how old the last word must be for it to speak: a little less, or jitter halves the rate.
_LOOK_S = 0.01
_QUIET_S = 0.008


class EstopNode(Node):
    """One station; see the module."""

    def __init__(self, granted: Sequence[str] = ()) -> None:
        super().__init__("estop", automatically_declare_parameters_from_overrides=True)
        settings = estop.read(parameters.read_tree(self))
        self._device_id = settings.given.device_id
        self._account_path = settings.given.account_path
        key = given_key(settings.given.session_key_file)
        self._gate = StreamCheck(key, "safety/enable")
        self._lock = threading.Lock()
        self._said_s = float("-inf")
        self._advice = ""
        self._fault_log = FaultLog(self.get_logger())
        self._publisher = SignedPublisher(self, EstopState, "estop/state", qos.SENSOR_STREAM, key)
        self._station = Station(settings.station.lost_after_s)
        self._driver: EstopStation = settings.kind(f"estop {self._device_id}", settings.station, self._on_word)
        self._health = EstopHealth(self._device_id, self._driver, _LOOK_S, "; ".join(granted))
        self.create_subscription(EnableHeartbeat, "safety/enable", self._on_heartbeat, qos.SENSOR_STREAM, raw=True)
        self._timer = self.create_timer(_LOOK_S, self._on_timer)
        self._diagnostics = Diagnostics(self, self._look)
        self._driver.start()

    def close(self) -> None:
        """Release the watchdog output and end the driver's thread; one that hangs is named and left behind."""
        try:
            self._driver.close()
        except TimeoutError as error:
            self.get_logger().error(str(error))
        account.write(self._account_path, {self._device_id: self._driver.account()})

    def _on_word(self, contacts: Contacts | None, now_s: float, stamp_ns: int) -> None:
        with self._lock:
            news = contacts is None or self._station.answered(contacts, now_s, stamp_ns)
            if news or now_s - self._said_s >= _QUIET_S:
                self._say(now_s)

    def _on_timer(self) -> None:
        now_s = time.monotonic()
        with self._lock:
            self._health.woke(now_s)
            if now_s - self._said_s >= _QUIET_S:
                self._say(now_s)

    def _on_heartbeat(self, data: bytes) -> None:
        try:
            heartbeat = deserialize_message(data, EnableHeartbeat)
        except Exception as error:  # what it raises is no public class
            self._health.note_unproven(f"no heartbeat: {error}")
            return
        if unproven := self._gate.refusal(data, "gate", heartbeat.instance, heartbeat.sequence):
            self._health.note_unproven(unproven)
            return
        age_s = (time.time_ns() - stamps.to_ns(heartbeat.stamp)) / 1e9
        self._driver.heartbeat(heartbeat.sequence, heartbeat.enable, age_s)

    def _say(self, now_s: float) -> None:
        """Publish what is true now. The lock is held: what is true is said in its order."""
        self._said_s = now_s
        doubt = self._driver.doubt(now_s)
        reading = self._station.reading(now_s, not doubt)
        state = EstopState(
            stamp=stamps.to_msg(reading.stamp_ns), device_id=self._device_id,
            device_sequence=reading.answers, link=_link_of(reading),
            link_reason=at_most(self._health.reason(reading, doubt, now_s)),
            channel_a_closed=reading.channel_a_closed, channel_b_closed=reading.channel_b_closed,
            reset_pressed=reading.reset_pressed, relay_closed=reading.relay_closed,
        )  # fmt: skip
        self._publisher.publish(state)

    def _look(self) -> list[Health]:
        now_s = time.monotonic()
        with self._lock:
            doubt = self._driver.doubt(now_s)
            health = self._health.look(self._station.reading(now_s, not doubt), doubt, now_s)
        self._fault_log.note(health)
        self._tell_advice()
        return [health]

    def _tell_advice(self) -> None:
        """What should be mended though everything works, once."""
        if (advice := self._driver.advice()) != self._advice:
            self._advice = advice
            self.get_logger().warning(f"estop {self._device_id}: {advice or 'mended'}")


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
