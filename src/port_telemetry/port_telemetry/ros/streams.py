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
from port_telemetry.core.continuity import Place
from port_telemetry.core.encode import to_cbor, to_json
from port_telemetry.core.record import Stream
from port_telemetry.ros import convert


def _of_message(message: Any) -> int:
    return stamps.to_ns(message.stamp)


def _of_header(message: Any) -> int:
    return stamps.to_ns(message.header.stamp)


def _nothing(message: Any) -> Hashable:
    return None


def _no_place(message: Any) -> Place | None:
    return None


def _sequence_place(message: Any) -> Place:
    return Place(message.sequence - 1, message.sequence)


def _block_place(message: WrenchBlock) -> Place:
    """By the plate's own index, in which samples that were lost on its wire count too: those the block itself tells."""
    first, end = message.first_index - message.lost_before, message.first_index + len(message.status)
    begin = end - message.received_total - message.lost_total
    return Place(first, end, begin if message.received_total and 0 <= begin <= first else -1)


@dataclass(frozen=True)
class Source:
    """One ROS topic on its way to one MQTT topic.

    essence: the part of a message whose change goes out at once. period_s: the least time between two that say the
    same; 0 sends each message. place: the part of its source's own count, in `counted`, that a message stands for;
    raises ValueError where it says nonsense.
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
    place: Callable[[Any], Place | None] = _no_place
    counted: str = ""

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


#: The stream of the gate's events.
EVENTS = "safety/event"

_SOURCES = (
    Source("safety/state", SafetyState, qos.STATE_LATCHED, "safety/state", Stream.LIVE, "json/safety_state/1",
           stamp_ns=_of_header, period_s=0.1, essence=_safety_essence),
    Source(EVENTS, SafetyEvent, qos.deep(qos.EVENT), EVENTS, Stream.EVENT, "json/safety_event/1",
           place=_sequence_place, counted="events"),
    Source("session/state", SessionState, qos.STATE_LATCHED, "session/state", Stream.LIVE, "json/session_state/1",
           stamp_ns=_of_header, period_s=0.1, essence=_session_essence),
    Source("session/event", SessionEvent, qos.deep(qos.EVENT), "session/event", Stream.EVENT, "json/session_event/1",
           place=_sequence_place, counted="events"),
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
            topic, WrenchBlock, qos.deep(qos.MEASUREMENT), topic, Stream.RECORDED, "cbor/wrench_block/1",
            values=convert.block_values, stamp_ns=_of_header, place=_block_place, counted="samples",
        )  # fmt: skip
