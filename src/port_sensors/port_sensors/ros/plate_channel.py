"""One force plate between its driver and its topics, and all plates of a ground as one."""

from collections.abc import Callable, Iterable, Sequence

from geometry_msgs.msg import PointStamped, WrenchStamped
from port_interfaces.msg import WrenchBlock
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.publisher import Publisher

from port_ros import qos
from port_ros.diagnostics import Health
from port_ros.machine_load import MachineLoad
from port_sensors.core.plate import SLOW_HZ, PlateBlock, PlateSlow
from port_sensors.core.together import Together, Whole
from port_sensors.core.wrench import centre_of_pressure
from port_sensors.drivers.link import monotonic_to_system_ns
from port_sensors.drivers.wrench_sensor import WrenchSensor
from port_sensors.ros import plate_codec as codec
from port_sensors.ros.plate_health import PlateHealth
from port_sensors.settings.force_plates import PlateParameters

_LINGER_NS = 100_000_000


class SlowTopics:
    """A wrench and a centre of pressure for eyes and slow consumers: not made for nobody."""

    def __init__(self, node: Node, prefix: str) -> None:
        self._wrench = node.create_publisher(WrenchStamped, f"{prefix}/wrench", qos.SENSOR_STREAM)
        self._centre = node.create_publisher(PointStamped, f"{prefix}/cop", qos.SENSOR_STREAM)
        self._heard: list[Publisher] = []

    def listen(self) -> bool:
        """Look who listens, from time to time: asking costs as much as a value. Returns whether anybody does."""
        self._heard = [one for one in (self._wrench, self._centre) if one.get_subscription_count()]
        return bool(self._heard)

    def publish(self, time_s: float, frame: str, wrench: Iterable[float], centre_m: Iterable[float]) -> None:
        head = codec.header(time_s, monotonic_to_system_ns(), frame)
        if self._wrench in self._heard:
            self._wrench.publish(codec.wrench(head, wrench))
        if self._centre in self._heard:
            self._centre.publish(codec.point(head, centre_m))


class PlateChannel:
    """One plate: its driver, its arithmetic, its topics."""

    def __init__(self, node: Node, name: str, given: PlateParameters, machine: Callable[[], MachineLoad]) -> None:
        self.name = name
        self._frame = f"force_plates/{name}"
        self.plate = given.plate()
        self.slow: list[PlateSlow] = []
        self.driver = WrenchSensor(f"force_plate {name}", given.port, given.baud, given.protocol())
        self._samples = node.create_publisher(WrenchBlock, f"{self._frame}/samples", qos.MEASUREMENT)
        self._messages = codec.BlockMessages(self._frame, name, given.rate_hz)
        self.topics = SlowTopics(node, self._frame)
        self._health = PlateHealth(name, given.port, given.rate_hz, self.driver, self.plate, machine)
        self._received = self._lost = 0

    def fetch(self, slow: bool) -> None:
        """Publish what the driver has read since the last time; slow values as well where they are wanted."""
        for delivery in self.driver.drain():
            self._publish(*self.plate.take(delivery.run, delivery.arrival_s, slow))

    def close(self) -> None:
        """Stop the device and publish what was left. Raises TimeoutError if its thread hangs."""
        try:
            self.driver.close()
        finally:
            self.fetch(slow=True)
            self._publish(*self.plate.flush())

    def wait_for_subscribers(self) -> None:
        """Return once subscribers have confirmed everything, or soon: what is published on one machine has arrived.

        Holds up every thread of the process; readers confirm only with the next heartbeat of the middleware.
        """
        self._samples.wait_for_all_acked(Duration(nanoseconds=_LINGER_NS))

    def account(self) -> dict[str, int]:
        """Samples received and reported lost, bytes rejected, since the start."""
        return {"received": self._received, "reported_lost": self._lost, "rejected": self.driver.rejected_bytes}

    def health(self) -> Health:
        return self._health.look(self._received, self._lost)

    def _publish(self, blocks: Iterable[PlateBlock], slow: Iterable[PlateSlow]) -> None:
        to_system_ns = monotonic_to_system_ns()
        for stamped in blocks:
            self._received, self._lost = stamped.block.received_total, stamped.block.lost_total
            self._samples.publish(self._messages.of(stamped, to_system_ns, self.driver.rejected_bytes))
        for value in slow:
            centre_m = (*centre_of_pressure(value.wrench), 0.0)
            self.topics.publish(value.time_s, self._frame, value.wrench, centre_m)
            self.slow.append(value)


class GroundChannel:
    """All plates as one: wrench about the centre of pressure of everything that stands on them, frame ground."""

    def __init__(self, node: Node, names: Sequence[str]) -> None:
        self._together = Together(names, 0.5 / SLOW_HZ)
        self.topics = SlowTopics(node, "force_plates")

    def publish(self, channels: Iterable[PlateChannel]) -> None:
        """Put together what the channels have gathered since the last time, in the order of time."""
        fresh = [(value.time_s, channel.name, value.load) for channel in channels for value in channel.slow]
        for time_s, name, standing in sorted(fresh, key=lambda one: one[:2]):
            if whole := self._together.take(name, time_s, standing):
                self._publish(whole)

    def _publish(self, whole: Whole) -> None:
        load = whole.load
        self.topics.publish(whole.time_s, "ground", (*load.force_n, 0.0, 0.0, load.free_moment_nm), load.centre_m)
