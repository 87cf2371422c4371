"""Everything that arrives at a gate: commands, and readings of its inputs with their stamps on the monotonic clock."""

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from geometry_msgs.msg import PoseStamped, PoseWithCovarianceStamped, WrenchStamped
from nav_msgs.msg import Odometry
from port_interfaces.msg import EstopState, WrenchBlock, ZoneOccupancy
from rclpy.node import Node
from sensor_msgs.msg import Imu, JointState
from std_msgs.msg import Bool

from port_ros import qos, stamps
from port_safety.gate import operator_commands
from port_safety.gate.gate import Gate, Output
from port_safety.model.readings import Alive, Estop, Gantry, Value
from port_safety.monitoring.people_tracking import PeopleTracking
from port_safety.ros import codec, messages, raw_readings
from port_safety.ros.cdr import CodecError
from port_safety.ros.codec_type import Codec
from port_safety.ros.parameters import GateParameters
from port_safety.ros.system_time import to_system_ns

#: What some robots' rules look at: input, which is the name of its topic's parameter too, message, conversion.
REQUIRED: tuple[tuple[str, type, Callable[[Any], Value]], ...] = (
    ("imu", Imu, messages.attitude),
    ("tool_pose", PoseStamped, messages.tool_point),
    ("contact_wrench", WrenchStamped, messages.force),
)


class Inputs:
    """The subscriptions of `node` that feed `gate`. judged: what the gate said to a command or an edge of an e-stop."""

    def __init__(
        self, node: Node, gate: Gate, settings: GateParameters, command_codec: Codec,
        judged: Callable[[Output, int | None], None],
    ) -> None:  # fmt: skip
        self._node = node
        self._gate = gate
        self._settings = settings
        self._codec = command_codec
        self._judged = judged
        self._buttons = {f"estop {name}": operator_commands.ResetButton(name) for name in settings.estops}
        self._lookouts = PeopleTracking(tuple(settings.lookouts))
        self._of_ground()
        self._of_robot()
        self._subscribe(command_codec.message, settings.command_in, "command", self._on_command, raw=True)

    @property
    def sampled(self) -> list[Any]:
        """Subscriptions that the next tick is early enough for: all but commands and e-stops."""
        urgent = (EstopState, self._codec.message)
        return [each for each in self._node.subscriptions if each.msg_type not in urgent]

    # --- what there is ------------------------------------------------------------------------------------------------

    def _of_ground(self) -> None:
        settings = self._settings
        for name in settings.estops:
            self._typed(EstopState, "estop/state", f"estop {name}", messages.estop, device_id=name)
        self._raw(PoseWithCovarianceStamped, settings.ground_pose, "ground_pose", raw_readings.pose)
        self._subscribe(ZoneOccupancy, settings.occupancy, "occupancy", self._on_occupancy)
        for plate in settings.plates:
            self._plate(f"force_plate {plate}", f"force_plates/{plate}/samples")
        if settings.gantry:
            self._subscribe(Bool, settings.gantry, "gantry", self._on_gantry)

    def _plate(self, name: str, topic: str) -> None:
        """Most gates need to know that a plate is alive, not what it weighs."""
        if name in self._gate.envelope.judged_inputs:
            self._typed(WrenchBlock, topic, name, messages.plate_force)
        else:
            self._raw(WrenchBlock, topic, name, alive)

    def _of_robot(self) -> None:
        """What the robot says of itself: an arm by its joints, all others by their odometry."""
        robot, settings, judged = self._gate.robot, self._settings, self._gate.envelope.judged_inputs
        if robot.joints is not None:
            state_of = partial(messages.joint_states, joints=robot.joints)
            self._typed(JointState, settings.joint_states, "joints", state_of)
        if not robot.measured_by_joints:
            self._raw(Odometry, settings.odometry, "odometry", raw_readings.odometry)
        if robot.settled_height_m > 0.0 or "body" in judged:
            self._typed(Odometry, settings.odometry, "body", messages.body)
        for name, kind, value_of in REQUIRED:
            if name in judged:
                self._typed(kind, getattr(settings, name), name, value_of)

    # --- what arrives -------------------------------------------------------------------------------------------------

    def _subscribe(self, kind: type, topic: str, name: str, arrived: Callable[[Any], None], raw: bool = False) -> None:
        self._node.create_subscription(kind, topic, arrived, qos.of_stream(name), raw=raw)

    def _typed(
        self, kind: type, topic: str, name: str, value_of: Callable[[Any], Value], device_id: str | None = None
    ) -> None:
        def arrived(message: Any) -> None:
            if device_id is None or message.device_id == device_id:
                stamp = message.stamp if hasattr(message, "stamp") else message.header.stamp
                self._take(name, value_of(message), stamps.to_ns(stamp))

        self._subscribe(kind, topic, name, arrived)

    def _raw(self, kind: type, topic: str, name: str, decode: Callable[[bytes], tuple[Value, int]]) -> None:
        def arrived(data: bytes) -> None:
            with suppress(CodecError):  # bytes that are no message say nothing, and the input grows old
                self._take(name, *decode(data))

        self._subscribe(kind, topic, name, arrived, raw=True)

    def _take(self, name: str, value: Value, stamp_ns: int) -> None:
        now_ns = time.monotonic_ns()
        before = self._gate.readings.get(name)
        self._gate.update(name, value, stamp_ns - to_system_ns(), now_ns)
        if isinstance(value, Estop):
            self._buttons[name].look(self._gate, value, now_ns)
            if before is None or before.value != value:
                # An edge is judged now; what stays the same waits for the tick.
                self._judged(self._gate.tick(now_ns), None)

    def _on_occupancy(self, message: ZoneOccupancy) -> None:
        now_ns = time.monotonic_ns()
        stamp_ns = stamps.to_ns(message.header.stamp) - to_system_ns()
        self._lookouts.take(self._gate, message.source_id, messages.occupancy(message), stamp_ns, now_ns)

    def _on_gantry(self, message: Bool) -> None:
        now_ns = time.monotonic_ns()
        self._gate.update("gantry", Gantry(message.data), now_ns, now_ns)

    def _on_command(self, data: bytes) -> None:
        now_ns = time.monotonic_ns()
        try:
            decoded = self._codec.decode(data)
        except CodecError as error:
            self._node.get_logger().error(f"{self._settings.command_in}: {error}", throttle_duration_sec=1.0)
            return
        stamp_ns = None if decoded.stamp_ns is None else decoded.stamp_ns - to_system_ns()
        self._judged(self._gate.request(decoded.command, now_ns, stamp_ns), now_ns)


def alive(data: bytes) -> tuple[Value, int]:
    """Of any message with a header only that it came, and its stamp."""
    return Alive(), codec.header_stamp_ns(data)
