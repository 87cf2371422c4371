"""Listens to the streams of a session as the gate does: by the same types, the same QoS and the gate's own reading.

Counts each message; of what the robot says it keeps a sample now and then, as many as tell how the robot moves.
"""

import contextlib
import importlib
import struct
import time
from collections.abc import Callable, Sequence
from typing import Any

from port_interfaces.msg import SafetyState
from rclpy.node import Node
from rclpy.qos import QoSProfile

from port_ros import qos
from port_ros.constants import SAFETY_STATES
from port_safety.commands.registry import command_types
from port_safety.model.readings import Pose, fault_of
from port_safety.monitoring.joint_merging import JointMerging
from port_safety.ros import raw_readings
from port_safety.ros.cdr import CodecError, Reader
from port_safety.ros.codecs import codec_of
from port_safety.ros.message_bytes import most_bytes, reader_of
from port_session.admission.arrivals import Arrivals, Flow
from port_session.admission.heard import GateSample, Heard, JointSample, OdometrySample, PoseSample
from port_session.admission.profile import RobotProfile
from port_session.description.expectations import Stream

#: A queue that loses nothing of what is counted; how long it is decides about no match.
_DEPTH = 500
#: In CDR a message begins with its byte order and, where its first field is a stamp or a header, with seconds and ns.
_STAMPED = {"std_msgs/Header", "builtin_interfaces/Time"}
#: Samples are kept so far apart: enough for any motion of a robot, and little work in a flood.
_APART_S = 0.01
#: Until a joint that nobody tells counts as missing, s.
_JOINTS_S = 0.5
#: States of the gate in which commands pass.
_OPEN = ("RUN", "REDUCED", "RECOVER")

Take = Callable[[bytes], None]


class Listening:
    """Subscriptions of `node` to `streams`, until `close`. What arrives counts from `begin` on."""

    def __init__(self, node: Node, streams: Sequence[Stream], profile: RobotProfile | None = None) -> None:
        self._node = node
        self._most = {stream.topic: _most_bytes(stream, profile) for stream in streams}
        self._samples = Samples(profile)
        self._arrivals: dict[str, Arrivals] = {}
        self.begin()
        self._subscriptions: dict[str, Any] = {}
        for stream in streams:
            subscription = self._listen(stream)
            if subscription is not None:
                self._subscriptions[stream.topic] = subscription

    def begin(self) -> None:
        """Count anew, but for what has proven to be a flood, to which nobody listens any more."""
        begun_s = time.monotonic()
        floods = {topic: each for topic, each in self._arrivals.items() if each.flooded}
        self._arrivals = {topic: Arrivals(begun_s, most) for topic, most in self._most.items()} | floods
        self._samples.forget()

    def flows(self) -> dict[str, Flow]:
        """What arrived of each stream, by its topic."""
        now_s = time.monotonic()
        return {topic: arrivals.flow(now_s) for topic, arrivals in self._arrivals.items()}

    def heard(self, gate: Sequence[GateSample]) -> Heard:
        """What was said; gate: what the gate said meanwhile."""
        return self._samples.heard(gate)

    def stem_floods(self) -> None:
        """Listen no longer to what has proven to be a flood: everything else would be heard too late."""
        for topic in [topic for topic in self._subscriptions if self._arrivals[topic].flooded]:
            self._node.destroy_subscription(self._subscriptions.pop(topic))

    def close(self) -> None:
        for subscription in self._subscriptions.values():
            self._node.destroy_subscription(subscription)
        self._subscriptions = {}

    def _listen(self, stream: Stream) -> Any:
        """None where the type is not installed here: then the graph tells who publishes what."""
        kind = message_class(stream.type)
        if kind is None:
            return None
        gates = qos.of_stream(stream.name)
        profile = QoSProfile(depth=_DEPTH, reliability=gates.reliability, durability=gates.durability)
        stamped, sample = _is_stamped(kind), self._samples.taker(stream)

        def arrived(data: bytes) -> None:
            now_s, stamp_s = time.monotonic(), _stamp_s(data) if stamped else float("nan")
            self._arrivals[stream.topic].note(now_s, stamp_s, time.time() - stamp_s, len(data))
            if sample is not None and not len(data) > self._most[stream.topic] > 0:
                sample(data)

        return self._node.create_subscription(kind, stream.topic, arrived, profile, raw=True)


class Samples:
    """Of a robot with this profile, what its streams said. Bytes that are no message are not kept: the graph tells."""

    def __init__(self, profile: RobotProfile | None) -> None:
        self._profile = profile
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self._odometry: list[OdometrySample] = []
        self._poses: list[PoseSample] = []
        self._joints: list[JointSample] = []
        self._faults: list[str] = []
        self._kept_s: dict[str, float] = {}

    def heard(self, gate: Sequence[GateSample]) -> Heard:
        return Heard(self._odometry, self._poses, self._joints, gate, self._faults)

    def taker(self, stream: Stream) -> Take | None:
        """What takes the bytes of `stream`; None where nobody looks into them."""
        if self._profile is None:
            return None
        takers: dict[str, Callable[[], Take]] = {
            "odometry": lambda: self._take_odometry, "ground_pose": lambda: self._take_pose,
            "joints": self._joint_taker, "command": self._request_taker,
        }  # fmt: skip
        if stream.name not in takers:
            return None
        take = takers[stream.name]()

        def sampled(data: bytes) -> None:
            now_s = time.monotonic()
            if now_s - self._kept_s.get(stream.name, 0.0) >= _APART_S:
                self._kept_s[stream.name] = now_s
                with contextlib.suppress(CodecError):
                    take(data)

        return sampled

    def _take_odometry(self, data: bytes) -> None:
        read = Reader(data)
        stamp_ns, frame, child = read.stamp_ns(), read.text(), read.text()
        numbers = read.numbers(7 + 36 + 6 + 36)
        value, _ = raw_readings.odometry(data)
        twist = numbers[43:49]
        place = (numbers[0], numbers[1], raw_readings.yaw_of(*numbers[3:7]))
        covariance = (*numbers[7:43], *numbers[49:])
        velocity = (twist[0], twist[1], twist[5])
        self._odometry.append(OdometrySample(stamp_ns, frame, child, place, velocity, fault_of(value), covariance))

    def _take_pose(self, data: bytes) -> None:
        value, stamp_ns = raw_readings.pose(data)
        if isinstance(value, Pose) and not fault_of(value):
            self._poses.append(PoseSample(stamp_ns, (value.x, value.y, value.yaw)))

    def _joint_taker(self) -> Take:
        from sensor_msgs.msg import JointState

        assert self._profile is not None and self._profile.joints is not None
        read, merging = reader_of(JointState), JointMerging(self._profile.joints, _JOINTS_S)

        def take(data: bytes) -> None:
            message = read(data)
            stamp_ns = message.header.stamp.sec * 1_000_000_000 + message.header.stamp.nanosec
            merged = merging.merge(message.name, message.position, message.velocity, stamp_ns)
            fault = fault_of(merged.value) if merged else ""
            count = len(message.name)
            lists = _filled(message.position, count), _filled(message.velocity, count)
            self._joints.append(JointSample(stamp_ns, tuple(message.name), *lists, fault))

        return take

    def _request_taker(self) -> Take:
        assert self._profile is not None
        codec = codec_of(command_types()[self._profile.command_type], self._profile.joints)

        def take(data: bytes) -> None:
            try:
                fault = codec.decode(data).command.fault
            except CodecError as error:
                fault = f"malformed: {error}"
            if fault and fault not in self._faults:
                self._faults.append(fault)

        return take


def _filled(values: Sequence[float], count: int) -> tuple[float, ...]:
    """A list that tells nothing of some joints tells of none."""
    return tuple(values) if len(values) == count else (0.0,) * count


def gate_sample(message: SafetyState) -> GateSample:
    """What the gate says of commands."""
    asked, passed = ((twist.linear.x, twist.linear.y, twist.angular.z) for twist in (message.requested, message.passed))
    stamp = message.header.stamp
    return GateSample(
        stamp.sec * 1_000_000_000 + stamp.nanosec, SAFETY_STATES.get(message.state, "") in _OPEN, asked, passed,
        message.requested_mps, message.passed_mps,
    )  # fmt: skip


def _most_bytes(stream: Stream, profile: RobotProfile | None) -> int:
    if profile is not None and stream.name == "command":
        return codec_of(command_types()[profile.command_type], profile.joints).most_bytes
    kind = message_class(stream.type)
    return 0 if kind is None else most_bytes(kind)


def _is_stamped(kind: Any) -> bool:
    return next(iter(kind.get_fields_and_field_types().values()), "") in _STAMPED


def _stamp_s(data: bytes) -> float:
    """Seconds since 1970. None is before it: a sender that counts without a sign has more room, up to the year 2106."""
    order = "<" if data[1] & 1 else ">"
    seconds, nanoseconds = struct.unpack_from(f"{order}II", data, 4)
    return float(seconds + nanoseconds * 1e-9)


def message_class(type_name: str) -> Any:
    """The class of `pkg/msg/Name`; None if its package is not installed here."""
    package, _, name = type_name.split("/")
    try:
        return getattr(importlib.import_module(f"{package}.msg"), name)
    except (ImportError, AttributeError):
        return None
