"""The node of all force plates of a ground: full-rate blocks, slow values, the tare service, diagnostics.

Drivers read in threads of their own; a 10 ms timer fetches what they have and publishes it, so no callback waits.
`samples` carries every sample; `wrench` and `cop` are low-passed values at 100 Hz at most, for eyes and slow consumers;
with several plates the same of all together comes under `force_plates/`, in frame ground.
"""

import sys
import time
from array import array
from collections.abc import Iterable, Sequence
from functools import partial

import msgspec
from geometry_msgs.msg import PointStamped, WrenchStamped
from port_interfaces.msg import WrenchBlock
from port_interfaces.srv import Tare
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.publisher import Publisher
from std_msgs.msg import Header

from port_ros import account, life, parameters, qos, stamps
from port_ros.diagnostics import Diagnostics, Health
from port_sensors.core.plate import SLOW_HZ, Plate, PlateBlock, PlateSlow
from port_sensors.core.surface import Surface
from port_sensors.core.together import Together, Whole
from port_sensors.core.wrench import centre_of_pressure
from port_sensors.drivers.link import monotonic_to_system_ns
from port_sensors.drivers.registry import WRENCH_PROTOCOLS, load
from port_sensors.drivers.wrench_sensor import WrenchSensor
from port_sensors.protocol.wrench_protocol import Settings

_FETCH_S = 0.01
_QUIET_S = 0.5
_LINGER_NS = 100_000_000
#: An empty plate off zero by more than this wants a tare: half of what counts as a load.
_ZERO_N = 10.0


class PlateParameters(msgspec.Struct, forbid_unknown_fields=True):
    """One plate's block.

    corners_m: four corners, x y z each, frame ground. calibration: 6 × 6, row by row. counts_per_unit: for devices that
    send counts, counts per N (three) and N·m (three). origin_m, signs: see `core.surface`. warm_up_s: of the device.
    """

    driver: str
    port: str
    baud: int
    rate_hz: float
    full_scale_n: float
    corners_m: list[float]
    block_samples: int = 20
    calibration: list[float] = []
    counts_per_unit: list[float] = []
    origin_m: list[float] = []
    signs: list[float] = []
    warm_up_s: float = 0.0


class Parameters(msgspec.Struct, forbid_unknown_fields=True):
    """The rest: the names of the plates, and where their counts are left at the end."""

    plates: list[str]
    account_path: str = ""


class PlateChannel:
    """One plate: its driver, its arithmetic, its topics."""

    def __init__(self, node: Node, name: str, given: PlateParameters) -> None:
        self.name = name
        self._given = given
        self._frame = f"force_plates/{name}"
        surface = Surface.of(given.corners_m, given.origin_m, given.signs)
        self.plate = Plate(
            given.rate_hz, given.full_scale_n, given.block_samples, surface, given.calibration, given.warm_up_s
        )
        self.slow: list[PlateSlow] = []
        settings = Settings(given.rate_hz, tuple(given.counts_per_unit))
        protocol = load(WRENCH_PROTOCOLS, given.driver)(settings)
        self.driver = WrenchSensor(f"force_plate {name}", given.port, given.baud, protocol)
        self._samples = node.create_publisher(WrenchBlock, f"{self._frame}/samples", qos.MEASUREMENT)
        self._wrench = node.create_publisher(WrenchStamped, f"{self._frame}/wrench", qos.SENSOR_STREAM)
        self._centre = node.create_publisher(PointStamped, f"{self._frame}/cop", qos.SENSOR_STREAM)
        self._received = self._lost = 0
        self._looked_s, self._looked_received, self._looked_lost = time.monotonic(), 0, 0
        self._looked_saturated = 0

    def fetch(self) -> None:
        """Publish what the driver has read since the last time."""
        for delivery in self.driver.drain():
            self._publish(*self.plate.take(delivery.run, delivery.arrival_s))

    def close(self) -> None:
        """Stop the device and publish what was left. Raises TimeoutError if its thread hangs."""
        try:
            self.driver.close()
        finally:
            self.fetch()
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
        """The link, the rate and the account since the last look."""
        now_s = time.monotonic()
        rate_hz = (self._received - self._looked_received) / max(1e-3, now_s - self._looked_s)
        newly_lost = self._lost - self._looked_lost
        self._looked_s, self._looked_received, self._looked_lost = now_s, self._received, self._lost
        totals = self.driver.totals
        values = {
            "received": self._received,
            "lost": self._lost,
            "rejected": self.driver.rejected_bytes,
            "rate_hz": f"{rate_hz:.0f}",
            "duplicates": totals.duplicates,
            "renumbered": totals.renumbered,
            "restarts": totals.restarts,
            "overflowed": self.driver.overflowed_samples,
            "saturated": self.plate.saturated_samples,
            "drift_ppm": f"{self.plate.drift_ppm:.1f}",
            "zero_n": f"{self.plate.zero_n():.1f}",
            "check": self.driver.check,
            "slow_delay_s": f"{self.plate.slow_delay_s:.4f}",
        }
        if self.driver.temperature_c is not None:
            values["temperature_c"] = f"{self.driver.temperature_c:.1f}"
        level, message, remedy = self._verdict(now_s, newly_lost, rate_hz)
        return Health(f"force_plate {self.name}", level, message, remedy, values)

    def _verdict(self, now_s: float, newly_lost: int, rate_hz: float) -> tuple[str, str, str]:
        link = self.driver.link
        if not link.up:
            return "error", link.reason, link.remedy
        if now_s - self.driver.last_data_s > _QUIET_S:
            return "error", f"{self._given.port}: no data", "check the box's power and its cable"
        saturated = self.plate.saturated_samples - self._looked_saturated
        self._looked_saturated += saturated
        if saturated:
            return (
                "warn",
                f"{saturated} samples saturated lately",
                "lessen the load, or check full_scale_n",
            )
        if newly_lost:
            return "warn", f"{newly_lost} samples lost lately", "check the cable and the load of this machine"
        if (warming_s := self.plate.warming_s(now_s)) > 0:
            return "warn", f"warming up for another {warming_s:.0f} s", "wait, then tare"
        if abs(self.plate.zero_n()) > _ZERO_N:
            return "warn", f"zero is off by {self.plate.zero_n():.1f} N", "tare the empty plate"
        return "ok", f"{rate_hz:.0f} Hz", ""

    def _publish(self, blocks: Iterable[PlateBlock], slow: Iterable[PlateSlow]) -> None:
        to_system_ns = monotonic_to_system_ns()
        for block in blocks:
            self._samples.publish(self._block_message(block, to_system_ns))
        for value in slow:
            self._publish_slow(value, to_system_ns)
            self.slow.append(value)

    def _block_message(self, stamped: PlateBlock, to_system_ns: int) -> WrenchBlock:
        block = stamped.block
        self._received, self._lost = block.received_total, block.lost_total
        message = WrenchBlock()
        message.header = _header(stamped.time_s, to_system_ns, self._frame)
        message.device_id = self.name
        message.first_index = block.first_index
        message.period_s = 1.0 / self._given.rate_hz
        message.lost_before = block.lost_before
        message.received_total = block.received_total
        message.lost_total = block.lost_total
        message.rejected_total = self.driver.rejected_bytes
        message.status = array("B", block.status.tobytes())
        message.wrench = array("f", block.wrench.tobytes())
        return message

    def _publish_slow(self, value: PlateSlow, to_system_ns: int) -> None:
        header = _header(value.time_s, to_system_ns, self._frame)
        if _heard(self._wrench):
            self._wrench.publish(_wrench_message(header, value.wrench))
        if _heard(self._centre):
            self._centre.publish(_point_message(header, (*centre_of_pressure(value.wrench), 0.0)))


class GroundChannel:
    """All plates as one: wrench about the centre of pressure of everything that stands on them, frame ground."""

    def __init__(self, node: Node, names: Sequence[str]) -> None:
        self._together = Together(names, 0.5 / SLOW_HZ)
        self._wrench = node.create_publisher(WrenchStamped, "force_plates/wrench", qos.SENSOR_STREAM)
        self._centre = node.create_publisher(PointStamped, "force_plates/cop", qos.SENSOR_STREAM)

    def publish(self, channels: Iterable[PlateChannel]) -> None:
        """Put together what the channels have gathered since the last time, in the order of time."""
        fresh = [(value.time_s, channel.name, value.load) for channel in channels for value in channel.slow]
        for time_s, name, standing in sorted(fresh, key=lambda one: one[:2]):
            if whole := self._together.take(name, time_s, standing):
                self._publish(whole)

    def _publish(self, whole: Whole) -> None:
        header = _header(whole.time_s, monotonic_to_system_ns(), "ground")
        load = whole.load
        if _heard(self._wrench):
            self._wrench.publish(_wrench_message(header, (*load.force_n, 0.0, 0.0, load.free_moment_nm)))
        if _heard(self._centre):
            self._centre.publish(_point_message(header, load.centre_m))


def _heard(publisher: Publisher) -> bool:
    """Whether anybody listens: what is for eyes alone is not made for nobody."""
    return bool(publisher.get_subscription_count())


def _header(time_s: float, to_system_ns: int, frame: str) -> Header:
    return Header(stamp=stamps.to_msg(round(time_s * 1e9) + to_system_ns), frame_id=frame)


def _wrench_message(header: Header, wrench: Iterable[float]) -> WrenchStamped:
    message = WrenchStamped(header=header)
    force, torque = message.wrench.force, message.wrench.torque
    force.x, force.y, force.z, torque.x, torque.y, torque.z = (float(value) for value in wrench)
    return message


def _point_message(header: Header, point_m: Iterable[float]) -> PointStamped:
    message = PointStamped(header=header)
    message.point.x, message.point.y, message.point.z = (float(value) for value in point_m)
    return message


class ForcePlateNode(Node):
    """All plates of the ground; see the module."""

    def __init__(self) -> None:
        super().__init__("force_plates", automatically_declare_parameters_from_overrides=True)
        common, plates = parameters.read_with_blocks(self, Parameters, "plates", PlateParameters)
        self._account_path = common.account_path
        self._channels = [self._make_channel(name, given) for name, given in plates.items()]
        self._ground = GroundChannel(self, list(plates)) if len(plates) > 1 else None
        for channel in self._channels:
            self.create_service(Tare, f"force_plates/{channel.name}/tare", partial(self._on_tare, channel))
            channel.driver.start()
        self._link_reasons: dict[str, str] = {}
        self._fetch_timer = self.create_timer(_FETCH_S, self._on_fetch)
        self._diagnostics = Diagnostics(self, self._look)

    def close(self) -> None:
        """Stop the devices in order, all before any is waited for; one that hangs is named and left behind."""
        for channel in self._channels:
            channel.driver.stop()
        for channel in self._channels:
            try:
                channel.close()
            except TimeoutError as error:
                self.get_logger().error(str(error))
        account.write(self._account_path, {channel.name: channel.account() for channel in self._channels})
        for channel in self._channels:
            channel.wait_for_subscribers()

    def _make_channel(self, name: str, given: PlateParameters) -> PlateChannel:
        try:
            return PlateChannel(self, name, given)
        except ValueError as error:
            raise parameters.ParameterError(f"{self.get_fully_qualified_name()}: {name}: {error}") from error

    def _on_fetch(self) -> None:
        for channel in self._channels:
            channel.fetch()
        if self._ground:
            self._ground.publish(self._channels)
        for channel in self._channels:
            channel.slow.clear()

    def _on_tare(self, channel: PlateChannel, request: Tare.Request, response: Tare.Response) -> Tare.Response:
        refusal = channel.plate.tare()
        response.accepted, response.reason = not refusal, refusal or "tared"
        response.offset = channel.plate.calibration.offset
        self.get_logger().info(f"force_plate {channel.name}: tare by {request.by or 'nobody named'}: {response.reason}")
        return response

    def _look(self) -> Sequence[Health]:
        for channel in self._channels:
            self._log_transition(channel)
        return [channel.health() for channel in self._channels]

    def _log_transition(self, channel: PlateChannel) -> None:
        link = channel.driver.link
        if self._link_reasons.get(channel.name) != link.reason:
            self._link_reasons[channel.name] = link.reason
            text = "link up" if link.up else f"{link.reason}: {link.remedy}"
            line = f"force_plate {channel.name}: {text}"
            self.get_logger().info(line) if link.up else self.get_logger().warning(line)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node; returns the process's exit code."""
    return life.run(ForcePlateNode, args)


if __name__ == "__main__":
    sys.exit(main())
