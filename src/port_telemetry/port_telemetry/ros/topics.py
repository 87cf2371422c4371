"""Topics that a session adds to telemetry: of any type, found when someone publishes them."""

from collections.abc import Callable, Mapping
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy

from port_ros import qos, stamps
from port_telemetry.core.record import Stream
from port_telemetry.ros import generic
from port_telemetry.ros.streams import Source
from port_telemetry.settings import Topic

_LOOK_S = 1.0


def source_of(topic: Topic, kind: Any, profile: QoSProfile, now_ns: Callable[[], int]) -> Source:
    """How the messages of `topic`, of type `kind`, go to the facility."""
    schema = f"{topic.encoding}/{generic.type_name(kind).replace('/', '.')}/{generic.digest(kind)}"
    has_header = kind.get_fields_and_field_types().get("header") == "std_msgs/Header"

    def stamp_ns(message: Any) -> int:
        return stamps.to_ns(message.header.stamp) if has_header else now_ns()

    return Source(
        topic.topic, kind, profile, topic.name, Stream(topic.stream), schema, values=generic.values,
        stamp_ns=stamp_ns, period_s=1.0 / topic.max_hz if topic.max_hz else 0.0,
    )  # fmt: skip


#: Takes a topic, its message class, and the QoS profile that fits its publishers.
Found = Callable[[Topic, Any, QoSProfile], None]


class Lookout:
    """Looks once a second who publishes the topics that are not yet subscribed to, and says so with `found`."""

    def __init__(self, node: Node, topics: Mapping[str, Topic], found: Found) -> None:
        self._node, self._missing, self._found = node, dict(topics), found
        self._refused: set[str] = set()
        self._timer = node.create_timer(_LOOK_S, self._look) if topics else None

    def _look(self) -> None:
        for name, topic in list(self._missing.items()):
            publishers = self._node.get_publishers_info_by_topic(self._node.resolve_topic_name(topic.topic))
            if publishers:
                self._take(name, topic, publishers)
        if not self._missing and self._timer is not None:
            self._timer.cancel()

    def _take(self, name: str, topic: Topic, publishers: Any) -> None:
        offered = publishers[0].topic_type
        if topic.type and offered != topic.type:
            self._complain(name, f"{topic.topic} is published as {offered}, not {topic.type}")
            return
        try:
            kind = generic.message_type(offered)
        except generic.UnknownType as error:
            self._complain(name, f"{topic.topic}: {error}")
            return
        # A reliable reader gets nothing of a publisher that promises less.
        reliable = all(p.qos_profile.reliability == ReliabilityPolicy.RELIABLE for p in publishers)
        del self._missing[name]
        self._found(topic, kind, qos.deep(qos.MEASUREMENT if reliable else qos.SENSOR_STREAM))

    def _complain(self, name: str, text: str) -> None:
        if name not in self._refused:
            self._refused.add(name)
            self._node.get_logger().warning(f"topics.{name}: {text}")
