"""Which ROS topics go to the facility, as what, and how often: the one table to extend.

A stream turns a message into values and bytes; it sends nothing.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from geometry_msgs.msg import PoseWithCovarianceStamped
from port_interfaces.msg import EstopState, SafetyEvent, SafetyState, SessionEvent, SessionState, WrenchBlock
from rclpy.qos import QoSProfile

from port_ros import qos, stamps
from port_telemetry.core.encode import to_cbor, to_json
from port_telemetry.core.record import Stream
from port_telemetry.ros import convert


def _of_message(message: Any) -> int:
    return stamps.to_ns(message.stamp)


def _of_header(message: Any) -> int:
    return stamps.to_ns(message.header.stamp)


def _nothing(message: Any) -> Hashable:
    return None


@dataclass(frozen=True)
class Source:
    """One ROS topic on its way to one MQTT topic.

    essence: the part of a message whose change goes out at once. period_s: the least time between two that say the
    same; 0 sends each message.
    """

    ros_topic: str
    kind: type
    profile: QoSProfile
    topic: str
    stream: Stream
    schema: str
    values: Callable[[Any], dict[str, Any]] = convert.to_values
    stamp_ns: Callable[[Any], int] = _of_message
    period_s: float = 0.0
    essence: Callable[[Any], Hashable] = _nothing

    def encode(self, message: Any) -> bytes:
        """The payload. Raises ValueError for a message that contradicts itself."""
        to_bytes = to_cbor if self.schema.startswith("cbor/") else to_json
        return to_bytes(self.values(message))


def _safety_essence(message: SafetyState) -> Hashable:
    causes = tuple((cause.rule, cause.source, cause.healthy) for cause in message.causes)
    return message.state, message.severity, message.epoch, message.event_id, message.enable, message.remedy, causes


def _session_essence(message: SessionState) -> Hashable:
    return message.session_id, message.state, message.run


def _estop_essence(message: EstopState) -> Hashable:
    return (
        message.device_id, message.link, message.channel_a_closed, message.channel_b_closed, message.reset_pressed,
        message.relay_closed,
    )  # fmt: skip


_SOURCES = (
    Source("safety/state", SafetyState, qos.STATE_LATCHED, "safety/state", Stream.LIVE, "json/safety_state/1",
           stamp_ns=_of_header, period_s=0.1, essence=_safety_essence),
    Source("safety/event", SafetyEvent, qos.EVENT, "safety/event", Stream.EVENT, "json/safety_event/1"),
    Source("session/state", SessionState, qos.STATE_LATCHED, "session/state", Stream.LIVE, "json/session_state/1",
           stamp_ns=_of_header, period_s=0.1, essence=_session_essence),
    Source("session/event", SessionEvent, qos.EVENT, "session/event", Stream.EVENT, "json/session_event/1"),
    Source("estop/state", EstopState, qos.SENSOR_STREAM, "estop/state", Stream.LIVE, "json/estop_state/1",
           period_s=0.2, essence=_estop_essence),
    Source("ground/robot_pose", PoseWithCovarianceStamped, qos.SENSOR_STREAM, "robot/pose", Stream.LIVE,
           "json/robot_pose/1", values=convert.pose_values, stamp_ns=_of_header, period_s=0.1),
)  # fmt: skip


def sources(plates: Sequence[str]) -> Iterator[Source]:
    """All streams of a session with these force plates."""
    yield from _SOURCES
    for plate in plates:
        topic = f"force_plates/{plate}/samples"
        yield Source(
            topic, WrenchBlock, qos.MEASUREMENT, topic, Stream.RECORDED, "cbor/wrench_block/1",
            values=convert.block_values, stamp_ns=_of_header,
        )  # fmt: skip
