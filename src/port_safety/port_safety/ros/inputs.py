"""Everything that arrives at a gate: commands, and readings of its inputs with their stamps on the monotonic clock.

All of it arrives as bytes. What is too large for its type is not read; that and what is no message is counted by topic,
and the input grows old. A command that is malformed is a stop: one that went before might be followed for long.
"""

import time
from collections.abc import Callable
from typing import Any

from geometry_msgs.msg import PoseStamped, PoseWithCovarianceStamped, WrenchStamped
from nav_msgs.msg import Odometry
from port_interfaces.msg import BorderState, EstopState, WrenchBlock, ZoneOccupancy
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import Imu, JointState
from std_msgs.msg import Bool

from port_ros import qos, stamps
from port_ros.signed_stream import StreamCheck
from port_safety.gate import operator_commands
from port_safety.gate.gate import Gate, Output
from port_safety.model.joints import Joints
from port_safety.model.readings import Alive, Estop, Gantry, Value
from port_safety.model.verdict import Severity
from port_safety.monitoring.joint_merging import JointMerging
from port_safety.monitoring.people_tracking import PeopleTracking
from port_safety.ros import codecs, messages, raw_readings
from port_safety.ros.cdr import CodecError
from port_safety.ros.codecs import Codec
from port_safety.ros.message_bytes import MalformedMessages, check_size, most_bytes, reader_of
from port_safety.ros.parameters import GateParameters, age_limits

#: What some robots' rules look at: input, which is the name of its topic's parameter too, message, conversion.
REQUIRED: tuple[tuple[str, type, Callable[[Any], Value]], ...] = (
    ("imu", Imu, messages.attitude),
    ("tool_pose", PoseStamped, messages.tool_point),
    ("contact_wrench", WrenchStamped, messages.force),
)
#: A flood of what no node of the session said is told no more often than this.
UNPROVEN_AGAIN_NS = 20_000_000
#: A joint that stays away for longer than this, s, is missing; less where a rule wants its joints younger.
JOINTS_S = 0.3


class Inputs:
    """The subscriptions of `node` that feed `gate`. judged: what the gate said to a command or an edge of an e-stop.

    key: the session's, by which its nodes are known; None: none is.
    """

    def __init__(
        self, node: Node, gate: Gate, settings: GateParameters, command_codec: Codec,
        judged: Callable[[Output, int | None], None], key: bytes | None,
    ) -> None:  # fmt: skip
        self._node = node
        self._gate = gate
        self._settings = settings
        self._codec = command_codec
        self._judged = judged
        self._buttons = {f"estop {name}": operator_commands.ResetButton(name) for name in settings.estops}
        self._key = key
        self._unproven_ns = -UNPROVEN_AGAIN_NS
        self._lookouts = PeopleTracking(tuple(settings.lookouts))
        self.malformed = MalformedMessages(node.get_logger().error)
        #: Commands that carried no stamp although their type has one.
        self.unstamped = 0
        self._urgent: list[Any] = []
        self._of_ground()
        self._of_robot()
        command = node.create_subscription(
            command_codec.message, settings.command_in, self._on_command, qos.of_stream("command"), raw=True
        )
        self._urgent.append(command)

    @property
    def sampled(self) -> list[Any]:
        """Subscriptions that the next tick is early enough for: all but commands and e-stops."""
        return [each for each in self._node.subscriptions if each not in self._urgent]

    # --- what there is ------------------------------------------------------------------------------------------------

    def _of_ground(self) -> None:
        settings = self._settings
        estop = qos.of_stream("estop")
        self._urgent.append(
            self.listen_signed(EstopState, "estop/state", estop, self._on_estop, lambda message: message.device_id)
        )
        self._raw(PoseWithCovarianceStamped, settings.ground_pose, "ground_pose", raw_readings.pose)
        occupancy = qos.of_stream("occupancy")
        self.listen_signed(
            ZoneOccupancy, settings.occupancy, occupancy, self._on_occupancy, lambda message: message.source_id
        )
        for plate in settings.plates:
            self._plate(f"force_plate {plate}", f"force_plates/{plate}/samples")
        if "border" in self._gate.envelope.watched:
            profile = qos.of_stream("border")
            self.listen_signed(
                BorderState, "border/state", profile, self._on_border, lambda message: message.session_id
            )
        if settings.gantry:
            self.listen(Bool, settings.gantry, qos.of_stream("gantry"), self._on_gantry)

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
            self._joints(robot.joints)
        if not robot.measured_by_joints:
            self._raw(Odometry, settings.odometry, "odometry", raw_readings.odometry)
        if robot.settled_height_m > 0.0 or "body" in judged:
            self._typed(Odometry, settings.odometry, "body", messages.body)
        for name, kind, value_of in REQUIRED:
            if name in judged:
                self._typed(kind, getattr(settings, name), name, value_of)

    # --- what arrives -------------------------------------------------------------------------------------------------

    def _subscribe(self, kind: type, topic: str, profile: QoSProfile, take: Callable[[bytes], None]) -> Any:
        """`take` gets the bytes of each message; what it cannot read is malformed."""
        most = most_bytes(kind)

        def arrived(data: bytes) -> None:
            try:
                check_size(data, most)
                take(data)
            except CodecError as error:
                self.malformed.note(topic, error)

        return self._node.create_subscription(kind, topic, arrived, profile, raw=True)

    def listen(self, kind: type, topic: str, profile: QoSProfile, take: Callable[[Any], None]) -> Any:
        """`take` gets each message of `topic` that is one."""
        read = reader_of(kind)
        return self._subscribe(kind, topic, profile, lambda data: take(read(data)))

    def listen_signed(
        self, kind: type, topic: str, profile: QoSProfile, take: Callable[[Any], None], source_of: Callable[[Any], str]
    ) -> Any:
        """As `listen`, for what only nodes of the session say; `source_of` a message tells which of them."""
        read, check = reader_of(kind), StreamCheck(self._key, topic)

        def arrived(data: bytes) -> None:
            message = read(data)
            if unproven := check.refusal(data, source_of(message), message.instance, message.sequence):
                self._on_unproven(topic, unproven)
            else:
                take(message)

        return self._subscribe(kind, topic, profile, arrived)

    def _on_unproven(self, topic: str, why: str) -> None:
        """Whoever speaks in the place of the session's nodes reaches one thing: nothing moves."""
        now_ns = time.monotonic_ns()
        if now_ns - self._unproven_ns < UNPROVEN_AGAIN_NS:
            return
        self._unproven_ns = now_ns
        reason = f"{topic}: what was said there does not count: {why}"
        self._gate.add_verdict(Severity.PROTECTIVE_STOP, "ground_publishers", topic, reason, now_ns)
        self._judged(self._gate.tick(now_ns), None)

    def _typed(self, kind: type, topic: str, name: str, value_of: Callable[[Any], Value]) -> None:
        def take(message: Any) -> None:
            self._take(name, value_of(message), stamps.to_ns(message.header.stamp))

        self.listen(kind, topic, qos.of_stream(name), take)

    def _raw(self, kind: type, topic: str, name: str, decode: Callable[[bytes], tuple[Value, int]]) -> None:
        self._subscribe(kind, topic, qos.of_stream(name), lambda data: self._take(name, *decode(data)))

    def _joints(self, joints: Joints) -> None:
        merging = JointMerging(joints, min(JOINTS_S, age_limits(self._gate).get("joints", JOINTS_S)))

        def take(message: JointState) -> None:
            stamp_ns = stamps.to_ns(message.header.stamp)
            merged = merging.merge(message.name, message.position, message.velocity, stamp_ns)
            if merged is not None:
                self._take("joints", merged.value, merged.stamp_ns)

        self.listen(JointState, self._settings.joint_states, qos.of_stream("joints"), take)

    def _take(self, name: str, value: Value, stamp_ns: int) -> None:
        now_ns = time.monotonic_ns()
        before = self._gate.observed.readings.get(name)
        self._gate.update(name, value, stamp_ns - stamps.to_system_ns(), now_ns)
        if isinstance(value, Estop):
            self._buttons[name].look(self._gate, value, now_ns)
            if before is None or before.value != value:
                # An edge is judged now; what stays the same waits for the tick.
                self._judged(self._gate.tick(now_ns), None)

    def _on_estop(self, message: EstopState) -> None:
        if message.device_id in self._settings.estops:
            self._take(f"estop {message.device_id}", messages.estop(message), stamps.to_ns(message.stamp))

    def _on_occupancy(self, message: ZoneOccupancy) -> None:
        now_ns = time.monotonic_ns()
        stamp_ns = stamps.to_ns(message.header.stamp) - stamps.to_system_ns()
        self._lookouts.take(self._gate, message.source_id, messages.occupancy(message), stamp_ns, now_ns)

    def _on_border(self, message: BorderState) -> None:
        now_ns = time.monotonic_ns()
        self._gate.update("border", messages.border(message), now_ns, now_ns)

    def _on_gantry(self, message: Bool) -> None:
        now_ns = time.monotonic_ns()
        self._gate.update("gantry", Gantry(message.data), now_ns, now_ns)

    def _on_command(self, data: bytes) -> None:
        now_ns = time.monotonic_ns()
        try:
            check_size(data, self._codec.most_bytes)
            decoded = self._codec.decode(data)
        except CodecError as error:
            self.malformed.note(self._settings.command_in, error)
            self._gate.add_verdict(
                Severity.PROTECTIVE_STOP, "command", "command", f"command: malformed: {error}", now_ns
            )
            self._judged(self._gate.tick(now_ns), now_ns)
            return
        if decoded.stamp_ns is None and self._codec.wants_stamp:
            self._note_unstamped()
        stamp_ns = None if decoded.stamp_ns is None else decoded.stamp_ns - stamps.to_system_ns()
        self._judged(self._gate.request(decoded.command, now_ns, stamp_ns), now_ns)

    def _note_unstamped(self) -> None:
        if not self.unstamped:
            topic = self._settings.command_in
            self._node.get_logger().warning(
                f"{topic}: commands carry no stamp (0): each counts from its arrival, and one that was sent before a "
                "stop cannot be told from one after it; stamp them with the system clock"
            )
        self.unstamped += 1

    def values(self) -> dict[str, object]:
        """For /diagnostics."""
        return {**self.malformed.values(), **({"unstamped commands": self.unstamped} if self.unstamped else {})}


def alive(data: bytes) -> tuple[Value, int]:
    """Of any message with a header only that it came, and its stamp."""
    return Alive(), codecs.header_stamp_ns(data)
